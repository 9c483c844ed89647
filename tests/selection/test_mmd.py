from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_lesion_synth.selection.mmd import mmd_test, rbf_kernel, unbiased_mmd2


def gaussians(seed, n, m, shift=0.0, k=4):
    rng = np.random.default_rng(seed)
    return rng.normal(shift, 1, (n, k)), rng.normal(0, 1, (m, k)), rng


def test_the_estimate_is_that_of_gretton():
    x, y, _ = gaussians(0, 7, 9)
    kernel, _ = rbf_kernel(np.concatenate([x, y]), 1.5)

    def k(a, b):
        return np.exp(-((a - b) ** 2).sum() / (2 * 1.5**2))

    expected = (
        sum(k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j) / (7 * 6)
        + sum(k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j) / (9 * 8)
        - 2 * sum(k(a, b) for a in x for b in y) / (7 * 9)
    )
    assert unbiased_mmd2(kernel, 7) == pytest.approx(expected)
    assert mmd_test(x, y, np.random.default_rng(0)).mmd2 == pytest.approx(
        unbiased_mmd2(rbf_kernel(np.concatenate([x, y]))[0], 7)
    )


def test_it_is_that_of_known_gaussians():
    # For a kernel of width s and N(mu, 1) against N(0, 1) in one dimension, in closed form.
    s, mu = 1.0, 1.0
    spread = s**2 + 2
    expected = 2 * s / np.sqrt(spread) * (1 - np.exp(-(mu**2) / (2 * spread)))
    x, y, _ = gaussians(3, 1500, 1500, mu, k=1)

    kernel, _ = rbf_kernel(np.concatenate([x, y]), s)

    assert unbiased_mmd2(kernel, 1500) == pytest.approx(expected, abs=0.015)


def test_p_values_are_uniform_where_there_is_no_difference():
    found = []
    for seed in range(150):
        x, y, rng = gaussians(seed, 20, 30)
        found.append(mmd_test(x, y, rng, permutations=99).p)

    assert stats.kstest(found, "uniform").pvalue > 0.01


def clustered(seed, patients=(12, 10), each=4):
    """Two sets alike, whose patients differ from each other."""
    rng = np.random.default_rng(seed)
    tables, names = [], []
    for side, count in enumerate(patients):
        own = np.repeat(rng.normal(0, 1, (count, 4)), each, axis=0)
        tables.append(own + rng.normal(0, 0.5, own.shape))
        names.append([f"{side}-{k}" for k in range(count) for _ in range(each)])
    return tables, names, rng


def test_patients_that_differ_are_not_taken_for_a_difference_of_the_sets():
    grouped, single = [], []
    for seed in range(100):
        (x, y), names, rng = clustered(seed)
        grouped.append(mmd_test(x, y, rng, (names[0], names[1]), permutations=99).p)
        single.append(mmd_test(x, y, rng, permutations=99).p)

    assert np.mean(np.array(grouped) < 0.05) < 0.12
    assert np.mean(np.array(single) < 0.05) > 0.3  # without patients the test is wrong


def test_a_difference_is_found():
    x, y, rng = gaussians(0, 40, 40, shift=1.0)

    found = mmd_test(x, y, rng)

    assert found.mmd2 > 0.05
    assert found.p < 0.01


def test_a_difference_within_shared_patients_is_found():
    rng = np.random.default_rng(0)
    patients = [f"p{k}" for k in range(12) for _ in range(4)]
    own = np.repeat(rng.normal(0, 1, (12, 4)), 4, axis=0)
    x, y = own + rng.normal(1, 0.5, own.shape), own + rng.normal(0, 0.5, own.shape)

    found = mmd_test(x, y, rng, (patients, patients))

    assert found.grouped
    assert found.p < 0.01


def test_a_set_of_one_patient_counts_each_lesion_for_itself():
    x, y, rng = gaussians(0, 20, 20)

    found = mmd_test(x, y, rng, (["host"] * 20, [f"p{k}" for k in range(20)]))

    assert not found.grouped
    assert 0 < found.p <= 1
