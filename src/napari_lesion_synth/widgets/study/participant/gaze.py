"""The gaze of each trial: polled while the photos are seen, kept before the answer is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.quality import (
    POORLY_VALIDATED,
    GazeQuality,
    quality_of,
    validation_doubt,
)
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources.protocol import (
    TRACKER_BACK,
    TRACKER_LOST,
    GazeSource,
)
from napari_lesion_synth.perception.gaze.validation import Drift, Validation
from napari_lesion_synth.perception.session.gaze_record import keep_samples

__all__ = ["GazeRecorder", "drift_facts"]

_POLL_MS = 100


def drift_facts(drift: Drift) -> dict[str, Any]:
    """A check of drift as a session keeps it, of JSON types; None where no eye was found."""
    known = math.isfinite(drift.distance_deg)
    return {
        "drift_deg": drift.distance_deg if known else None,
        "offset_deg": list(drift.offset_deg) if known else None,
        "limit_deg": drift.limit_deg,
        "passed": drift.passed,
    }


class GazeRecorder(QObject):
    """Takes what a source delivers, and cuts out each trial.

    Parameters
    ----------
    source : GazeSource
        Tracker, mouse, replay or simulation.
    """

    polled = Signal(object)
    """New samples: `Samples`; none where nothing has come since the last time."""

    def __init__(self, source: GazeSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.source = source
        self._parts: list[Samples] = []
        self._marks: tuple[str, ...] = ()
        self._lost = False
        self.validation: Validation | None = None
        """The last one; figures of the trials rest on it."""
        self.moved = False
        """Whether somebody may sit differently, or the tracker see them differently, since the
        last look at targets: after a break, and after a tracker was lost and came back."""
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self.poll)

    @property
    def unvalidated(self) -> bool:
        """Whether nobody knows how far off the gaze is; the mouse is never off."""
        return self.source.name == "tracker" and self.validation is None

    @property
    def may_have_drifted(self) -> bool:
        """Whether gaze that was validated may lie elsewhere since."""
        return self.moved and self.validation is not None

    def start(self) -> None:
        """Begin to record.

        Raises
        ------
        InputError
            If there is nothing to record from.
        """
        self.source.start()
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()
        self.source.stop()

    def catch_up(self) -> None:
        """Between trials: learn what happened since the last one ended."""
        self.poll()
        self._take_marks()

    def begin(self) -> None:
        """A trial begins: what came before does not belong to it."""
        self.catch_up()
        self._parts, self._marks = [], (TRACKER_LOST,) if self._lost else ()

    def poll(self) -> None:
        """Take what has come."""
        samples = self.source.poll()
        if len(samples):
            self._parts.append(samples)
        self.polled.emit(samples)

    def _take_marks(self) -> None:
        """What happened; a tracker that was lost stays so until it says that it is back."""
        marks = self.source.take_marks()
        self._marks = tuple(dict.fromkeys((*self._marks, *marks)))
        told = [mark for mark in marks if mark in (TRACKER_LOST, TRACKER_BACK)]
        self._lost = told[-1] == TRACKER_LOST if told else self._lost
        self.moved = self.moved or TRACKER_BACK in told

    def taken(self) -> Samples:
        """The samples since `begin`."""
        self.poll()
        return self._joined()

    def keep(
        self, folder: Path, code: str, trial: int, times_s: Sequence[float]
    ) -> tuple[GazeQuality, tuple[str, ...]]:
        """Write the samples of a trial.

        Parameters
        ----------
        folder : Path
            The study.
        code : str
            The participant's.
        trial : int
            Number of the trial.
        times_s : sequence of float
            When the photos appeared, when they had been seen, and when the answer was given,
            `time.perf_counter`.

        Returns
        -------
        tuple
            Figures of the gaze, and marks of what happened meanwhile.

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        onset_s, seen_s, end_s = times_s
        samples = self.taken()
        self._take_marks()
        samples = samples.between(onset_s, max(onset_s, end_s) + 1e-9).shifted(-onset_s)
        keep_samples(folder, code, trial, samples)
        seconds = seen_s - onset_s
        seen = samples.between(0, seconds)
        doubted = self.validation is not None and validation_doubt(self.validation)
        marks = (*self._marks, POORLY_VALIDATED) if doubted else self._marks
        return quality_of(seen, self.validation, seconds), marks

    def _joined(self) -> Samples:
        if not self._parts:
            return Samples.empty(self.source.name, 1.0)
        try:
            return Samples.joined(self._parts)
        except InputError:  # the rate changed on the way: the last stretch is what fits together
            return self._parts[-1]
