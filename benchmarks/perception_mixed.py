"""Pairs, ratings, or both mixed by bits a second: the error of the values at equal seconds.

Simulated participants (`study simulate`'s, with their own taste, noise and pace) go through whole
sessions, one after the other, each for 240 s of the seconds that the design states: 4 s a pair,
5 s a rating. In one arm only pairs are asked, by gain; in one only ratings, by gain; in one both,
by bits a second. All arms judge the same 36 photos and have the same participants; practice, catch
trials and hidden repeats are left out. The error is that of the study's own scaling, values from 0
to 1 against the true utilities, both stretched from their lowest to their highest; of the mixed arm
it is the posterior of both. Shown are medians over studies, with quartiles.

How much a rating tells is an assumption of the simulation, and decides what comes out. So there are
two crowds: `as simulated`, whose ratings have a noise of half a unit of utility and no personal
bias, and `noisy raters`, with a noise of 2 and a bias of 0.5. The design expects a noise of 1 in
both.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import harness
import numpy as np
from numpy.typing import NDArray
from perception_goals import Goal
from perception_studies import finish
from PIL import Image

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_answers import grouped
from napari_lesion_synth.jobs.study_chooser import study_chooser
from napari_lesion_synth.jobs.study_new import NewStudy, new_study
from napari_lesion_synth.jobs.study_observers import Crowd, crowd_of
from napari_lesion_synth.jobs.study_scaled import ScaleSettings, scale_group
from napari_lesion_synth.jobs.study_simulate import simulated_codes
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.perception.stimuli.survey import ScanRules

Array = NDArray[np.float64]

PHOTOS, PARTICIPANTS, SECONDS = 36, 8, 240.0
MARKS = (2, 4, 8)
"""After how many participants the error is looked at."""

COSTS = {"pair": 4.0, "vas": 5.0}
ARMS = {"pairs by gain": "paired", "ratings by gain": "vas", "mixed": "mixed"}
CROWDS: dict[str, dict[str, float]] = {
    "as simulated": {},
    "noisy raters": {"rating_noise": 2.0, "bias": 0.5},
}


@dataclass(frozen=True)
class Found:
    """Of one study: error at each mark, and the share of ratings among the questions."""

    errors: tuple[float, ...]
    ratings: float


def photos(folder: Path) -> Path:
    """Small pictures: what is on them matters to nobody here."""
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(PHOTOS):
        pixels = np.random.default_rng(k).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"photo{k:02d}.png")
    return folder


def made(folder: Path, judgement: str, seed: int, pictures: Path) -> Study:
    """A study by gain without practice and checks; it has more trials than time."""
    changes: dict[str, Any] = {
        "judgement.kind": judgement, "selection.rule": "gain", "seed": seed,
        "counts.trials": int(SECONDS), "counts.practice": 0, "counts.block_size": 1000,
        "checks.catch_share": 0.0, "checks.repeat_share": 0.0,
        "covariates.hunger": False, "covariates.minutes_since_meal": False,
    }  # fmt: skip
    asked = NewStudy(
        folder=folder, photos=pictures, scan=ScanRules(min_side=4), changes=changes, freeze=True
    )
    finish(new_study(asked, StopToken()))
    return open_study(folder)


def people(study: Study, seed: int, crowd: dict[str, float]) -> dict[str, UtilityObserver]:
    """The participants by code, the same for all studies of a seed."""
    codes = simulated_codes(PARTICIPANTS)
    maker = crowd_of(study, Crowd(seed=seed), codes)
    found = {code: maker(code) for code in codes}
    if crowd:
        shifts = np.random.default_rng([seed, 1]).normal(0, crowd["bias"], len(codes))
        for observer, shift in zip(found.values(), shifts, strict=True):
            noisy = {"rating_noise": crowd["rating_noise"], "rating_shift": float(shift)}
            observer.traits = observer.traits.model_copy(update=noisy)
    return found


def take_part(study: Study, code: str, observer: UtilityObserver) -> None:
    """Answer until the seconds are used up."""
    who, left = NewParticipant(code, simulated=True), SECONDS
    with Session.begin(study, who, study_chooser(study, code)) as session:
        session.agree(session.consent_text())
        while (trial := session.next_trial()) is not None:
            left -= COSTS[trial.kind]
            if left < 0:
                return
            session.answer(observer.answer(trial))


def error(cohort: Cohort, truth: Array) -> float:
    """Of the first group: pairs, ratings, or both together."""
    values = scale_group(grouped(cohort)[0], ScaleSettings()).values.value
    return float(np.abs(unit(values) - unit(truth)).mean())


def unit(values: Array) -> Array:
    return (values - values.min()) / np.ptp(values)


def one_study(judgement: str, seed: int, crowd: dict[str, float], work: Path) -> Found:
    """A study from its design to its errors."""
    study = made(work / "study", judgement, seed, photos(work / "pictures"))
    no_taste = crowd_of(study, Crowd(seed=seed, taste=0.0), ("all",))("all")
    truth = np.array([no_taste.utilities[name] for name in study.stimuli.ids])
    errors = []
    for number, (code, observer) in enumerate(people(study, seed, crowd).items(), start=1):
        take_part(study, code, observer)
        if number in MARKS:
            errors.append(error(gather(study), truth))
    asked = [trial.kind for person in gather(study) for trial, _ in person.state.judged]
    return Found(tuple(errors), asked.count("vas") / len(asked))


def all_studies(studies: int) -> dict[tuple[str, str], list[Found]]:
    """By crowd and arm."""
    found: dict[tuple[str, str], list[Found]] = {}
    plain = next(iter(CROWDS))
    for crowd, traits in CROWDS.items():
        for arm, judgement in ARMS.items():
            if judgement == "paired" and crowd != plain:  # crowds differ in their ratings alone
                found[crowd, arm] = found[plain, arm]
                continue
            for seed in range(studies):
                with tempfile.TemporaryDirectory() as folder:
                    one = one_study(judgement, seed, traits, Path(folder))
                found.setdefault((crowd, arm), []).append(one)
    return found


def told(values: Array) -> str:
    """Median and quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return f"{middle:.3f} ({low:.3f} to {high:.3f})"


