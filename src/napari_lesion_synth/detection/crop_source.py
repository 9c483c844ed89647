"""Batches for the net that verifies: as many lesions as others, each time a little changed."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from napari_lesion_synth.detection.mining import Mined
from napari_lesion_synth.detection.verifier_learner import CropBatch
from napari_lesion_synth.errors import TrainingError

__all__ = ["CropSource"]

_CT, _HEAT = [0, 3], [1, 4]
_NO_HEAT = 0.25
"""Share of the crops without heat: the second net is to look for itself."""

_NOISE, _SHIFT, _GAIN = 0.08, 0.15, 0.1
_BATCH = 32

Field = NDArray[np.float32]


class CropSource:
    """Draws batches from mined crops; a `net_learner.Source`.

    Parameters
    ----------
    mined : Mined
        Crops with their truth; lesions and other things.
    seed : int
        Of all draws: a batch is a function of it and the step.
    batch : int
        Crops a batch.

    Raises
    ------
    TrainingError
        If there are no lesions, or nothing but lesions.
    """

    def __init__(self, mined: Mined, seed: int, batch: int = _BATCH) -> None:
        self._mined, self._seed, self._batch = mined, seed, batch
        self._kinds = [np.flatnonzero(mined.lesion), np.flatnonzero(~mined.lesion)]
        for rows, what in zip(self._kinds, ("lesions", "healthy places"), strict=True):
            if not rows.size:
                raise TrainingError(
                    f"the net that verifies has no {what} to learn from",
                    remedy="Use more scenes (--scenes), or more lesions",
                )

    def batch(self, step: int) -> CropBatch:
        """See `net_learner.Source`."""
        rng = np.random.default_rng([self._seed, step])
        half = self._batch // 2
        rows = np.concatenate([rng.choice(kind, half) for kind in self._kinds])
        crops = np.stack([_changed(self._mined.crops[row], rng) for row in rows])
        labels = self._mined.lesion[rows].astype(np.float32)
        return CropBatch(torch.from_numpy(crops), torch.from_numpy(labels), torch.ones(len(rows)))


def _changed(crop: NDArray[np.float16], rng: np.random.Generator) -> Field:
    """Mirrored and turned, brighter or darker, with noise; now and then without heat."""
    out = crop.astype(np.float32)
    for axis in range(1, out.ndim):
        if rng.random() < 0.5:
            out = np.flip(out, axis)
    out = np.rot90(out, int(rng.integers(4)), axes=(-2, -1)).copy()
    ct = out[_CT] * (1 + _GAIN * rng.uniform(-1, 1)) + _SHIFT * rng.uniform(-1, 1)
    noise = rng.standard_normal(ct.shape, np.float32) * _NOISE * rng.random()
    out[_CT] = ct + noise
    if rng.random() < _NO_HEAT:
        out[_HEAT] = 0
    return out
