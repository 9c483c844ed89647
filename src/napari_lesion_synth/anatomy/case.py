"""One patient: the CT, the organ in it, and the lesions that are known."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.site_index import SiteIndex
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError, InputError

__all__ = ["Case"]


@dataclass(frozen=True, eq=False)
class Case:
    """A CT with its organ and its known lesions.

    Parameters
    ----------
    volume : Volume
        The CT.
    organ : Organ or None
        The organ; it includes the lesions inside it. None where no mask was given.
    lesions : ndarray of bool or None
        Known lesions, full size (z, y, x).
    patient : str
        Pseudonym, by which data are kept apart into training and test.
    inputs : dict
        Where the case was read from, JSON-able, so that it can be read again; empty for cases
        made from arrays.
    truth : tuple of dict
        One record a lesion, for phantoms; empty for real cases.
    """

    volume: Volume
    organ: Organ | None = None
    lesions: NDArray[np.bool_] | None = None
    patient: str = "anonymous"
    inputs: dict[str, Any] = field(default_factory=dict)
    truth: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        shape = self.volume.shape
        for name, mask in (
            ("organ", None if self.organ is None else self.organ.mask),
            ("lesions", self.lesions),
        ):
            if mask is not None and mask.shape != shape:
                raise GeometryError(
                    f"the {name} mask has shape {mask.shape}, the CT {shape}",
                    where=self.inputs.get(name) or self.patient,
                    remedy="Give a mask drawn on this CT",
                )

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without what can be computed again."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def site_index(self) -> SiteIndex:
        """The organ's voxels by depth, from which sites are chosen; measured on first use.

        Raises
        ------
        InputError
            If the case has no organ.
        """
        return SiteIndex(self.require_organ(), self.volume.hu, self.lesions)

    def require_organ(self) -> Organ:
        """The organ.

        Raises
        ------
        InputError
            If the case has none.
        """
        if self.organ is None:
            raise InputError(
                "this step needs the organ's mask and none was given",
                where=self.inputs.get("ct") or self.patient,
                remedy="Read the case with organ=FILE (command line: --organ FILE)",
            )
        return self.organ
