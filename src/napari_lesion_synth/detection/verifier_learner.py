"""Teaching a net to tell lesions from what was taken for one."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from napari_lesion_synth.detection.losses import balanced, verdict_loss
from napari_lesion_synth.detection.net_learner import NetLearner
from napari_lesion_synth.detection.nets.registry import compute_for

__all__ = ["CropBatch", "VerifierLearner"]


@dataclass(frozen=True, slots=True, eq=False)
class CropBatch:
    """Candidates with what they are.

    Parameters
    ----------
    crops : Tensor of float32, shape (n, 6, [z,] y, x)
        What the net sees around each.
    labels : Tensor of float32, shape (n,)
        1 for lesions, 0 for all else.
    weight : Tensor of float32, shape (n,)
        How much each counts among those of its label.
    """

    crops: Tensor
    labels: Tensor
    weight: Tensor


class VerifierLearner(NetLearner[CropBatch]):
    """Learns from a source of `CropBatch`; lesions count as much as all others together."""

    def placed(self, batch: CropBatch) -> dict[str, Tensor]:
        """See `NetLearner`."""
        share = balanced(batch.labels, batch.weight)
        tensors = {"crops": batch.crops, "labels": batch.labels, "share": share}
        return {name: self.compute.place(values) for name, values in tensors.items()}

    def losses(self, part: dict[str, Tensor]) -> dict[str, Tensor]:
        """See `NetLearner`."""
        crops = part["crops"]
        with compute_for(self.spec, self.compute, crops.shape[2]).autocast():
            logits = self.net(crops)
        return verdict_loss(logits, part["labels"], part["share"])
