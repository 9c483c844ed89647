"""A synthesised lesion: what changes in the host, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Volume
from napari_lesion_synth.errors import GeometryError
from napari_lesion_synth.synthesis.recipe import Recipe

__all__ = ["HU_MAX", "HU_MIN", "Sample"]

HU_MIN, HU_MAX = -1024, 3071
"""Range of HU that a method may write (12 bits, as scanners store them)."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One synthetic lesion.

    `mask` lies in `support`, and `support` in the organ. Voxels of `hu` outside `support` are
    bit-identical to the host.

    Parameters
    ----------
    bbox : tuple of slice
        The box in the host volume, (z, y, x), inside its bounds.
    hu : ndarray of int16
        The box after synthesis.
    mask : ndarray of bool
        The label: voxels of which the lesion fills at least half.
    support : ndarray of bool
        Voxels that may differ from the host.
    recipe : Recipe
        How to make the sample again.
    host_shape : tuple of int or None
        Shape (z, y, x) of the volume that it was made for; None: not checked.
    """

    bbox: Box
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_]
    support: NDArray[np.bool_]
    recipe: Recipe
    host_shape: tuple[int, int, int] | None = None

    def paste(self, volume: Volume) -> Callable[[], None]:
        """Write the lesion into `volume` in place.

        Only voxels of the support are written, so samples with disjoint supports can be pasted
        and undone in any order; overlapping ones are undone last first.

        Parameters
        ----------
        volume : Volume
            The host, or any volume of the same grid.

        Returns
        -------
        callable
            Restores the exact values; calling it a second time does nothing.

        Raises
        ------
        GeometryError
            If the box does not lie inside the volume, or its voxels cannot be written.
        """
        inside = all(
            0 <= s.start < s.stop <= n for s, n in zip(self.bbox, volume.shape, strict=True)
        )
        if not inside or self.host_shape not in (None, volume.shape):
            raise GeometryError(
                "the sample does not fit this volume: its box is "
                f"{self._box_text()}, its host {self.host_shape}, this volume {volume.shape}",
                remedy="Paste it into the CT that it was made for",
            )
        if not volume.hu.flags.writeable:
            raise GeometryError(
                "the volume's array is read-only", remedy="Copy it before pasting into it"
            )
        _ = volume.sha256  # the host's identity is that of the CT before any paste
        target = volume.hu[self.bbox]
        before = target[self.support]
        target[self.support] = self.hu[self.support]
        spent = False

        def undo() -> None:
            nonlocal spent
            if not spent:
                target[self.support] = before
                spent = True

        return undo

    def _box_text(self) -> str:
        return ", ".join(f"{s.start}:{s.stop}" for s in self.bbox)

    @property
    def sha256(self) -> str:
        """Hash of the box and the three arrays: equal for samples that are equal."""
        digest = hashlib.sha256()
        digest.update(repr([(s.start, s.stop) for s in self.bbox]).encode())
        for array in (self.hu, self.mask, self.support):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()
