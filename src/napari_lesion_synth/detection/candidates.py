"""How likely a lesion is at each place of a CT, slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.detection.inputs import padded, slice_input
from napari_lesion_synth.errors import CheckpointError, LesionSynthError
from napari_lesion_synth.events import StopToken

if TYPE_CHECKING:
    import torch
    from torch import nn

    from napari_lesion_synth.detection.detector import Report
    from napari_lesion_synth.detection.frame import Frame
    from napari_lesion_synth.training.device import Compute

__all__ = ["SLICES", "candidate_heat", "logits_of"]

SLICES = "slices"
"""Name of the stage."""

_BATCH = {"cpu": 4, "cuda": 32}

Field = NDArray[np.float32]


def candidate_heat(
    net: nn.Module,
    frame: Frame,
    compute: Compute,
    *,
    batch: int | None = None,
    token: StopToken | None = None,
    report: Report | None = None,
) -> Field:
    """Look for candidates in every slice that shows the organ.

    Parameters
    ----------
    net : nn.Module
        Takes slices, shape (n, 4, y, x), as `inputs.slice_input` makes them; gives logits, shape
        (n, 1, y, x). In its evaluation mode and placed by `compute`.
    frame : Frame
        The CT on the net's grid.
    compute : Compute
        How to compute.
    batch : int, optional
        Slices at once; fewer where memory does not allow it. Default: what suits the device.
    token : StopToken, optional
        Checked at each batch.
    report : callable, optional
        Called at each batch.

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        0 to 1, on the frame's grid; 0 outside the organ.

    Raises
    ------
    CheckpointError
        If the net gives something that is no number.
    LesionSynthError
        If even a single slice does not fit the device's memory.
    Stopped
        If the token was set.
    """
    seen, heat = frame.seen, np.zeros(frame.shape, np.float32)
    wanted = np.flatnonzero(frame.organ.any(axis=(1, 2))).tolist()
    size = batch or _BATCH.get(compute.device.type, 4)
    rows, columns = frame.shape[1:]
    done = 0
    for part in _parts(wanted, size):
        if token is not None:
            token.check()
        logits = logits_of(net, padded(slice_input(seen, frame.depth_mm, part)), compute)
        heat[part] = _sigmoid(logits[:, 0, :rows, :columns])
        done += len(part)
        if report is not None:
            report(done, len(wanted), SLICES)
    return np.where(frame.organ, heat, np.float32(0))


def logits_of(net: nn.Module, batch: Field, compute: Compute) -> Field:
    """What a net gives for a batch; halves of the batch one after the other if memory is short.

    Raises
    ------
    CheckpointError
        If it is not all numbers.
    LesionSynthError
        If even a batch of one does not fit the device's memory.
    """
    import torch

    try:
        with compute.threaded(), torch.inference_mode(), compute.autocast():
            out: torch.Tensor = net(compute.place(torch.from_numpy(batch)))
        logits: NDArray[Any] = out.float().cpu().numpy()
    except torch.OutOfMemoryError as cause:
        if len(batch) == 1:
            raise LesionSynthError(
                "the device's memory is too small for the detector",
                remedy="Use --device cpu, or free memory of the device",
            ) from cause
        half = len(batch) // 2
        return np.concatenate(
            [logits_of(net, part, compute) for part in (batch[:half], batch[half:])]
        )
    if not np.isfinite(logits).all():
        raise CheckpointError(
            "the detector gives something that is no number (NaN): its weights are damaged",
            remedy="Train the detector again, with a lower learning rate",
        )
    return logits


def _parts(items: Sequence[int], size: int) -> Iterator[list[int]]:
    return (list(items[start : start + size]) for start in range(0, len(items), size))


def _sigmoid(logits: Field) -> Field:
    from scipy.special import expit

    result: Field = expit(logits)
    return result
