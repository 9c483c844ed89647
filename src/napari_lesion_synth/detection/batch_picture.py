"""A picture of what a net is learning from: examples, their lesions, what the net sees."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from napari_lesion_synth.detection.candidates import logits_of
from napari_lesion_synth.detection.slice_batch import SliceBatch
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.training.device import Compute

__all__ = ["save_picture"]

_MOST = 8
_GAP = 4
_TRUTH, _FOUND = (255, 209, 71), (94, 200, 245)
"""Yellow outlines: lesions. Blue ones: where the net sees one with more than half a chance."""

Plane = NDArray[np.float32]


def save_picture(path: Path, batch: SliceBatch, net: nn.Module, compute: Compute) -> None:
    """Draw a batch: plain above, with outlines below.

    Parameters
    ----------
    path : Path
        Where to write it, PNG.
    batch : SliceBatch
        Slices or volumes; of volumes, the slice with most of the lesion is shown.
    net : nn.Module
        What learns.
    compute : Compute
        How it is computed.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    image = batch.image[:_MOST].numpy()
    truth = batch.target[:_MOST, 0].numpy() > 0.5
    counts = (batch.weight[:_MOST, 0] > 0).numpy()  # outside the organ the net may say anything
    found = (logits_of(net, image, compute)[:, 0] > 0) & counts
    tiles = [_column(i, t, f) for i, t, f in zip(image, truth, found, strict=True)]
    gap = np.full((tiles[0].shape[0], _GAP, 3), 38, np.uint8)
    parts = [part for tile in tiles for part in (tile, gap)][:-1]
    file = io.BytesIO()
    Image.fromarray(np.concatenate(parts, axis=1)).save(file, "PNG")
    write_atomic(path, file.getvalue())


def _column(image: Plane, truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """One example: plain, and with outlines."""
    ct = image[1]
    if image.ndim == 4:
        middle = int(truth.sum(axis=(1, 2)).argmax())
        ct, truth, found = image[0, middle], truth[middle], found[middle]
    grey = np.clip((ct + 2) / 4 * 255, 0, 255).astype(np.uint8)
    plain = np.repeat(grey[..., None], 3, axis=2)
    marked = plain.copy()
    marked[_rim(found)] = _FOUND
    marked[_rim(truth)] = _TRUTH
    gap = np.full((_GAP, plain.shape[1], 3), 38, np.uint8)
    return np.concatenate([plain, gap, marked])


def _rim(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels just outside of it."""
    from scipy import ndimage

    grown: NDArray[np.bool_] = ndimage.binary_dilation(mask)
    return grown & ~mask
