from __future__ import annotations

from dataclasses import replace

import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.sections import (
    Checks,
    Covariates,
    Judgement,
    Order,
    TrialCounts,
)
from napari_lesion_synth.perception.design.trials import Answer
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.session.chooser import Chooser, RandomChooser, random_trial
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session


class WinnerStays:
    """Adaptive: the photo that was preferred last is compared with one drawn from the others."""

    def __init__(self, limit: int = 10**6) -> None:
        self.limit, self.prepared, self.used = limit, {}, 0

    def next(self, situation):
        key = (situation.number, tuple(a.response for a in situation.state.answers))
        if key in self.prepared:
            self.used += 1
            return self.prepared[key]
        return self._next(situation)

    def prepare(self, situation, trial, responses):
        for response in responses:
            after = situation.answered(trial, response)
            if after.slot is not None and after.slot.role == "main":
                key = (after.number, tuple(a.response for a in after.state.answers))
                self.prepared[key] = self._next(after)

    def _next(self, situation):
        judged = situation.state.judged
        if len(judged) >= self.limit:
            return None
        last = judged[-1][0].stimuli[judged[-1][1].response == "right"] if judged else None
        others = [name for name in situation.allowed if name != last]
        drawn = [str(name) for name in situation.rng().choice(others, 2, replace=False)]
        return situation.trial(drawn if last is None else (last, drawn[0]), "winner stays")


@pytest.fixture
def study(make_study):
    return make_study(
        counts=TrialCounts(trials=20, practice=1),
        covariates=Covariates(hunger=False, minutes_since_meal=False),
        order=Order(spacing=0),
    )


def run(study, observer, chooser, *, ahead: bool, code: str = "P1"):
    with Session.begin(study, NewParticipant(code), chooser) as session:
        if ahead:
            while session.phase is not Phase.DONE:
                trial = session.next_trial()
                if trial is None:
                    session.agree(session.consent_text())
                    continue
                session.prepare()
                session.answer(observer.answer(trial))
        else:
            for _ in take_part(session, observer):
                pass
        return session.state


def test_a_chooser_that_computes_ahead_asks_the_same(make_study, observe):
    stories = []
    for ahead in (False, True):
        study = make_study(
            name=str(ahead), counts=TrialCounts(trials=20, practice=1), order=Order(spacing=0),
            covariates=Covariates(hunger=False, minutes_since_meal=False),
        )  # fmt: skip
        chooser = WinnerStays()
        stories.append(run(study, observe(study), chooser, ahead=ahead).trials)
        assert (chooser.used > 10) is ahead
    assert stories[0] == stories[1]
    assert sum(trial.chosen_by == "winner stays" for trial in stories[0]) > 10


def test_an_adaptive_study_that_was_interrupted_goes_on_with_the_same_question(study, observe):
    observer = observe(study)
    with Session.begin(study, NewParticipant("P1"), WinnerStays()) as session:
        for trial, _ in take_part(session, observer):
            if trial.number == 9:
                break
        following = session.next_trial()
    with Session.reopen(study, "P1", WinnerStays()) as again:
        assert again.next_trial() == following


def test_a_chooser_that_has_enough_ends_the_study(study, observe):
    state = run(study, observe(study), WinnerStays(limit=5), ahead=False)
    assert len(state.judged) == 5
    assert state.ended == "nothing left to ask"


def test_a_chooser_that_errs_writes_nothing(study):
    class Wrong(RandomChooser):
        def next(self, situation):
            return replace(super().next(situation), stimuli=("gone.png", "p01.png"))

    with Session.begin(study, NewParticipant("P1"), Wrong()) as session:
        session.agree(session.consent_text())
        session.answer(Answer(session.next_trial().number, "left", 1.0))
        lines = len(session._ledger.records)
        with pytest.raises(ParameterError, match=r"no photo 'gone\.png'"):
            session.next_trial()
        assert len(session._ledger.records) == lines


def test_the_random_chooser_is_a_chooser(study):
    chooser: Chooser = RandomChooser()
    with Session.begin(study, NewParticipant("P1"), chooser) as session:
        situation = session.situation
        assert chooser.next(situation) == chooser.next(situation)


def test_photos_that_were_seen_often_enough_are_not_drawn(make_study, observe):
    study = make_study(
        photos=4,
        order=Order(spacing=0, most_exposures=2),
        counts=TrialCounts(trials=4, practice=0),
        checks=Checks(catch_share=0, repeat_share=0),
    )
    with Session.begin(study, NewParticipant("P1")) as session:
        assert random_trial(session.situation, "random") is not None
        for _ in take_part(session, observe(study)):
            pass
        situation = session.situation
        assert situation.slot is None
        assert set(situation.exposures.values()) == {2}
        later = replace(situation, slots=(*situation.slots, situation.slots[-1]))
        assert random_trial(later, "random") is None
        assert RandomChooser().next(later) is None


@pytest.mark.parametrize("kind", ["vas", "best-worst"])
def test_a_situation_says_what_was_seen_how_often_and_where(make_study, observe, kind):
    study = make_study(judgement=Judgement(kind=kind), counts=TrialCounts(trials=10, practice=2))
    with Session.begin(study, NewParticipant("P1")) as session:
        for trial, _ in take_part(session, observe(study)):
            if trial.number == 6:
                break
        situation = session.situation
        counted = [t.stimuli for t in session.state.trials if t.counts]
        assert situation.exposures.total() == sum(len(names) for names in counted)
        assert situation.number == 7
        assert situation.recent == {n for t in session.state.trials[-2:] for n in t.stimuli}
        assert set(situation.allowed) == set(study.stimuli.ids) - situation.recent
