"""The arms of experiments: what they learn from, and which are refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.evaluation.experiment.arms import STANDARD_ARMS, arm_of

COMMON = DataSettings(side=64, batch=4)
NAMES = (
    "real", "augmented", "copy-paste", "poisson", "sigmoid", "cgan", "cgan-selected", "all",
    "all-live", "sham", "ratio-25", "ratio-75",
)  # fmt: skip


def test_the_standard_arms_have_their_names():
    assert tuple(STANDARD_ARMS) == NAMES
    assert all(arm.title for arm in STANDARD_ARMS.values())


@pytest.mark.parametrize("name", NAMES)
def test_arms_differ_in_the_mixture_and_not_in_the_size_of_a_step(name):
    mixture = arm_of(name).mixture(COMMON)
    assert (mixture.side, mixture.batch, mixture.slices) == (64, 4, 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_arm_shows_as_many_lesions(name):
    mixture = arm_of(name).mixture(COMMON)
    assert mixture.sham_share + mixture.healthy_share == pytest.approx(0.45)


def test_real_lesions_alone_are_shown_as_they_are():
    real, augmented = (arm_of(name).mixture(COMMON) for name in ("real", "augmented"))
    assert not real.varied
    assert augmented.varied
    assert real.synthetic == augmented.synthetic == 0
    assert real.sham_share == augmented.sham_share == 0


def test_the_control_has_shams_and_no_synthetic_lesions():
    mixture = arm_of("sham").mixture(COMMON)
    assert mixture.synthetic == 0
    assert mixture.sham_share == 0.15
    assert arm_of("sham").live_methods(COMMON) == arm_of("all-live").live_methods(COMMON)


@pytest.mark.parametrize("name", ["copy-paste", "poisson", "sigmoid", "cgan"])
def test_an_arm_of_a_method_is_augmented_and_makes_lesions_in_training(name):
    arm = arm_of(name)
    mixture = arm.mixture(COMMON)
    assert mixture.varied
    assert mixture.methods == {name: 1.0}
    assert mixture.synthetic == 0.5
    assert not arm.made
    assert arm.needs_generator(COMMON) == arm.needs_generator(COMMON, live=True) == (name == "cgan")


def test_selected_lesions_come_from_a_set_and_arms_that_ask_for_the_same_share_it():
    all_, quarter, three = (arm_of(name) for name in ("all", "ratio-25", "ratio-75"))
    assert all_.selected
    assert all_.set_name == quarter.set_name == three.set_name == "cgan-poisson-sigmoid-selected"
    assert [a.mixture(COMMON).synthetic for a in (quarter, all_, three)] == [0.25, 0.5, 0.75]
    assert arm_of("cgan-selected").set_name == "cgan-selected"
    assert all_.needs_generator(COMMON)


def test_shams_beside_a_set_are_made_by_the_methods_that_made_it():
    all_, selected = arm_of("all"), arm_of("cgan-selected")
    assert all_.live_methods(COMMON) == ("cgan", "poisson", "sigmoid")
    assert selected.live_methods(COMMON) == ("cgan",)
    assert all_.needs_generator(COMMON, live=True)
    without = DataSettings(sham=0.0)
    assert all_.live_methods(without) == ()
    assert not all_.needs_generator(without, live=True)
    assert all_.needs_generator(without)


def test_arms_without_synthetic_lesions_need_nothing_but_ct():
    for name in ("real", "augmented"):
        assert arm_of(name).live_methods(COMMON) == ()
        assert not arm_of(name).needs_generator(DataSettings(methods={"cgan": 1}))


def test_an_arm_of_ones_own_overrides_fields_of_another():
    arm = arm_of({"name": "poisson-75", "like": "poisson", "synthetic": 0.75})
    assert arm.mixture(COMMON).synthetic == 0.75
    assert arm.mixture(COMMON).methods == {"poisson": 1.0}
    assert arm.title == "as poisson, with synthetic 0.75"


def test_one_without_a_model_is_like_the_augmented_one():
    arm = arm_of({"name": "weak", "noise_hu": 2.0})
    assert arm.mixture(COMMON) == arm_of("augmented").mixture(COMMON).model_copy(
        update={"noise_hu": 2.0}
    )


def test_methods_of_ones_own_ask_for_synthetic_lesions():
    arm = arm_of({"name": "both", "methods": {"poisson": 1, "sigmoid": 1}})
    assert arm.mixture(COMMON).synthetic == 0.5


def test_a_standard_arm_may_have_more_seeds_and_nothing_else():
    assert arm_of({"name": "all", "seeds": 5}).model_copy(update={"seeds": None}) == arm_of("all")
    with pytest.raises(ValueError, match="another name"):
        arm_of({"name": "all", "synthetic": 0.3})
    with pytest.raises(ValueError, match="another name"):
        arm_of({"name": "all", "like": "poisson"})


def test_a_set_of_ones_own_is_named_after_what_is_in_it():
    arm = arm_of({"name": "mine", "methods": {"sets": 1}, "made": {"sigmoid": 2, "poisson": 1}})
    assert arm.set_name == "poisson-sigmoid_2"


def test_an_arm_that_was_written_down_comes_back():
    arm = arm_of({"name": "poisson-75", "like": "poisson", "synthetic": 0.75, "seeds": 2})
    assert arm_of(arm.model_dump(mode="json")) == arm
    assert arm_of(arm) is arm


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("poison", "did you mean 'poisson'"),
        ("nonsense", "there are: real, augmented"),
        ({"like": "poisson"}, "needs a name"),
        ({"name": "x", "like": "poison"}, "did you mean 'poisson'"),
        ({"name": "x", "syntetic": 0.3}, "did you mean 'synthetic'"),
        ({"name": "x", "steps": 900}, "the same in every arm"),
        ({"name": "x", "rate": 0.1}, "under training"),
        (7, "an arm is a name"),
    ],
)
def test_what_is_no_arm_is_refused_with_a_hint(entry, words):
    with pytest.raises(ValueError, match=words):
        arm_of(entry)


@pytest.mark.parametrize("name", ["a b", "a/b", "--", "a--b", "", ".."])
def test_names_fit_into_files(name):
    with pytest.raises(ValidationError):
        arm_of({"name": name})
