"""Where somebody points, in place of where they look: a moving aperture, or bubbles by clicks.

The photo is blurred. With the aperture, what lies around the cursor is sharp [1]_; with bubbles, a
click makes a disc sharp until the next one [2]_. Neither is gaze: samples carry the name of what
they are, and are never joined with a tracker's.

References
----------
.. [1] A. L. Anwyl-Irvine, T. Armstrong, E. S. Dalmaijer, "MouseView.js: reliable and valid
   attention tracking in web-based experiments using a cursor-directed aperture", Behavior Research
   Methods 54, 2022.
.. [2] N. W. Kim, Z. Bylinskii, M. A. Borkin, K. Z. Gajos, A. Oliva, F. Durand, H. Pfister,
   "BubbleView: an interface for crowdsourcing image importance maps and tracking visual attention",
   ACM Trans. Computer-Human Interaction 24(5):36, 2017.
"""

from __future__ import annotations

import threading
import time
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Fixation, Floats, Samples, Scanpath
from napari_lesion_synth.perception.gaze.sources.protocol import Clock

__all__ = ["ApertureSettings", "MouseSource", "PointingName", "click_scanpath", "held"]

PointingName = Literal["mouse_aperture", "bubble_click"]


class ApertureSettings(BaseModel):
    """What is sharp, and how blurred the rest is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    radius_deg: float = Field(
        1.5,
        gt=0,
        le=20,
        title="Radius (degrees)",
        description="What is sharp around the cursor or the click; the fovea and its "
        "surroundings are about this large.",
    )
    blur_deg: float = Field(
        0.8,
        gt=0,
        le=10,
        title="Blur (degrees)",
        description="Standard deviation of the blur elsewhere.",
    )
    edge_deg: float = Field(
        0.3,
        ge=0,
        le=5,
        title="Soft edge (degrees)",
        description="Width of the transition from sharp to blurred.",
    )


class MouseSource:
    """Takes the cursor's movements or clicks from a window, and delivers samples.

    The window calls `moved` (aperture) or `clicked` (bubbles) with times of
    `time.perf_counter`; any thread may. Between events the position is held, as it is with a
    mouse at rest, so that samples are regular.

    Parameters
    ----------
    name : "mouse_aperture" or "bubble_click"
        Which of the two.
    ratio : float
        Device pixels of one of the window system's logical ones, in which events come.
    rate_hz : float
        Samples a second.
    clock : callable
        Seconds.
    """

    clock_offset_s: float = 0.0

    def __init__(
        self,
        name: PointingName,
        *,
        ratio: float = 1.0,
        rate_hz: float = 120.0,
        clock: Clock = time.perf_counter,
    ) -> None:
        if ratio <= 0 or rate_hz <= 0:
            raise ParameterError("the pixel ratio and the rate of a mouse are above 0")
        self._name: PointingName = name
        self._ratio, self._rate, self._clock = ratio, rate_hz, clock
        self._lock = threading.Lock()
        self._events: list[tuple[float, float, float]] = []
        self._upto: float | None = None
        self._stopped: float | None = None

    @property
    def name(self) -> PointingName:
        """What stays with each trial."""
        return self._name

    def start(self) -> None:
        """Begin; what was recorded before is forgotten."""
        with self._lock:
            self._events, self._stopped = [], None
            self._upto = self._clock()

    def stop(self) -> None:
        """End; what happened before can still be polled."""
        if self._stopped is None:
            self._stopped = self._clock()

    def moved(self, t: float, x: float, y: float) -> None:
        """The cursor is at a place on the screen, in logical pixels; ignored with bubbles."""
        if self._name == "mouse_aperture":
            self._add(t, x, y)

    def clicked(self, t: float, x: float, y: float) -> None:
        """A click at a place on the screen, in logical pixels; a position with the aperture."""
        self._add(t, x, y)

    def poll(self) -> Samples:
        """Samples since the last poll: on the source's regular times, the last place held."""
        now = self._stopped if self._stopped is not None else self._clock()
        with self._lock:
            if self._upto is None or now <= self._upto:
                return Samples.empty(self._name, self._rate)
            events = np.array(sorted(self._events)).reshape(-1, 3)
            n = int(np.floor((now - self._upto) * self._rate + 1e-9))
            t = self._upto + np.arange(n) / self._rate
            self._upto += n / self._rate
            # The place that is held on is all that later samples need of what is past.
            past = events[events[:, 0] <= self._upto]
            self._events = [
                *map(tuple, past[-1:].tolist()),
                *map(tuple, events[events[:, 0] > self._upto].tolist()),
            ]
        return held(events[:, 0], events[:, 1:], t, self._name, self._rate)

    def take_marks(self) -> tuple[str, ...]:
        """None: a mouse that is unplugged does not say so."""
        return ()

    def _add(self, t: float, x: float, y: float) -> None:
        with self._lock:
            if self._upto is not None and self._stopped is None:
                self._events.append((t, x * self._ratio, y * self._ratio))


def held(event_s: Floats, places: Floats, t: Floats, name: PointingName, rate_hz: float) -> Samples:
    """Events as samples: each place is held until the next one.

    Parameters
    ----------
    event_s : ndarray, shape (k,)
        Times, not decreasing.
    places : ndarray, shape (k, 2)
        x and y, device pixels.
    t : ndarray, shape (n,)
        Times of the samples; those before the first event are not valid.
    name : "mouse_aperture" or "bubble_click"
        What it is.
    rate_hz : float
        Of `t`.
    """
    last = np.searchsorted(event_s, t, side="right") - 1
    valid = last >= 0
    if not len(event_s):
        nothing = np.full(len(t), np.nan)
        return Samples(t, nothing, nothing, valid, None, "screen", name, rate_hz)
    x = np.where(valid, places[np.maximum(last, 0), 0], np.nan)
    y = np.where(valid, places[np.maximum(last, 0), 1], np.nan)
    return Samples(t, x, y, valid, None, "screen", name, rate_hz)


def click_scanpath(click_s: Floats, places: Floats, end_s: float) -> Scanpath:
    """Clicks as fixations: each lasts until the next one, the last until `end_s`.

    How long a bubble is looked at says less than where people click, so maps of clicks are
    made with the weighting ``"count"`` [2]_.

    Parameters
    ----------
    click_s : ndarray, shape (k,)
        Times, not decreasing.
    places : ndarray, shape (k, 2)
        x and y, pixels of any frame.
    end_s : float
        When the photo vanished; clicks after it do not count.
    """
    before = click_s < end_s
    until = np.append(click_s[before], end_s)[1:]
    return tuple(
        Fixation(float(t), float(after - t), float(x), float(y), 1, float("nan"))
        for t, after, (x, y) in zip(click_s[before], until, places[before], strict=True)
    )
