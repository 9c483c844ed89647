"""The rated food photographs, as a table: photos, categories from their names, one rating each."""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from harness import DATA

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.regression.table import Table
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import file_sha256, read_size

MOST = 4
"""The highest rating; the scale becomes 0 to 1."""

ROUNDING = 1 / MOST / 4
"""Mean error that steps of the scale alone would leave, were ratings spread evenly within them."""

REPORTED = (
    "reported elsewhere: MAE 0.114 without and 0.101 with gaze. Comparable: an error on a scale "
    "of 0 to 1, photos of food. Not comparable: there, several people's judgements of views of "
    "the same dishes, with their gaze; here, one rating in five steps of each of 160 unrelated "
    "photos by one of two people, no gaze on them, and dishes that were not learnt from."
)


@dataclass(frozen=True)
class Food:
    """Photos, and the table of their ratings."""

    stimuli: tuple[Stimulus, ...]
    table: Table


def food() -> Food:
    """Read the photos, or end with a message where they are not there."""
    folder = needed("food", "160 rated food photographs")
    with (folder / "ratings.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    stimuli = []
    for row in rows:
        path = folder / "photos" / row["file"]
        kind = re.match(r"[A-Za-z]+", row["file"])
        width, height = read_size(path)
        digest = file_sha256(path)
        stimuli.append(
            Stimulus(row["file"], path, digest, width, height, kind.group() if kind else "")
        )
    target = np.array([float(row["appetizing_0_4"]) / MOST for row in rows])
    table = Table(
        tuple(s.id for s in stimuli),
        target,
        tuple(s.category for s in stimuli),
        (),
        tuple(row["rater"] for row in rows),
    )
    return Food(tuple(stimuli), table)


def needed(name: str, what: str) -> Path:
    """A folder of real data; without it, nothing is measured."""
    folder = DATA / name
    if not folder.is_dir():
        print(f"skipped: {what} are not beside the repository ({folder})")
        sys.exit(0)
    return folder


def told(interval: Interval | None, digits: int = 3) -> str:
    """A figure with its interval."""
    if interval is None:
        return "-"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.{digits}f} (no interval)"
    return f"{interval.value:.{digits}f} ({interval.low:.{digits}f} to {interval.high:.{digits}f})"


def lines(text: Sequence[str]) -> str:
    """Sentences, one a line."""
    return "\n".join(text)
