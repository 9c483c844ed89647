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

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.scaling.utilities import Posterior

__all__ = ["Action", "ActionSettings", "Judged", "rating_gains", "weigh_actions"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_HALF_WAY = 3.5
"""Viewers whose map explains half of the variance of the map of all."""


class ActionSettings(BaseModel):
    """Seconds of a participant's time, and what answers are worth."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_s: float = Field(
        4.0, gt=0, title="Pair", description="Seconds for a pair, pauses included."
    )
    rating_s: float = Field(
        5.0, gt=0, title="Rating", description="Seconds for a rating, pauses included."
    )
    new_photo_s: float = Field(
        3.0,
        ge=0,
        title="New photo",
        description="Seconds more for a photo that nobody has judged: it has to be looked at "
        "first.",
    )
    gaze_s: float = Field(
        6.0,
        gt=0,
        title="Gaze",
        description="Seconds for viewing a photo with the gaze recorded, the drift check included.",
    )
    rating_noise: float = Field(
        1.0,
        gt=0,
        title="Noise of a rating",
        description="Standard deviation of a rating in units of utility: that of the ratings by "
        "their slope.",
    )
    gaze_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Worth of gaze",
        description="Share of the variance left by image features that the fixation map of very "
        "many viewers explains, as shown by a regression with its controls.",
    )


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

    kind: Literal["pair", "re-rate", "new photo", "gaze"]
    photos: tuple[int, ...]
    bits: float
    seconds: float

    @property
    def rate(self) -> float:
        """Bits per second."""
        return self.bits / self.seconds


def weigh_actions(
    posterior: Posterior, judged: Judged, settings: ActionSettings | None = None
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

    Raises
    ------
    ParameterError
        If counts and photos differ in number.
    """
    settings = settings or ActionSettings()
    k = len(posterior.items)
    if judged.answers.shape != (k,) or judged.viewers.shape != (k,):
        raise ParameterError("counts of answers and viewers are not of the posterior's photos")
    new = judged.answers == 0
    variance = np.maximum(np.diag(posterior.centred[1]), 0)
    ratings = rating_gains(variance, settings.rating_noise)
    found = [
        *_pairs(posterior, new, settings),
        _of_photo("re-rate", np.where(new, -1.0, ratings), settings.rating_s),
        _of_photo(
            "new photo",
            np.where(new, ratings, -1.0),
            settings.rating_s + settings.new_photo_s,
        ),
        _of_photo("gaze", _gaze(variance, judged, settings.gaze_share), settings.gaze_s),
    ]
    best: dict[str, Action] = {}
    for action in found:
        known = best.get(action.kind)
        if action.bits >= 0 and (known is None or action.rate > known.rate):
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
    posterior: Posterior, new: NDArray[np.bool_], settings: ActionSettings
) -> tuple[Action, ...]:
    """The best pair of judged photos, and the best with new ones, where there are any."""
    gains = pair_gains(posterior)
    count = new[gains.first].astype(np.int64) + new[gains.second]
    seconds = settings.pair_s + settings.new_photo_s * count

    def best(kind: Literal["pair", "new photo"], fits: NDArray[np.bool_]) -> tuple[Action, ...]:
        if not fits.any():
            return ()
        row = int(np.where(fits, gains.gain / seconds, -1.0).argmax())
        photos = int(gains.first[row]), int(gains.second[row])
        return (Action(kind, photos, float(gains.gain[row]), float(seconds[row])),)

    return (*best("pair", count == 0), *best("new photo", count > 0))


def _of_photo(kind: Literal["re-rate", "new photo", "gaze"], bits: Array, seconds: float) -> Action:
    best = int(bits.argmax())
    return Action(kind, (best,), float(bits[best]), seconds)


def _gaze(variance: Array, judged: Judged, share: float) -> Array:
    """Bits of one viewer more on each photo."""

    def precision(viewers: Ints) -> Array:
        explained = share * viewers / (viewers + _HALF_WAY)
        return np.asarray((1 / (1 - explained) - 1) / judged.left_over)

    added = precision(judged.viewers + 1) - precision(judged.viewers)
    return np.asarray(np.log2(1 + added * variance) / 2)
