"""One net in 3-D that sees all at once: a baseline, and a choice where there is a GPU."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from napari_lesion_synth.detection.candidates import logits_of
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.inputs import depth_channel
from napari_lesion_synth.detection.linking import LinkSettings
from napari_lesion_synth.detection.net_detector import NetDetector
from napari_lesion_synth.detection.search import placed_net
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.events import StopToken

if TYPE_CHECKING:
    import torch
    from torch import nn

    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.training.device import Compute

__all__ = ["WINDOW", "WINDOWS", "SingleStage", "sliding_heat"]

WINDOW = (32, 96, 96)
"""Voxels that the net sees at once, (z, y, x); the crops that it learns from are as large."""

WINDOWS = "windows"
"""Name of the stage."""

_OVERLAP = 0.25
_BATCH = {"cpu": 1, "cuda": 4}


class SingleStage(NetDetector):
    """Finds lesions with one net.

    Parameters
    ----------
    model : DetectorModel
        Of the kind ``"single"``.
    compute : Compute
        How to compute.
    linking : LinkSettings, optional
        What counts as a candidate. Default: the usual, with the detector's own threshold.

    Raises
    ------
    CheckpointError
        If the model has no net that sees volumes.
    """

    first_stage = WINDOWS

    def __init__(
        self, model: DetectorModel, compute: Compute, linking: LinkSettings | None = None
    ) -> None:
        placed = placed_net(model, "single", compute, WINDOW[0])
        if placed is None:
            raise CheckpointError("this detector has no net that sees volumes", where=model.path)
        self._net, own = placed
        super().__init__(model, own, linking)

    def heat(
        self, frame: Frame, token: StopToken | None, report: Report | None
    ) -> NDArray[np.float32]:
        """See `NetDetector`."""
        return sliding_heat(self._net, frame, self._compute, token=token, report=report)


def sliding_heat(
    net: nn.Module,
    frame: Frame,
    compute: Compute,
    *,
    window: tuple[int, int, int] = WINDOW,
    token: StopToken | None = None,
    report: Report | None = None,
) -> NDArray[np.float32]:
    """Slide a window over a frame; where windows overlap, their middles count more (MONAI).

    Parameters
    ----------
    net : nn.Module
        Takes volumes, shape (n, 2, z, y, x), CT and depth as in `inputs`; gives logits, shape
        (n, 1, z, y, x). In its evaluation mode and placed by `compute`.
    frame : Frame
        The CT on the net's grid; where it is smaller than the window it goes on as it ends, as
        in the examples that the net learns from.
    compute : Compute
        How to compute.
    window : tuple of int
        Voxels at once, (z, y, x).
    token, report
        As for `candidate_heat`.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        0 to 1, on the frame's grid; 0 outside the organ.

    Raises
    ------
    CheckpointError, LesionSynthError, Stopped
        As `candidate_heat`.
    """
    import torch
    from monai.inferers.utils import sliding_window_inference

    total = _windows(frame.shape, window)
    image = torch.from_numpy(np.stack([frame.seen, depth_channel(frame.depth_mm)])[None])
    look = _watched(net, compute, total, token, report)
    with torch.inference_mode():
        logits = sliding_window_inference(
            image, window, _BATCH.get(compute.device.type, 1), look,
            overlap=_OVERLAP, mode="gaussian", padding_mode="replicate",
        )  # fmt: skip
    assert isinstance(logits, torch.Tensor)
    heat: NDArray[np.float32] = expit(logits[0, 0].numpy())
    return np.where(frame.organ, heat, np.float32(0))


def _watched(
    net: nn.Module,
    compute: Compute,
    total: int,
    token: StopToken | None,
    report: Report | None,
) -> Callable[[torch.Tensor], torch.Tensor]:
    """The net on one batch of windows, with a look at the token and a word to the report."""
    import torch

    done = 0

    def look(batch: torch.Tensor) -> torch.Tensor:
        nonlocal done
        if token is not None:
            token.check()
        logits = torch.from_numpy(logits_of(net, batch.numpy(), compute))
        done += len(batch)
        if report is not None:
            report(min(done, total), total, WINDOWS)
        return logits

    return look


def _windows(shape: tuple[int, int, int], window: tuple[int, int, int]) -> int:
    """How many windows MONAI looks through."""
    count = 1
    for n, w in zip(shape, window, strict=True):
        count *= 1 if n <= w else ceil((n - w) / max(int(w * (1 - _OVERLAP)), 1)) + 1
    return count
