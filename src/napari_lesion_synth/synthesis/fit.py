"""Measuring a real lesion with the sigmoid model."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.coverage import Levels, evaluate, refinement
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.host import organ_core
from napari_lesion_synth.synthesis.least_squares import Solution, Voxels, solve
from napari_lesion_synth.synthesis.outline import Outline, measure_outline
from napari_lesion_synth.synthesis.residuals import robust_sd, shared_voxels, standing_out, texture
from napari_lesion_synth.synthesis.rotations import rotation_angles
from napari_lesion_synth.synthesis.shapes import RadialShape
from napari_lesion_synth.synthesis.sigmoid_fit import SigmoidFit

__all__ = ["RadialProfile", "SigmoidFit", "fit_sigmoid", "radial_profile"]

_AROUND_MM = 12.0
_MOST_VOXELS = 30_000
_FEWEST_VOXELS = 20
_FAINT = 3.0
_FAINTEST_HU = 8.0
_GROWTH = 0.4
_WIDEST_EDGE = 0.6


@dataclass(frozen=True, eq=False)
class RadialProfile:
    """Mean HU against the depth below the lesion's surface.

    Parameters
    ----------
    depth_mm : ndarray
        Middle of each bin; negative outside.
    mean_hu, error_hu : ndarray
        Mean over the organ's voxels in the bin, and its standard error without regard to the
        noise's correlation.
    model_hu : ndarray
        The fitted model in the same voxels.
    voxels : ndarray of int
        How many there are.
    """

    depth_mm: NDArray[np.float64]
    mean_hu: NDArray[np.float64]
    error_hu: NDArray[np.float64]
    model_hu: NDArray[np.float64]
    voxels: NDArray[np.int64]


def fit_sigmoid(donor: Donor) -> SigmoidFit:
    """Fit the sigmoid model to a labelled lesion.

    Voxels outside the organ and those at the capsule, which hold fat, are left out; vessels and
    whatever else stands out around the lesion are found in the residuals of a first fit and left
    out of the second.

    Parameters
    ----------
    donor : Donor
        The lesion with the tissue around it.

    Returns
    -------
    SigmoidFit

    Raises
    ------
    DonorError
        If the lesion has no parenchyma around it.
    """
    outline = measure_outline(donor.mask, donor.spacing)
    scene = _look(donor, outline.shape(), outline.center)
    around = scene.usable & (scene.depth < 0)
    if around.sum() < _FEWEST_VOXELS or not (scene.usable & donor.mask).any():
        raise DonorError(
            "there is no parenchyma around the lesion to compare it with",
            where=donor.id,
            remedy="Extract the donor with a larger margin, or check the organ's mask",
        )
    background = float(np.median(donor.hu[around]))
    delta = float(donor.hu[scene.usable & donor.mask].mean()) - background
    solution = Solution.start(background, delta)
    variance = robust_sd(donor.hu[around].astype(np.float64)) ** 2 + 1.0
    for _ in range(2):
        solution = solve(_voxels(donor, outline, scene.usable, variance), outline.shape(), solution)
        scene, residual = _after(donor, outline, solution)
        outside = scene.usable & (scene.depth < -solution.edge)
        if not outside.any():
            raise DonorError(
                "the lesion fades away over all the tissue around it and cannot be measured",
                where=donor.id,
                remedy="Extract the donor with a larger margin, or check its label",
            )
        vessels = standing_out(residual, outside, donor.spacing)
        scene = replace(scene, usable=scene.usable & ~vessels)
        outside &= ~vessels
        noise = robust_sd(residual[outside])
        variance = (noise**2 + 1.0) * shared_voxels(residual, outside, donor.spacing)
    return _result(donor, outline, solution, scene, residual)


@dataclass(frozen=True, eq=False)
class _Scene:
    """The donor's box as a model sees it: depth below the surface, lesion fraction, voxels."""

    depth: NDArray[np.float32]
    usable: NDArray[np.bool_]
    levels: Levels


def _look(donor: Donor, shape: RadialShape, center: Triple) -> _Scene:
    z, y, x = (
        ((np.arange(n) - c) * step).astype(np.float32)
        for n, c, step in zip(donor.hu.shape, center, donor.spacing, strict=True)
    )
    flat = shape.flat
    parts = refinement(shape, donor.spacing, flat)
    levels = evaluate(shape, (z, y, x), donor.spacing, parts, flat)
    depth = levels.depth()
    core = organ_core(donor.organ, donor.spacing)
    if not (core & donor.mask).any():
        core = donor.organ  # a thin lesion along the capsule has nothing else
    return _Scene(depth, core & (depth > -_AROUND_MM), levels)


