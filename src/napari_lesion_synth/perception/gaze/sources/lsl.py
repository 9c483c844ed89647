"""A tracker that sends over Lab Streaming Layer, read by a thread of its own.

What comes goes to the disk as it is, and as gaze into a ring from which trials fetch it. A tracker
that falls silent is marked and looked for again, while the trial goes on.

References
----------
.. [1] C. Kothe et al., "The Lab Streaming Layer for synchronized multimodal recording", Imaging
   Neuroscience 3, 2025.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.errors import InputError, LesionSynthError, StorageError
from napari_lesion_synth.files import writing
from napari_lesion_synth.perception.gaze.samples import Floats, Samples, SourceName
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings
from napari_lesion_synth.perception.gaze.sources.lsl_line import (
    Line,
    column_names,
    line_of,
    load_pylsl,
)
from napari_lesion_synth.perception.gaze.sources.protocol import (
    CLOCK_JUMPED,
    TRACKER_BACK,
    TRACKER_LOST,
    UNSAVED,
)
from napari_lesion_synth.perception.gaze.sources.raw import RawFile
from napari_lesion_synth.perception.gaze.sources.ring import Ring

__all__ = ["LslSource"]

OVERRUN = "gaze lost in the buffer"

_PULL_S = 0.01
"""How long the thread waits for a chunk: more delays the gaze, less keeps a core busy."""

_AGAIN_S = 0.5
"""How long a lost stream is looked for before it is seen whether the source is stopped."""

_CLOCK_EVERY_S = 5.0
_AHEAD_S = 0.25
"""A sample from so far in the future is none, however little is known of the tracker's clock."""

_NEAR_S, _NEAR_SAMPLES = 0.03, 4
"""The same, where both clocks are known and no stamp was mended: what arrives late, in a network
or a chunk, lies in the past, so that only an error of the clocks' comparison could be taken for a
jump, and that is a few milliseconds."""

_BACK_S = 0.1
"""Stamps of a stream that go back by more were set back; less may be chunks that overlap."""

_SLEW = 0.2
"""Of a sample's interval: how far a clock that is measured anew moves the next sample at most. A
step would look like gaze that is missing."""

_STEP_S = 0.05
"""A clock that is farther off than this was not measured before, or set: it is followed at once."""

_READINGS = 8
"""Of both clocks, of which the one that took the shortest counts: no other thread was let in."""


