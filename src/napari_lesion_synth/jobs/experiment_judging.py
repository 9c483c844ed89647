"""A run's detector before its judges: the patients who choose, those who test, and shams."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.append_only import append_lines, read_lines
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.evaluation.experiment.case_json import (
    case_from_json,
    case_to_json,
    sham_from_json,
    sham_to_json,
)
from napari_lesion_synth.evaluation.matching import CaseResult, match
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.shams.response import ShamPair, sham_answers
from napari_lesion_synth.evaluation.shams.sites import shams_for
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Event, Progress, StopToken
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.jobs.experiment_clock import Clock
from napari_lesion_synth.jobs.experiment_model import Experiment, PlannedCt, RunJob, open_ct
from napari_lesion_synth.jobs.experiment_prepare import files_of
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Tester"]

_JUDGED = "judged.jsonl"
"""CTs that are searched, one a line: a killed search goes on behind them."""

_SHAM_BRANCH = 41

Answers = tuple[CaseResult, tuple[ShamPair, ...]]


class Tester:
    """Searches CTs with the detector of a run.

    Parameters
    ----------
    experiment, job
        Whose detector.
    weights : Path
        Its file.
    clock : Clock
        For the time that it takes.
    token : StopToken
        Checked at every batch of slices.
    """

    def __init__(
        self, experiment: Experiment, job: RunJob, weights: Path, clock: Clock, token: StopToken
    ) -> None:
        self._experiment, self._job, self._clock, self._token = experiment, job, clock, token
        self._plan = experiment.plan
        self._fold = experiment.folds[job.fold]
        here = experiment.here(self._plan.training)
        self._detector: Detector = open_detector(
            weights,
            here.get("device", self._plan.training.device),
            here.get("threads", self._plan.training.threads),
        )
        self._log = weights.with_name(_JUDGED)
        self._known = {
            str(record["name"]): record
            for record in read_lines(self._log)
            if record.get("detector") == self._detector.id and "name" in record
        }

    def chosen(self) -> Generator[Event, None, tuple[CaseResult, ...]]:
        """CTs of the patients who choose, judged."""
        results = yield from self._searched(self._fold.choose, "choosing", ())
        return tuple(case for case, _ in results)

    def tested(
        self,
    ) -> Generator[Event, None, tuple[tuple[CaseResult, ...], tuple[ShamPair, ...]]]:
        """CTs of the patients who test, judged; and the answers to shams in the first of them."""
        cts = self._experiment.of(self._fold.test)
        asked, arms = self._plan.shams, self._plan.shams.arms
        shams: tuple[str, ...] = ()
        if asked.per_ct and (not arms or self._job.arm in arms):
            shams = tuple(ct.name for ct in cts[: asked.cts])
        results = yield from self._searched(self._fold.test, "testing", shams)
        return (
            tuple(case for case, _ in results),
            tuple(pair for _, pairs in results for pair in pairs),
        )

    def _searched(
        self, patients: Sequence[str], text: str, with_shams: Sequence[str]
    ) -> Generator[Event, None, list[Answers]]:
        cts = self._experiment.of(patients)
        found = []
        for number, ct in enumerate(cts):
            self._token.check()
            yield Progress(number, len(cts), text)
            answers = self._kept(ct)
            if answers is None:
                answers = self._judged(ct, shams=ct.name in with_shams)
            found.append(answers)
        return found

    def _kept(self, ct: PlannedCt) -> Answers | None:
        record = self._known.get(ct.name)
        if record is None:
            return None
        try:
            return _answers(record, self._plan.hit)
        except (KeyError, TypeError, ValueError):
            return None

    def _judged(self, ct: PlannedCt, *, shams: bool) -> Answers:
        with self._clock.of("search"):
            case = open_ct(ct)
            detection = self._detector.detect(case, self._token)
            result = match(detection, Truth.of(case, ct.name), self._plan.hit)
        pairs: tuple[ShamPair, ...] = ()
        if shams:
            with self._clock.of("shams"):
                pairs = self._answers_to_shams(case, ct, detection)
        record = {
            "name": ct.name,
            "detector": self._detector.id,
            "case": case_to_json(result),
            "shams": [sham_to_json(pair) for pair in pairs],
        }
        append_lines(self._log, [record])
        # What is read again after a kill is rounded; so is what is not.
        return _answers(json.loads(json.dumps(record)), self._plan.hit)

    def _answers_to_shams(
        self, case: Case, ct: PlannedCt, untouched: Detection
    ) -> tuple[ShamPair, ...]:
        methods = ["poisson", "sigmoid", *(["cgan"] if self._generator is not None else [])]
        number = [each.name for each in self._experiment.cts].index(ct.name)
        seed = np.random.SeedSequence([_SHAM_BRANCH, number]).generate_state(1)[0]
        made, _ = hear(
            partial(
                shams_for,
                case,
                methods=methods,
                donors=self._donors,
                statistics=self._statistics,
                model=self._generator,
                n=self._plan.shams.per_ct * len(methods),
                seed=int(seed),
            )
        )
        return sham_answers(
            self._detector, case, made, untouched=untouched, name=ct.name, token=self._token
        )

    @cached_property
    def _donors(self) -> list[Donor]:
        return load_donors(files_of(self._experiment, self._fold.number).donors)

    @cached_property
    def _statistics(self) -> LesionStatistics:
        statistics, _ = hear(partial(LesionStatistics.fit, self._donors))
        return statistics

    @cached_property
    def _generator(self) -> GeneratorModel | None:
        """The fold's generator, where an arm of the plan has one."""
        if not self._experiment.needs_generator(self._plan.arms):
            return None
        from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

        return GeneratorModel.load(files_of(self._experiment, self._fold.number).generator)


def _answers(record: Mapping[str, Any], rule: HitRule) -> Answers:
    return (
        case_from_json(record["case"], rule),
        tuple(sham_from_json(pair) for pair in record["shams"]),
    )
