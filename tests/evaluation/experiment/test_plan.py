"""Plans of experiments: what they say, what tells them apart, and which are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan, plan_differences

PHANTOMS = {
    "phantoms": {
        "train": {"patients": 5, "lesions": 2, "first": 700},
        "choose": {"patients": 3, "lesions": 4, "first": 750},
        "test": {"patients": 40, "lesions": 4, "first": 800},
    }
}
SLICES = {"slices": {"file": "slices.npz"}}
FIXED = {"fixed": {"train": 6, "choose": 8}}


def plan(**changes):
    content = {
        "name": "phantoms",
        "data": PHANTOMS,
        "arms": ["augmented", "poisson"],
        "baseline": "augmented",
        "rate": 0.2,
        **changes,
    }
    return ExperimentPlan.model_validate(content)


def slices(**changes):
    return plan(**{"data": SLICES, "division": FIXED, **changes})


def refused(words, make=plan, **changes):
    with pytest.raises(ValidationError, match=words):
        make(**changes)


def test_a_plan_comes_back_from_its_json_as_it_was():
    asked = slices(
        arms=["real", {"name": "p-75", "like": "poisson", "synthetic": 0.75}],
        baseline="real",
        goals=[{"arm": "p-75", "rate": 0.5, "gain_at_least": 0.15, "stratum": "rim"}],
    )
    again = ExperimentPlan.model_validate(asked.model_dump(mode="json"))
    assert again == asked
    assert again.key == asked.key


def test_its_key_is_that_of_what_the_results_depend_on():
    key = plan().key
    assert len(key) == 16
    assert plan(training={"device": "cuda", "threads": 1, "workers": 0}).key == key
    assert plan(arms=["augmented", {"name": "poisson"}]).key == key
    assert plan(seeds=4).key != key
    assert plan(rate=0.25).key != key
    assert plan(training={"steps": 1501}).key != key


def test_differences_are_told_by_their_place():
    assert plan_differences(plan(), plan()) == []
    assert plan_differences(plan(), plan(training={"steps": 1501})) == [
        "training.steps (1500 there, 1501 asked for)"
    ]
    (words,) = plan_differences(plan(), plan(arms=["augmented", "poisson", "all"]))
    assert words == "arms (augmented, poisson there, augmented, poisson, all asked for)"


def test_false_alarms_are_counted_per_slice_where_there_are_slices():
    assert plan().counted_per == "ct"
    assert slices().counted_per == "slice"
    assert slices(per="ct").counted_per == "ct"


def test_all_rates_hold_the_main_one_and_those_of_the_goals():
    asked = plan(rates=[1, 0.1], goals=[{"arm": "poisson", "rate": 0.3, "at_least": 0.9}])
    assert asked.all_rates == (0.1, 0.2, 0.3, 1.0)


def test_an_arm_may_have_seeds_of_its_own():
    asked = plan(arms=["augmented", {"name": "poisson", "seeds": 5}], seeds=3)
    assert [len(asked.seeds_of(arm)) for arm in asked.arms] == [3, 5]


def test_the_baseline_and_the_goals_name_arms_of_the_plan():
    refused("the baseline, 'real', is not among the arms", baseline="real")
    refused("a goal's arm", goals=[{"arm": "all", "rate": 1, "at_least": 0.5}])
    refused(
        "a goal's other arm",
        goals=[{"arm": "poisson", "against": "all", "rate": 1, "gain_at_least": 0.1}],
    )
    refused("an arm to test with shams", shams={"per_ct": 1, "arms": ["all"]})


def test_goals_say_something_that_can_be_measured():
    refused("at_least or gain_at_least", goals=[{"arm": "poisson", "rate": 1}])
    refused(
        "against belongs to",
        goals=[{"arm": "poisson", "rate": 1, "at_least": 0.5, "against": "augmented"}],
    )
    refused(
        "no stratum 'edge'",
        goals=[{"arm": "poisson", "rate": 1, "at_least": 0.5, "stratum": "edge"}],
    )


def test_arms_are_there_once_and_known():
    refused("'poisson' is there twice", arms=["augmented", "poisson", "poisson"])
    refused("there is no arm 'poison'", arms=["augmented", "poison"])


def test_steps_are_equal_in_number_and_size():
    refused("the same in every arm", arms=["augmented", {"name": "long", "steps": 9000}])
    refused("differ in batch", arms=["augmented", {"name": "big", "batch": 32}])
    refused("differ in side", arms=["augmented", {"name": "wide", "side": 256}])


def test_an_arm_whose_mixture_is_none_names_itself():
    refused("the arm 'x': synthetic", arms=["augmented", {"name": "x", "synthetic": 1.5}])
    refused(
        "the arm 'x'.*no synthesis method",
        arms=["augmented", {"name": "x", "methods": {"magic": 1}}],
    )
    refused("say which", arms=["augmented", {"name": "x", "methods": {"sets": 1}}])
    refused(
        "does not learn from it",
        arms=["augmented", {"name": "x", "like": "poisson", "made": {"cgan": 1}}],
    )


def test_the_data_are_one_thing():
    refused("one of phantoms, slices, cases is needed, and nothing", data={})
    refused("phantoms and slices", data={**PHANTOMS, **SLICES}, division=FIXED)


def test_who_tests_is_said_once():
    refused("a division is needed", data=SLICES)
    refused("leave the division out", division=FIXED)
    refused("one of fixed, folds, named", make=slices, division={**FIXED, "folds": {"k": 3}})


def test_simulated_patients_are_for_one_thing():
    train = {"patients": 5, "lesions": 2, "first": 838}
    refused(
        "seed 838 is for train and for test",
        data={"phantoms": {**PHANTOMS["phantoms"], "train": train}},
    )
    none = {"patients": 5, "lesions": 0, "first": 900}
    refused("no lesion to test", data={"phantoms": {**PHANTOMS["phantoms"], "test": none}})


def test_it_is_known_of_every_ct_whether_there_is_a_lesion():
    case = {"ct": "a.nii", "organ": "o.nii", "patient": "a"}
    with_lesions = {**case, "lesions": "l.nii"}
    refused("not known what there is to find", data={"cases": [case] * 3}, division=FIXED)
    refused(
        "one of the two", data={"cases": [{**with_lesions, "healthy": True}] * 3}, division=FIXED
    )
    slices(data={"cases": [with_lesions, with_lesions, {**case, "healthy": True}]})


def test_paths_begin_at_the_plan(tmp_path):
    case = {"ct": "a.nii", "organ": "/masks/o.nii", "patient": "a", "healthy": True}
    cases = slices(data={"cases": [case] * 3}).data.absolute(tmp_path).cases
    assert cases[0].ct == str(tmp_path / "a.nii")
    assert cases[0].organ == "/masks/o.nii"
    assert cases[0].lesions is None
    assert slices().data.absolute(tmp_path).slices.file == str(tmp_path / "slices.npz")


def test_the_seed_is_no_setting_of_the_training():
    refused("seeds says how many", training={"seed": 3})


def test_a_key_that_is_none_is_refused():
    refused("trainings", trainings={"steps": 5})
    refused("step", training={"step": 5})
