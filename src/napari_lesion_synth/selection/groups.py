"""The figures of one group of synthetic lesions against the real ones of its zone."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from napari_lesion_synth.selection.coverage import measure_coverage
from napari_lesion_synth.selection.distances import (
    ProfileDistance,
    hu_distance,
    hu_floor,
    profile_distance,
)
from napari_lesion_synth.selection.features import FEATURES
from napari_lesion_synth.selection.figures import Figure
from napari_lesion_synth.selection.measures import Measured
from napari_lesion_synth.selection.mmd import mmd_test
from napari_lesion_synth.selection.two_sample import Classifier, two_sample_test

__all__ = ["FEWEST", "Comparison", "compare"]

FEWEST = 8
"""With fewer lesions on a side, sets are not compared by features."""

_OUTLIER = 8.0
_CLASSIFIERS: tuple[Classifier, ...] = ("logistic", "forest")
_BY_FEATURES = ("mmd2", "mmd_p", "auc_logistic", "auc_forest", "density", "coverage", "diversity")


@dataclass(eq=False)
class Comparison:
    """Figures of one group as they are found.

    Parameters
    ----------
    figures : dict
        Figures by name.
    missing : dict
        Why the others could not be computed, by name.
    features : dict
        Kolmogorov-Smirnov distance of each feature's distribution, by name.
    profile : ProfileDistance or None
        The boundary profiles.
    """

    figures: dict[str, Figure] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    features: dict[str, float] = field(default_factory=dict)
    profile: ProfileDistance | None = None


def compare(
    synthetic: Sequence[Measured], real: Sequence[Measured], seed: int, name: str
) -> Comparison:
    """Compute all figures that need the two sets alone.

    Parameters
    ----------
    synthetic, real : sequence of Measured
        The group, and real lesions of its zone.
    seed : int
        Of the judgement.
    name : str
        Of the group; with the seed it decides all randomness, so that a group has the same
        figures whatever others there are.

    Returns
    -------
    Comparison
    """
    found = Comparison()
    rng = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
    if not synthetic or not real:
        why = f"{len(synthetic)} synthetic and {len(real)} real lesions"
        for figure in ("hu_wasserstein", "profile_rms", "profile_in_band", *_BY_FEATURES):
            found.missing[figure] = why
        return found
    distance = hu_distance(synthetic, real, rng)
    found.figures["hu_wasserstein"] = Figure.of(distance, hu_floor(real, rng))
    _by_profile(found, synthetic, real, rng)
    if min(len(synthetic), len(real)) < FEWEST:
        why = f"{len(synthetic)} synthetic and {len(real)} real lesions; {FEWEST} are needed"
        found.missing.update(dict.fromkeys(_BY_FEATURES, why))
        return found
    _by_features(found, synthetic, real, rng, seed)
    return found


def _by_profile(
    found: Comparison,
    synthetic: Sequence[Measured],
    real: Sequence[Measured],
    rng: np.random.Generator,
) -> None:
    profile = profile_distance(synthetic, real, rng)
    found.profile = profile
    if profile is None:
        why = "no depth is known in three lesions of both sets"
        found.missing.update({"profile_rms": why, "profile_in_band": why})
        return
    found.figures["profile_rms"] = Figure.of(profile.rms_hu)
    found.figures["profile_in_band"] = Figure(profile.share_in_band, reference=0.9)


def _by_features(
    found: Comparison,
    synthetic: Sequence[Measured],
    real: Sequence[Measured],
    rng: np.random.Generator,
    seed: int,
) -> None:
    raw = [np.array([each.features for each in side]) for side in (synthetic, real)]
    for column, spec in enumerate(FEATURES):
        one, two = (table[:, column] for table in raw)
        found.features[spec.name] = float(ks_2samp(one, two, method="asymp").statistic)
    first, second = _standardised(*raw)
    patients = tuple([each.view.source for each in side] for side in (synthetic, real))
    sources = patients[0], patients[1]
    test = mmd_test(first, second, rng, sources)
    found.figures["mmd2"] = Figure(test.mmd2, reference=0.0)
    found.figures["mmd_p"] = Figure(test.p)
    owners = [_owners(each) for each in synthetic], [_owners(each) for each in real]
    for classifier in _CLASSIFIERS:
        result = two_sample_test(first, second, owners, seed, classifier)
        if result is None:
            found.missing[f"auc_{classifier}"] = "too few lesions share no patient with others"
        else:
            found.figures[f"auc_{classifier}"] = Figure.of(result.auc, 0.5)
    spread = measure_coverage(first, second, sources, rng)
    found.figures["density"] = Figure.of(spread.density, 1.0)
    found.figures["coverage"] = Figure.of(spread.coverage, spread.expected)
    found.figures["diversity"] = Figure.of(spread.diversity, 1.0)


def _owners(lesion: Measured) -> tuple[str, ...]:
    """Host and donor. What a whole library taught all lesions alike parts none of them."""
    return tuple(dict.fromkeys((lesion.view.patient, lesion.view.source)))


def _standardised(
    synthetic: NDArray[np.float64], real: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both in units of the real ones' deviation, outliers drawn in."""
    both = np.concatenate([synthetic, real]).std(axis=0)
    # A feature that does not vary among the real ones would outweigh all others.
    scale = np.maximum(np.maximum(real.std(axis=0), both / 10), 1e-9)
    first, second = (
        np.clip((table - real.mean(axis=0)) / scale, -_OUTLIER, _OUTLIER)
        for table in (synthetic, real)
    )
    return first, second
