"""What nets are taught by."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["balanced", "lesion_loss", "verdict_loss"]

_POSITIVE = 3.0
"""A lesion's pixel counts as so many healthy ones: they are few."""

_SMOOTH = 1.0
"""Pixels; without a lesion in the batch there is no overlap to speak of."""


def lesion_loss(logits: Tensor, target: Tensor, weight: Tensor, total: Tensor) -> dict[str, Tensor]:
    """Cross-entropy and what is missing of the overlap, where the weight says.

    Parameters
    ----------
    logits, target, weight : Tensor, shape (n, 1, [z,] y, x)
        What the net says, 1 in lesions, and how much each pixel counts.
    total : Tensor
        Sum of the weights of the whole batch, of which this may be a part.

    Returns
    -------
    dict of str to Tensor
        ``"bce"``: this part's share of the batch's weighted mean. ``"dice"``: 1 - soft Dice
        over the pixels of all examples together, times the part's share of the weight.

    References
    ----------
    .. [1] F. Milletari et al., "V-Net", 3DV 2016: the soft Dice.
    .. [2] F. Isensee et al., "nnU-Net", Nature Methods 18, 2021: the sum of both, and the
       overlap over the batch.
    """
    logits = logits.float()
    entropy = functional.binary_cross_entropy_with_logits(
        logits, target, weight, reduction="sum", pos_weight=logits.new_tensor(_POSITIVE)
    )
    said = logits.sigmoid() * weight
    true = target * weight
    overlap = (2 * (said * target).sum() + _SMOOTH) / (said.sum() + true.sum() + _SMOOTH)
    share = weight.sum() / total
    return {"bce": entropy / total, "dice": (1 - overlap) * share}


def balanced(labels: Tensor, weight: Tensor) -> Tensor:
    """Weights of a batch that add up to 1, half of it for lesions and half for the others.

    Parameters
    ----------
    labels, weight : Tensor, shape (n,)
        1 for lesions; how much each example counts.
    """
    lesions, others = labels * weight, (1 - labels) * weight
    sums = lesions.sum(), others.sum()
    kinds = int(sums[0] > 0) + int(sums[1] > 0)
    least = torch.finfo(weight.dtype).tiny
    return sum(
        (part / total.clamp_min(least) / max(kinds, 1))
        for part, total in zip((lesions, others), sums, strict=True)
    )  # type: ignore[return-value]


def verdict_loss(logits: Tensor, labels: Tensor, share: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of verdicts.

    Parameters
    ----------
    logits, labels, share : Tensor, shape (n,)
        What the net says, 1 for lesions, and weights from `balanced`.

    Returns
    -------
    dict of str to Tensor
        ``"bce"``: this part's share of the batch's mean.
    """
    entropy = functional.binary_cross_entropy_with_logits(
        logits.float(), labels, share, reduction="sum"
    )
    return {"bce": entropy}
