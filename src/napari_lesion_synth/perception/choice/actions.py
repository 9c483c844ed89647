"""What to do next with a participant's time: bits per second of all kinds of action.

All gains are information on the utilities, so that they can be compared:

- A pair: see `gain`.
- A rating of photo i: log2(1 + v / n^2) / 2, where v is the variance of its utility less the
  average one, and n the noise of a rating in units of utility.
- More gaze on photo i: from w viewers to w + 1. The fixation map of w viewers correlates with
  that of all by c, c^2 = w / (w + 3.5), which follows simulated viewers with 10 fixations each
  (c = 0.47, 0.75, 0.88, 0.94 for 1, 5, 12, 30). A full map is worth a share g of the variance
  that image features leave over; so c^2 g is, and the added precision counts like a rating.
  The share g is 0 until a regression with its controls has shown one: then no gaze is asked for.

What an action costs is part of the rule: seconds, as expected, or the medians of the study.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.design.action_settings import ActionSettings
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["Action", "ActionSettings", "Judged", "Possible", "rating_gains", "weigh_actions"]

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Kind = Literal["pair", "re-rate", "new photo", "gaze"]

_ROUNDING = 1e-9
"""What differs by a smaller share is equal but for rounding."""

_HALF_WAY = 3.5
"""Viewers whose map explains half of the variance of the map of all."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What there is of each photo.

    Parameters
    ----------
    answers : ndarray of int64, shape (k,)
        Comparisons and ratings that it took part in.
    viewers : ndarray of int64, shape (k,)
        Participants whose gaze on it was recorded.
    left_over : float
        Variance of utilities that image features leave over, a priori.
    """

    answers: Ints
    viewers: Ints
    left_over: float


@dataclass(frozen=True, eq=False)
class Possible:
    """What may be asked now.

    Parameters
    ----------
    pairs : ndarray of bool, shape (k (k - 1) / 2,)
        In the order of `gain.PairGains`.
    ratings, gaze : ndarray of bool, shape (k,)
        Photos that may be rated, and looked at.
    """

    pairs: Bools
    ratings: Bools
    gaze: Bools

    @classmethod
    def everything(cls, k: int) -> Possible:
        """Anything about k photos."""
        return cls(*(np.ones(n, np.bool_) for n in (k * (k - 1) // 2, k, k)))


@dataclass(frozen=True, slots=True)
class Action:
    """Something to ask of a participant.

    Parameters
    ----------
    kind : "pair", "re-rate", "new photo" or "gaze"
        A pair of judged photos; another rating of a judged photo; the first judgement of a
        photo, alone or in a pair; more gaze on a photo.
    photos : tuple of int
        One, or two to compare.
    bits : float
        Expected gain.
    seconds : float
        What it costs.
    """

    kind: Kind
    photos: tuple[int, ...]
    bits: float
    seconds: float

    @property
    def rate(self) -> float:
        """Bits per second."""
        return self.bits / self.seconds


def weigh_actions(
    posterior: Posterior,
    judged: Judged,
    settings: ActionSettings | None = None,
    possible: Possible | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[Action, ...]:
    """The best action of each kind that is possible, the highest rate first.

    Parameters
    ----------
    posterior : Posterior
        Of all photos, the unjudged ones included.
    judged : Judged
        What there is of them.
    settings : ActionSettings, optional
        Costs and noise.
    possible : Possible, optional
        Default: everything.
    rng : numpy.random.Generator, optional
        Decides between photos that would tell the same. Default: the first of them.

    Raises
    ------
    ParameterError
        If counts and photos differ in number.
    """
    settings = settings or ActionSettings()
    k = len(posterior.items)
    if judged.answers.shape != (k,) or judged.viewers.shape != (k,):
        raise ParameterError("counts of answers and viewers are not of the posterior's photos")
    possible = possible or Possible.everything(k)
    new = judged.answers == 0
    variance = np.maximum(np.diag(posterior.centred[1]), 0)
    ratings = rating_gains(variance, settings.rating_noise)
    first = settings.rating_s + settings.new_photo_s
    gaze = _gaze(variance, judged, settings.gaze_share)
    found = [
        *_pairs(posterior, new, settings, possible.pairs, rng),
        *_of_photo("re-rate", ratings, ~new & possible.ratings, settings.rating_s, rng),
        *_of_photo("new photo", ratings, new & possible.ratings, first, rng),
        *_of_photo("gaze", gaze, possible.gaze, settings.gaze_s, rng),
    ]
    best: dict[str, Action] = {}
    for action in found:
        known = best.get(action.kind)
        if known is None or action.rate > known.rate:
            best[action.kind] = action
    return tuple(sorted(best.values(), key=lambda action: -action.rate))


def rating_gains(variance: Array, noise: float) -> Array:
    """Bits that a rating of each photo is expected to tell.

    Parameters
    ----------
    variance : ndarray of float64, shape (k,)
        Of each photo's value less the average one.
    noise : float
        Standard deviation of the rating, in the unit of the values.
    """
    return np.asarray(np.log2(1 + variance / noise**2) / 2)


def _pairs(
    posterior: Posterior,
    new: Bools,
    settings: ActionSettings,
    possible: Bools,
    rng: np.random.Generator | None,
) -> Iterator[Action]:
    """The best pair of judged photos, and the best with new ones, where there are any."""
    gains = pair_gains(posterior)
    count = new[gains.first].astype(np.int64) + new[gains.second]
    seconds = settings.pair_s + settings.new_photo_s * count
    sorts: tuple[tuple[Kind, Bools], ...] = (("pair", count == 0), ("new photo", count > 0))
    for kind, fits in sorts:
        row = _best(gains.gain / seconds, fits & possible, rng)
        if row is not None:
            bits = float(gains.gain[row])
            yield Action(kind, gains.pair(np.int64(row)), bits, float(seconds[row]))


def _of_photo(
    kind: Kind, bits: Array, fits: Bools, seconds: float, rng: np.random.Generator | None
) -> Iterator[Action]:
    best = _best(bits, fits, rng)
    if best is not None:
        yield Action(kind, (best,), float(bits[best]), seconds)


def _best(worth: Array, fits: Bools, rng: np.random.Generator | None) -> int | None:
    """Where the most is; None where nothing fits."""
    if not fits.any():
        return None
    worth = np.where(fits, worth, -np.inf)
    if rng is None:
        return int(worth.argmax())
    return int(rng.choice(np.flatnonzero(worth >= worth.max() * (1 - _ROUNDING))))


def _gaze(variance: Array, judged: Judged, share: float) -> Array:
    """Bits of one viewer more on each photo."""

    def precision(viewers: Ints) -> Array:
        explained = share * viewers / (viewers + _HALF_WAY)
        return np.asarray((1 / (1 - explained) - 1) / judged.left_over)

    added = precision(judged.viewers + 1) - precision(judged.viewers)
    return np.asarray(np.log2(1 + added * variance) / 2)
