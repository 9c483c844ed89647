"""A smooth surface through the counts of a detection-limit map: a psychometric function.

The share of lesions found is taken to grow with diameter and contrast as

    p = chance + (1 - chance) * (1 - lapse) * logistic(depth + h(log2 diameter) + c * log2 contrast)

with one offset a band of depth, and the same h and c for all [1]_. The slope of h changes evenly
from the smallest diameter to the largest and is nowhere below 0, nor is c: limits of visibility
fall with size, steeply at first, and then less. `chance` is
how often a finding lies at the places without a lesion, counted in the untouched CT for each size
and depth. `lapse` is the share that is missed however large and marked it is; without it, a few
such misses would tilt the whole surface [2]_. Weak priors keep every number finite where a grid
is found wholly or not at all: normal ones for offsets and slopes, in place of Firth's penalty,
since the slopes are bounded, and a beta one for the lapse [3]_.

References
----------
.. [1] S. A. Klein, "Measuring, estimating, and understanding the psychometric function", Perception
   & Psychophysics 63, 2001.
.. [2] F. A. Wichmann, N. J. Hill, "The psychometric function: I. Fitting, sampling, and goodness of
   fit", Perception & Psychophysics 63, 2001.
.. [3] H. H. Schütt et al., "Painfree and accurate Bayesian estimation of psychometric functions for
   (potentially) overdispersed data", Vision Research 122, 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.likelihood import Counts, most_likely
from napari_lesion_synth.evaluation.limits.results import Insertion

__all__ = ["Surface", "Trials", "counts_of", "fit_surface", "fit_surfaces"]

Array = NDArray[np.float64]

_TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Trials:
    """Insertions of one method, as counts.

    Parameters
    ----------
    method : str
        The method.
    bands : tuple of str
        Depths, from the rim inward.
    diameters, contrasts : tuple of float
        The grid: mm, and magnitudes in HU.
    places : tuple of (str, int)
        CT and number of each place.
    made, found, chance : ndarray of float64, shape (places, bands, diameters, contrasts)
        1 where a lesion was made at a place, found, and where a finding lies there without it.
    """

    method: str
    bands: tuple[str, ...]
    diameters: tuple[float, ...]
    contrasts: tuple[float, ...]
    places: tuple[tuple[str, int], ...]
    made: Array
    found: Array
    chance: Array

    @classmethod
    def of(
        cls,
        rows: Sequence[Insertion],
        method: str,
        bands: Sequence[str],
        threshold: float,
        grid: tuple[Sequence[float], Sequence[float]],
    ) -> Trials:
        """Count the insertions of a method.

        Parameters
        ----------
        rows : sequence of Insertion
            All insertions; those that were not made are left out.
        method : str
            Which of them.
        bands : sequence of str
            Depths.
        threshold : float
            A lesion is found by a finding of at least this score.
        grid : (sequence of float, sequence of float)
            Diameters in mm and contrasts in HU, as asked for.
        """
        own = [row for row in rows if row.method == method and row.made]
        places = sorted({(row.ct, row.spot) for row in own})
        number = {place: k for k, place in enumerate(places)}
        diameters, contrasts = grid
        shape = len(places), len(bands), len(diameters), len(contrasts)
        made, found, chance = (np.zeros(shape) for _ in range(3))
        for row in own:
            cell = (
                number[row.ct, row.spot],
                list(bands).index(row.band),
                list(diameters).index(row.diameter_mm),
                list(contrasts).index(row.contrast_hu),
            )
            made[cell] += 1
            found[cell] += row.found(threshold)
            chance[cell] += row.by_chance(threshold)
        sizes = tuple(abs(value) for value in contrasts)
        return cls(
            method, tuple(bands), tuple(diameters), sizes, tuple(places), made, found, chance
        )

    @property
    def empty(self) -> bool:
        """Whether no lesion was made."""
        return not self.places

    @property
    def shape(self) -> tuple[int, int, int]:
        """Bands, diameters, contrasts."""
        return len(self.bands), len(self.diameters), len(self.contrasts)

    @property
    def middle(self) -> tuple[float, float]:
        """Diameter in mm and contrast in HU in the middle of the grid, on scales of doublings."""
        sides = self.diameters, self.contrasts
        first, second = (float(np.exp2(np.mean(np.log2([s[0], s[-1]])))) for s in sides)
        return first, second

    def counts(self, weights: Array) -> tuple[Array, Array, Array]:
        """Lesions made, found and found by chance in each cell, by how often a place counts.

        Parameters
        ----------
        weights : ndarray of float64, shape (draws, places)

        Returns
        -------
        tuple of ndarray, each of shape (draws, bands, diameters, contrasts)
        """
        made, found, chance = (
            np.tensordot(weights, values, 1) for values in (self.made, self.found, self.chance)
        )
        return made, found, chance

    @cached_property
    def totals(self) -> tuple[Array, Array, Array]:
        """The counts themselves, each of shape (bands, diameters, contrasts)."""
        made, found, chance = self.counts(np.ones((1, len(self.places))))
        return made[0], found[0], chance[0]


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted surface, or several of them.

    Parameters
    ----------
    bands : tuple of str
        Depths.
    middle : (float, float)
        Diameter in mm and contrast in HU at which the offsets hold.
    reach : float
        Doublings of the diameter from there to the largest, and to the smallest.
    offsets : ndarray, shape (draws, bands)
        Logits.
    slopes : ndarray, shape (draws, 3)
        Logits a doubling: of the diameter, at the smallest and the largest; of the contrast.
    lapse : ndarray, shape (draws,)
        Share that is missed whatever it is.
    """

    bands: tuple[str, ...]
    middle: tuple[float, float]
    reach: float
    offsets: Array
    slopes: Array
    lapse: Array

    def share(self, band: str, diameter_mm: Array, contrast_hu: Array) -> Array:
        """Share found beyond chance, shape (draws, ...) for sizes and contrasts of any shape."""
        x, y = self._scaled(diameter_mm, contrast_hu)
        ones = (slice(None), *[None] * np.ndim(x))
        logit = self._offset(band)[ones] + self._grown(x) + self.slopes[:, 2][ones] * y
        return np.asarray((1 - self.lapse)[ones] * special.expit(logit), np.float64)

    def contrast_at(self, band: str, diameter_mm: Array, share: float) -> Array:
        """Magnitude of the contrast at which a share is found beyond chance, in HU.

        Parameters
        ----------
        band : str
            Depth.
        diameter_mm : ndarray, shape (n,)
            Sizes.
        share : float
            Above 0 and below 1.

        Returns
        -------
        ndarray, shape (draws, n)
            Infinite where no contrast suffices, 0 where any does; also far outside of the grid.
        """
        x, _ = self._scaled(diameter_mm, np.ones_like(diameter_mm))
        left = self._wanted(band, share)[:, None] - self._grown(x)
        steps = _over(left, np.broadcast_to(self.slopes[:, 2:], left.shape))
        return np.asarray(self.middle[1] * np.exp2(steps), np.float64)

    def diameter_at(self, band: str, contrast_hu: Array, share: float) -> Array:
        """Diameter from which a share is found beyond chance, in mm; as `contrast_at`."""
        _, y = self._scaled(np.ones_like(contrast_hu), contrast_hu)
        left = self._wanted(band, share)[:, None] - self.slopes[:, 2:] * y
        return np.asarray(self.middle[0] * np.exp2(self._ungrown(left)), np.float64)

    def _grown(self, x: Array) -> Array:
        """What the diameter adds, in logits; beyond the grid with the slope at its end."""
        ones = (slice(None), *[None] * np.ndim(x))
        first, last = self.slopes[:, 0][ones], self.slopes[:, 1][ones]
        inside = np.clip(x, -self.reach, self.reach)
        beyond = x - inside
        middle, bend = (first + last) / 2, (last - first) / (2 * self.reach)
        added = np.where(beyond < 0, first, last) * beyond
        return np.asarray(middle * inside + bend * inside**2 / 2 + added, np.float64)

    def _ungrown(self, wanted: Array) -> Array:
        """Inverse of `_grown`, in doublings; infinite where no size suffices, or any does."""
        first, last = self.slopes[:, :1], self.slopes[:, 1:2]
        middle, bend = (first + last) / 2, (last - first) / (2 * self.reach)
        low, high = (self._grown(np.array([end])) for end in (-self.reach, self.reach))
        inside = np.clip(wanted, low, high)
        root = np.sqrt(np.maximum(middle**2 + 2 * bend * inside, 0.0))
        steps = _over(2 * inside, middle + root)
        ends = np.clip(steps, -self.reach, self.reach)
        below = -self.reach + _over(wanted - low, np.broadcast_to(first, wanted.shape))
        above = self.reach + _over(wanted - high, np.broadcast_to(last, wanted.shape))
        return np.asarray(
            np.where(wanted < low, below, np.where(wanted > high, above, ends)), np.float64
        )

    def _scaled(self, diameter_mm: Array, contrast_hu: Array) -> tuple[Array, Array]:
        x = np.log2(np.asarray(diameter_mm, np.float64) / self.middle[0])
        y = np.log2(np.abs(np.asarray(contrast_hu, np.float64)) / self.middle[1])
        return x, y

    def _offset(self, band: str) -> Array:
        if band not in self.bands:
            raise ParameterError(f"there is no depth {band!r} on this map")
        offsets: Array = self.offsets[:, self.bands.index(band)]
        return offsets

    def _wanted(self, band: str, share: float) -> Array:
        """Logits missing at the middle of the grid; infinite where the lapse is too large."""
        reached = share / (1 - self.lapse)
        wanted = np.where(reached < 1, special.logit(np.minimum(reached, 1 - _TINY)), np.inf)
        return np.asarray(wanted - self._offset(band), np.float64)


