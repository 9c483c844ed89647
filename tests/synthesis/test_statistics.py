from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import InputError, LesionSynthWarning, ParameterError
from napari_lesion_synth.synthesis.fit import fit_sigmoid
from napari_lesion_synth.synthesis.lesion_prior import LIMITS, MEDIAN
from napari_lesion_synth.synthesis.lesion_records import LesionDraw, LesionRecord
from napari_lesion_synth.synthesis.shape_library import LesionShape
from napari_lesion_synth.synthesis.statistics import LesionStatistics

COUNT = 1500


def record(number=0, **values):
    usual = {
        "diameter_mm": 16.0,
        "delta_hu": -60.0,
        "edge_mm": 1.0,
        "irregularity": 0.08,
        "elongation": 1.4,
        "texture_hu": 3.0,
        "texture_mm": 2.0,
    }
    return LesionRecord(f"d{number}", f"p{number % 3}", LesionDraw(**{**usual, **values}))


def draws(statistics, count=COUNT, **given):
    rng = np.random.default_rng(0)
    return [statistics.sample(rng, **given) for _ in range(count)]


def quartiles(found, name):
    return np.percentile([abs(getattr(draw, name)) for draw in found], [25, 50, 75])


def correlated(count, seed=0):
    """Lesions whose contrast and edge grow with their size."""
    rng = np.random.default_rng(seed)
    size = rng.normal(0, 1, count)
    return LesionStatistics(
        tuple(
            record(
                i,
                diameter_mm=float(15 * np.exp(0.4 * s)),
                delta_hu=float(-50 * np.exp(0.25 * s + 0.1 * rng.normal())),
                edge_mm=float(1.0 * np.exp(0.3 * s + 0.1 * rng.normal())),
            )
            for i, s in enumerate(size)
        )
    )


def test_without_lesions_it_is_the_literature():
    found = draws(LesionStatistics.default())
    assert quartiles(found, "delta_hu") == pytest.approx([23, 38, 65], rel=0.12)
    assert quartiles(found, "diameter_mm") == pytest.approx([8.5, 12, 17], rel=0.1)
    assert all(draw.delta_hu < 0 for draw in found)
    assert all(draw.outline == () for draw in found)


def test_every_draw_is_within_the_limits():
    for statistics in (LesionStatistics.default(), LesionStatistics((record(delta_hu=-400),))):
        for draw in draws(statistics, 300):
            for name, (low, high) in LIMITS.items():
                assert low <= abs(getattr(draw, name)) <= high


def test_one_lesion_gives_lesions_like_it_and_some_of_the_literature():
    one = LesionStatistics((record(delta_hu=-90.0, edge_mm=0.5),))
    found = draws(one)
    low, middle, high = quartiles(found, "delta_hu")
    assert 50 < middle < 90
    assert low < middle < high
    assert quartiles(found, "edge_mm")[1] < MEDIAN["edge_mm"]


@pytest.mark.parametrize("count", [3, 10, 200])
def test_the_more_lesions_the_more_they_count(count):
    rng = np.random.default_rng(3)
    own = LesionStatistics(
        tuple(
            record(i, delta_hu=float(-70 * np.exp(0.1 * rng.normal())), diameter_mm=30.0)
            for i in range(count)
        )
    )
    found = draws(own)
    far = np.mean([abs(draw.delta_hu + 70) > 30 for draw in found])
    assert far < {3: 0.5, 10: 0.25, 200: 0.03}[count]


def test_many_lesions_keep_their_spread_and_their_correlation():
    own = correlated(200)
    found = draws(own)
    size, contrast, edge = (
        np.log([abs(getattr(draw, name)) for draw in found])
        for name in ("diameter_mm", "delta_hu", "edge_mm")
    )
    assert size.std() == pytest.approx(0.4, rel=0.15)
    assert np.corrcoef(size, contrast)[0, 1] > 0.75
    assert np.corrcoef(size, edge)[0, 1] > 0.75


def test_given_a_size_the_rest_goes_with_it():
    own = correlated(100)
    small, large = (draws(own, 400, diameter_mm=d) for d in (8.0, 28.0))
    assert {draw.diameter_mm for draw in small} == {8.0}
    assert quartiles(large, "delta_hu")[1] > 1.5 * quartiles(small, "delta_hu")[1]
    assert quartiles(large, "edge_mm")[1] > 1.6 * quartiles(small, "edge_mm")[1]


