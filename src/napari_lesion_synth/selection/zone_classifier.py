"""A blinded judge of zones: a lesion asked for at the rim should look like one.

It is trained on real lesions, and sees the image around the place that is pointed at: neither
the label, nor the organ's mask, nor the depth. A place and its size is what a reader would be
given too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.intervals import (
    Interval,
    over_patients,
    patient_numbers,
    wilson,
)
from napari_lesion_synth.selection.view import LesionView

__all__ = ["ZoneClassifier", "surroundings"]

_SHELLS_MM = (0.0, 2.0, 4.0, 6.0, 8.0)
_PERCENTILES = (1, 5, 15, 50, 85, 95, 99)
_OTHER_HU = 60.0
_CLIP_HU = 150.0
_SMOOTH_MM = 1.0
_FOLDS = 5
_TREES = 200
_FEWEST, _FEWEST_PATIENTS = 5, 4


def surroundings(view: LesionView) -> NDArray[np.float64]:
    """What the judge sees: HU in shells around an ellipsoid in the lesion's place.

    Parameters
    ----------
    view : LesionView
        Of its label only the sides of its box are used.

    Returns
    -------
    ndarray of float64, shape (36,)
        For each shell of 2 mm, up to 8 mm: percentiles of the smoothed HU relative to the tissue
        nearby, and the shares of voxels 60 HU below and above it.
    """
    outside = _outside_mm(view)
    planes = (0.0, *(_SMOOTH_MM / step for step in view.spacing[1:]))
    smooth = ndimage.gaussian_filter(view.hu.astype(np.float32), planes, mode="nearest")
    nearby = smooth[(outside > 0) & (outside <= _SHELLS_MM[2])]
    level = float(np.median(nearby)) if nearby.size else float(np.median(smooth))
    relative = np.clip(smooth - level, -_CLIP_HU, _CLIP_HU)
    found: list[float] = []
    for near, far in pairwise(_SHELLS_MM):
        hu = relative[(outside > near) & (outside <= far)]
        if not hu.size:
            hu = np.zeros(1, np.float32)
        found += [float(value) for value in np.percentile(hu, _PERCENTILES)]
        found += [float(np.mean(hu < -_OTHER_HU)), float(np.mean(hu > _OTHER_HU))]
    return np.asarray(found)


@dataclass(frozen=True, eq=False)
class ZoneClassifier:
    """A judge, trained; made by `fit`.

    Parameters
    ----------
    model : object
        A forest of scikit-learn.
    accuracy : Interval
        On real lesions of patients that it was not trained on, with its interval over patients.
    balanced : float
        Mean of the shares that were right, rim and interior.
    """

    model: Any
    accuracy: Interval
    balanced: float

    @classmethod
    def fit(cls, real: Sequence[LesionView], seed: int) -> ZoneClassifier:
        """Train on real lesions.

        Parameters
        ----------
        real : sequence of LesionView
            With at least 5 lesions and 4 patients in each zone.
        seed : int
            Of the forest, the folds and the bootstrap.

        Raises
        ------
        InputError
            If there are fewer.
        """
        from sklearn.model_selection import StratifiedGroupKFold

        _check(real)
        table, rim = np.array([surroundings(view) for view in real]), _rim(real)
        names, number = patient_numbers([view.patient for view in real])
        said = np.zeros(len(real), bool)
        split = StratifiedGroupKFold(min(_FOLDS, len(names)), shuffle=True, random_state=seed)
        for train, test in split.split(table, rim, number):
            said[test] = _forest(seed).fit(table[train], rim[train]).predict(table[test])
        right = said == rim
        member = np.eye(len(names))[number]
        hits, counts = right @ member, member.sum(axis=0)

        def accuracy(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray((weights @ hits) / (weights @ counts))

        rng = np.random.default_rng(np.random.SeedSequence([seed, 3]))
        return cls(
            _forest(seed).fit(table, rim),
            over_patients(float(right.mean()), accuracy, len(names), rng),
            float((right[rim].mean() + right[~rim].mean()) / 2),
        )

    def zones(self, views: Sequence[LesionView]) -> list[Zone]:
        """Where each lesion lies, by its looks."""
        if not views:
            return []
        said = self.model.predict(np.array([surroundings(view) for view in views]))
        return [Zone.RIM if rim else Zone.INTERIOR for rim in said]

    def agreement(self, views: Sequence[LesionView]) -> Interval:
        """Share of lesions that lie, by their looks, in the zone asked for; Wilson's interval.

        Parameters
        ----------
        views : sequence of LesionView
            At least one.
        """
        said = self.zones(views)
        return wilson(sum(z is v.zone for z, v in zip(said, views, strict=True)), len(views))


def _check(real: Sequence[LesionView]) -> None:
    for zone in Zone:
        there = [view for view in real if view.zone is zone]
        patients = len({view.patient for view in there})
        if len(there) < _FEWEST or patients < _FEWEST_PATIENTS:
            raise InputError(
                f"{len(there)} real lesions of {patients} patients in the zone {zone.value!r} are "
                "too few to learn it from",
                remedy=f"Give {_FEWEST} lesions of {_FEWEST_PATIENTS} patients in each zone",
            )


def _rim(views: Sequence[LesionView]) -> NDArray[np.bool_]:
    return np.array([view.zone is Zone.RIM for view in views])


def _forest(seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(
        _TREES, min_samples_leaf=2, class_weight="balanced", random_state=seed
    )


def _outside_mm(view: LesionView) -> NDArray[np.float64]:
    """Mm outside the ellipsoid that fills the label's box, along the ray from its centre."""
    squared = np.zeros(view.mask.shape)
    length = np.zeros(view.mask.shape)
    for axis, step in enumerate(view.spacing):
        others = tuple(other for other in range(3) if other != axis)
        used = np.flatnonzero(view.mask.any(axis=others))
        if view.mask.shape[axis] == 1 or not used.size:
            continue
        middle, half = (used[0] + used[-1]) / 2, (used[-1] - used[0] + 1) / 2 * step
        offset = (np.arange(view.mask.shape[axis]) - middle) * step
        shape = [1, 1, 1]
        shape[axis] = -1
        squared = squared + (offset.reshape(shape) / half) ** 2
        length = length + offset.reshape(shape) ** 2
    scale = np.sqrt(squared)
    return np.where(scale > 1, np.sqrt(length) * (1 - 1 / np.maximum(scale, 1.0)), 0.0)
