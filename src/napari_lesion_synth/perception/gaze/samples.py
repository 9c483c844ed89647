"""Where somebody looked: the samples of a recording, and the fixations found in them.

Positions are continuous pixels: (0, 0) is the top left corner of the top left pixel, x to the
right and y down, so the centre of the pixel in row i and column j is (j + 0.5, i + 0.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError

__all__ = ["Bools", "Fixation", "Floats", "Frame", "Samples", "Scanpath", "SourceName"]

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Frame: TypeAlias = Literal["screen", "image"]
SourceName: TypeAlias = Literal["tracker", "mouse_aperture", "bubble_click", "simulated", "replay"]

_LATE = 1.5
"""Sampling intervals from one sample to the next beyond which samples are missing."""


@dataclass(frozen=True, eq=False)
class Samples:
    """A recording, or a part of one.

    Parameters
    ----------
    t : ndarray of float64, shape (n,)
        Seconds, not decreasing.
    x, y : ndarray of float64, shape (n,)
        Pixels from the top left of the screen (device pixels) or of the photo; NaN where not
        known.
    valid : ndarray of bool, shape (n,)
        Whether the position is known; always False where it is not finite.
    pupil : ndarray of float64, shape (n,), or None
        Size of the pupil in the tracker's unit.
    frame : str
        ``"screen"`` or ``"image"``: whose top left.
    source : str
        What recorded it; samples of different sources are never joined.
    rate_hz : float
        Nominal samples a second.

    Raises
    ------
    InputError
        If lengths differ, times are not finite or go back, or the rate is not positive.
    """

    t: Floats
    x: Floats
    y: Floats
    valid: Bools
    pupil: Floats | None
    frame: Frame
    source: SourceName
    rate_hz: float

    def __post_init__(self) -> None:
        columns = {name: np.asarray(getattr(self, name), np.float64) for name in ("t", "x", "y")}
        if self.pupil is not None:
            columns["pupil"] = np.asarray(self.pupil, np.float64)
        n = len(columns["t"])
        valid = np.asarray(self.valid, np.bool_)
        if any(column.shape != (n,) for column in (*columns.values(), valid)):
            raise InputError("the columns of the samples are not of one length")
        _check_times(columns["t"])
        if not (np.isfinite(self.rate_hz) and self.rate_hz > 0):
            raise InputError(f"a rate of {self.rate_hz:g} samples a second is none")
        known = np.isfinite(columns["x"]) & np.isfinite(columns["y"])
        for name, column in columns.items():
            object.__setattr__(self, name, column)
        object.__setattr__(self, "valid", valid & known)

    def __len__(self) -> int:
        return len(self.t)

    @classmethod
    def empty(cls, source: SourceName, rate_hz: float, frame: Frame = "screen") -> Self:
        """No samples."""
        none = np.zeros(0)
        return cls(none, none, none, np.zeros(0, np.bool_), None, frame, source, rate_hz)

    @classmethod
    def joined(cls, parts: Sequence[Samples]) -> Samples:
        """One recording from its parts, in order of time.

        Raises
        ------
        InputError
            If there is no part, their frame, source or rate differ, or one begins before the
            last has ended.
        """
        if not parts:
            raise InputError("there are no samples to join")
        first = parts[0]
        kinds = {(part.frame, part.source, part.rate_hz) for part in parts}
        if len(kinds) > 1:
            raise InputError("samples of different sources, frames or rates cannot be joined")
        pupils = [part.pupil for part in parts if part.pupil is not None]
        return replace(
            first,
            t=np.concatenate([part.t for part in parts]),
            x=np.concatenate([part.x for part in parts]),
            y=np.concatenate([part.y for part in parts]),
            valid=np.concatenate([part.valid for part in parts]),
            pupil=np.concatenate(pupils) if len(pupils) == len(parts) else None,
        )

    def taken(self, chosen: NDArray[np.bool_] | slice) -> Samples:
        """Some of the samples."""
        return replace(
            self,
            t=self.t[chosen],
            x=self.x[chosen],
            y=self.y[chosen],
            valid=self.valid[chosen],
            pupil=None if self.pupil is None else self.pupil[chosen],
        )

    def between(self, start_s: float, end_s: float) -> Samples:
        """The samples from `start_s` on and before `end_s`."""
        low, high = np.searchsorted(self.t, [start_s, end_s], side="left")
        return self.taken(slice(int(low), int(high)))

    def shifted(self, seconds: float) -> Samples:
        """The same on another clock: times are later by so much."""
        return replace(self, t=self.t + seconds)

    @property
    def seconds(self) -> float:
        """How long it lasts; the last sample stands for its interval. 0 without samples."""
        return float(self.t[-1] - self.t[0]) + 1 / self.rate_hz if len(self) else 0.0

    @property
    def expected(self) -> int:
        """Samples that the rate promises for that time."""
        return max(len(self), round(self.seconds * self.rate_hz))

    @property
    def data_loss(self) -> float:
        """Share of the expected samples that are missing or have no position; NaN without any."""
        return 1 - float(self.valid.sum()) / self.expected if len(self) else float("nan")

    def gaps(self) -> tuple[tuple[float, float], ...]:
        """Where samples are missing: times of the last before, and of the first after it."""
        late = np.flatnonzero(np.diff(self.t) > _LATE / self.rate_hz)
        return tuple((float(self.t[i]), float(self.t[i + 1])) for i in late)


@dataclass(frozen=True, slots=True)
class Fixation:
    """A time in which the eye rests.

    Parameters
    ----------
    start_s, duration_s : float
        When, on the clock of the samples; the last sample counts with its interval.
    x, y : float
        Mean position in pixels of the samples' frame.
    n : int
        Valid samples in it; 0 where a tracker told fixations only.
    dispersion_deg : float
        Root mean square distance of the samples from their mean, degrees; NaN where not known.
    """

    start_s: float
    duration_s: float
    x: float
    y: float
    n: int
    dispersion_deg: float

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.start_s + self.duration_s


Scanpath: TypeAlias = tuple[Fixation, ...]
"""Fixations in order of time."""


def _check_times(t: Floats) -> None:
    if not np.isfinite(t).all():
        raise InputError("a sample has no time")
    back = np.flatnonzero(np.diff(t) < 0)
    if len(back):
        raise InputError(
            f"the clock goes back after sample {back[0] + 1}, at {t[back[0]]:.3f} s",
            remedy="Cut the recording there",
        )
