"""The columns of the exported tables: one home for their names and meanings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["TABLES", "Column", "Kind", "TableName", "names_of"]

Kind: TypeAlias = Literal["text", "number", "whole number", "yes or no"]

TableName: TypeAlias = Literal[
    "participants",
    "photos",
    "answers",
    "pair",
    "vas",
    "likert",
    "best_worst",
    "view",
    "twoafc",
    "fixations",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        In the first line of the table; never changes its meaning.
    kind : str
        What its cells hold; "yes or no" is written as 1 and 0.
    description : str
        As a sentence.
    unit : str
        Of numbers.
    levels : mapping of str to str
        The values that text can have, and what they mean.
    """

    name: str
    kind: Kind
    description: str
    unit: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)


_WHO = (Column("participant", "text", "Who answered: code, or number where codes were dropped."),)

_MODES = {
    "self-paced": "Photos are seen until the answer.",
    "fixed": "Photos are seen for a time that the design fixes.",
}
_SOURCES = {
    "none": "No gaze was recorded.",
    "tracker": "An eye tracker.",
    "mouse_aperture": "The mouse moved a sharp window over blurred photos: no gaze.",
    "bubble_click": "Clicks uncovered parts of blurred photos: no gaze.",
    "simulated": "A simulation: no person.",
    "replay": "A recording was played back.",
}
_KINDS = {
    "pair": "Which of two photos?",
    "vas": "A mark on a line.",
    "likert": "One of some steps.",
    "best_worst": "The best and the worst of several.",
    "view": "Only looked at.",
    "twoafc": "The original or the changed photo?",
}
_CATCH = {
    "obvious": "One photo was spoiled.",
    "instructed": "The question said what to answer.",
}

_TRIAL = (
    *_WHO,
    Column("trial", "whole number", "Number of the trial, from 0; practice counts."),
    Column("block", "text", "Trials of one category, or between two breaks, have the same."),
)

_COMMON = (
    Column("counts", "yes or no", "Whether it is a judgement: neither practice nor catch trial."),
    Column("practice", "yes or no", "Whether it is a practice trial, left out of every analysis."),
    Column("catch", "text", "Kind of the catch trial; empty: none.", levels=_CATCH),
    Column("catch_passed", "yes or no", "Whether the catch trial was answered as it should be."),
    Column("repeat_of", "whole number", "Number of the trial that is asked again; empty: none."),
    Column("mirrored", "yes or no", "Whether the repeated pair has its sides swapped."),
    Column(
        "chosen_by",
        "text",
        "Who chose the photos.",
        levels={
            "random": "Chance; with a choice by gain, an unbiased check of the model.",
            "gain": "What is learnt most from.",
            "connect": "Chance, to join photos that nothing connected, or ratings to pairs.",
            "repeat": "A hidden repeat.",
            "catch": "A catch trial.",
            "practice": "A practice trial.",
        },
    ),
    Column("mode", "text", "How photos were viewed.", levels=_MODES),
    Column("seconds", "number", "For how long photos were seen; empty: until the answer.", "s"),
    Column("gaze_source", "text", "What recorded the gaze.", levels=_SOURCES),
    Column(
        "response_time_s",
        "number",
        "From the photos' first appearance to the answer; not exact to the ms without a "
        "photodiode.",
        "s",
    ),
    Column("onset_s", "number", "When the photos appeared, from the first trial's.", "s"),
    Column("onset_utc", "text", "When the photos appeared; empty where times were coarsened."),
    Column(
        "marks",
        "text",
        "What happened meanwhile, with | between: paused, reopened, tracker lost.",
    ),
)

_GAZE = (
    Column("accuracy_deg", "number", "Accuracy of the gaze at the last validation.", "degrees"),
    Column(
        "rms_s2s_deg", "number", "Precision at the last validation, sample to sample.", "degrees"
    ),
    Column("data_loss", "number", "Share of the gaze samples of the trial that are lost."),
    Column("longest_frame_ms", "number", "Longest time between two frames of the display.", "ms"),
    Column("late_frames", "whole number", "Frames that came later than 1.5 of the usual times."),
)

_PHOTO = (
    Column("photo", "text", "Id of the photo: its path within the folder of photos."),
    Column("category", "text", "The dish."),
    Column("view", "text", "The angle: azimuth and elevation in degrees, as az030_el45."),
)

_SIDES = {"left": "The left one.", "right": "The right one.", "tie": "Both are equal."}

