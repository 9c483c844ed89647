from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.transforms.registry import TRANSFORMS, get_transform
from napari_lesion_synth.perception.transforms.transform import Transform

every = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=TRANSFORMS.keys())
some = st.sampled_from(list(TRANSFORMS.values()))


def rng(seed: int = 0) -> np.random.Generator:
    """A generator of its own."""
    return np.random.default_rng(seed)


def photo(seed: int, shape: tuple[int, int] = (40, 48)) -> np.ndarray:
    """A bright dish with fine texture on a cloth that grows darker to one side; floats."""
    drawn = rng(seed)
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    away = np.hypot(x - drawn.uniform(-0.2, 0.2), y - drawn.uniform(-0.2, 0.2))
    dish = 1 / (1 + np.exp(8 * (away - 0.5)))[..., None]
    colour, cloth = drawn.uniform([0.5, 0.3, 0.1], [0.8, 0.5, 0.3]), drawn.uniform(0.2, 0.35, 3)
    smooth = cloth * (1 + 0.4 * x + 0.2 * y)[..., None] * (1 - dish) + colour * dish
    return np.clip(smooth + drawn.normal(0, 0.02, smooth.shape), 0, 1)


def away(transform: Transform, image: np.ndarray, magnitude: float) -> float:
    """Mean absolute difference that a change makes."""
    return float(np.abs(transform(image, magnitude, rng()) - image).mean())


@every
def test_zero_changes_nothing(transform):
    for image in (photo(1), photo(1).astype(np.float32), np.uint8(255 * photo(1))):
        same = transform(image, 0.0, rng())

        assert np.array_equal(same, image)
        assert not np.shares_memory(same, image)


@every
@pytest.mark.parametrize("kind", [np.uint8, np.float16, np.float32, np.float64])
def test_shape_and_type_are_kept(transform, kind):
    image = (255 * photo(2)).astype(np.uint8) if kind == np.uint8 else photo(2).astype(kind)
    before = image.copy()

    for magnitude in transform.arms:
        changed = transform(image, magnitude, rng())

        assert changed.shape == image.shape
        assert changed.dtype == kind
        assert changed.min() >= 0
        assert changed.max() <= (255 if kind == np.uint8 else 1)
        assert not np.array_equal(changed, image)
    assert np.array_equal(image, before)


@every
def test_floats_and_bytes_are_changed_alike(transform):
    image = np.rint(255 * photo(3)).astype(np.uint8)

    for magnitude in transform.arms:
        whole = transform(image, magnitude, rng(5)).astype(float)
        parts = transform(image / 255, magnitude, rng(5)) * 255

        assert np.abs(whole - parts).max() <= 0.51


@given(some, st.integers(0, 50), st.floats(0.05, 0.6), st.floats(1.5, 4), st.booleans())
@settings(deadline=None, max_examples=150)
def test_more_is_farther_from_the_original(transform, seed, share, times, low):
    image, arm = photo(seed), transform.arms[0 if low else -1]
    stronger = min(share * times, 1.0)

    assert away(transform, image, share * arm) <= away(transform, image, stronger * arm) + 1e-3


@every
def test_the_ends_of_the_range_are_told_from_the_original_and_from_the_middle(transform):
    image = photo(7)
    for arm in transform.arms:
        assert 0.002 < away(transform, image, arm / 2) < away(transform, image, arm)


@given(some, st.integers(0, 2**32 - 1), st.floats(0.1, 1))
@settings(deadline=None, max_examples=60)
def test_the_same_generator_gives_the_same_picture(transform, seed, share):
    image, magnitude = photo(4, (20, 24)), share * transform.high

    once, again = (transform(image, magnitude, rng(seed)) for _ in range(2))

    assert np.array_equal(once, again)
    other = transform(image, magnitude, rng(seed + 1))
    assert np.array_equal(once, other) != transform.random


@every
def test_what_a_magnitude_means_is_told(transform):
    assert transform.least <= transform.low <= 0 < transform.high <= transform.most
    assert transform.signed == (transform.low < 0) == (len(transform.arms) == 2)
    assert transform.unit
    assert transform.text.endswith(".")
    with pytest.raises(AttributeError):
        transform.low = 1.0


@every
def test_magnitudes_beyond_the_definition_are_refused(transform):
    for magnitude in (transform.most + 1, transform.least - 1, float("nan")):
        with pytest.raises(ParameterError, match=transform.name):
            transform(photo(0), magnitude, rng())


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (np.zeros((4, 4)), "no colour picture"),
        (np.zeros((4, 4, 4)), "no colour picture"),
        (np.zeros((4, 0, 3)), "no colour picture"),
        (np.zeros((4, 4, 3), np.int16), "int16"),
        (np.full((4, 4, 3), 255.0), "outside 0 to 1"),
        (np.full((4, 4, 3), np.nan), "outside 0 to 1"),
    ],
)
def test_what_is_no_picture_is_refused(image, problem):
    with pytest.raises(InputError, match=problem):
        get_transform("blur")(image, 1.0, rng())


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ParameterError, match=r"sepia.*rotate, zoom, crop"):
        get_transform("sepia")
    with pytest.raises(TypeError):
        TRANSFORMS["sepia"] = get_transform("blur")
