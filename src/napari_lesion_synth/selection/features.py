"""A few numbers that describe a lesion in its context.

They are kept few and named, because the sets that they compare are small: with a hundred lesions
a classifier on a hundred features finds differences that are not there. HU are relative to the
parenchyma around the lesion and noise is relative to that around it, so that a set is not told
from another by its scanners. The diameter is left out: it is what the user asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.selection.form import capsule_share, compactness, elongation
from napari_lesion_synth.selection.glcm import glcm_properties
from napari_lesion_synth.selection.profile import DEPTHS_MM, BoundaryProfile
from napari_lesion_synth.selection.regions import Regions, noise_of
from napari_lesion_synth.selection.view import LesionView

__all__ = ["FEATURES", "FeatureSpec", "feature_table", "features", "features_of"]

_CORE_MM = 1.5
_BAND_MM = 1.5
_FEW = 6
_RATIO = float(np.log(8.0))


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """What one number means.

    Parameters
    ----------
    name, unit : str
        The unit is empty for pure numbers.
    description : str
        One sentence.
    """

    name: str
    unit: str
    description: str


FEATURES: tuple[FeatureSpec, ...] = (
    FeatureSpec("contrast", "HU", "Mean of the lesion, minus the parenchyma around it."),
    FeatureSpec("core_contrast", "HU", "The same, of what lies over 1.5 mm below its surface."),
    FeatureSpec("sd", "HU", "Standard deviation in the lesion."),
    FeatureSpec("skewness", "", "Skewness of the HU in the lesion, from -3 to 3."),
    FeatureSpec("p10", "HU", "10th percentile in the lesion, minus the parenchyma."),
    FeatureSpec("p50", "HU", "Median in the lesion, minus the parenchyma."),
    FeatureSpec("p90", "HU", "90th percentile in the lesion, minus the parenchyma."),
    FeatureSpec("ring_sd", "HU", "Standard deviation of the parenchyma 2 to 8 mm outside."),
    FeatureSpec("noise_ratio", "log", "Pixel noise in the lesion over that around it."),
    FeatureSpec("texture_ratio", "log", "Standard deviation in the core over that around it."),
    FeatureSpec("halo", "HU", "Profile 1 to 3 mm outside, minus that 5 to 8 mm outside."),
    FeatureSpec("slope", "HU/mm", "Steepest part of the boundary's profile."),
    FeatureSpec("edge_width", "mm", "10 to 90 % width of the boundary's profile, at most 12."),
    FeatureSpec("edge_scatter", "log", "Scatter about the profile at the surface over around."),
    FeatureSpec("glcm_contrast", "log", "Co-occurrence in the lesion: 1 + contrast, 12.5 HU."),
    FeatureSpec("glcm_homogeneity", "", "Co-occurrence in the lesion: homogeneity."),
    FeatureSpec("glcm_correlation", "", "Co-occurrence in the lesion: correlation."),
    FeatureSpec("compactness", "", "Mean depth over that of a ball (disc) of the same size."),
    FeatureSpec("elongation", "", "Longest over shortest principal axis, at most 6."),
    FeatureSpec("capsule_share", "", "Share of the label's surface that meets no organ."),
)
"""The features, in the order of their columns."""


def features(view: LesionView) -> NDArray[np.float64]:
    """The features of one lesion.

    Parameters
    ----------
    view : LesionView
        A lesion in its context; a single slice or a volume.

    Returns
    -------
    ndarray of float64, shape (20,)
        In the order of `FEATURES`; never NaN, also for lesions of a single voxel.
    """
    regions = Regions.of(view)
    return features_of(regions, BoundaryProfile.of(regions))


def features_of(regions: Regions, profile: BoundaryProfile) -> NDArray[np.float64]:
    """The features, from the neighbourhood and the profile that were measured already."""
    values = (
        *_first_order(regions),
        *_around(regions),
        *_boundary(regions, profile),
        *glcm_properties(regions),
        compactness(regions),
        elongation(regions),
        capsule_share(regions),
    )
    return np.asarray(values, np.float64)


def feature_table(views: Iterable[LesionView]) -> NDArray[np.float64]:
    """The features of many lesions.

    Returns
    -------
    ndarray of float64, shape (n, 20)
        One row a lesion.
    """
    return np.array([features(view) for view in views], np.float64).reshape(-1, len(FEATURES))


def _core(regions: Regions) -> NDArray[np.bool_]:
    core = regions.depth > _CORE_MM
    return core if np.count_nonzero(core) >= _FEW else regions.mask


def _first_order(regions: Regions) -> tuple[float, ...]:
    hu = regions.relative[regions.mask].astype(np.float64)
    if not hu.size:
        return (0.0,) * 7
    mean, sd = float(hu.mean()), float(hu.std())
    skewness = float(np.clip(np.mean((hu - mean) ** 3) / sd**3, -3, 3)) if sd > 1e-6 else 0.0
    low, middle, high = (float(value) for value in np.percentile(hu, [10, 50, 90]))
    core = float(regions.relative[_core(regions)].mean())
    return mean, core, sd, skewness, low, middle, high


def _around(regions: Regions) -> tuple[float, ...]:
    ring = float(regions.relative[regions.ring].std())
    core = _core(regions)
    if not core.any():
        return ring, 0.0, 0.0
    noise = _log_ratio(noise_of(regions.relative, core), noise_of(regions.relative, regions.ring))
    return ring, noise, _log_ratio(float(regions.relative[core].std()), ring)


def _boundary(regions: Regions, profile: BoundaryProfile) -> tuple[float, ...]:
    hu = profile.filled
    halo = hu[(DEPTHS_MM <= -1) & (DEPTHS_MM >= -3)].mean() - hu[DEPTHS_MM <= -5].mean()
    expected = np.interp(regions.depth, DEPTHS_MM, hu)
    left = regions.relative - expected
    band = regions.tissue & (np.abs(regions.depth) <= _BAND_MM)
    at_edge = float(left[band].std()) if np.count_nonzero(band) >= _FEW else 0.0
    scatter = _log_ratio(at_edge, float(left[regions.ring].std()))
    return float(halo), profile.slope, profile.edge_mm, scatter


def _log_ratio(over: float, under: float) -> float:
    """Logarithm of a ratio of deviations, from -log 8 to log 8; 0 where one is unknown."""
    if over <= 0 or under <= 0:
        return 0.0
    return float(np.clip(np.log(over / under), -_RATIO, _RATIO))
