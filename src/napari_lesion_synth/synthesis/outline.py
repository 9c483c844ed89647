"""The outline of a real lesion, as numbers: centre, axes and harmonics.

The numbers are what `shapes.RadialShape` is made from, so a real outline can be drawn again
anywhere, at any size and turn, from a recipe that holds no image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.synthesis.harmonics import basis_at, degrees, directions
from napari_lesion_synth.synthesis.shapes import RadialShape, equivalent_diameter, flat_axis

__all__ = ["Outline", "measure_outline"]

MAX_ELONGATION = 4.0


@dataclass(frozen=True, eq=False)
class Outline:
    """Size and form of a mask.

    Parameters
    ----------
    center : tuple of float
        Centroid in voxels (z, y, x) of the mask's box.
    diameter_mm : float
        Equivalent diameter.
    elongation : float
        Longest over shortest principal axis.
    rotation : ndarray, shape (3, 3)
        From the axes of `RadialShape` to the mask's principal axes.
    coefficients : ndarray
        Harmonics of the outline in the frame of its principal axes, as `RadialShape` takes them.
    irregularity : float
        RMS relative deviation of the radius from the ellipsoid.
    flat : int or None
        The axis of length 1 of a single slice.
    """

    center: Triple
    diameter_mm: float
    elongation: float
    rotation: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    irregularity: float
    flat: int | None

    def shape(self, diameter_mm: float | None = None) -> RadialShape:
        """The outline as a shape, at its own size or at another."""
        return RadialShape(
            self.diameter_mm if diameter_mm is None else diameter_mm,
            self.coefficients,
            self.elongation,
            self.rotation,
            self.flat,
        )


def measure_outline(mask: NDArray[np.bool_], spacing: Triple) -> Outline:
    """Describe a mask by principal axes and harmonics up to degree 6.

    Along every direction the radius is that of the cone that holds the same volume, so holes and
    re-entrant parts do no harm.

    Parameters
    ----------
    mask : ndarray of bool
        One lesion, (z, y, x).
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    Outline

    Raises
    ------
    InputError
        If the mask is empty.
    """
    if not mask.any():
        raise InputError("the lesion's mask is empty", remedy="Leave this label out")
    flat = flat_axis(mask.shape)
    step = np.asarray(spacing, float)
    points = np.argwhere(mask) * step
    center = points.mean(axis=0)
    rotation, elongation = _principal_axes(points - center, step, flat)
    units, weights = directions(flat is not None)
    lab = _from_canonical(units, flat)
    radius = _cone_radius(mask, step, center, lab, flat)
    bare = RadialShape(2.0, None, elongation, rotation, flat)
    # Body frame: the direction u of the unrotated shape points along rotation @ u.
    logs = np.log(radius / bare.radius(lab))
    body = lab @ rotation
    basis = basis_at(_to_canonical(body, flat), flat is not None)
    coefficients = (weights * (logs - weights @ logs)) @ basis
    diameter = equivalent_diameter(mask, spacing)
    coefficients *= _trust(diameter, step, flat)
    real = degrees(flat is not None) > 1
    z, y, x = center / step
    return Outline(
        (float(z), float(y), float(x)),
        diameter,
        elongation,
        rotation,
        coefficients,
        float(np.sqrt((coefficients[real] ** 2).sum())),
        flat,
    )


def _order(flat: int | None) -> list[int]:
    first = flat or 0
    return [first, *(i for i in range(3) if i != first)]


def _from_canonical(units: NDArray[np.float64], flat: int | None) -> NDArray[np.float64]:
    out = np.empty_like(units)
    out[:, _order(flat)] = units
    return out


def _to_canonical(units: NDArray[np.float64], flat: int | None) -> NDArray[np.float64]:
    return units[:, _order(flat)]


def _principal_axes(
    points: NDArray[np.float64], step: NDArray[np.float64], flat: int | None
) -> tuple[NDArray[np.float64], float]:
    """Rotation to the principal axes (shortest, middle, longest) and the elongation."""
    # A voxel is not a point: its own extent belongs to the lesion's.
    moments = points.T @ points / len(points) + np.diag(step**2 / 12)
    if flat is not None:
        moments[flat, :] = moments[:, flat] = 0.0
    values, vectors = np.linalg.eigh(moments)
    if flat is not None:
        # eigh sorts: the flat axis has eigenvalue 0 and comes first.
        canonical = _order(flat)
        rotation = np.zeros((3, 3))
        rotation[:, canonical] = vectors
        values = values[1:]
    else:
        rotation = vectors
    rotation = rotation * np.where(np.arange(3) == _order(flat)[0], np.linalg.det(rotation), 1.0)
    return rotation, float(min(np.sqrt(values[-1] / values[0]), MAX_ELONGATION))


def _cone_radius(
    mask: NDArray[np.bool_],
    step: NDArray[np.float64],
    center: NDArray[np.float64],
    units: NDArray[np.float64],
    flat: int | None,
) -> NDArray[np.float64]:
    """Radius in mm along `units` of the cone that holds as much of the mask."""
    used = [i for i in range(3) if i != flat]
    fine = 0.35 * float(step[used].min())
    farthest = float(np.linalg.norm(np.asarray(mask.shape) * step))
    r = (np.arange(int(farthest / fine) + 1) + 0.5) * fine
    points = (center + r[:, None, None] * units) / step
    inside = ndimage.map_coordinates(
        mask.astype(np.float32), points.reshape(-1, 3).T, order=1, mode="constant"
    ).reshape(len(r), len(units))
    power = 3 if flat is None else 2
    moment = power * (inside * r[:, None] ** (power - 1)).sum(axis=0) * fine
    return np.asarray(np.maximum(moment ** (1 / power), fine))


def _trust(diameter_mm: float, step: NDArray[np.float64], flat: int | None) -> NDArray[np.float64]:
    """Damp the harmonics whose waves on the surface are no longer than a voxel."""
    used = [i for i in range(3) if i != flat]
    wave = np.pi * diameter_mm / degrees(flat is not None)
    return np.asarray(1 / (1 + (2 * step[used].max() / wave) ** 4))
