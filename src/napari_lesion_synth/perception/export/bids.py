"""A study as a BIDS dataset [1]_: behaviour, eye tracking, and the photos.

References
----------
.. [1] K. J. Gorgolewski et al., "The brain imaging data structure, a format for organizing and
   describing outputs of neuroimaging experiments", Sci. Data 3, 2016; version 1.11, which has eye
   tracking.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.questions import question
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.export.anonymise import Identities, Identity
from napari_lesion_synth.perception.export.bids_gaze import GazeForm, RecordedEye, gaze_files
from napari_lesion_synth.perception.export.columns import TABLES, Column
from napari_lesion_synth.perception.export.dictionary import bids_columns
from napari_lesion_synth.perception.export.looks import GazeRules, looks_of
from napari_lesion_synth.perception.export.people import Cohort, Person
from napari_lesion_synth.perception.export.tables import Row, tsv_bytes
from napari_lesion_synth.perception.export.tidy import TidySettings, tidy_tables
from napari_lesion_synth.perception.session.gaze_record import PhotosShown
from napari_lesion_synth.wording import counted

__all__ = ["BIDS_VERSION", "BidsSettings", "task_label", "write_bids"]

BIDS_VERSION = "1.11.0"

_TASKS = {
    "paired": "foodpairs",
    "vas": "foodvas",
    "likert": "foodlikert",
    "best-worst": "foodbestworst",
    "view": "foodview",
    "mixed": "foodmixed",
}

_EVENT_COLUMNS = (
    Column("onset", "number", "When the photos appeared, from the first trial's.", "s"),
    Column("duration", "number", "How long the photos were seen.", "s"),
    Column("trial_type", "text", "What was asked.", levels=TABLES["answers"][3].levels),
    Column("response_time", "number", "From the photos' appearance to the answer.", "s"),
    Column("stim_file", "text", "The photo below /stimuli, where there is one alone."),
)
_LEFT_OUT = {"participant", "kind", "seconds", "response_time_s", "onset_s", "onset_utc"}
_REST = tuple(column for column in TABLES["answers"] if column.name not in _LEFT_OUT)


@dataclass(frozen=True)
class BidsSettings:
    """What is in the dataset.

    Parameters
    ----------
    identities : Identities
        Who people are.
    samples : bool
        Whether gaze is in it, sample by sample.
    pupil : bool
        Whether the size of the pupil is.
    photos : bool
        Whether the photos are copied into it; without, events name files that are not there.
    eye : str
        Which eye was recorded.
    authors : tuple of str
        Of the dataset.
    licence : str
        Of the dataset.
    rules : GazeRules
        What counts as a fixation.
    """

    identities: Identities
    samples: bool = True
    pupil: bool = True
    photos: bool = True
    eye: RecordedEye = "cyclopean"
    authors: tuple[str, ...] = ()
    licence: str = ""
    rules: GazeRules | None = None


def task_label(design: StudyDesign, *, limits: bool = False) -> str:
    """What the task is called in file names."""
    return "foodlimits" if limits else _TASKS[design.judgement.kind]


def write_bids(folder: Path, cohort: Cohort, settings: BidsSettings) -> list[Path]:
    """Write the dataset.

    Parameters
    ----------
    folder : Path
        Made where there is none; files of the same names are replaced.
    cohort : Cohort
        All who have begun; those who did not agree have no answers, and are not in it.
    settings : BidsSettings
        What is in it.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    StorageError
        If something cannot be written.
    """
    people = [person for person in cohort.people if person.state.answers]
    cohort = Cohort(cohort.study, tuple(people))
    labels = _labels([who for who, _ in settings.identities.ordered(people)])
    written = []
    for name, data in _all_files(cohort, settings, labels):
        path = folder / name
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        written.append(path)
    if settings.photos:
        written += _copied(folder / "stimuli", cohort)
    return written


def _all_files(
    cohort: Cohort, settings: BidsSettings, labels: Mapping[str, str]
) -> Iterator[tuple[str, bytes]]:
    study, identities = cohort.study, settings.identities
    yield "dataset_description.json", _json(_description(study.design, settings))
    yield "README.md", _readme(cohort, settings).encode()
    tables = tidy_tables(cohort, TidySettings(identities, gaze=False))
    columns = [column for column in TABLES["participants"] if column.name != "participant"]
    head = ["participant_id", *(["code"] if not identities.anonymous else [])]
    rows: list[Row] = [
        {**row, "participant_id": labels[str(row["participant"])], "code": row["participant"]}
        for row in tables.get("participants", ())
    ]
    names = [*head, *(column.name for column in columns)]
    yield "participants.tsv", tsv_bytes(names, rows)
    yield "participants.json", _json(_participants_json(identities, columns))
    answers = _by_participant(tables.get("answers", ()))
    for who, person in identities.ordered(cohort.people):
        yield from _of_person(cohort, (who, person, labels[who.label]), answers, settings)


def _of_person(
    cohort: Cohort,
    subject: tuple[Identity, Person, str],
    answers: Mapping[str, Sequence[Row]],
    settings: BidsSettings,
) -> Iterator[tuple[str, bytes]]:
    who, person, label = subject
    limits = any(trial.kind == "twoafc" for trial in person.state.trials)
    task = task_label(person.state.design, limits=limits)
    start = f"{label}/beh/{label}_task-{task}"
    asked = {trial.number: (trial, answer) for trial, answer in person.answered}
    rows = sorted(
        (_event(row, asked[int(str(row["trial"]))], person) for row in answers[who.label]),
        key=lambda row: float(str(row["onset"])),
    )
    columns = (*_EVENT_COLUMNS, *_REST)
    yield f"{start}_events.tsv", tsv_bytes([column.name for column in columns], rows)
    yield f"{start}_events.json", _json(_events_json(person, task, columns))
    looks = list(looks_of(cohort.study, person, settings.rules)) if settings.samples else []
    for end, data in gaze_files(person, looks, GazeForm(task, settings.eye, settings.pupil)):
        yield f"{start}_{end}", data


def _event(row: Row, asked: tuple[Trial, Answer], person: Person) -> Row:
    trial, answer = asked
    alone = len(set(trial.stimuli)) == 1
    return {
        **row,
        "onset": person.onsets_s.get(trial.number, 0.0),
        "duration": trial.seconds if trial.seconds is not None else answer.response_time_s,
        "trial_type": trial.kind,
        "response_time": answer.response_time_s,
        "stim_file": trial.stimuli[0] if alone else None,
        "response": answer.response if isinstance(answer.response, str) else row["response"],
    }


def _by_participant(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row["participant"]), []).append(row)
    return found


def _labels(people: Sequence[Identity]) -> dict[str, str]:
    """Subjects' labels, of letters and digits alone; numbers where codes would become the same."""
    plain = [re.sub(r"[^A-Za-z0-9]", "", who.label) for who in people]
    if any(count > 1 for count in Counter(map(str.casefold, plain)).values()) or "" in plain:
        plain = [f"{k + 1:03d}" for k in range(len(people))]
    return {who.label: f"sub-{label}" for who, label in zip(people, plain, strict=True)}


