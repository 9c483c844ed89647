"""A lesion's patch: the tissue before and after, with some of the surroundings.

Patches are what selection, training and the sheets look at; none of them needs the CT.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import npz_bytes
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["CONTEXT_MM", "Patch"]

CONTEXT_MM = 12.0
"""Tissue kept around the support, in mm, on every side that the CT has it."""

_SUPPORT, _MASK = 1, 2
_DAMAGE = (ValueError, LookupError, AttributeError, OSError, EOFError, zipfile.BadZipFile)


@dataclass(frozen=True, eq=False)
class Patch:
    """One synthetic lesion, cut out with its surroundings.

    Parameters
    ----------
    before : ndarray of int16
        The host's box, (z, y, x).
    after : ndarray of int16
        The same box with the lesion; equal to `before` outside `support`.
    mask : ndarray of bool
        The label.
    support : ndarray of bool
        Voxels that may differ from the host; `mask` lies in it.
    bbox : tuple of slice
        The box in the host volume.
    spacing : tuple of float
        mm, (z, y, x).
    organ : ndarray of bool or None
        The organ in the box, without other lesions; None in patches of sets that kept none.
    """

    before: NDArray[np.int16]
    after: NDArray[np.int16]
    mask: NDArray[np.bool_]
    support: NDArray[np.bool_]
    bbox: Box
    spacing: Triple
    organ: NDArray[np.bool_] | None = None

    @classmethod
    def cut(
        cls,
        sample: Sample,
        volume: Volume,
        context_mm: float = CONTEXT_MM,
        organ: NDArray[np.bool_] | None = None,
        others: NDArray[np.bool_] | None = None,
    ) -> Patch:
        """The patch of a sample, before it is pasted.

        Parameters
        ----------
        sample : Sample
            The lesion.
        volume : Volume
            Its host; not changed.
        context_mm : float
            Tissue around the support, clipped to the volume.
        organ : ndarray of bool, optional
            Mask of the organ, of the volume's shape.
        others : ndarray of bool, optional
            Known lesions of the host; what is kept of the organ is free of them.

        Returns
        -------
        Patch
        """
        box, inner = _boxes(sample, volume, context_mm)
        before = np.ascontiguousarray(volume.hu[box])
        after = before.copy()
        mask = np.zeros(before.shape, bool)
        support = np.zeros(before.shape, bool)
        here = tuple(
            slice(i.start - b.start, i.stop - b.start) for i, b in zip(inner, box, strict=True)
        )
        there = tuple(
            slice(i.start - b.start, i.stop - b.start)
            for i, b in zip(inner, sample.bbox, strict=True)
        )
        mask[here] = sample.mask[there]
        support[here] = sample.support[there]
        after[here] = np.where(support[here], sample.hu[there], before[here])
        around = None if organ is None else organ[box].copy()
        if around is not None and others is not None:
            around &= ~others[box] | mask
        return cls(before, after, mask, support, box, volume.spacing, around)

    def to_bytes(self) -> bytes:
        """The patch as an ``.npz`` file; equal patches give equal bytes.

        The HU are stored as their low and high bytes. The high ones are nearly constant and
        vanish when compressed; the low ones are noise and are left as they are. Measured on a
        real CT, that takes no more room than compressing whole HU (0.57 of their size, both),
        and a quarter of the time.
        """
        region = self.support.astype(np.uint8) * _SUPPORT
        region[self.mask] = _MASK
        arrays: dict[str, NDArray[Any]] = {
            "before_low": np.ascontiguousarray(self.before & 0xFF).astype(np.uint8),
            "before_high": np.ascontiguousarray(self.before >> 8).astype(np.int8),
            "changed": self.after[self.support],
            "region": region,
            "bbox": np.array([(s.start, s.stop) for s in self.bbox], np.int64),
            "spacing": np.array(self.spacing, np.float64),
        }
        if self.organ is not None:
            arrays["organ"] = np.packbits(self.organ)
        return npz_bytes(arrays, stored=("before_low",))

    @classmethod
    def from_bytes(cls, data: bytes, where: str | Path | None = None) -> Patch:
        """Inverse of `to_bytes`.

        Raises
        ------
        DatasetError
            If the bytes are not a whole patch.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                return cls._from_arrays({name: stored[name] for name in stored.files})
        except _DAMAGE as error:
            raise DatasetError(
                f"the patch cannot be read ({error or type(error).__name__})",
                where=where,
                remedy="Run the command that made the set again; it repairs damaged patches",
            ) from error

    @classmethod
    def load(cls, path: Path) -> Patch:
        """Read a patch file.

        Raises
        ------
        DatasetError
            If the file is missing or damaged.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DatasetError(
                f"the patch cannot be opened ({error.strerror})",
                where=path,
                remedy="Run the command that made the set again; it repairs damaged patches",
            ) from error
        return cls.from_bytes(data, path)

    @classmethod
    def _from_arrays(cls, stored: dict[str, NDArray[Any]]) -> Patch:
        before = stored["before_high"].astype(np.int16) << 8 | stored["before_low"]
        region = stored["region"]
        support = region >= _SUPPORT
        after = before.copy()
        after[support] = stored["changed"]
        z, y, x = (slice(int(start), int(stop)) for start, stop in stored["bbox"])
        dz, dy, dx = (float(s) for s in stored["spacing"])
        organ = None
        if "organ" in stored:
            organ = np.unpackbits(stored["organ"], count=before.size).view(bool)
            organ = organ.reshape(before.shape)
        return cls(before, after, region == _MASK, support, (z, y, x), (dz, dy, dx), organ)


def _boxes(sample: Sample, volume: Volume, context_mm: float) -> tuple[Box, Box]:
    """Box of the patch and box of the support in it, both in the volume."""
    outer, inner = [], []
    for axis, (box, spacing, size) in enumerate(
        zip(sample.bbox, volume.spacing, volume.shape, strict=True)
    ):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(sample.support.any(axis=others))
        start = box.start + int(used[0]) if used.size else box.start
        stop = box.start + int(used[-1]) + 1 if used.size else box.stop
        margin = int(np.ceil(context_mm / spacing))
        inner.append(slice(start, stop))
        outer.append(slice(max(start - margin, 0), min(stop + margin, size)))
    return (outer[0], outer[1], outer[2]), (inner[0], inner[1], inner[2])