TABLES: Mapping[TableName, tuple[Column, ...]] = {
    "participants": (
        *_WHO,
        Column("simulated", "yes or no", "Whether this is no person."),
        Column(
            "language",
            "text",
            "In which texts were shown.",
            levels={"ja": "Japanese", "en": "English"},
        ),
        Column("consent_version", "text", "Version of the text that was agreed to."),
        Column("age_band", "text", "Age, in bands; empty: not told or not asked."),
        Column("hunger", "number", "How hungry, from 0 to 100; asked beforehand."),
        Column("minutes_since_meal", "number", "Since the last meal; asked beforehand.", "min"),
        Column("began", "text", "When they began: day, month or year, or empty where dropped."),
        Column("sittings", "whole number", "How often the study was opened."),
        Column("trials_answered", "whole number", "Answers, practice and catch trials included."),
        Column("judgements", "whole number", "Answers that count, hidden repeats included."),
        Column("catch_passed", "whole number", "Catch trials passed."),
        Column("catch_total", "whole number", "Catch trials answered."),
        Column("ended", "text", "Why no trial follows; empty: not finished."),
        Column("left_out", "text", "Why the answers do not count by the design; empty: they do."),
    ),
    "photos": (
        *_PHOTO,
        Column("sha256", "text", "Hash of the file's bytes."),
        Column("width", "whole number", "Of the photo.", "px"),
        Column("height", "whole number", "Of the photo.", "px"),
    ),
    "answers": (
        *_TRIAL,
        Column("kind", "text", "What was asked.", levels=_KINDS),
        Column("photos", "text", "Ids of the photos from left to right, with | between."),
        Column("response", "text", "The answer as it was recorded (JSON)."),
        *_COMMON,
        *_GAZE,
    ),
    "pair": (
        *_TRIAL,
        Column("left", "text", "Id of the photo on the left."),
        Column("right", "text", "Id of the photo on the right."),
        Column("response", "text", "Which was preferred.", levels=_SIDES),
        Column("preferred", "text", "Id of the photo that was preferred; empty: a tie."),
        Column("ties_allowed", "yes or no", "Whether a tie could be answered."),
        *_COMMON,
    ),
    "vas": (
        *_TRIAL,
        *_PHOTO,
        Column("value", "number", "The mark on the line, 0 to 1."),
        *_COMMON,
    ),
    "likert": (
        *_TRIAL,
        *_PHOTO,
        Column("step", "whole number", "The step chosen, from 1."),
        Column("steps", "whole number", "How many there were."),
        Column("value", "number", "The step from 0 to 1, steps taken as equally far apart."),
        *_COMMON,
    ),
    "best_worst": (
        *_TRIAL,
        Column("photos", "text", "Ids of the photos from left to right, with | between."),
        Column("best", "text", "Id of the best."),
        Column("worst", "text", "Id of the worst."),
        *_COMMON,
    ),
    "view": (*_TRIAL, *_PHOTO, *_COMMON),
    "twoafc": (
        *_TRIAL,
        *_PHOTO,
        Column("transform", "text", "What was done to the changed photo."),
        Column("magnitude", "number", "How strongly, in the transform's unit."),
        Column("changed_side", "text", "Where the changed photo was.", levels=_SIDES),
        Column("response", "text", "Which was preferred.", levels=_SIDES),
        Column("changed_preferred", "number", "1: the changed one, 0: the original, 0.5: a tie."),
        *_COMMON,
    ),
    "fixations": (
        *_WHO,
        _TRIAL[1],
        Column("fixation", "whole number", "Number of the fixation in the trial, from 0."),
        Column("photo", "text", "Id of the photo it lies on; empty: on none."),
        Column("place", "whole number", "Which photo from the left, from 0; empty: on none."),
        Column("area", "text", "Area of the photo it lies on, where areas were drawn."),
        Column("start_s", "number", "From the photos' first appearance.", "s"),
        Column("duration_s", "number", "How long it lasts.", "s"),
        Column("screen_x", "number", "From the screen's left edge.", "px"),
        Column("screen_y", "number", "From the screen's top edge.", "px"),
        Column("photo_x", "number", "From the photo's left edge, in its own pixels.", "px"),
        Column("photo_y", "number", "From the photo's top edge, in its own pixels.", "px"),
        Column("dispersion_deg", "number", "Root mean square distance of its samples.", "degrees"),
        Column("gaze_source", "text", "What recorded the gaze.", levels=_SOURCES),
        Column("maps_allowed", "yes or no", "Whether the trial's gaze is good enough for maps."),
    ),
}
"""All tables that an export can have; those without rows are not written."""


def names_of(table: TableName) -> Sequence[str]:
    """Names of a table's columns, in order."""
    return tuple(column.name for column in TABLES[table])
