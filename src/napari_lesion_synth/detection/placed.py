"""A synthetic lesion as it changes a frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.synthesis.components import place_in
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["Placed", "common", "painted"]

_NEIGHBOURS = np.ones((3, 3, 3), bool)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """What a lesion adds to its host's frame. Arrays have the shape of the box, (z, y, x).

    Parameters
    ----------
    box : tuple of slice
        In the frame.
    hu : ndarray of float32
        To add.
    mask : ndarray of bool
        Its label, in the organ; of a sham, where a lesion would be.
    reach : ndarray of bool
        What it changes, and the neighbours of its label: no other label may lie there.
    kind : str
        The method that made it, or `data_settings.SETS`.
    sham : bool
        Whether it is healthy tissue.
    """

    box: Box
    hu: NDArray[np.float32]
    mask: NDArray[np.bool_]
    reach: NDArray[np.bool_]
    kind: str
    sham: bool = False

    @classmethod
    def of(
        cls,
        frame: Frame,
        box: Box,
        change: NDArray[np.integer],
        mask: NDArray[np.bool_],
        kind: str,
        *,
        sham: bool = False,
    ) -> Placed | None:
        """Bring a lesion into a frame.

        Parameters
        ----------
        frame : Frame
            The host's.
        box : tuple of slice
            In the host's CT.
        change : ndarray of int, shape (z, y, x)
            HU with the lesion less HU without.
        mask : ndarray of bool
            The label.
        kind : str
            For the record.
        sham : bool
            Whether it is healthy tissue.

        Returns
        -------
        Placed or None
            None where nothing of it lies in the frame's organ. A lesion that fills no voxel of
            the frame by half is labelled at the one that it fills most.
        """
        where, hu = frame.brought(change, box)
        _, share = frame.brought(mask, box)
        share = share * frame.organ[where]
        if not share.size or not share.max() > 0:
            return None
        label = share >= 0.5
        if not label.any():
            label.flat[int(share.argmax())] = True
        # The box as the lesion changes it; neighbours of the label that lie beyond are its own.
        reach = ndimage.binary_dilation(label, _NEIGHBOURS) | (hu != 0)
        return cls(where, hu, label, reach, kind, sham)

    @classmethod
    def of_sample(
        cls, frame: Frame, sample: Sample, host: NDArray[np.int16], *, sham: bool = False
    ) -> Placed | None:
        """Bring a sample into the frame of its host, whose voxels are `host`; see `of`."""
        change = sample.hu.astype(np.int32) - host[sample.bbox]
        return cls.of(frame, sample.bbox, change, sample.mask, sample.recipe.method, sham=sham)

    @property
    def center(self) -> Triple:
        """Index in the frame of the label's centroid."""
        places = np.argwhere(self.mask).mean(axis=0)
        z, y, x = (float(p) + s.start for p, s in zip(places, self.box, strict=True))
        return z, y, x

    def touches(self, other: Placed) -> bool:
        """Whether one's label lies in what the other changes, or next to its label."""
        shared = common(self.box, other.box)
        if shared is None:
            return False
        here, there = place_in(shared, self.box), place_in(shared, other.box)
        return bool(
            (self.mask[here] & other.reach[there]).any()
            or (self.reach[here] & other.mask[there]).any()
        )

    def covers(self, lesions: NDArray[np.bool_]) -> bool:
        """Whether it changes any of the frame's own lesions, or lies next to one."""
        return bool((self.reach & lesions[self.box]).any())


def painted(values: NDArray[np.float32], part: Box, placed: Iterable[Placed]) -> None:
    """Add lesions to a part of a frame, in place.

    Parameters
    ----------
    values : ndarray of float32
        HU of the part.
    part : tuple of slice
        Which.
    placed : iterable of Placed
        Those that lie elsewhere are passed over.
    """
    for lesion in placed:
        shared = common(part, lesion.box)
        if shared is not None:
            values[place_in(shared, part)] += lesion.hu[place_in(shared, lesion.box)]


def common(one: Box, other: Box) -> Box | None:
    """What two boxes share; None if nothing."""
    sides = [
        slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one, other, strict=True)
    ]
    if any(s.start >= s.stop for s in sides):
        return None
    return sides[0], sides[1], sides[2]
