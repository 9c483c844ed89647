"""A plan in plain words."""

from __future__ import annotations

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.plan_words import data_words, training_words
from napari_lesion_synth.evaluation.experiment.trainings import gather

CASES = {
    "cases": [{"ct": f"{n}.nii", "organ": "o.nii", "healthy": True, "patient": n} for n in "abcd"]
}
SLICES = {"slices": {"file": "x.npz"}}


def told(plan, world=None) -> str:
    runs = simulate(plan, world or World(patients=3, healthy=0))
    return data_words(compare(gather(plan, runs)))


@pytest.mark.parametrize(
    ("data", "division", "parts"),
    [
        (
            SLICES,
            {"fixed": {"train": 6, "hosts": "1/3", "choose": 8}},
            ("Single slices of real CTs", "6 patients with lesions", "1/3 of the others", "8 with"),
        ),
        (CASES, {"folds": {"k": 2}}, ("4 CTs of the user's own", "2 folds", "once a seed")),
        (CASES, {"named": {"test": ["a"]}}, ("named in the plan",)),
    ],
)
def test_where_cts_come_from_and_how_patients_are_divided(data, division, parts):
    text = told(plan_of(seeds=1, data=data, division=division))
    assert all(part in text for part in parts)


def test_who_was_tested_is_counted():
    text = told(plan_of(seeds=1), World(patients=3, healthy=2))
    assert "Tested on 5 CTs of 5 patients, of which 2 show no lesion" in text


def test_before_the_first_run_only_the_plan_is_told():
    plan = plan_of()
    text = data_words(compare(gather(plan, [])))
    assert "Simulated CTs" in text
    assert "Tested on" not in text


def test_patients_of_each_fold_are_those_that_its_runs_tell():
    facts = {"train": ["a", "b"], "choose": ["c"], "test": ["d", "e", "f"]}
    text = told(plan_of(seeds=1), World(patients=2, facts=facts))
    assert "Patients of fold 0: 2 to learn from, 1 to choose, 3 to test." in text


def test_steps_and_seeds_are_told_and_what_is_made():
    text = training_words(
        plan_of(
            ["augmented", {"name": "all", "seeds": 5}],
            training={"steps": 400, "verifier_steps": 50},
            generator="shipped",
            sets={"n": 120, "rim": 0.25},
        )
    )
    for part in (
        "2 arms, each trained 3 to 5 times",
        "400 steps of the net that finds candidates in slices and 50 of the one that verifies",
        "The generator, where an arm needs one, is given: shipped.",
        "auto-encoder, where an arm needs one, is trained on the fold's own",
        "Sets of 120 lesions are made once a fold, 25 % of them at the rim.",
    ):
        assert part in text


def test_a_single_net_verifies_nothing():
    text = training_words(plan_of(training={"kind": "single"}))
    assert "1500 steps of one net in 3-D" in text
    assert "verifies" not in text


def test_arms_without_synthetic_lesions_need_no_generator():
    assert "generator" not in training_words(plan_of(["augmented", "real"]))
