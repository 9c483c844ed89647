from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.limits.dose import fit_dose
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy, read_policy
from napari_lesion_synth.perception.limits.range_found import ANY, FoundRange, ranges_of
from napari_lesion_synth.perception.limits.safe_range import safe_range

IMAGE = np.random.default_rng(0).integers(0, 256, (24, 30, 3), np.uint8)


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def found(
    transform: str, low: float, high: float, category: str = "ramen", **more: object
) -> FoundRange:
    """A range as if it had been found."""
    return FoundRange(
        transform=transform,
        category=category,
        low=low,
        high=high,
        margin=0.25,
        answers=480,
        raters=12,
        photos=36,
        method="made up",
        **more,
    )


POLICY = AugmentationPolicy(
    ranges=(
        found("rotate", -8, 10),
        found("brightness", -0.3, 0.5),
        found("blur", 0, 0.3, ANY),
        found("noise", 0, 4, pixels=24),
    )
)


@given(st.sampled_from(["ramen", "sushi"]), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_what_is_drawn_lies_within_the_ranges(category, seed):
    for name, magnitude in POLICY.draw(category, rng(seed), at_once=9).items():
        low, high = POLICY.range(name, category)
        assert low <= magnitude <= high

    applied = POLICY.apply(IMAGE, category, rng(seed))
    assert not applied.overridden
    assert len(applied.steps) == 1
    assert applied.image.shape == IMAGE.shape
    assert applied.image.dtype == IMAGE.dtype


def test_draws_fill_the_range():
    drawn = [POLICY.draw("ramen", rng(seed), ["rotate"])["rotate"] for seed in range(400)]

    assert min(drawn) < -7.5
    assert max(drawn) > 9.5
    assert np.mean(drawn) == pytest.approx(1, abs=0.8)


def test_one_transform_is_drawn_at_a_time_unless_more_are_asked_for():
    one = {name for seed in range(60) for name in POLICY.draw("ramen", rng(seed))}
    two = POLICY.draw("ramen", rng(), at_once=2)

    assert one == {"rotate", "brightness", "blur", "noise"}
    assert len(two) == 2
    assert list(POLICY.draw("ramen", rng(), at_once=9)) == ["rotate", "brightness", "blur", "noise"]


def test_the_same_generator_makes_the_same_picture():
    one, other = (POLICY.apply(IMAGE, "ramen", rng(7)) for _ in range(2))

    assert one.steps == other.steps
    assert np.array_equal(one.image, other.image)


@pytest.mark.parametrize(
    ("category", "magnitudes", "why"),
    [
        ("ramen", {"rotate": 10.1}, "rotate by 10.1, beyond -8 to 10 degrees"),
        ("ramen", {"brightness": -0.4}, "beyond -0.3 to 0.5 stops"),
        ("ramen", {"hue": 1.0}, "hue of ramen is not established"),
        ("sushi", {"rotate": 1.0}, "rotate of sushi is not established"),
        ("", {"rotate": 1.0}, "photos without a category is not established"),
    ],
)
def test_what_lies_outside_is_refused_unless_overridden(category, magnitudes, why):
    with pytest.raises(ParameterError, match="outside of the policy") as refused:
        POLICY.apply(IMAGE, category, rng(), magnitudes)
    assert why in str(refused.value)

    done = POLICY.apply(IMAGE, category, rng(), {**magnitudes, "blur": 0.1}, override=True)

    (step,) = done.overridden
    assert why in step.override
    assert step.to_json()["override"] == step.override
    assert len(done.steps) == 2


def test_pictures_of_another_size_are_outside_where_pixels_count():
    small = np.tile(IMAGE, (2, 2, 1))

    with pytest.raises(ParameterError, match="pictures of 24 px, and this has 48"):
        POLICY.apply(small, "ramen", rng(), {"noise": 1.0})
    assert POLICY.apply(small, "ramen", rng(), {"rotate": 1.0}).steps


def test_nothing_is_always_allowed():
    applied = POLICY.apply(IMAGE, "sushi", rng(), {"hue": 0.0})

    assert not applied.overridden
    assert np.array_equal(applied.image, IMAGE)


def test_changes_are_made_in_one_order_whatever_they_are_asked_in():
    asked = {"blur": 0.2, "rotate": 3.0}

    one = POLICY.apply(IMAGE, "ramen", rng(), asked)
    other = POLICY.apply(IMAGE, "ramen", rng(), dict(reversed(asked.items())))

    assert [step.transform for step in one.steps] == ["rotate", "blur"]
    assert np.array_equal(one.image, other.image)


def test_multiples_of_the_limits_are_a_test_and_recorded_as_such():
    twice, none = POLICY.times(2), POLICY.times(0)

    assert twice.range("rotate", "ramen") == (-16, 20)
    assert none.allowed("ramen") == ()
    assert none.apply(IMAGE, "ramen", rng()).steps == ()
    assert POLICY.times(0.5).apply(IMAGE, "ramen", rng(), {"rotate": 4.0}).overridden == ()
    with pytest.raises(ParameterError, match="beyond -4 to 5"):
        POLICY.times(0.5).apply(IMAGE, "ramen", rng(), {"rotate": 6.0})
    with pytest.raises(ParameterError, match="at 2 times the limit"):
        twice.apply(IMAGE, "ramen", rng(), {"rotate": 15.0})
    (step,) = twice.apply(IMAGE, "ramen", rng(), {"rotate": 15.0}, override=True).overridden
    assert "2 times the limit" in step.override


def test_multiples_stay_where_the_transform_is_defined():
    policy = AugmentationPolicy(ranges=(found("saturation", -80, 50),))

    assert policy.times(2).range("saturation", "ramen") == (-100, 100)


def test_a_policy_is_the_same_after_a_file(tmp_path):
    path = tmp_path / "policy.json"

    POLICY.write(path)

    assert read_policy(path) == POLICY
    assert json.loads(path.read_text(encoding="utf-8"))["kind"] == "augmentation policy"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "invalid JSON"),
        ("[]", "the file"),
        ('{"kind": "other"}', "kind"),
        ('{"ranges": [{"transform": "sepia"}]}', "there is no transform 'sepia'"),
        ('{"version": 2}', "version"),
    ],
)
def test_a_file_that_is_no_policy_is_named_with_its_fault(tmp_path, text, why):
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="no augmentation policy") as error:
        read_policy(path)
    assert why in str(error.value)
    assert str(path) in str(error.value)


