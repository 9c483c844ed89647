"""Gaze as BIDS has it: samples without a header, what happens in them, and what describes both.

Only what an eye tracker recorded (or a simulation or playback of one) is called eye tracking; what
was pointed at with the mouse goes under a name of its own.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from napari_lesion_synth.perception.export.looks import Look
from napari_lesion_synth.perception.export.people import Person
from napari_lesion_synth.perception.export.tables import Row, tsv_bytes
from napari_lesion_synth.perception.gaze.quality import POINTED
from napari_lesion_synth.perception.ledger.records import CALIBRATED

__all__ = ["GazeForm", "RecordedEye", "gaze_files"]

RecordedEye = Literal["left", "right", "cyclopean"]

_COLUMNS = ("timestamp", "x_coordinate", "y_coordinate")
_PUPIL = "pupil_size"
_EVENTS = ("onset", "duration", "trial_type", "message")
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class GazeForm:
    """What the files of gaze say.

    Parameters
    ----------
    task : str
        Name of the task.
    eye : str
        Which eye was recorded.
    pupil : bool
        Whether the size of the pupil is among the columns, where it was recorded.
    """

    task: str
    eye: RecordedEye = "cyclopean"
    pupil: bool = True


@dataclass(frozen=True)
class _Recording:
    """Trials of one source and rate: a file of its own."""

    label: str
    looks: tuple[Look, ...]
    onsets: tuple[float, ...]

    @property
    def is_gaze(self) -> bool:
        return self.looks[0].samples.source not in POINTED


def gaze_files(
    person: Person, looks: Sequence[Look], form: GazeForm
) -> Iterator[tuple[str, bytes]]:
    """The files of a participant's gaze.

    Parameters
    ----------
    person : Person
        For the times, and what was calibrated.
    looks : sequence of Look
        The gaze of the trials; without any, there are no files.
    form : GazeForm
        What the files say.

    Yields
    ------
    tuple of str and bytes
        The end of each file's name after the task, and its content.
    """
    for recording in _recordings(person, looks):
        pupil = form.pupil and all(look.samples.pupil is not None for look in recording.looks)
        name = f"recording-{recording.label}_physio"
        columns = (*_COLUMNS, *((_PUPIL,) if pupil else ()))
        yield f"{name}.tsv.gz", _zipped(tsv_bytes(columns, _samples(recording), header=False))
        yield f"{name}.json", _json(_physio(person, recording, columns, form))
        yield (
            f"{name}events.tsv.gz",
            _zipped(tsv_bytes(_EVENTS, _events(recording), header=False)),
        )
        yield f"{name}events.json", _json({"TaskName": form.task, **_events_json(recording)})


def _recordings(person: Person, looks: Sequence[Look]) -> Iterator[_Recording]:
    onsets = person.onsets_s
    found: dict[tuple[str, float], list[Look]] = {}
    for look in looks:
        if look.trial.number in onsets:
            found.setdefault((look.samples.source, look.samples.rate_hz), []).append(look)
    numbers = {"eye1": 0, "mouse": 0}
    for (source, _), own in sorted(found.items()):
        kind = "mouse" if source in POINTED else "eye1"
        numbers[kind] += 1
        label = kind if numbers[kind] == 1 else f"{kind}part{numbers[kind]}"
        # In order of time, samples that would lie before the last ones left out.
        yield _Recording(label, tuple(own), tuple(onsets[look.trial.number] for look in own))


def _samples(recording: _Recording) -> Iterator[Row]:
    last = -np.inf
    for look, onset in zip(recording.looks, recording.onsets, strict=True):
        samples = look.samples
        times = np.round(samples.t + onset, _DECIMALS)
        for k in np.flatnonzero(times > last):
            known = bool(samples.valid[k])
            yield {
                "timestamp": float(times[k]),
                "x_coordinate": round(float(samples.x[k]), 2) if known else None,
                "y_coordinate": round(float(samples.y[k]), 2) if known else None,
                _PUPIL: None if samples.pupil is None else round(float(samples.pupil[k]), 4),
            }
        if len(times):
            last = max(last, float(times[-1]))


def _events(recording: _Recording) -> list[Row]:
    rows: list[Row] = []
    for look, onset in zip(recording.looks, recording.onsets, strict=True):
        rows.append(
            {
                "onset": round(onset, _DECIMALS),
                "duration": 0,
                "message": f"trial {look.trial.number}: photos appear",
            }
        )
        rows += [
            {
                "onset": round(onset + fixation.start_s, _DECIMALS),
                "duration": round(fixation.duration_s, _DECIMALS),
                "trial_type": "fixation",
            }
            for fixation in look.fixations
        ]
    return sorted(rows, key=_onset)


def _onset(row: Row) -> float:
    onset = row["onset"]
    assert isinstance(onset, int | float)
    return float(onset)


def _physio(
    person: Person, recording: _Recording, columns: Sequence[str], form: GazeForm
) -> dict[str, Any]:
    samples = recording.looks[0].samples
    content: dict[str, Any] = {
        "TaskName": form.task,
        "SamplingFrequency": samples.rate_hz,
        "StartTime": _start(recording),
        "Columns": list(columns),
        "timestamp": {
            "Description": "Time of the sample, from the first trial's onset. Samples are kept "
            "while photos are seen: between trials there are none.",
            "Units": "s",
        },
        **{
            f"{axis}_coordinate": {
                "Description": f"{_WHAT[recording.is_gaze]} from the screen's {edge} edge.",
                "Units": "pixel",
            }
            for axis, edge in (("x", "left"), ("y", "top"))
        },
    }
    if _PUPIL in columns:
        content[_PUPIL] = {
            "Description": "Size of the pupil as the tracker gives it; whether that is an area or "
            "a diameter, the recording does not say.",
            "Units": "arbitrary",
        }
    if not recording.is_gaze:
        content["PhysioType"] = "generic"
        content["Description"] = _SOURCES[samples.source]
        return content
    content |= {
        "PhysioType": "eyetrack",
        "RecordedEye": form.eye,
        "SampleCoordinateSystem": "gaze-on-screen",
        "Description": _SOURCES[samples.source],
        **_calibration(person),
    }
    return content


_WHAT = {True: "Place of the gaze", False: "Place of the mouse"}
_SOURCES = {
    "tracker": "Gaze from an eye tracker.",
    "simulated": "Simulated gaze: no person was recorded.",
    "replay": "A recording that was played back.",
    "mouse_aperture": "The mouse moved a sharp window over blurred photos; no gaze.",
    "bubble_click": "Clicks uncovered parts of blurred photos; no gaze.",
}


def _start(recording: _Recording) -> float:
    """Time of the first sample."""
    first = recording.looks[0].samples
    return round(recording.onsets[0] + float(first.t[0]), _DECIMALS)


def _calibration(person: Person) -> dict[str, Any]:
    """Errors at the validations, in degrees, where there were some."""
    facts = [record["facts"] for record in person.records if record["kind"] == CALIBRATED]
    means = [float(f["accuracy_deg"]) for f in facts if _number(f.get("accuracy_deg"))]
    worst = [float(f["worst_deg"]) for f in facts if _number(f.get("worst_deg"))]
    content: dict[str, Any] = {"CalibrationCount": len(facts)} if facts else {}
    if means:
        content["AverageCalibrationError"] = round(float(np.mean(means)), 4)
    if worst:
        content["MaximalCalibrationError"] = round(max(worst), 4)
    return content


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and bool(np.isfinite(value))


def _events_json(recording: _Recording) -> dict[str, Any]:
    return {
        "Columns": list(_EVENTS),
        "Description": "Fixations found in the samples, and when photos appeared."
        if recording.is_gaze
        else "Where the mouse rested, found as fixations are, and when photos appeared.",
        "OnsetSource": "timestamp",
        "onset": {"Description": "On the clock of the samples' timestamp.", "Units": "s"},
        "duration": {"Description": "0 for what has no duration.", "Units": "s"},
        "trial_type": {
            "Description": "What it is.",
            "Levels": {"fixation": "The eye rests" if recording.is_gaze else "The mouse rests"},
        },
        "message": {"Description": "What the program did."},
    }


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