class LslSource:
    """Gaze of a tracker.

    Parameters
    ----------
    size : tuple of int
        Width and height of the screen, device pixels.
    settings : LslSettings, optional
        Which stream, and what its channels mean.
    raw : Path, optional
        File for everything that comes, with the ending ``.f64``; its folder is made where there
        is none. Default: it is not kept.
    lsl : module, optional
        In place of ``pylsl``.
    """

    name: SourceName = "tracker"

    def __init__(
        self,
        size: tuple[int, int],
        settings: LslSettings | None = None,
        *,
        raw: Path | None = None,
        lsl: Any = None,
    ) -> None:
        self._size, self._settings, self._raw_path = size, settings or LslSettings(), raw
        self._given = lsl
        self._thread: threading.Thread | None = None
        self._found: Line | None = None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._marks: list[str] = []
        self._lost = False
        self._offset = self._applied = self._slip = 0.0
        self._measured = False
        self._last = self._stamp = -np.inf
        self._ring: Ring | None = None
        self._raw: RawFile | None = None
        self._rate_hz = 1.0
        self._labels: tuple[str, ...] | None = None

    @property
    def clock_offset_s(self) -> float:
        """What is added to the stream's time stamps."""
        return self._offset

    @property
    def rate_hz(self) -> float:
        """Nominal samples a second; known once it is started."""
        return self._rate_hz

    @property
    def settings(self) -> LslSettings:
        """Which stream, and what its channels mean."""
        return self._settings

    def find(self) -> None:
        """Find the stream, and leave everything as it is; `start` begins with the one found.

        Raises
        ------
        InputError
            If there is no such stream, or its channels cannot be read as gaze.
        """
        if self._thread is not None or self._found is not None:
            return
        lsl = self._given or load_pylsl()
        self._labels = None
        self._found = self._connect(lsl, self._settings.resolve_s)
        if self._found is None:
            raise _missing(self._settings)
        self._rate_hz = self._found.rate_hz

    def start(self) -> None:
        """Find the stream, if it was not found yet, and begin to read it.

        Raises
        ------
        InputError
            If there is no such stream, or its channels cannot be read as gaze.
        StorageError
            If the raw file cannot be written.
        """
        if self._thread is not None:
            return
        self.find()
        line, self._found = self._found, None
        assert line is not None
        lsl = self._given or load_pylsl()
        self._ring = Ring(max(64, round(self._settings.buffer_s * line.rate_hz)), 5)
        self._stopping.clear()
        self._lost, self._slip, self._measured = False, 0.0, False
        self._last = self._stamp = -np.inf
        if self._raw_path is not None:
            columns = ("stamp_s", "offset_s", *column_names(line.labels))
            with writing(self._raw_path):  # of a participant who has no gaze yet
                self._raw_path.parent.mkdir(parents=True, exist_ok=True)
            self._raw = RawFile(self._raw_path, columns, line.facts)
        self._measure(lsl, line, patience_s=1.0)
        self._applied = self._offset
        self._thread = threading.Thread(
            target=self._read, args=(lsl, line), name="gaze of the tracker", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End; what has come can still be polled."""
        self._found = None
        if self._thread is None:
            return
        self._stopping.set()
        self._thread.join()
        self._thread = None
        self._close_raw()

    def poll(self) -> Samples:
        """What has come since the last poll."""
        if self._ring is None:
            return Samples.empty(self.name, self._rate_hz)
        rows = self._ring.take()
        if self._ring.take_lost():
            self._mark(OVERRUN)
        t, x, y, valid, pupil = rows.T
        known = pupil if np.isfinite(pupil).any() else None
        return Samples(t, x, y, valid > 0, known, "screen", self.name, self._rate_hz)

    def take_marks(self) -> tuple[str, ...]:
        """What happened since the last call: lost and found again, clock, disk."""
        with self._lock:
            marks, self._marks = self._marks, []
        # Each once, the last time that it happened: whether the tracker is lost now is seen.
        return tuple(dict.fromkeys(reversed(marks)))[::-1]

    def _mark(self, what: str) -> None:
        with self._lock:
            self._marks.append(what)

    def _read(self, lsl: Any, line: Line | None) -> None:
        """Until it is stopped: pull, and look for the stream where it is lost."""
        while not self._stopping.is_set():
            try:
                if line is None:
                    line = self._connect(lsl, _AGAIN_S)
                    if line is not None:
                        self._slip, self._stamp, self._measured = 0.0, -np.inf, False
                        self._measure(lsl, line, patience_s=1.0)
                        self._applied = self._offset
                if line is not None:
                    self._pull(lsl, line)
            except (LesionSynthError, RuntimeError):
                # The stream is lost, or another tracker has come under its name.
                line = None
                self._silent()
                self._stopping.wait(_AGAIN_S)

    def _pull(self, lsl: Any, line: Line) -> None:
        heard = measured = time.perf_counter()
        while not self._stopping.is_set():
            _, stamps = line.inlet.pull_chunk(_PULL_S, len(line.buffer), line.buffer)
            now = time.perf_counter()
            if len(stamps):
                heard = now
                values = line.buffer[: len(stamps)].astype(np.float64)
                self._take(line, np.asarray(stamps, np.float64), values, now)
            elif now - heard > self._settings.silence_s:
                self._silent()
            if now - measured > _CLOCK_EVERY_S:
                measured = now
                self._measure(lsl, line, patience_s=0.05)

    def _take(self, line: Line, stamps: Floats, values: Floats, now: float) -> None:
        """A chunk that came at `now`."""
        if self._lost:
            self._lost = False
            self._mark(TRACKER_BACK)
        offsets = self._slewed(len(stamps))
        t = stamps + offsets
        back = (np.diff(stamps) < 0).any() or stamps[0] < self._stamp - _BACK_S
        self._stamp = float(stamps[-1])
        early = self._stamp + self._offset - now
        if back or early > self._most_early or t[-1] < self._last - _AHEAD_S:
            # The stamps are of no use: from here on, the time is that of their arrival.
            self._mark(CLOCK_JUMPED)
            self._slip -= early
            self._offset -= early
            offsets = np.full(len(stamps), self._offset)
            t = stamps + offsets
        self._applied = float(offsets[-1])
        self._save(np.column_stack([stamps, offsets, values]))
        # A clock that is measured anew may step back by less than a sample.
        t = np.maximum.accumulate(np.maximum(t, self._last))
        self._last = float(t[-1])
        if self._ring is not None:
            gaze = line.channels.decoded(values, self._settings, self._size)
            self._ring.put(np.column_stack([t, gaze]))

    @property
    def _most_early(self) -> float:
        """How far in the future a sample may lie.

        Where stamps were mended, the chunk that told so had come late by nobody knows how much;
        those that come sooner are no jumps.
        """
        if not self._measured or self._slip:
            return _AHEAD_S
        return max(_NEAR_S, _NEAR_SAMPLES / self._rate_hz)

    def _slewed(self, n: int) -> Floats:
        """What is added to the stamps of the next `n` samples: on its way to what was measured."""
        away = self._offset - self._applied
        if abs(away) > _STEP_S:
            return np.full(n, self._offset)
        most = np.arange(1, n + 1) * (_SLEW / self._rate_hz)
        return np.asarray(self._applied + np.clip(away, -most, most), np.float64)

    def _save(self, rows: Floats) -> None:
        if self._raw is None:
            return
        try:
            self._raw.add(rows)
        except StorageError:
            self._mark(UNSAVED)
            self._close_raw()

    def _close_raw(self) -> None:
        raw, self._raw = self._raw, None
        if raw is not None:
            try:
                raw.close()
            except StorageError:
                self._mark(UNSAVED)

    def _silent(self) -> None:
        if not self._lost:
            self._lost = True
            self._mark(TRACKER_LOST)

    def _measure(self, lsl: Any, line: Line, patience_s: float) -> None:
        """From the stream's clock to `time.perf_counter`, by way of LSL's local clock [1]_."""
        try:
            correction = float(line.inlet.time_correction(patience_s))
        except RuntimeError:  # pylsl's own TimeoutError and LostError are of this kind
            return
        self._offset = correction + _between(lsl) + self._slip
        self._measured = True

    def _connect(self, lsl: Any, patience_s: float) -> Line | None:
        settings = self._settings
        asked = ("name", settings.stream) if settings.stream else ("type", settings.stream_type)
        found = lsl.resolve_byprop(*asked, 1, patience_s)
        if not found:
            return None
        # Lost streams are looked for here, not inside the library, so that trials are marked.
        inlet = lsl.StreamInlet(found[0], 360, 0, False)
        try:
            info = inlet.info(5.0)
            inlet.open_stream(5.0)
        except RuntimeError:
            return None
        line = line_of(lsl, inlet, info, settings)
        if self._labels is not None and line.labels != self._labels:
            raise InputError("the stream that came back has other channels")
        if self._labels is not None and line.rate_hz != self._rate_hz:
            raise InputError("the stream that came back has another rate")
        self._labels = line.labels
        return line


def _between(lsl: Any) -> float:
    """Seconds from LSL's local clock to `time.perf_counter`, by the quickest of some readings."""
    readings = []
    for _ in range(_READINGS):
        before = time.perf_counter()
        local = float(lsl.local_clock())
        after = time.perf_counter()
        readings.append((after - before, (before + after) / 2 - local))
    return min(readings)[1]


def _missing(settings: LslSettings) -> InputError:
    what = f"named {settings.stream!r}" if settings.stream else f"of type {settings.stream_type!r}"
    return InputError(
        f"no stream {what} was found in {settings.resolve_s:g} s",
        remedy="Start the tracker's LSL application, see that both computers are in one network "
        "and no firewall stands between them, and try again",
    )
