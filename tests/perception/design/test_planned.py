from __future__ import annotations

import pytest

from napari_lesion_synth.perception.design.planned import (
    attention_doubt,
    catches_needed,
    planned,
)
from napari_lesion_synth.perception.design.settings import StudyDesign

PHOTOS = {"curry": tuple(f"c{k}" for k in range(8))}


def design(trials: int, **checks: float) -> StudyDesign:
    return StudyDesign.checked(
        name="a",
        counts={"trials": trials, "practice": 3},
        checks={"catch_share": 0.05, **checks},
    )


def test_trials_are_new_judgements_repeats_and_catch_trials():
    each = planned(design(60, catch_share=0.1, repeat_share=0.1), PHOTOS)
    assert (each.practice, each.catches, each.repeats, each.new) == (3, 6, 6, 48)
    assert (each.trials, each.judgements) == (60, 54)


@pytest.mark.parametrize(("rate", "needed"), [(0, 3), (0.5, 3), (0.75, 4), (0.8, 5), (0.9, 10)])
def test_so_many_catch_trials_let_a_single_slip_pass(rate, needed):
    assert catches_needed(rate) == needed
    assert (needed - 1) / needed >= rate - 1e-9


@pytest.mark.parametrize(
    ("trials", "checks", "words"),
    [
        (22, {}, "with 1 catch trial and a pass rate of 0.75, a single wrong answer excludes"),
        (60, {}, "with 3 catch trials and a pass rate of 0.75, a single wrong answer excludes"),
        (60, {}, "plan 4 or more for each (a share of 0.07), or none"),
        (40, {"catch_pass": 0.5}, "2 catch trials hardly tell attention from guessing"),
        (8, {}, "no catch trial is planned"),
        (6, {}, "(at least 8 trials)"),
        (60, {"catch_pass": 1.0}, "lower the pass rate"),
    ],
)
def test_excluding_people_on_one_answer_is_doubted(trials, checks, words):
    assert words in attention_doubt(design(trials, **checks), PHOTOS)


@pytest.mark.parametrize(
    ("trials", "checks"), [(60, {"catch_share": 0.07}), (80, {}), (22, {"catch_share": 0.0})]
)
def test_enough_catch_trials_and_none_at_all_are_not(trials, checks):
    assert attention_doubt(design(trials, **checks), PHOTOS) == ""


def test_the_usual_design_lets_a_single_slip_pass():
    assert attention_doubt(StudyDesign.checked(name="a"), PHOTOS) == ""
