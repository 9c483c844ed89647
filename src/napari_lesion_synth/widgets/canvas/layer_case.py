"""A case from layers that napari holds already."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning
from napari_lesion_synth.widgets.canvas.frame import Frame

__all__ = ["case_from_layer", "mask_from_layer"]

_NORMALISED = 2.0
_SAME_VOXELS = 0.1
"""Two grids are the same where their corners differ by less, in voxels."""


def case_from_layer(layer: Any, frame: Frame) -> Case:
    """The CT that an Image layer shows. int16 data are shared, others are copied.

    A layer says nothing of the patient's orientation, so the voxels are taken in the order in
    which the layer has them.

    Raises
    ------
    InputError
        If the layer holds colours.
    """
    if getattr(layer, "rgb", False):
        raise InputError(
            f"the layer {layer.name!r} holds colours, not HU",
            remedy="Choose the greyscale CT",
        )
    data = layer.data[0] if layer.multiscale else layer.data
    array = np.asarray(data)
    _question(layer, frame, array)
    spacing = frame.spacing if array.ndim == 3 else frame.spacing[1:]
    patient = str(layer.metadata.get("patient") or layer.name)
    return case_from_arrays(array, spacing, patient=patient)


def _question(layer: Any, frame: Frame, array: NDArray[Any]) -> None:
    """Warn of what looks like no CT in mm and HU."""
    if array.size and float(array.max()) - float(array.min()) <= _NORMALISED:
        warnings.warn(
            f"the layer {layer.name!r} holds values from {array.min():g} to {array.max():g}; a CT "
            "holds HU, as in -1000 to 2000. Contrasts will be wrong",
            LesionSynthWarning,
            stacklevel=3,
        )
    if frame.units[0] == "pixel" and set(frame.spacing) == {1.0}:
        warnings.warn(
            f"the layer {layer.name!r} has no voxel size; 1 mm is taken. Set its scale in mm, or "
            "open the CT's file under Case",
            LesionSynthWarning,
            stacklevel=3,
        )


def mask_from_layer(
    layer: Any, frame: Frame, shape: tuple[int, int, int], label: int | None
) -> NDArray[np.bool_]:
    """The mask that a Labels layer holds on the case's grid, (z, y, x).

    Raises
    ------
    GeometryError
        If the layer lies on another grid than the CT.
    InputError
        If it is empty, or has no such label.
    """
    other = Frame.of_layer(layer)
    data = np.asarray(layer.data[0] if layer.multiscale else layer.data)
    array = data[np.newaxis] if data.ndim == 2 else data
    same = array.shape == shape and all(
        abs(a - b) <= _SAME_VOXELS * abs(s)
        for first, second in ((frame.scale, other.scale), (frame.translate, other.translate))
        for a, b, s in zip(first, second, frame.scale, strict=True)
    )
    if not same:
        raise GeometryError(
            f"the layer {layer.name!r} lies on another grid ({array.shape}, "
            f"{_sizes(other)} mm) than the CT ({shape}, {_sizes(frame)} mm)",
            remedy="Open the mask's file under Case instead: it is resampled there",
        )
    mask: NDArray[np.bool_] = array != 0 if label is None else array == label
    if mask.any():
        return mask
    present = [int(value) for value in np.unique(array) if value]
    if not present:
        raise InputError(
            f"the layer {layer.name!r} is empty", remedy="Paint on it, or choose another"
        )
    raise InputError(
        f"the layer {layer.name!r} has no label {label}; it has {', '.join(map(str, present[:8]))}",
        remedy="Choose one of these, or all labels",
    )


def _sizes(frame: Frame) -> str:
    return " x ".join(f"{size:.2f}" for size in frame.spacing)
