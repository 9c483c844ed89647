from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.design.questions import instruction, question
from napari_lesion_synth.perception.design.sections import Checks, Judgement, TrialCounts
from napari_lesion_synth.perception.design.trials import Trial, check_response
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.session.catch import (
    EXPECT,
    SPOILED,
    catch_passed,
    catch_score,
    spoiled,
)
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session


@pytest.mark.parametrize("kind", ["paired", "vas", "likert", "best-worst", "mixed"])
def test_catch_trials_of_every_judgement_are_passed_by_who_pays_attention(
    make_study, observe, kind
):
    study = make_study(
        photos=16,
        judgement=Judgement(kind=kind),
        counts=TrialCounts(trials=40, practice=0),
        checks=Checks(catch_share=0.2, repeat_share=0),
    )
    with Session.begin(study, NewParticipant("P1", "en")) as session:
        story = [pair for pair in take_part(session, observe(study, lapse=0)) if pair[0].catch]
        score = catch_score(session.state)
    assert (score.passed, score.total, score.suffices) == (8, 8, True)
    for trial, answer in story:
        assert catch_passed(trial, answer.response)
        assert not trial.counts
        assert trial.chosen_by == "catch"
        if trial.catch == "obvious":
            assert trial.question == question(study.design, "en", trial.kind)
            assert trial.facts[SPOILED] in range(len(trial.stimuli))
        else:
            assert "Attention check" in trial.question
    kinds = {trial.catch for trial, _ in story}
    assert kinds == ({"instructed"} if kind in ("vas", "likert") else {"obvious", "instructed"})
    if kind == "mixed":
        assert {trial.kind for trial, _ in story} == {"pair", "vas"}


def test_who_answers_blindly_fails_and_the_rate_was_fixed_in_advance(make_study, observe):
    study = make_study(
        counts=TrialCounts(trials=60, practice=0),
        checks=Checks(catch_share=0.3, repeat_share=0, catch_pass=0.8),
    )
    with Session.begin(study, NewParticipant("P1")) as session:
        for _ in take_part(session, observe(study, lapse=1)):
            pass
        score = catch_score(session.state)
    assert score.total == 18
    assert score.passed < 15
    assert not score.suffices


def test_without_catch_trials_nobody_fails(make_study):
    with Session.begin(make_study(), NewParticipant("P1")) as session:
        assert catch_score(session.state).suffices


def trial(kind, expect, stimuli=("a", "b", "c")):
    facts = {EXPECT: expect, "points": 7}
    return Trial(0, "1", kind, stimuli, "?", catch="instructed", facts=facts)


@pytest.mark.parametrize(
    ("asked", "passes", "fails"),
    [
        (trial("pair", "left"), ["left"], ["right"]),
        (trial("vas", 1.0), [1, 0.93], [0.85, 0.0]),
        (trial("vas", 0.0), [0, 0.08], [0.2]),
        (trial("likert", 7), [7], [6, 1]),
        (
            trial("best_worst", {"worst": "b"}),
            [{"best": "a", "worst": "b"}, {"best": "c", "worst": "b"}],
            [{"best": "b", "worst": "a"}],
        ),
    ],
)
def test_what_passes_a_catch_trial(asked, passes, fails):
    for response in passes:
        check_response(asked, response)
        assert catch_passed(asked, response)
    for response in fails:
        check_response(asked, response)
        assert not catch_passed(asked, response)


def test_instructions_are_there_in_both_languages():
    for what in ("left", "right", "low", "high", "ends"):
        assert instruction(what, "ja") != instruction(what, "en")


def test_a_spoiled_photo_is_grey_dark_and_blurred():
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    bad = spoiled(picture)
    assert bad.shape == picture.shape
    assert bad.dtype == np.uint8
    assert np.ptp(bad, axis=2).max() == 0
    assert bad.mean() < 0.7 * picture.mean()
    assert bad.std() < 0.2 * picture.std()
