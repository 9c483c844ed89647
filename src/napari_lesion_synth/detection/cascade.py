"""The cascade: candidates slice by slice, each verified with what surrounds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.detection.candidates import SLICES, candidate_heat, logits_of
from napari_lesion_synth.detection.crops import SHAPES, candidate_crop
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.linking import Candidate, LinkSettings
from napari_lesion_synth.detection.net_detector import NetDetector
from napari_lesion_synth.detection.search import placed_net
from napari_lesion_synth.events import StopToken

if TYPE_CHECKING:
    from torch import nn

    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.training.device import Compute

__all__ = ["CANDIDATES", "Cascade", "verifier_logits"]

CANDIDATES = "candidates"
"""Name of the second stage."""

_BATCH = 16


class Cascade(NetDetector):
    """Finds lesions in two stages.

    Parameters
    ----------
    model : DetectorModel
        Of the kind ``"cascade"``.
    compute : Compute
        How to compute.
    linking : LinkSettings, optional
        What counts as a candidate. Default: the usual, with the detector's own threshold.

    Raises
    ------
    CheckpointError
        If the model has no net for candidates.
    ParameterError
        If a net needs an extra that is not installed.
    """

    first_stage = SLICES

    def __init__(
        self, model: DetectorModel, compute: Compute, linking: LinkSettings | None = None
    ) -> None:
        super().__init__(model, compute, linking)
        self._candidate = compute.place(model.net("candidate"))
        self._verifier = placed_net(model, "verifier", compute, SHAPES[3][0])

    def heat(
        self, frame: Frame, token: StopToken | None, report: Report | None
    ) -> NDArray[np.float32]:
        """See `NetDetector`."""
        return candidate_heat(self._candidate, frame, self._compute, token=token, report=report)

    def verified(
        self,
        frame: Frame,
        heat: NDArray[np.float32],
        candidates: Sequence[Candidate],
        token: StopToken | None,
        report: Report | None,
    ) -> NDArray[np.float32] | None:
        """See `NetDetector`."""
        if self._verifier is None:
            return None
        net, compute = self._verifier
        return verifier_logits(net, frame, heat, candidates, compute, token=token, report=report)


def verifier_logits(
    net: nn.Module,
    frame: Frame,
    heat: NDArray[np.float32],
    candidates: Sequence[Candidate],
    compute: Compute,
    *,
    token: StopToken | None = None,
    report: Report | None = None,
) -> NDArray[np.float32]:
    """What the second net thinks of each candidate.

    Parameters
    ----------
    net : nn.Module
        Takes crops as `candidate_crop` makes them; gives a logit for each. In its evaluation
        mode and placed by `compute`.
    frame : Frame
        The CT on the nets' grid.
    heat : ndarray of float32, shape of the frame
        From `candidate_heat`.
    candidates : sequence of Candidate
        From `link`.
    compute : Compute
        How to compute.
    token, report
        As for `candidate_heat`.

    Returns
    -------
    ndarray of float32, shape (n,)

    Raises
    ------
    CheckpointError, LesionSynthError, Stopped
        As `candidate_heat`.
    """
    logits = np.zeros(len(candidates), np.float32)
    for start in range(0, len(candidates), _BATCH):
        if token is not None:
            token.check()
        part = candidates[start : start + _BATCH]
        crops = np.stack([candidate_crop(frame, heat, each.center) for each in part])
        logits[start : start + len(part)] = logits_of(net, crops, compute).reshape(len(part))
        if report is not None:
            report(start + len(part), len(candidates), CANDIDATES)
    return logits
