from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from scipy.special import ndtr

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.regression.mae_svg import MaeRow, mae_svg
from napari_lesion_synth.perception.regression.noise import (
    noise_of_posterior,
    noise_of_raters,
    noise_of_ratings,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons, Ratings
from napari_lesion_synth.perception.scaling.scale01 import attractiveness
from napari_lesion_synth.perception.scaling.utilities import Prior, fit_utilities


@pytest.mark.parametrize(
    ("raters", "mae", "r"), [(5, 0.071, 0.913), (10, 0.050, 0.953), (28, 0.030, 0.983)]
)
def test_a_perfect_model_has_the_known_error_against_so_many_raters(raters, mae, r):
    found = noise_of_raters(raters, rater_sd=0.2, true_sd=0.2)

    assert found.floor.value == pytest.approx(mae, abs=6e-4)
    assert found.best_r.value == pytest.approx(r, abs=6e-4)

    rng = np.random.default_rng(0)
    truth = 0.5 + 0.2 * rng.standard_normal(40_000)
    labels = truth + 0.2 * rng.standard_normal((raters, 40_000)).mean(axis=0)
    assert np.abs(labels - truth).mean() == pytest.approx(mae, abs=1e-3)
    assert np.corrcoef(labels, truth)[0, 1] == pytest.approx(r, abs=2e-3)


def test_ratings_tell_their_own_noise():
    rng = np.random.default_rng(1)
    truth = 0.5 + 0.2 * rng.standard_normal(400)
    item = np.repeat(np.arange(400), 5)
    value = truth[item] + 0.2 * rng.standard_normal(2000)
    items = tuple(f"p{k}" for k in range(400))
    raters = tuple(f"r{k}" for k in range(5))
    ratings = Ratings(items, item, value.clip(0, 1), np.arange(2000) % 5, raters, "vas")

    found = noise_of_ratings(ratings)

    assert found is not None
    assert found.floor.value == pytest.approx(0.071, abs=0.008)
    assert found.best_r.value == pytest.approx(0.913, abs=0.02)
    assert "5.0 ratings a photo" in found.text


def test_ratings_of_photos_that_nobody_rated_twice_tell_nothing():
    once = Ratings(
        ("a", "b"), np.array([0, 1]), np.array([0.2, 0.8]), np.zeros(2, int), ("r",), "vas"
    )

    assert noise_of_ratings(once) is None


def test_the_floor_of_scaled_labels_is_the_error_that_a_perfect_model_has():
    rng = np.random.default_rng(2)
    floors, errors = [], []
    for _ in range(12):
        truth = rng.standard_normal(24)
        first, second = rng.integers(0, 24, 400), rng.integers(0, 24, 400)
        keep = first != second
        first, second = first[keep], second[keep]
        won = rng.random(len(first)) < ndtr(truth[first] - truth[second])
        n = len(first)
        asked = Comparisons(
            tuple(f"p{k}" for k in range(24)),
            first,
            second,
            won.astype(float),
            np.zeros(n, int),
            ("r",),
            np.ones(n, bool),
        )
        posterior = fit_utilities(asked, Prior.independent(24))
        labels = attractiveness(posterior, rng)
        floors.append(noise_of_posterior(posterior, labels, rng).floor.value)
        on_scale = labels.intercept + labels.slope * (truth - truth.mean())
        errors.append(np.abs(on_scale - labels.value).mean())

    assert np.mean(floors) == pytest.approx(np.mean(errors), rel=0.15)
    with pytest.raises(ParameterError, match="same photos"):
        noise_of_posterior(posterior, type(labels)((), *[np.zeros(0)] * 3, "", 1.0, 0.0), rng)


def test_noise_needs_raters():
    with pytest.raises(ParameterError, match="a rater"):
        noise_of_raters(0, 0.2, 0.2)


ROWS = [MaeRow("ridge", Interval(0.12, 0.10, 0.15)), MaeRow("GP & net", Interval(0.11, 0.09, 0.13))]


def test_the_drawing_shows_models_between_the_noise_and_the_average():
    floor = noise_of_raters(10, 0.2, 0.2)
    drawing = mae_svg(ROWS, floor, MaeRow("mean", Interval(0.2)), note="Eight dishes drawn again.")
    root = ET.fromstring(drawing)
    ns = {"s": "http://www.w3.org/2000/svg"}
    words = " ".join(t.text for t in root.findall(".//s:text", ns))
    marks = [float(c.get("cx")) for c in root.findall("s:circle", ns)]
    box = root.find("s:rect", ns)
    ends = float(box.get("x")) + float(box.get("width"))

    assert root.find("s:title", ns).text == "Mean absolute error: ridge 0.120, GP & net 0.110"
    assert "label noise 0.050" in words
    assert "mean 0.200" in words
    assert "Eight dishes drawn again." in words.replace("  ", " ")
    assert ends < marks[1] < marks[0]
    left, width = float(box.get("x")), marks[0] - float(box.get("x"))
    assert width / (marks[1] - left) == pytest.approx(0.12 / 0.11, rel=1e-2)


def test_the_drawing_says_when_the_noise_is_not_known_and_bears_what_has_no_figure():
    drawing = mae_svg([*ROWS, MaeRow("none", Interval(float("nan")))], None)

    ET.fromstring(drawing)
    assert "not known" in drawing
    assert "no figure" in drawing
    with pytest.raises(ParameterError, match="no models"):
        mae_svg([], None)
