from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.selection.coverage import expected_coverage, measure_coverage


def measured(x, y, seed=0):
    names = [f"s{k}" for k in range(len(x))], [f"r{k}" for k in range(len(y))]
    return measure_coverage(x, y, names, np.random.default_rng(seed))


def test_density_and_coverage_are_those_of_naeem():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(20, 3)), rng.normal(0.3, 1, (15, 3))
    inside = np.zeros((15, 20), bool)
    for j in range(20):
        gaps = sorted(np.linalg.norm(real[j] - other) for other in np.delete(real, j, axis=0))
        inside[:, j] = np.linalg.norm(fake - real[j], axis=1) <= gaps[4]

    found = measured(fake, real)

    assert found.density.value == pytest.approx(inside.sum() / (5 * 15))
    assert found.coverage.value == pytest.approx(inside.any(axis=0).mean())


def test_lesions_like_the_real_ones_reach_what_is_expected():
    figures = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        figures.append(measured(rng.normal(size=(20, 3)), rng.normal(size=(60, 3)), seed))

    expected = expected_coverage(60, 20)
    assert np.mean([f.coverage.value for f in figures]) == pytest.approx(expected, abs=0.03)
    assert np.mean([f.density.value for f in figures]) == pytest.approx(1, abs=0.1)
    assert np.mean([f.diversity.value for f in figures]) == pytest.approx(1, abs=0.05)


def test_equal_sets_of_many_are_covered_as_published():
    # Naeem et al., section 3.3: 1 - 1 / 2 ** k for large equal sets.
    assert expected_coverage(10_000, 10_000) == pytest.approx(1 - 1 / 2**5, abs=1e-3)


def test_a_collapsed_set_is_dense_and_covers_little():
    rng = np.random.default_rng(1)
    real = rng.normal(size=(60, 3))

    found = measured(real[0] + rng.normal(0, 0.05, (60, 3)), real)

    assert found.coverage.value < 0.5
    assert found.diversity.value < 0.1


def test_strange_lesions_cover_nothing():
    rng = np.random.default_rng(1)

    found = measured(rng.normal(30, 1, (30, 3)), rng.normal(size=(30, 3)))

    assert found.coverage.value == 0
    assert found.density.value == 0


def test_intervals_are_over_patients():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    few = [f"p{k % 4}" for k in range(40)]

    alone = measured(x, y)
    together = measure_coverage(x, y, (few, few), np.random.default_rng(0))

    assert alone.density.value == pytest.approx(together.density.value)
    assert alone.density.low < alone.density.value < alone.density.high
