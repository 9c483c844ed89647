"""Who chooses the questions of a study: by chance, by expected gain, or by what limits need.

A choice by gain rests on the answers of all participants. What of the others' answers it rests on
is settled with a participant's first question, and stays with every one of them (by number, never
by code): so a run that was killed goes on with the same questions, whatever others have answered
meanwhile. A choice that is computed ahead is the one that would have been made.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.study_answers import Asked
from napari_lesion_synth.jobs.study_gain import FeaturesOf, PairsByGain, RatingsByGain
from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_mixed import MixedByGain
from napari_lesion_synth.perception.design.sections import JudgementKind
from napari_lesion_synth.perception.design.settings import StudyDesign, canonical
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import Response, Trial
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.limits.chooser import LimitChooser
from napari_lesion_synth.perception.session.chooser import Chooser, RandomChooser
from napari_lesion_synth.perception.session.situation import Situation

__all__ = ["OTHERS", "check_choice", "study_chooser"]

OTHERS = "others"
"""Among a trial's facts: number of each other participant, and how many answers were known."""

_OF_PAIRS: Mapping[JudgementKind, type[PairsByGain | MixedByGain]] = {
    "paired": PairsByGain,
    "mixed": MixedByGain,
}
"""Choosers that rest on pairs, by judgement."""

_CACHE = "cache"

_ANY_MARK = 0.5
"""Stands for a mark anywhere on the line."""


def study_chooser(study: Study, code: str, *, before: int | None = None) -> Chooser:
    """The chooser of a participant's session.

    Parameters
    ----------
    study : Study
        The study.
    code : str
        The participant's, who need not have begun.
    before : int, optional
        Take into account only participants with smaller numbers; for participants who are
        simulated at the same time.

    Raises
    ------
    ParameterError
        If the design asks for a choice that there is not.
    InputError
        If photos, ledgers or settings that the choice rests on cannot be read.
    """
    check_choice(study.design)
    limits = read_limit_settings(study.folder)
    others = _Others(study, code, before)
    if limits is not None:
        return _Remembering(others, lambda earlier: LimitChooser(limits, _of_trials(earlier)))
    if study.design.selection.rule == "random":
        return RandomChooser()
    chooser = _OF_PAIRS.get(study.design.judgement.kind)
    if chooser is not None:
        features = _features(study)
        return _Remembering(others, lambda earlier: chooser(study.design, features, earlier, code))
    return _Remembering(others, RatingsByGain)


def check_choice(design: StudyDesign) -> None:
    """See that there is a chooser for a design.

    Raises
    ------
    ParameterError
        If there is none.
    """
    selection, kind = design.selection, design.judgement.kind
    if selection.rule == "random" and kind == "mixed":
        raise ParameterError(
            "which of several kinds of questions comes next is a matter of gain, not of chance",
            remedy="Choose by gain, or ask for one kind",
        )
    if selection.rule == "gain" and kind not in ("paired", "vas", "likert", "mixed"):
        raise ParameterError(
            f"a choice by gain is for pairs and ratings, not for {kind}",
            remedy="Choose at random, or change the judgement",
        )
    if selection.rule == "random" and selection.stop_at != "trials":
        raise ParameterError(
            f"a design at random has a number of trials, and does not stop by {selection.stop_at}",
            remedy="Stop at the trials, or choose by gain",
        )
    if selection.stop_at != "trials" and kind not in ("paired", "mixed"):
        raise ParameterError(
            f"only pairs can stop by {selection.stop_at}", remedy="Stop at the trials"
        )
    if selection.stop_value > 1:
        raise ParameterError(
            f"{selection.stop_at} is below 1 from the start, and cannot stop at "
            f"{selection.stop_value:g}",
            remedy="Give a value from 0 to 1",
        )


class _Inner(Protocol):
    """A chooser that knows the others' answers."""

    def next(self, situation: Situation) -> Trial | None: ...


class _Maker(Protocol):
    def __call__(self, earlier: tuple[Asked, ...], /) -> _Inner: ...