def rows(found: dict[tuple[str, str], list[Found]]) -> list[dict[str, Any]]:
    """A row a crowd and arm."""
    table = []
    for (crowd, arm), studies in found.items():
        errors = np.array([one.errors for one in studies])
        row: dict[str, Any] = {"crowd": crowd, "arm": arm}
        for at, mark in enumerate(MARKS):
            row[f"error, {mark * SECONDS:.0f} s"] = told(errors[:, at])
        row["ratings"] = f"{np.mean([one.ratings for one in studies]):.0%}"
        table.append(row)
    return table


def goals(studies: int) -> list[Goal]:
    """Errors at the last mark, and how the mixed arm differs from the others; without a goal."""
    found = all_studies(studies)
    last = {key: np.array([one.errors[-1] for one in ones]) for key, ones in found.items()}
    seconds = f"{PHOTOS} photos, {MARKS[-1] * SECONDS:.0f} s"
    figures = [
        Goal(f"{seconds}, {crowd}: error, {arm}", f"{told(values)}, quartiles")
        for (crowd, arm), values in last.items()
    ]
    for crowd in CROWDS:
        for arm in list(ARMS)[:2]:
            less = last[crowd, arm] - last[crowd, "mixed"]
            better = f"mixed is better in {int((less > 0).sum())} of {studies} studies"
            name = f"{seconds}, {crowd}: error, {arm} less mixed"
            figures.append(Goal(name, f"{told(less)}, quartiles; {better}"))
    return figures


def main() -> None:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--studies", type=int, default=12, help="studies of each arm and crowd")
    given = parser.parse_args()
    found = all_studies(given.studies)
    title = f"mean absolute error of the values, {given.studies} studies, medians (quartiles)"
    harness.report(title, rows(found), as_json=given.json)


if __name__ == "__main__":
    main()