@settings(deadline=None, max_examples=20)
@given(st.floats(0.5, 400.0), st.integers(0, 12))
def test_any_size_can_be_asked_for(diameter, count):
    own = LesionStatistics(tuple(record(i, delta_hu=-50.0 - i) for i in range(count)))
    draw = own.sample(np.random.default_rng(1), diameter)
    assert draw.diameter_mm == diameter
    assert np.isfinite([draw.delta_hu, draw.edge_mm, draw.texture_hu]).all()


@pytest.mark.parametrize("diameter", [0.0, -3.0, float("nan")])
def test_a_size_that_is_none_is_refused(diameter):
    with pytest.raises(ParameterError, match="positive"):
        LesionStatistics.default().sample(np.random.default_rng(0), diameter)


def test_the_same_seed_draws_the_same_lesion():
    own = correlated(20)
    first, second = (own.sample(np.random.default_rng(5), 12.0) for _ in range(2))
    assert first == second


def test_bright_lesions_give_bright_lesions():
    own = LesionStatistics(tuple(record(i, delta_hu=45.0) for i in range(30)))
    assert np.mean([draw.delta_hu > 0 for draw in draws(own, 200)]) > 0.9


def test_fitting_donors_keeps_who_they_are(ball_donor):
    donors = [replace(ball_donor(seed=i), patient=f"p{i % 2}") for i in range(3)]
    own = LesionStatistics.fit(donors)
    assert own.ids == tuple(donor.id for donor in donors)
    assert own.patients == ("p0", "p1")
    assert own == LesionStatistics.fit([fit_sigmoid(donor) for donor in donors])
    found = draws(own, 300)
    assert quartiles(found, "delta_hu")[1] == pytest.approx(50, abs=15)
    assert any(len(draw.outline) == 48 for draw in found)
    assert all(draw.outline == () for draw in draws(own, 50, planar=True))


def test_lesions_that_cannot_be_measured_are_left_out_with_a_warning(ball_donor):
    good = fit_sigmoid(ball_donor())
    bad = replace(good, donor="faint", reliable=False)
    with pytest.warns(LesionSynthWarning, match="1 of 2 lesions .* faint"):
        own = LesionStatistics.fit([good, bad])
    assert own.ids == (good.donor,)


def test_where_none_can_be_measured_all_are_kept(ball_donor):
    bad = replace(fit_sigmoid(ball_donor()), reliable=False)
    assert LesionStatistics.fit([bad]).ids == (bad.donor,)


def test_no_lesion_at_all_is_refused():
    with pytest.raises(InputError, match="at least one lesion"):
        LesionStatistics.fit([])


def test_outlines_from_a_library_of_shapes_are_drawn(ball_donor):
    mask = ball_donor(20.0).mask
    shape = LesionShape(
        id="s1",
        patient="q",
        mask=mask,
        spacing=(2.5, 1.0, 1.0),
        diameter_mm=20.0,
        depth_mm=20.0,
        zone=ball_donor().zone,
    )
    own = LesionStatistics.default().with_outlines([shape])
    assert own.ids == ("s1",)
    assert own.patients == ("q",)
    draw = own.sample(np.random.default_rng(0))
    assert draw.outline == own.outlines[0].outline
    assert own.sample(np.random.default_rng(0), planar=True).outline == ()
    assert LesionStatistics.from_json(own.to_json()) == own


def test_json_there_and_back():
    own = correlated(5)
    text = own.to_json()
    assert LesionStatistics.from_json(text) == own
    assert LesionStatistics.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: "no json",
        lambda data: "[]",
        lambda data: {**data, "format": "another"},
        lambda data: {**data, "version": 99},
        lambda data: {k: v for k, v in data.items() if k != "lesions"},
        lambda data: {**data, "lesions": [{"id": "a"}]},
        lambda data: {**data, "lesions": [{**data["lesions"][0], "values": {"edge_mm": "x"}}]},
    ],
)
def test_other_text_is_refused(spoil):
    spoiled = spoil(json.loads(correlated(2).to_json()))
    text = spoiled if isinstance(spoiled, str) else json.dumps(spoiled)
    with pytest.raises(InputError, match="not lesion statistics"):
        LesionStatistics.from_json(text)