@dataclass(frozen=True)
class _Others:
    """What the other participants have answered."""

    study: Study
    code: str
    before: int | None

    @cached_property
    def _judged(self) -> dict[int, list[Asked]]:
        """By number; names of raters are numbers, too. People and simulations never mix.

        A damaged ledger of somebody else is no reason to stop this participant.
        """
        people = {person.code: person for person in gather(self.study, skip_damaged=True)}
        me = people.pop(self.code, None)
        simulated = me is not None and me.simulated
        return {
            person.state.number: [(str(person.state.number), *a) for a in person.state.judged]
            for person in people.values()
            if person.simulated == simulated
            and (self.before is None or person.state.number < self.before)
        }

    def counts(self) -> dict[str, int]:
        """How many answers of each are there now."""
        return {str(number): len(asked) for number, asked in sorted(self._judged.items()) if asked}

    def answers(self, counts: Mapping[str, int]) -> tuple[Asked, ...]:
        """As many answers of each, the first ones; nobody's who was deleted since."""
        return tuple(
            asked
            for number in sorted(map(int, counts))
            for asked in self._judged.get(number, [])[: counts[str(number)]]
        )


class _Remembering:
    """A session's chooser: keeps what it computes ahead, and whose answers it rests on."""

    def __init__(self, others: _Others, make: _Maker) -> None:
        self._others, self._make = others, make
        self._lock = threading.Lock()
        self._ready: dict[bytes, Trial | None] = {}
        self._inner: tuple[dict[str, int], _Inner] | None = None
        self._newest = -1

    def next(self, situation: Situation) -> Trial | None:
        """The next question; at once if it was computed ahead."""
        self._newest = situation.number
        with self._lock:
            key = _key(situation)
            if key not in self._ready:
                self._ready[key] = self._chosen(situation)
            self._ready = {key: self._ready[key]}
            return self._ready[key]

    def prepare(self, situation: Situation, trial: Trial, responses: Sequence[Response]) -> None:
        """The next question for each answer, as long as none is given."""
        for response in responses or (_ANY_MARK,):
            after = situation.answered(trial, response)
            if after.slot is None or after.slot.role != "main":
                return
            with self._lock:
                if self._newest >= after.number:
                    return
                self._ready.setdefault(_key(after), self._chosen(after))

    def _chosen(self, situation: Situation) -> Trial | None:
        counts, inner = self._known(situation)
        trial = inner.next(situation)
        return None if trial is None else replace(trial, facts={**trial.facts, OTHERS: counts})

    def _known(self, situation: Situation) -> tuple[dict[str, int], _Inner]:
        """What is taken into account: what was with the first question, or what there is now."""
        stated = (t.facts[OTHERS] for t in situation.state.trials if OTHERS in t.facts)
        counts = next(stated, None)
        if self._inner is None or (counts is not None and counts != self._inner[0]):
            counts = self._others.counts() if counts is None else dict(counts)
            self._inner = counts, self._make(self._others.answers(counts))
        return self._inner


def _key(situation: Situation) -> bytes:
    """Equal for situations in which the same is known.

    Where on the line the last mark is makes no difference to what comes next: ratings by gain go
    by how often photos were rated, and a mixed choice reads a mark one trial later.
    """
    trials, answers = situation.state.trials, situation.state.answers
    shown = [list(trial.stimuli) for trial in trials]
    told = [answer.response for answer in answers]
    if told and trials[len(told) - 1].kind == "vas":
        told[-1] = _ANY_MARK
    return canonical([situation.number, shown, told])


def _of_trials(earlier: tuple[Asked, ...]) -> list[tuple[Trial, Any]]:
    return [(trial, answer) for _, trial, answer in earlier]


def _features(study: Study) -> FeaturesOf | None:
    """Image features of each photo, where the design asks for them; kept in the study's folder."""
    if not study.design.selection.feature_prior:
        return None
    from napari_lesion_synth.perception.regression.features.cache import FeatureCache
    from napari_lesion_synth.perception.regression.features.families import feature_table

    table = feature_table(tuple(study.stimuli), FeatureCache(study.folder / _CACHE))
    return dict(zip(table.items, table.values, strict=True))