def _voxels(donor: Donor, outline: Outline, usable: NDArray[np.bool_], variance: float) -> Voxels:
    """The usable voxels, of a large lesion an even choice of them."""
    index = np.argwhere(usable)
    if len(index) > _MOST_VOXELS:
        rng = np.random.default_rng(len(index))
        keep = rng.permutation(len(index))[:_MOST_VOXELS]
        index, variance = index[keep], variance * _MOST_VOXELS / len(usable[usable])
    step = np.asarray(donor.spacing)
    parts = refinement(outline.shape(), donor.spacing, outline.flat)
    inside = [((np.arange(n) + 0.5) / n - 0.5) * s for n, s in zip(parts, step, strict=True)]
    grid = np.stack(np.meshgrid(*inside, indexing="ij"), axis=-1).reshape(-1, 3)
    z, y, x = (
        0.0 if axis == outline.flat else float(s / n)
        for axis, (s, n) in enumerate(zip(step, parts, strict=True))
    )
    return Voxels(
        (index - np.asarray(outline.center)) * step,
        donor.hu[tuple(index.T)].astype(np.float64),
        (z, y, x),
        grid,
        variance,
    )


def _after(
    donor: Donor, outline: Outline, solution: Solution
) -> tuple[_Scene, NDArray[np.float32]]:
    """The box as the fitted model sees it, and what the model leaves."""
    shape = outline.shape(outline.diameter_mm * float(np.exp(solution.growth)))
    scene = _look(donor, shape, _moved(outline, donor.spacing, solution))
    model = solution.background + solution.delta * scene.levels.step(solution.edge)
    return scene, (donor.hu - model).astype(np.float32)


def _moved(outline: Outline, spacing: Triple, solution: Solution) -> Triple:
    z, y, x = (
        float(c + d / s) for c, d, s in zip(outline.center, solution.shift, spacing, strict=True)
    )
    return z, y, x


def _result(
    donor: Donor,
    outline: Outline,
    solution: Solution,
    scene: _Scene,
    residual: NDArray[np.float32],
) -> SigmoidFit:
    edge = solution.edge
    inside = scene.usable & (scene.depth > edge)
    outside = scene.usable & (scene.depth < -2 * edge)
    texture_hu, texture_mm = texture(residual, inside, outside, donor.spacing)
    diameter = outline.diameter_mm * float(np.exp(solution.growth))
    near = scene.usable & (scene.depth > -2 * edge)
    near = near if near.any() else scene.usable  # a lesion that the fit has shrunk to nothing
    _, delta_error, edge_error, growth_error = solution.errors[:4]
    reliable = (
        abs(solution.delta) > max(_FAINT * delta_error, _FAINTEST_HU)
        and abs(solution.growth) < _GROWTH
        and edge < _WIDEST_EDGE * diameter / 2
    )
    return SigmoidFit(
        donor=donor.id,
        patient=donor.patient,
        delta_hu=solution.delta,
        edge_mm=edge,
        diameter_mm=diameter,
        elongation=outline.elongation,
        irregularity=outline.irregularity,
        rotation_deg=rotation_angles(outline.rotation),
        outline=tuple(round(float(value), 5) for value in outline.coefficients),
        texture_hu=texture_hu,
        texture_mm=texture_mm,
        background_hu=solution.background,
        noise_hu=donor.noise_hu,
        residual_hu=float(np.sqrt(np.mean(residual[near] ** 2))),
        delta_error_hu=float(delta_error),
        edge_error_mm=float(edge * edge_error),
        diameter_error_mm=float(diameter * growth_error),
        center=_moved(outline, donor.spacing, solution),
        reliable=bool(reliable),
        flat=outline.flat,
    )


def radial_profile(
    donor: Donor, fit: SigmoidFit | None = None, bin_mm: float = 0.5
) -> RadialProfile:
    """Mean HU by depth, of the lesion and of its fit, for a plot.

    Parameters
    ----------
    donor : Donor
        The lesion.
    fit : SigmoidFit, optional
        Its fit; made anew where it is not given.
    bin_mm : float
        Width of the bins.

    Returns
    -------
    RadialProfile
        From `_AROUND_MM` outside the surface to the lesion's centre; bins without voxels are
        left out.
    """
    fit = fit_sigmoid(donor) if fit is None else fit
    scene = _look(donor, fit.shape(), fit.center)
    model = fit.background_hu + fit.delta_hu * scene.levels.step(fit.edge_mm)
    number = np.floor(scene.depth[scene.usable] / bin_mm).astype(np.int64)
    bins, which, count = np.unique(number, return_inverse=True, return_counts=True)
    hu = donor.hu[scene.usable].astype(np.float64)
    mean = np.bincount(which, hu) / count
    square = np.bincount(which, hu**2) / count
    return RadialProfile(
        (bins + 0.5) * bin_mm,
        mean,
        np.sqrt(np.maximum(square - mean**2, 0.0) / count),
        np.bincount(which, model[scene.usable].astype(np.float64)) / count,
        count,
    )
