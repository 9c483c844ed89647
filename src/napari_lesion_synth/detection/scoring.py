"""The score of a trained detector: calibrated on candidates whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from napari_lesion_synth.detection.calibration import Coefficients, fit, logit
from napari_lesion_synth.detection.exam import VerifierExam
from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.training.device import Compute

__all__ = ["calibrate", "figures_of"]


def calibrate(parts: Sequence[Mined], verifier: nn.Module | None, compute: Compute) -> Coefficients:
    """Fit the score.

    Parameters
    ----------
    parts : sequence of Mined
        One a CT, best of patients that no net has seen.
    verifier : nn.Module or None
        In evaluation mode and in place; None for a single stage.
    compute : Compute
        How it is computed.

    Returns
    -------
    tuple of float
        See `calibration.calibrated`.
    """
    if not parts:
        return fit([], [], [])
    exam = VerifierExam(parts, compute)
    rows = [part.candidates for part in parts]
    first = np.concatenate([logit(p.score[r]) for p, r in zip(parts, rows, strict=True)])
    truth = np.concatenate([p.lesion[r] for p, r in zip(parts, rows, strict=True)])
    net = verifier or _NoOpinion()
    second = np.concatenate([exam.logits(net, part) for part in parts])
    return fit(first, second, truth)


def figures_of(
    parts: Sequence[Mined], verifier: nn.Module | None, compute: Compute
) -> dict[str, float]:
    """How good the trained detector is on patients that it has not learnt from.

    Parameters
    ----------
    parts, verifier, compute
        As for `calibrate`.

    Returns
    -------
    dict of str to float
        ``"validation_score"`` (average precision) and ``"validation_sensitivity@1"``; empty
        without any CT.
    """
    if not parts:
        return {}
    told = VerifierExam(parts, compute)(verifier or _NoOpinion())
    return {f"validation_{name}": float(value) for name, value in told.items()}


class _NoOpinion(nn.Module):
    """The verifier of a single stage: the first net has the word."""

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """A logit of 0 for each crop."""
        return crops.new_zeros(len(crops))
