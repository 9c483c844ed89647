from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from napari_lesion_synth.intervals import over_patients, patient_numbers, wilson


def test_wilsons_interval_is_that_of_the_textbook():
    # Newcombe, Statistics in Medicine 17, 1998, table I: 15 of 148.
    found = wilson(15, 148)

    assert (found.low, found.high) == pytest.approx((0.0624, 0.1605), abs=5e-5)


@settings(deadline=None)  # SciPy loads its statistics first
@given(n=st.integers(1, 5000), share=st.floats(0, 1))
def test_wilsons_interval_is_that_of_scipy(n, share):
    successes = round(share * n)
    known = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-9)


def test_no_success_has_an_interval_too():
    found = wilson(0, 20)

    assert found.low == 0
    assert found.high == pytest.approx(0.1611, abs=5e-4)


def test_patients_are_numbered_by_name():
    names, number = patient_numbers(["b", "a", "b"])

    assert names == ["a", "b"]
    assert number.tolist() == [1, 0, 1]


def test_the_bootstrap_of_a_mean_has_the_width_of_its_standard_error():
    values = np.random.default_rng(1).normal(3, 2, 200)

    found = over_patients(
        values.mean(), lambda w: w @ values / w.sum(axis=1), 200, np.random.default_rng(0), 4000
    )

    error = values.std() / np.sqrt(200)
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)


def test_a_single_patient_gives_no_interval():
    found = over_patients(0.5, lambda w: w[:, 0], 1, np.random.default_rng(0))

    assert (found.value, found.low, found.high) == (0.5, None, None)


def test_a_figure_that_most_resamples_lack_has_no_interval():
    found = over_patients(0.5, lambda w: np.full(len(w), np.nan), 10, np.random.default_rng(0))

    assert found.low is None