def _over(missing: Array, slopes: Array) -> Array:
    """Doublings that make up for what is missing; without a slope, none or any do."""
    steps = np.where(missing > 0, np.inf, -np.inf)
    np.divide(missing, slopes, out=steps, where=(slopes > _TINY) & np.isfinite(missing))
    return np.asarray(np.clip(steps, -1000, 1000), np.float64)


def fit_surface(trials: Trials) -> Surface:
    """The surface of one draw: every place once.

    Raises
    ------
    ParameterError
        If no lesion was made.
    """
    if trials.empty:
        raise ParameterError(f"no lesion was made by {trials.method}: there is nothing to fit")
    return fit_surfaces(trials, np.ones((1, len(trials.places))))


def fit_surfaces(trials: Trials, weights: Array) -> Surface:
    """Surfaces of many draws of the places, fitted together.

    Parameters
    ----------
    trials : Trials
        The insertions.
    weights : ndarray of float64, shape (draws, places)
        How often each place counts.
    """
    counts = counts_of(trials, weights)
    reach = float(np.log2(trials.diameters[-1] / trials.diameters[0])) / 2
    return Surface(trials.bands, trials.middle, reach, *most_likely(counts))


def counts_of(trials: Trials, weights: Array) -> Counts:
    """Cells in a row, and how often a finding lies at the places of each without a lesion.

    The places of one size and depth are the same at every contrast, and so is their chance.
    """
    made, found, chance = trials.counts(weights)
    shape = trials.shape
    tries = made.sum(axis=-1, keepdims=True)
    share = np.zeros_like(tries)
    np.divide(chance.sum(axis=-1, keepdims=True), tries, out=share, where=tries > 0)
    diameter, contrast = trials.middle
    x = np.log2(np.array(trials.diameters) / diameter)
    y = np.log2(np.array(trials.contrasts) / contrast)
    band, across, up = (axis.ravel() for axis in np.indices(shape))
    return Counts(
        band,
        x[across],
        y[up],
        *(
            np.broadcast_to(values, made.shape).reshape(len(weights), -1)
            for values in (made, found, share)
        ),
    )
