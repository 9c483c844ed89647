"""Runs put together: which count, which are missing, which do not fit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.experiment.trainings import fold_count, gather

SMALL = World(patients=4, healthy=1)
DATA = {
    "cases": [
        {"ct": f"{n}.nii", "organ": f"{n}o.nii", "healthy": True, "patient": n} for n in "abc"
    ]
}


def folded(**changes):
    """A plan with three folds."""
    return plan_of(data=DATA, division={"folds": {"k": 3}}, **changes)


def test_a_finished_experiment_has_every_training_of_every_arm():
    plan = plan_of([{"name": "augmented", "seeds": 2}, "poisson"])
    harvest = gather(plan, simulate(plan, SMALL))
    assert harvest.complete
    assert harvest.planned == 5
    assert {arm: len(found) for arm, found in harvest.trainings.items()} == {
        "augmented": 2,
        "poisson": 3,
    }


def test_folds_are_put_together_so_that_each_patient_is_tested_once_a_seed():
    plan = folded()
    harvest = gather(plan, simulate(plan, SMALL))
    assert harvest.folds == (0, 1, 2)
    for training in harvest.trainings["poisson"]:
        patients = [case.patient for case in training.results]
        assert len(patients) == len(set(patients)) == 15


def test_missing_runs_are_named_and_trainings_that_lack_a_fold_are_put_aside():
    plan = folded()
    runs = [run for run in simulate(plan, SMALL) if run.name != "poisson--1--2"]
    harvest = gather(plan, runs)
    assert not harvest.complete
    assert harvest.missing == ("poisson--1--2",)
    assert harvest.aside == ("poisson--0--2", "poisson--2--2")
    assert [training.seed for training in harvest.trainings["poisson"]] == [0, 1]
    assert len(harvest.trainings["augmented"]) == 3


def test_a_fold_that_not_every_arm_has_reached_does_not_count_yet():
    plan = folded()
    runs = [run for run in simulate(plan, SMALL) if run.fold < 1 or run.arm == "augmented"]
    harvest = gather(plan, runs)
    assert harvest.folds == (0,)
    assert {len(t.runs) for found in harvest.trainings.values() for t in found} == {1}


def test_an_arm_that_has_not_begun_holds_up_nothing():
    plan = plan_of(["augmented", "poisson", "all"])
    harvest = gather(plan, [run for run in simulate(plan, SMALL) if run.arm != "all"])
    assert harvest.arms == ("augmented", "poisson")
    assert harvest.trainings["all"] == ()


def test_no_run_at_all_is_a_harvest_too():
    harvest = gather(plan_of(), [])
    assert harvest.arms == ()
    assert harvest.cases == ()


def test_runs_of_another_plan_and_of_no_plan_are_refused():
    plan = plan_of()
    runs = simulate(plan, SMALL)
    with pytest.raises(DatasetError, match="the folder's plan"):
        gather(plan_of(rate=1.0), runs)
    with pytest.raises(DatasetError, match="none of its plan"):
        gather(plan, [replace(runs[0], seed=7)])


def test_trainings_that_were_tested_on_other_lesions_are_refused():
    plan = plan_of()
    runs = simulate(plan, SMALL)
    case = runs[1].cases[0]
    runs[1] = replace(runs[1], cases=(replace(case, lesions=case.lesions[:-1]), *runs[1].cases[1:]))
    with pytest.raises(DatasetError, match=r"same CTs and lesions.*only in one"):
        gather(plan, runs)


def test_at_its_threshold_a_training_keeps_what_reaches_it():
    plan = plan_of()
    training = gather(plan, simulate(plan, SMALL)).trainings["poisson"][0]
    threshold = training.runs[0].threshold
    for before, after in zip(training.results, training.kept, strict=True):
        assert after.marks == tuple(mark for mark in before.marks if mark.score >= threshold)
        assert after.found() == before.found(threshold)
        assert len(after.lesions) == len(before.lesions)


def test_without_a_threshold_nothing_is_taken_away():
    plan = plan_of()
    runs = simulate(plan, replace(SMALL, chosen=False))
    training = gather(plan, runs).trainings["poisson"][0]
    assert not training.chosen
    assert training.kept == training.results


def test_a_plan_without_folds_has_one():
    assert fold_count(plan_of()) == 1
    assert fold_count(folded()) == 3
