"""The score of a trained detector: calibrated on candidates whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from torch import nn

from napari_lesion_synth.detection.calibration import Coefficients, fit, logit
from napari_lesion_synth.detection.exam import VerifierExam
from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.training.device import Compute

__all__ = ["calibrate"]


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
    second = np.zeros(len(first))
    if verifier is not None:
        second = np.concatenate([exam.logits(verifier, part) for part in parts])
    return fit(first, second, truth)
