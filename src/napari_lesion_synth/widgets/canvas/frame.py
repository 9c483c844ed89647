"""Where a case lies in napari's world: from voxels to world and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Volume
from napari_lesion_synth.errors import GeometryError

__all__ = ["Frame"]

_MM = ("mm",) * 3
_AXES = ("z", "y", "x")
_OBLIQUE = 1e-3


@dataclass(frozen=True)
class Frame:
    """A grid whose axes run along the world's axes, forwards or backwards.

    Parameters
    ----------
    scale : tuple of float
        mm, (z, y, x); negative where the axis runs against the world's.
    translate : tuple of float
        World position of voxel (0, 0, 0).
    flat : bool
        Whether napari shows the case as a picture of two axes; the case itself has three.
    """

    scale: tuple[float, float, float]
    translate: tuple[float, float, float]
    flat: bool = False
    units: tuple[str, ...] = _MM

    @classmethod
    def of_volume(cls, volume: Volume) -> Frame:
        """The frame in which a CT that was read from files is shown.

        An oblique scan is shown straight, as radiologists look at it; its true direction stays
        with the volume.
        """
        return cls(volume.spacing, volume.origin)

    @classmethod
    def of_layer(cls, layer: Any) -> Frame:
        """The frame of a layer of two or three axes; whatever unit it has becomes mm.

        Raises
        ------
        GeometryError
            If the layer has another number of axes, or is turned or sheared.
        """
        ndim = layer.ndim
        if ndim not in (2, 3):
            raise GeometryError(
                f"the layer {layer.name!r} has {ndim} axes, and a CT has three (z, y, x)",
                remedy="Split it: right-click the layer, Convert or Split Stack, and take one part",
            )
        start = np.asarray(layer.data_to_world(np.zeros(ndim)), float)
        steps = np.stack([np.asarray(layer.data_to_world(e)) - start for e in np.eye(ndim)])
        diagonal = np.diag(steps)
        rest = np.abs(steps - np.diag(diagonal)).max()
        if not diagonal.all() or rest > _OBLIQUE * np.abs(diagonal).min():
            raise GeometryError(
                f"the layer {layer.name!r} is turned or sheared against the world",
                remedy="Open the CT's own file under Case instead: oblique scans are read there",
            )
        factors = [_in_mm(unit) for unit in layer.units]
        scale = [float(d * f) for d, f in zip(diagonal, factors, strict=True)]
        translate = [float(t * f) for t, f in zip(start, factors, strict=True)]
        # Layers beside one another need one unit; pixels stay pixels, and count as mm here.
        plain = all(str(unit) in ("pixel", "dimensionless") for unit in layer.units)
        units = ("pixel",) * 3 if plain else _MM
        if ndim == 2:
            return cls((1.0, *scale), (0.0, *translate), flat=True, units=units)
        z, y, x = scale
        return cls((z, y, x), (translate[0], translate[1], translate[2]), units=units)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size in mm, (z, y, x), positive."""
        z, y, x = (abs(step) for step in self.scale)
        return z, y, x

    @property
    def ndim(self) -> int:
        """Number of axes that napari sees."""
        return 2 if self.flat else 3

    @property
    def axes(self) -> slice:
        """The axes of the case that napari sees."""
        return slice(1, None) if self.flat else slice(None)

    def options(self, box: Box | None = None) -> dict[str, Any]:
        """Keywords that put a layer of the case, or of a box of it, where it belongs."""
        start = [0, 0, 0] if box is None else [side.start for side in box]
        return {
            "scale": self.scale[self.axes],
            "translate": self.to_world(start),
            "units": self.units[self.axes],
            "axis_labels": _AXES[self.axes],
        }

    def shown(self, array: NDArray[Any]) -> NDArray[Any]:
        """An array of the case as napari gets it; a view."""
        return array[0] if self.flat else array

    def to_world(self, voxel: Sequence[float]) -> tuple[float, ...]:
        """World position of a voxel (z, y, x), with as many axes as napari sees."""
        place = np.asarray(self.translate) + np.asarray(voxel, float) * np.asarray(self.scale)
        return tuple(float(p) for p in place[self.axes])

    def to_voxel(self, world: Sequence[float]) -> tuple[float, float, float]:
        """Fractional voxel (z, y, x) of a world position; leading axes that are not ours go."""
        place = np.asarray(world, float)[-self.ndim :]
        scale, origin = np.asarray(self.scale)[self.axes], np.asarray(self.translate)[self.axes]
        voxel = (place - origin) / scale
        z, y, x = (0.0, *voxel) if self.flat else voxel
        return float(z), float(y), float(x)

    def shown_points(self, voxels: NDArray[Any]) -> NDArray[np.float64]:
        """Voxels, shape (n, 3), as napari's points in data coordinates."""
        return np.asarray(voxels, float).reshape(-1, 3)[:, self.axes]

    def voxel_of_point(self, point: Sequence[float]) -> tuple[float, float, float]:
        """Inverse of `shown_points`, for one point."""
        z, y, x = (0.0, *point) if self.flat else point
        return float(z), float(y), float(x)


def _in_mm(unit: Any) -> float:
    """Millimetres in a layer's unit; pixels are taken for mm, since nothing better is known."""
    try:
        return float((1 * unit).to("mm").magnitude)
    except Exception:  # pint's DimensionalityError; pint is napari's, not ours
        return 1.0