def test_a_missing_or_binary_file_is_an_error_for_people(tmp_path):
    with pytest.raises(InputError, match="no such policy"):
        read_policy(tmp_path / "policy.json")
    (tmp_path / "policy.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no text"):
        read_policy(tmp_path / "policy.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_policy(tmp_path)


def test_policies_of_two_studies_are_merged():
    other = AugmentationPolicy(ranges=(found("rotate", -5, 5, "sushi"), found("hue", -3, 3)))

    both = POLICY.merged(other)

    assert both.categories == ("ramen", "sushi")
    assert both.range("rotate", "sushi") == (-5, 5)
    assert both.range("rotate", "ramen") == (-8, 10)
    assert both.merged(both) == both


def test_studies_that_disagree_are_merged_only_by_a_rule():
    other = AugmentationPolicy(ranges=(found("rotate", -2, 3), found("blur", 0, 1, ANY)))

    with pytest.raises(ParameterError, match=r"rotate for 'ramen': -8 to 10, and -2 to 3"):
        POLICY.merged(other)
    for prefer, rotate, blur in (
        ("own", (-8, 10), (0, 0.3)),
        ("other", (-2, 3), (0, 1)),
        ("narrower", (-2, 3), (0, 0.3)),
    ):
        both = POLICY.merged(other, prefer)
        assert both.range("rotate", "ramen") == rotate
        assert both.range("blur", "sushi") == blur
    with pytest.raises(ParameterError, match="a test"):
        POLICY.merged(other.times(2))


def test_a_policy_says_what_it_knows():
    assert POLICY.words("hue", "ramen") == "the limit of hue of ramen is not established"
    words = POLICY.words("rotate", "ramen")
    assert "-8 to 10 degrees" in words
    assert "480 answers, 12 raters, 36 photos" in words
    none = AugmentationPolicy(ranges=(found("hue", 0, 0, low_end=-45.0, high_end=45.0),))
    assert "no magnitude was shown to be safe" in none.words("hue", "ramen")
    ends = AugmentationPolicy(ranges=(found("hue", 0, 45, low_end=-45.0, high_end=45.0),))
    assert "not established below 0" in ends.words("hue", "ramen")
    assert "above 0 the strongest that was tried" in ends.words("hue", "ramen")


@pytest.mark.parametrize(
    "ranges",
    [
        lambda: (found("rotate", -1, 1), found("rotate", -2, 2)),
        lambda: (found("rotate", 1, 2),),
        lambda: (found("rotate", -1, float("nan")),),
        lambda: (found("saturation", -150, 0),),
    ],
)
def test_ranges_that_cannot_be_are_refused(ranges):
    with pytest.raises(ValueError, match=r"twice|less than|finite|defined"):
        AugmentationPolicy(ranges=ranges())


def test_a_study_becomes_a_policy(asked):
    def scaled(magnitude: np.ndarray) -> np.ndarray:
        return -0.8 * np.abs(magnitude)

    _, answers = asked(1, answers=2400, curve=scaled)
    fit = fit_dose(answers)

    policy = AugmentationPolicy(ranges=ranges_of(fit, 0.25, study="abc", pixels=512))

    assert policy.categories == ("dish0", "dish1", "dish2")
    one = policy.found("saturation", "dish1")
    curve = safe_range(fit.curve("dish1"), 0.25)
    assert (one.low, one.high) == pytest.approx((curve.low, curve.high), abs=1e-6)
    assert curve.low <= one.low < 0 < one.high <= curve.high
    assert one.answers == answers.count("dish1")
    assert (one.photos, one.raters, one.study) == (12, 12, "abc")
    assert one.pixels is None  # saturation is the same at any size
    assert one.high_interval[0] == one.high < one.high_interval[1]
    assert 0 < one.photos_within <= 1
    # Of categories that nobody saw less is known.
    assert policy.range("saturation", "pizza")[1] < max(
        policy.range("saturation", name)[1] for name in policy.categories
    )


def test_one_category_establishes_nothing_for_others(asked):
    fit = fit_dose(asked(2, categories=1)[1])

    policy = AugmentationPolicy(ranges=ranges_of(fit, 0.25))

    assert policy.found("saturation", "dish0") is not None
    assert policy.found("saturation", "pizza") is None
