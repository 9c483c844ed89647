"""Participants to whom a changed photo is better or worse by a known amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.transforms.facts import Change

__all__ = ["DoseEffect", "DoseSpread", "DoseTruth"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DoseSpread:
    """Standard deviations of the change at the end of an arm, in utilities.

    Parameters
    ----------
    category, photo, rater : float
        Between categories, photos and raters.
    """

    category: float = 0.3
    photo: float = 0.3
    rater: float = 0.3


@dataclass(frozen=True, eq=False)
class DoseTruth:
    """How a transform truly changes attractiveness.

    Parameters
    ----------
    curve : callable
        From signed magnitudes to the change for an average category, photo and rater, in
        utilities; 0 at 0.
    low, high : float
        Ends of the two arms, 0 where there is none; deviations grow evenly up to there.
    deviations : mapping of str to (float, float)
        By how much the change at the end of each arm is larger for a category (``"category
        NAME"``), photo or rater; 0 for those that are not named.
    """

    curve: Callable[[Array], Array]
    low: float
    high: float
    deviations: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def drawn(
        cls,
        curve: Callable[[Array], Array],
        reach: tuple[float, float],
        people: tuple[Mapping[str, str], Sequence[str]],
        rng: np.random.Generator,
        spread: DoseSpread | None = None,
    ) -> DoseTruth:
        """Draw how categories, photos and raters differ.

        Parameters
        ----------
        curve : callable
            For the average.
        reach : (float, float)
            Ends of the two arms.
        people : (mapping of str to str, sequence of str)
            Category of each photo, and the raters.
        rng : numpy.random.Generator
            Source of randomness.
        spread : DoseSpread, optional
            How much they differ.
        """
        spread, (photos, raters) = spread or DoseSpread(), people
        groups = [
            ([f"category {name}" for name in sorted({*photos.values()})], spread.category),
            (sorted(photos), spread.photo),
            (list(raters), spread.rater),
        ]
        drawn = {
            name: (float(rng.normal(0, sd)), float(rng.normal(0, sd)))
            for names, sd in groups
            for name in names
        }
        return cls(curve, *reach, drawn)

    def of_category(self, category: str, magnitude: Array) -> Array:
        """The change of an average photo of a category for an average rater."""
        return self._changed(magnitude, [f"category {category}"])

    def change(self, magnitude: float, category: str, photo: str, rater: str) -> float:
        """The change of one photo for one rater."""
        names = [f"category {category}", photo, rater]
        return float(self._changed(np.array([magnitude]), names)[0])

    def _changed(self, magnitude: Array, names: Sequence[str]) -> Array:
        slopes = np.array([self.deviations.get(name, (0.0, 0.0)) for name in names]).sum(axis=0)
        ends = np.array([self.low or -1.0, self.high or 1.0])
        arm = (magnitude > 0).astype(int)
        share = np.where(magnitude == 0, 0, magnitude / ends[arm])
        return np.asarray(self.curve(magnitude) + slopes[arm] * share)


@dataclass(frozen=True, eq=False)
class DoseEffect:
    """What a transform adds to a photo's utility for one rater: an observer's `effect`.

    Parameters
    ----------
    truths : mapping of str to DoseTruth
        By the transform's name; others change nothing.
    categories : mapping of str to str
        Category of each photo.
    rater : str
        Who it is.
    """

    truths: Mapping[str, DoseTruth]
    categories: Mapping[str, str]
    rater: str

    def __call__(self, trial: Trial, place: int) -> float:
        """Of the photo at a place of a trial."""
        change = Change.of(trial.facts)
        if change is None or change.place != place or change.transform not in self.truths:
            return 0.0
        photo = trial.stimuli[place]
        category = self.categories.get(photo, "")
        return self.truths[change.transform].change(change.magnitude, category, photo, self.rater)
