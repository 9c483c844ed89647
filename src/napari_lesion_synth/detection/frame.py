"""A CT as the nets see it: the organ's surroundings on an even grid, in units of its contrast."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.grid import GridSettings, axis_matrix, steps_for
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.synthesis.separable import separable

__all__ = ["LIMIT", "Frame"]

LIMIT = 3.0
"""Nets see so many windows from the organ's median, either way."""

_FEWEST_VOXELS = 50


@dataclass(frozen=True, eq=False)
class Frame:
    """The organ of one CT on the nets' grid.

    Parameters
    ----------
    hu : ndarray of float32, shape (z, y, x)
        HU, not yet in windows.
    organ : ndarray of bool
        The organ.
    depth_mm : ndarray of float32
        Signed distance to the capsule, positive inside.
    lesions : ndarray of bool
        Known lesions; all False where none are known.
    spacing : tuple of float
        mm, (z, y, x).
    step : tuple of float
        Voxels of the CT for one of the frame's.
    first : tuple of float
        Voxel index in the CT of the frame's voxel (0, 0, 0).
    ct_shape : tuple of int
        Voxels of the CT.
    organ_hu : float
        Median of the organ.
    window_hu : float
        HU that become 1.
    """

    hu: NDArray[np.float32]
    organ: NDArray[np.bool_]
    depth_mm: NDArray[np.float32]
    lesions: NDArray[np.bool_]
    spacing: Triple
    step: Triple
    first: Triple
    ct_shape: tuple[int, int, int]
    organ_hu: float
    window_hu: float

    @classmethod
    def of(cls, case: Case, settings: GridSettings) -> Frame:
        """Bring a case to the grid.

        Raises
        ------
        InputError
            If the case has no organ, or hardly any of it.
        ParameterError
            If volumes are needed and this is a single slice, or the other way round.
        """
        organ = case.require_organ()
        volume = case.volume
        where = case.inputs.get("ct") or case.patient
        if organ.voxels < _FEWEST_VOXELS:
            raise InputError(
                f"the organ's mask holds {organ.voxels} voxels: there is nothing to search",
                where=where,
                remedy="Give the mask of the organ in this CT (--organ, --organ-label)",
            )
        if (volume.shape[0] == 1) != (settings.dims == 2):
            kinds = {2: "single slices", 3: "volumes"}
            raise ParameterError(
                f"the detector is for {kinds[settings.dims]}, and this CT has "
                f"{volume.shape[0]} slices",
                where=where,
                remedy="Use a detector that was trained on such CTs",
            )
        spacing = steps_for(volume.spacing, settings)
        box = _around(organ.bbox, volume.spacing, volume.shape, settings.margin_mm)
        first, step, shape = _layout(box, volume.spacing, spacing)
        maps = _maps(box, first, step, shape)
        mask = separable(organ.mask[box], maps) >= 0.5
        lesions = np.zeros(shape, bool)
        if case.lesions is not None:
            lesions = separable(case.lesions[box], maps) >= 0.5
        return cls(
            hu=separable(volume.hu[box], maps),
            organ=mask,
            depth_mm=separable(organ.distance_in(box), maps),
            lesions=lesions,
            spacing=spacing,
            step=step,
            first=first,
            ct_shape=volume.shape,
            organ_hu=_median(case),
            window_hu=settings.window_hu,
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels of the frame, (z, y, x)."""
        z, y, x = self.hu.shape
        return z, y, x

    @property
    def seen(self) -> NDArray[np.float32]:
        """The CT in windows from the organ's median, clipped to `LIMIT`."""
        return self.windowed(self.hu)

    def windowed(self, hu: NDArray[np.float32]) -> NDArray[np.float32]:
        """HU of any part of the frame as in `seen`."""
        windows: NDArray[np.float32] = (hu - self.organ_hu) / self.window_hu
        return np.clip(windows, -LIMIT, LIMIT)

    def to_ct(self, index: Triple) -> Triple:
        """Voxel index in the CT of a (fractional) index in the frame."""
        z, y, x = (f + i * s for f, i, s in zip(self.first, index, self.step, strict=True))
        return z, y, x

    def to_frame(self, index: Triple) -> Triple:
        """Inverse of `to_ct`."""
        z, y, x = ((i - f) / s for f, i, s in zip(self.first, index, self.step, strict=True))
        return z, y, x

    def box_of(self, box: Box) -> Box:
        """The frame's voxels that a box of the CT has an influence on."""
        found = []
        for s, first, step, size in zip(box, self.first, self.step, self.shape, strict=True):
            reach = max(1.0, 1 / step)
            start = int(np.ceil((s.start - first) / step - reach))
            stop = int(np.floor((s.stop - 1 - first) / step + reach)) + 1
            start = min(max(start, 0), size)
            found.append(slice(start, min(max(stop, start), size)))
        return found[0], found[1], found[2]

    def brought(self, values: NDArray[np.generic], box: Box) -> tuple[Box, NDArray[np.float32]]:
        """What a change in a box of the CT, and 0 around it, is in the frame.

        Resampling is linear: a lesion's change of HU, brought here and added, gives the frame
        of the CT with the lesion.

        Parameters
        ----------
        values : ndarray, shape (z, y, x)
            The box's values; its outermost voxels are best 0.
        box : tuple of slice
            The box in the CT.

        Returns
        -------
        box : tuple of slice
            In the frame.
        values : ndarray of float32
        """
        where = self.box_of(box)
        maps = []
        for s, w, first, step, size in zip(
            box, where, self.first, self.step, self.ct_shape, strict=True
        ):
            at = first + step * w.start
            maps.append(axis_matrix(size, at, step, w.stop - w.start)[:, s])
        return where, separable(np.asarray(values, np.float64), maps)

    def changed(self, hu: NDArray[np.float32], lesions: NDArray[np.bool_]) -> Frame:
        """The same with other HU and lesions."""
        return replace(self, hu=hu, lesions=lesions)


def _around(box: Box, spacing: Triple, shape: tuple[int, int, int], margin_mm: float) -> Box:
    grown = []
    for s, step, n in zip(box, spacing, shape, strict=True):
        margin = int(np.ceil(margin_mm / step)) if n > 1 else 0
        grown.append(slice(max(s.start - margin, 0), min(s.stop + margin, n)))
    return grown[0], grown[1], grown[2]


def _layout(box: Box, before: Triple, after: Triple) -> tuple[Triple, Triple, tuple[int, int, int]]:
    """First voxel, step and shape of the grid that covers a box, centred on it."""
    first, steps, shape = [], [], []
    for s, old, new in zip(box, before, after, strict=True):
        n, step = s.stop - s.start, new / old
        count = max(1, int(np.floor((n - 1) / step)) + 1)
        first.append(s.start + ((n - 1) - (count - 1) * step) / 2)
        steps.append(step)
        shape.append(count)
    return (
        (first[0], first[1], first[2]),
        (steps[0], steps[1], steps[2]),
        (shape[0], shape[1], shape[2]),
    )


def _maps(
    box: Box, first: Triple, step: Triple, shape: tuple[int, int, int]
) -> list[NDArray[np.float64]]:
    return [
        axis_matrix(s.stop - s.start, f - s.start, d, count)
        for s, f, d, count in zip(box, first, step, shape, strict=True)
    ]


def _median(case: Case) -> float:
    """Of the whole organ: which part of it is healthy, a detector does not know."""
    organ = case.require_organ()
    return float(np.median(case.volume.hu[organ.bbox][organ.mask[organ.bbox]]))
