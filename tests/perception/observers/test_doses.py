from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.observers.doses import DoseEffect, DoseSpread, DoseTruth
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.transforms.facts import Change

PHOTOS = {"a": "ramen", "b": "ramen", "c": "sushi"}


def worse(magnitude: np.ndarray) -> np.ndarray:
    """Worse to both sides."""
    return -np.abs(magnitude) / 10


def trial(photo: str, magnitude: float, place: int, number: int = 0) -> Trial:
    """An original beside its transformed self."""
    facts = Change("rotate", magnitude, place).to_facts()
    return Trial(number, "1", "twoafc", (photo, photo), "?", facts=facts)


def test_categories_photos_and_raters_differ_by_the_spread_asked_for():
    rng = np.random.default_rng(0)
    photos = {f"p{k}": f"dish{k % 200}" for k in range(2000)}
    raters = [f"r{k}" for k in range(2000)]

    truth = DoseTruth.drawn(worse, (-20, 30), (photos, raters), rng, DoseSpread(0.5, 0.2, 0.3))

    ends = {name: [] for name in ("category", "p", "r")}
    for name, drawn in truth.deviations.items():
        ends["category" if name.startswith("category") else name[0]].extend(drawn)
    assert np.std(ends["category"]) == pytest.approx(0.5, rel=0.15)
    assert np.std(ends["p"]) == pytest.approx(0.2, rel=0.05)
    assert np.std(ends["r"]) == pytest.approx(0.3, rel=0.05)


def test_deviations_grow_evenly_along_each_arm_and_nothing_changes_at_zero():
    truth = DoseTruth(worse, -20.0, 30.0, {"a": (0.4, -0.6), "category ramen": (0.0, 0.3)})

    assert truth.change(0.0, "ramen", "a", "r") == 0
    assert truth.change(-10.0, "ramen", "a", "r") == pytest.approx(-1 + 0.2)
    assert truth.change(15.0, "ramen", "a", "r") == pytest.approx(-1.5 - 0.3 + 0.15)
    assert truth.of_category("ramen", np.array([-20.0, 30.0])) == pytest.approx([-2, -2.7])


def test_an_observer_minds_the_photo_that_is_changed():
    truth = DoseTruth(worse, -20.0, 30.0)
    observer = UtilityObserver(
        dict.fromkeys(PHOTOS, 0.0), effect=DoseEffect({"rotate": truth}, PHOTOS, "r")
    )

    told = [observer.answer(trial("a", 20.0, k % 2, k)).response for k in range(200)]

    original = [answer == ("right" if k % 2 == 0 else "left") for k, answer in enumerate(told)]
    assert np.mean(original) == pytest.approx(0.977, abs=0.03)  # the normal share above -2


def test_transforms_that_are_not_known_change_nothing():
    effect = DoseEffect({"blur": DoseTruth(worse, 0.0, 2.0)}, PHOTOS, "r")

    assert effect(trial("a", 20.0, 0), 0) == 0
    assert effect(Trial(0, "1", "pair", ("a", "b"), "?"), 0) == 0