def _description(design: StudyDesign, settings: BidsSettings) -> dict[str, Any]:
    content: dict[str, Any] = {
        "Name": design.name,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "napari-lesion-synth", "Version": PROGRAM}],
    }
    if settings.authors:
        content["Authors"] = list(settings.authors)
    if settings.licence:
        content["License"] = settings.licence
    if design.texts.ethics:
        content["EthicsApprovals"] = [design.texts.ethics]
    return content


def _participants_json(identities: Identities, columns: Sequence[Column]) -> dict[str, Any]:
    own: dict[str, Any] = {"participant_id": {"Description": "Label of the participant."}}
    if not identities.anonymous:
        own["code"] = {"Description": "Code under which the study keeps the participant."}
    return {**own, **bids_columns(columns)}


def _events_json(person: Person, task: str, columns: Sequence[Column]) -> dict[str, Any]:
    design = person.state.design
    return {
        "TaskName": task,
        "TaskDescription": f"Food photos are judged: {_judged(design)}, "
        f"{design.viewing.mode} viewing.",
        "Instructions": question(design, person.state.language),
        "StimulusPresentation": _presentation(person),
        **bids_columns(columns),
    }


def _judged(design: StudyDesign) -> str:
    if design.judgement.kind == "mixed":
        return "mixed: pairs and vas, trial_type tells which"
    return design.judgement.kind


def _presentation(person: Person) -> dict[str, Any]:
    """The screen; its resolution as it was recorded most often."""
    shown = [PhotosShown.of(answer.shown) for answer in person.state.answers]
    sizes = Counter(each.screen_px for each in shown if each is not None)
    viewing = person.state.design.viewing
    return {
        "ScreenDistance": round(viewing.distance_mm / 1000, 4),
        "ScreenOrigin": ["top", "left"],
        "ScreenResolution": list(sizes.most_common(1)[0][0]) if sizes else "n/a",
        "ScreenSize": [round(side / 1000, 4) for side in viewing.screen_mm],
        "SoftwareName": "napari-lesion-synth",
        "SoftwareVersion": PROGRAM,
    }


def _readme(cohort: Cohort, settings: BidsSettings) -> str:
    design = cohort.study.design
    who = (
        f"{counted(len(cohort.people), 'participant')} judged "
        f"{counted(len(cohort.study.stimuli), 'photo')} of food ({_judged(design)}, "
        f"{design.viewing.mode} viewing)."
    )
    parts = [f"# {design.name}", who, "## Privacy", settings.identities.statement]
    parts += ["## What to know", _TO_KNOW]
    if any(person.simulated for person in cohort.people):
        parts.append("Participants with `simulated` 1 are simulations, and no people.")
    if settings.photos:
        parts.append(
            "The photos below stimuli/ are copies of the files that were shown, with whatever "
            "their files say of camera and place. Whether they may be passed on, their owners say."
        )
    return "\n\n".join(parts) + "\n"


_TO_KNOW = (
    "Practice and catch trials are in the events and marked as such; `left_out` in "
    "participants.tsv says whose answers do not count by the study's design. How photos were "
    "viewed and what recorded the gaze is told with each trial: do not pool what differs."
)


def _copied(folder: Path, cohort: Cohort) -> list[Path]:
    """The photos, each under its id."""
    copies = []
    for stimulus in cohort.study.stimuli:
        path = folder / stimulus.id
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stimulus.path, path)
        copies.append(path)
    return copies


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
