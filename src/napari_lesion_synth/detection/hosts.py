"""A CT that is trained on: the organ's surroundings at full resolution, and on the nets' grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.placed import Placed

__all__ = ["Host"]

_AROUND_MM = 25.0
"""Tissue kept around the organ: what methods and distances look at."""


@dataclass(frozen=True, eq=False)
class Host:
    """A training CT.

    Parameters
    ----------
    case : Case
        The organ and its surroundings, cut out; its real lesions stay in it.
    frame : Frame
        The same on the nets' grid. Its `first` and `to_ct` count in the cut-out.
    sha256 : str
        `Volume.sha256` of the whole CT.
    corner : tuple of int
        Voxel of the whole CT at which the cut-out begins.
    known : tuple of Placed
        Accepted lesions of generated sets.
    healthy : tuple of tuple of float
        Places in the frame that a person called healthy.
    """

    case: Case
    frame: Frame
    sha256: str
    corner: tuple[int, int, int]
    known: tuple[Placed, ...] = ()
    healthy: tuple[Triple, ...] = ()

    @classmethod
    def of(cls, case: Case, grid: GridSettings, healthy: Sequence[Triple] = ()) -> Host:
        """Make a host of a case, which is not kept.

        Parameters
        ----------
        case : Case
            CT with its organ.
        grid : GridSettings
            The nets' grid.
        healthy : sequence of tuple of float
            Voxel indices (z, y, x) in the CT of findings that a person rejected.

        Raises
        ------
        InputError, ParameterError
            As `Frame.of`.
        """
        box = _around(case, max(_AROUND_MM, grid.margin_mm))
        part = _cut(case, box)
        frame = Frame.of(part, grid)
        corner = (box[0].start, box[1].start, box[2].start)
        places = []
        for place in healthy:
            z, y, x = (float(i) - c for i, c in zip(place, corner, strict=True))
            places.append(frame.to_frame((z, y, x)))
        return cls(part, frame, case.volume.sha256, corner, healthy=tuple(places))

    @property
    def patient(self) -> str:
        """Whose CT it is."""
        return self.case.patient

    @cached_property
    def labels(self) -> NDArray[np.int32]:
        """The frame's real lesions, numbered from 1; those that touch by a corner are one."""
        found, _ = ndimage.label(self.frame.lesions, np.ones((3, 3, 3)))
        return np.asarray(found, np.int32)

    @cached_property
    def real(self) -> tuple[tuple[Box, NDArray[np.bool_]], ...]:
        """Box and mask of each real lesion."""
        found = []
        for k, (z, y, x) in enumerate(ndimage.find_objects(self.labels), start=1):
            box = (z, y, x)
            found.append((box, self.labels[box] == k))
        return tuple(found)

    @cached_property
    def organ_voxels(self) -> NDArray[np.int64]:
        """Flat indices of the frame's organ."""
        return np.flatnonzero(self.frame.organ)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle with the distances that took long to measure, which cases leave out."""
        state = {each.name: getattr(self, each.name) for each in fields(self)}
        index, organ = self.case.site_index, self.case.require_organ()
        _ = index.depth, index.vessel_clearance, index.lesion_clearance
        _ = organ.distance_in(_whole(organ.shape))
        return {**state, "measured": (_measured(organ), _measured(index))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        organ, index = state.pop("measured")
        self.__dict__.update(state)
        vars(self.case.require_organ()).update(organ)
        vars(self.case.site_index).update(index)


def _around(case: Case, margin_mm: float) -> Box:
    organ = case.require_organ()
    sides = []
    for s, step, n in zip(organ.bbox, organ.spacing, organ.shape, strict=True):
        margin = int(np.ceil(margin_mm / step)) + 1
        sides.append(slice(max(s.start - margin, 0), min(s.stop + margin, n)))
    return sides[0], sides[1], sides[2]


def _cut(case: Case, box: Box) -> Case:
    volume, organ = case.volume, case.require_organ()
    z, y, x = (float(s.start) for s in box)
    part = Volume(
        volume.hu[box].copy(), volume.spacing, volume.to_world((z, y, x)), volume.direction
    )
    _ = part.sha256  # before it travels: recipes ask for it
    return Case(
        part,
        Organ(organ.mask[box].copy(), organ.spacing),
        None if case.lesions is None else case.lesions[box].copy(),
        case.patient,
        case.inputs,
    )


def _whole(shape: tuple[int, int, int]) -> Box:
    return slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])


def _measured(thing: Any) -> dict[str, Any]:
    """What an object has computed of itself so far."""
    own = {each.name for each in fields(thing)}
    return {name: value for name, value in vars(thing).items() if name not in own}
