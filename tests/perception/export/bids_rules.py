"""Rules of BIDS 1.11 that an export of behaviour and eye tracking has to keep.

Written from the specification's text, not from the export: each broken rule is a sentence.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUBJECT = re.compile(r"sub-[A-Za-z0-9]+")
BEHAVIOUR = re.compile(
    r"(?P<subject>sub-[A-Za-z0-9]+)_task-[A-Za-z0-9]+"
    r"(_recording-(?P<recording>[A-Za-z0-9]+))?_(?P<suffix>events|physio|physioevents)"
    r"(?P<ending>\.tsv|\.tsv\.gz|\.json)"
)


def broken_rules(root: Path) -> list[str]:
    """What is wrong with a dataset."""
    found = [*_of_dataset(root), *_of_participants(root)]
    for folder in sorted(root.glob("sub-*")):
        found += _of_subject(root, folder)
    return found


def _of_dataset(root: Path) -> Iterator[str]:
    description = _json(root / "dataset_description.json")
    for key in ("Name", "BIDSVersion"):
        if not description.get(key):
            yield f"dataset_description.json has no {key}"
    if description.get("DatasetType") != "raw":
        yield "the dataset does not say that it is raw"
    if not any((root / name).exists() for name in ("README", "README.md", "README.txt")):
        yield "there is no README"
    allowed = {
        "dataset_description.json", "README.md", "participants.tsv", "participants.json", "stimuli",
    }  # fmt: skip
    for path in root.iterdir():
        if path.name not in allowed and not SUBJECT.fullmatch(path.name):
            yield f"{path.name} has no place in the dataset"


def _of_participants(root: Path) -> Iterator[str]:
    head, rows = _tsv(root / "participants.tsv")
    if head[0] != "participant_id":
        yield "participants.tsv does not begin with participant_id"
    names = [row["participant_id"] for row in rows]
    if sorted(names) != sorted(path.name for path in root.glob("sub-*")):
        yield "participants.tsv has others than the folders"
    described = _json(root / "participants.json")
    yield from (f"participants.json says nothing of {n}" for n in head if n not in described)


def _of_subject(root: Path, folder: Path) -> Iterator[str]:
    if not SUBJECT.fullmatch(folder.name):
        yield f"{folder.name} is no label"
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = BEHAVIOUR.fullmatch(path.name)
        if path.parent.name != "beh" or name is None or name["subject"] != folder.name:
            yield f"{path.name} is no name of a file of behaviour"
            continue
        kind = name["suffix"], name["ending"]
        if kind == ("events", ".tsv"):
            yield from _of_events(root, path)
        elif kind == ("physio", ".tsv.gz"):
            yield from _of_physio(path, name["recording"])
        elif kind == ("physioevents", ".tsv.gz"):
            yield from _of_physioevents(path)
        elif name["ending"] != ".json":
            yield f"{path.name} has the wrong ending"


def _of_events(root: Path, path: Path) -> Iterator[str]:
    head, rows = _tsv(path)
    if head[:2] != ["onset", "duration"]:
        yield f"{path.name} does not begin with onset and duration"
    onsets = [float(row["onset"]) for row in rows]
    if onsets != sorted(onsets):
        yield f"{path.name} is not in order of time"
    if any(float(row["duration"]) < 0 for row in rows):
        yield f"{path.name} has a negative duration"
    sidecar = _sidecar(path)
    yield from (f"{path.name}: nothing is said of {name}" for name in head if name not in sidecar)
    for row in rows:
        photo = row.get("stim_file", "n/a")
        if photo != "n/a" and not (root / "stimuli" / photo).is_file():
            yield f"{path.name} names {photo}, which is not in stimuli"


def _of_physio(path: Path, recording: str | None) -> Iterator[str]:
    sidecar, columns = _sidecar(path), _columns(path)
    for key in ("SamplingFrequency", "StartTime", "Columns"):
        if key not in sidecar:
            yield f"{path.name}: {key} is required"
    yield from (f"{path.name}: nothing is said of {c}" for c in columns if c not in sidecar)
    if recording is None:
        yield f"{path.name} has no recording"
    table = _headless(path)
    if any(len(row) != len(columns) for row in table):
        yield f"{path.name} has rows of another length than its columns"
    times = [float(row[0]) for row in table]
    if times != sorted(set(times)):
        yield f"{path.name}: the timestamps do not rise"
    if sidecar.get("PhysioType") == "eyetrack":
        yield from _of_eye_tracking(path, sidecar, columns)


def _of_eye_tracking(path: Path, sidecar: dict[str, Any], columns: list[str]) -> Iterator[str]:
    if columns[:3] != ["timestamp", "x_coordinate", "y_coordinate"]:
        yield f"{path.name} does not begin with timestamp, x_coordinate and y_coordinate"
    if sidecar.get("RecordedEye") not in ("left", "right", "cyclopean"):
        yield f"{path.name} does not say which eye it was"
    systems = ("gaze-on-screen", "eye-in-head", "gaze-in-world", "custom")
    if sidecar.get("SampleCoordinateSystem") not in systems:
        yield f"{path.name} does not say where its coordinates lie"
    for axis in ("x_coordinate", "y_coordinate"):
        if not sidecar.get(axis, {}).get("Units"):
            yield f"{path.name}: {axis} has no unit"
    if "pupil_size" in columns:
        words = sidecar.get("pupil_size", {}).get("Description", "")
        if not re.search("area|diameter", words):
            yield f"{path.name} does not say whether the pupil is an area or a diameter"
    if sidecar.get("SampleCoordinateSystem") == "gaze-on-screen":
        yield from _of_screen(path)


def _of_screen(path: Path) -> Iterator[str]:
    events = next(path.parent.glob("*_events.json"))
    screen = _json(events).get("StimulusPresentation", {})
    for key in ("ScreenDistance", "ScreenOrigin", "ScreenResolution", "ScreenSize"):
        if screen.get(key, "n/a") == "n/a":
            yield f"{events.name}: {key} is required with gaze on a screen"


def _of_physioevents(path: Path) -> Iterator[str]:
    sidecar, columns = _sidecar(path), _columns(path)
    for key in ("Columns", "OnsetSource"):
        if key not in sidecar:
            yield f"{path.name}: {key} is required"
    if columns[0] != "onset":
        yield f"{path.name} does not begin with onset"
    samples = path.with_name(path.name.replace("_physioevents.", "_physio."))
    if not samples.exists():
        yield f"{path.name} belongs to no samples"
    elif sidecar.get("OnsetSource") not in _columns(samples):
        yield f"{path.name}: its source of onsets is no column of the samples"
    onsets = [float(row[0]) for row in _headless(path)]
    if onsets != sorted(onsets):
        yield f"{path.name} is not in order of time"


def _sidecar(path: Path) -> dict[str, Any]:
    return _json(path.with_name(path.name.split(".", maxsplit=1)[0] + ".json"))


def _columns(path: Path) -> list[str]:
    return list(_sidecar(path)["Columns"])


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _tsv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return list(rows.fieldnames or ()), list(rows)


def _headless(path: Path) -> list[list[str]]:
    text = gzip.decompress(path.read_bytes()).decode()
    return [line.split("\t") for line in text.splitlines()]
