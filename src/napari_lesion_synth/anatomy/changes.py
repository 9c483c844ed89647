"""The same CT with another organ, or with other known lesions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.adjoining import adjoining
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.errors import InputError

__all__ = ["with_lesions", "with_organ"]


def with_organ(case: Case, mask: NDArray[np.bool_] | None, source: Any = None) -> Case:
    """The case with another organ; the known lesions inside it, and those that touch it, belong.

    Parameters
    ----------
    case : Case
        Not changed.
    mask : ndarray of bool, shape (z, y, x), or None
        The organ; shared, not copied.
    source : path, optional
        File that the mask was read from, for `Case.inputs`.

    Raises
    ------
    InputError
        If the mask is empty.
    GeometryError
        If it has another shape than the CT.
    """
    inputs = {**case.inputs, "organ": source, "organ_label": None} if case.inputs else {}
    if mask is None:
        return replace(case, organ=None, inputs=inputs)
    if not mask.any():
        raise InputError(
            "the organ's mask is empty", where=source, remedy="Mark the organ, or open its mask"
        )
    if case.lesions is not None and case.lesions.shape == mask.shape:
        mask = mask | adjoining(case.lesions, mask)
    return replace(case, organ=Organ(mask, case.volume.spacing), inputs=inputs)


def with_lesions(case: Case, lesions: NDArray[np.bool_] | None, source: Any = None) -> Case:
    """The case with other known lesions; those in the organ, or touching it, belong to it.

    Parameters
    ----------
    case : Case
        Not changed.
    lesions : ndarray of bool, shape (z, y, x), or None
        The lesions.
    source : path, optional
        File that they were read from, for `Case.inputs`.

    Raises
    ------
    GeometryError
        If they have another shape than the CT.
    """
    inputs = {**case.inputs, "lesions": source, "lesion_label": None} if case.inputs else {}
    changed = replace(case, lesions=lesions, inputs=inputs)
    if lesions is None or case.organ is None:
        return changed
    more = adjoining(lesions, case.organ.mask)
    if not (more & ~case.organ.mask).any():
        return changed
    return replace(changed, organ=Organ(case.organ.mask | more, case.volume.spacing))
