"""Tidy tables: one row a participant, photo, answer or fixation, one table a kind of trial."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.design.trials import (
    LEFT,
    RIGHT,
    Answer,
    Trial,
    TrialKind,
    preferred,
)
from napari_lesion_synth.perception.export.anonymise import Identities, Identity
from napari_lesion_synth.perception.export.columns import TABLES, TableName, names_of
from napari_lesion_synth.perception.export.looks import GazeRules, Look, looks_of
from napari_lesion_synth.perception.export.people import Cohort, Person
from napari_lesion_synth.perception.export.tables import Cell, csv_bytes
from napari_lesion_synth.perception.session.catch import catch_passed
from napari_lesion_synth.perception.session.gaze_record import frames_of
from napari_lesion_synth.perception.stimuli.areas import read_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.transforms.facts import Change

__all__ = ["BETWEEN", "Row", "TidySettings", "tidy_tables", "write_tidy"]

Row = dict[str, Cell]

BETWEEN = " | "
"""Between several things in one cell."""

_CHOICE = {LEFT: 1.0, RIGHT: 0.0}


@dataclass(frozen=True)
class TidySettings:
    """What is in the tables.

    Parameters
    ----------
    identities : Identities
        Who people are.
    gaze : bool
        Whether there is a table of fixations.
    rules : GazeRules
        What counts as a fixation.
    """

    identities: Identities
    gaze: bool = True
    rules: GazeRules | None = None


def tidy_tables(cohort: Cohort, settings: TidySettings) -> dict[TableName, list[Row]]:
    """All tables of a study, those without rows left out.

    Parameters
    ----------
    cohort : Cohort
        All who have begun; whose answers do not count is said with them.
    settings : TidySettings
        What is in them.

    Returns
    -------
    dict
        Rows by table, columns as in `columns.TABLES`.
    """
    people = settings.identities.ordered(cohort.people)
    found: dict[TableName, list[Row]] = {
        "participants": [_participant(who, person, cohort) for who, person in people],
        "photos": [
            {**_photo(stimulus), "sha256": stimulus.sha256, "width": stimulus.width,
             "height": stimulus.height}
            for stimulus in cohort.study.stimuli
        ],
        "answers": [],
    }  # fmt: skip
    for kind in get_args(TrialKind):
        found[cast("TableName", kind)] = []
    for who, person in people:
        for row, own, kind in _answers(who, person, cohort, settings.identities.anonymous):
            found["answers"].append(row)
            found[kind].append(own)
    found["fixations"] = list(_fixations(people, cohort, settings)) if settings.gaze else []
    return {name: found[name] for name in TABLES if found[name]}


def write_tidy(folder: Path, tables: Mapping[TableName, Sequence[Row]]) -> list[Path]:
    """Write the tables as CSV files of their names.

    Raises
    ------
    StorageError
        If one cannot be written.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        write_atomic(path, csv_bytes(names_of(name), rows))
        written.append(path)
    return written


def _participant(who: Identity, person: Person, cohort: Cohort) -> Row:
    state = person.state
    consent = state.consent or {}
    return {
        "participant": who.label,
        "simulated": person.simulated,
        "language": who.language,
        "consent_version": consent.get("version", ""),
        "age_band": who.age_band,
        **who.covariates,
        "began": who.began,
        "sittings": state.sittings,
        "trials_answered": len(state.answers),
        "judgements": len(state.judged),
        "catch_passed": person.catch.passed,
        "catch_total": person.catch.total,
        "ended": state.ended,
        "left_out": cohort.why_left_out(person),
    }


def _photo(stimulus: Stimulus) -> Row:
    return {"photo": stimulus.id, "category": stimulus.category, "view": stimulus.view}


def _answers(
    who: Identity, person: Person, cohort: Cohort, anonymous: bool
) -> Iterator[tuple[Row, Row, TableName]]:
    """For each answer: its row among all answers, that of its kind, and the kind."""
    trials = {trial.number: trial for trial in person.state.trials}
    onsets = person.onsets_s
    for trial, answer in person.answered:
        head: Row = {"participant": who.label, "trial": trial.number, "block": trial.block}
        common = {
            **_common(trial, answer, trials.get(cast("int", trial.repeat_of))),
            "onset_s": onsets.get(trial.number),
            "onset_utc": "" if anonymous else answer.onset_utc,
        }
        whole: Row = {
            **head,
            "kind": trial.kind,
            "photos": BETWEEN.join(trial.stimuli),
            "response": json.dumps(answer.response, ensure_ascii=False),
            **common,
            **_quality(answer),
        }
        own = {**head, **_OWN[trial.kind](trial, answer, cohort), **common}
        yield whole, own, cast("TableName", trial.kind)


