"""The score of a trained detector: calibrated on candidates whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from napari_lesion_synth.detection.calibration import Coefficients, fit, logit
from napari_lesion_synth.detection.exam import VerifierExam
from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.training.device import Compute
from napari_lesion_synth.wording import counted

__all__ = ["CalibrationBasis", "calibrate", "figures_of"]

_FEW = 5
"""Fewer lesions, or fewer other candidates, do not say how sure a score is."""


@dataclass(frozen=True, slots=True)
class CalibrationBasis:
    """What a score is calibrated on.

    Parameters
    ----------
    on : {"nothing", "training", "validation"}
        Patients.
    lesions, others : int
        Candidates that are lesions, and those that are not.
    """

    on: Literal["nothing", "training", "validation"] = "nothing"
    lesions: int = 0
    others: int = 0

    @classmethod
    def of(cls, answers: Sequence[Mined], pool: Sequence[Mined]) -> CalibrationBasis:
        """The basis, of candidates of validation patients and of training patients."""
        parts = answers or pool
        if not parts:
            return cls()
        lesions = sum(int((p.candidates & p.lesion).sum()) for p in parts)
        others = sum(int((p.candidates & ~p.lesion).sum()) for p in parts)
        return cls("validation" if answers else "training", lesions, others)

    @property
    def sound(self) -> bool:
        """Whether the score may be called calibrated."""
        return self.on == "validation" and min(self.lesions, self.others) >= _FEW

    @property
    def doubt(self) -> str:
        """Why it may not; empty if it may."""
        if self.sound:
            return ""
        if self.on == "nothing":
            return "scores are not calibrated"
        if self.on == "training":
            return "scores are calibrated on what was learnt from, so that they are too high"
        return (
            f"scores are calibrated on {counted(self.lesions, 'candidate')} that are lesions and "
            f"{self.others} that are not: too few to say how sure a score is"
        )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {**asdict(self), "sound": self.sound}


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