def _common(trial: Trial, answer: Answer, before: Trial | None) -> Row:
    return {
        "counts": trial.counts,
        "practice": trial.practice,
        "catch": trial.catch or "",
        "catch_passed": None if trial.catch is None else catch_passed(trial, answer.response),
        "repeat_of": trial.repeat_of,
        "mirrored": None if before is None else before.stimuli != trial.stimuli,
        "chosen_by": trial.chosen_by,
        "mode": trial.mode,
        "seconds": trial.seconds,
        "gaze_source": answer.gaze_source,
        "response_time_s": answer.response_time_s,
        "marks": BETWEEN.join(answer.marks),
    }


def _quality(answer: Answer) -> Row:
    names = ("accuracy_deg", "rms_s2s_deg", "data_loss")
    longest, late = frames_of(answer.shown)
    return {
        **{name: answer.quality.get(name) for name in names},
        "longest_frame_ms": longest,
        "late_frames": late,
    }


def _pair(trial: Trial, answer: Answer, _: Cohort) -> Row:
    return {
        "left": trial.stimuli[0],
        "right": trial.stimuli[-1],
        "response": str(answer.response),
        "preferred": preferred(trial, answer.response),
        "ties_allowed": bool(trial.facts.get("ties")),
    }


def _one(trial: Trial, cohort: Cohort) -> Row:
    return _photo(cohort.study.stimuli.by_id(trial.stimuli[0]))


def _vas(trial: Trial, answer: Answer, cohort: Cohort) -> Row:
    return {**_one(trial, cohort), "value": cast("float", answer.response)}


def _likert(trial: Trial, answer: Answer, cohort: Cohort) -> Row:
    step, steps = int(cast("int", answer.response)), int(trial.facts["points"])
    value = (step - 1) / (steps - 1)
    return {**_one(trial, cohort), "step": step, "steps": steps, "value": value}


def _best_worst(trial: Trial, answer: Answer, _: Cohort) -> Row:
    chosen = answer.response if isinstance(answer.response, dict) else {}
    return {
        "photos": BETWEEN.join(trial.stimuli),
        "best": chosen.get("best", ""),
        "worst": chosen.get("worst", ""),
    }


def _view(trial: Trial, _: Answer, cohort: Cohort) -> Row:
    return _one(trial, cohort)


def _twoafc(trial: Trial, answer: Answer, cohort: Cohort) -> Row:
    change = Change.of(trial.facts)
    side = None if change is None else (LEFT, RIGHT)[change.place]
    left = _CHOICE.get(str(answer.response), 0.5)
    return {
        **_one(trial, cohort),
        "transform": None if change is None else change.transform,
        "magnitude": None if change is None else change.magnitude,
        "changed_side": side,
        "response": str(answer.response),
        "changed_preferred": None if side is None else left if side == LEFT else 1 - left,
    }


_OWN = {
    "pair": _pair,
    "vas": _vas,
    "likert": _likert,
    "best_worst": _best_worst,
    "view": _view,
    "twoafc": _twoafc,
}


def _fixations(
    people: Sequence[tuple[Identity, Person]], cohort: Cohort, settings: TidySettings
) -> Iterator[Row]:
    areas = _AreaNames()
    for who, person in people:
        for look in looks_of(cohort.study, person, settings.rules):
            for number, row in enumerate(_of_look(look, areas)):
                yield {
                    "participant": who.label,
                    "trial": look.trial.number,
                    "fixation": number,
                    **row,
                    "gaze_source": look.answer.gaze_source,
                    "maps_allowed": look.verdict.maps,
                }


def _of_look(look: Look, areas: _AreaNames) -> Iterator[Row]:
    for fixation in look.fixations:
        place = look.place_of(fixation)
        row: Row = {
            "place": place,
            "start_s": fixation.start_s,
            "duration_s": fixation.duration_s,
            "screen_x": fixation.x,
            "screen_y": fixation.y,
            "dispersion_deg": fixation.dispersion_deg,
        }
        if place is not None:
            x, y = look.places[place].to_image(fixation.x, fixation.y)
            photo = look.photos[place]
            row |= {"photo": photo.id, "photo_x": x, "photo_y": y, "area": areas.at(photo, x, y)}
        yield row


class _AreaNames:
    """Areas of photos, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[np.ndarray, dict[int, str]] | None] = {}

    def at(self, photo: Stimulus, x: float, y: float) -> str:
        """Name of the area at a point; empty where none was drawn."""
        if photo.id not in self._known:
            self._known[photo.id] = self._read(photo)
        found = self._known[photo.id]
        if found is None:
            return ""
        labels, names = found
        row = min(int(y), photo.height - 1)
        number = int(labels[row, min(int(x), photo.width - 1)])
        return names.get(number, f"area {number}") if number else ""

    def _read(self, photo: Stimulus) -> tuple[np.ndarray, dict[int, str]] | None:
        try:
            areas = read_areas(photo)
        except InputError:
            return None
        return None if areas is None else (areas.labels, areas.names)
