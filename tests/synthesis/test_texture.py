from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.synthesis.texture import GaussianField, gaussian_field


def grid(n, step, start=0.0):
    return (start + step * np.arange(n)).astype(np.float32)


def fields(scale, axes, count=400):
    reach = tuple(float(np.abs(a).max()) for a in axes)
    return np.stack(
        [GaussianField.draw(scale, reach, np.random.default_rng(i)).at(axes) for i in range(count)]
    )


def test_it_has_no_mean_and_unit_variance_everywhere():
    axes = (grid(3, 2.0, -2.0), grid(5, 1.3, -2.6), grid(6, 0.7, -2.0))
    drawn = fields(1.5, axes)
    assert drawn.dtype == np.float32
    assert np.abs(drawn.mean(axis=0)).max() < 0.2
    assert drawn.std(axis=0) == pytest.approx(np.ones(drawn.shape[1:]), abs=0.15)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_neighbours_are_as_alike_as_the_scale_says(scale):
    axes = (grid(1, 1.0), grid(1, 1.0), grid(5, scale))
    drawn = fields(scale, axes, 1500).reshape(-1, 5)
    found = np.corrcoef(drawn.T)[0]
    # White noise smoothed by s has the autocorrelation exp(-d^2 / 4 s^2).
    assert found == pytest.approx(np.exp(-(np.arange(5.0) ** 2) / 4), abs=0.1)


def test_a_finer_and_a_shifted_grid_show_the_same_waves():
    coarse = (grid(3, 2.0, -2.0), grid(5, 2.0, -4.0), grid(5, 2.0, -4.0))
    fine = (grid(3, 2.0, -2.0), grid(9, 1.0, -4.0), grid(17, 0.5, -4.0))
    first, second = (
        GaussianField.draw(1.7, (2.0, 4.0, 4.0), np.random.default_rng(7)).at(axes)
        for axes in (coarse, fine)
    )
    assert second[:, ::2, ::4] == pytest.approx(first, abs=1e-4)


def test_both_kinds_of_field_have_the_same_statistics():
    scale, shape, spacing = 2.0, (12, 24, 24), (2.0, 1.0, 1.0)
    axes = tuple(grid(n, s, -(n - 1) * s / 2) for n, s in zip(shape, spacing, strict=True))
    reach = tuple(float(a[-1]) for a in axes)
    pairs = []
    for make in (
        lambda rng: gaussian_field(shape, spacing, scale, rng),
        lambda rng: GaussianField.draw(scale, reach, rng).at(axes),
    ):
        drawn = np.stack([make(np.random.default_rng(i)) for i in range(30)])
        pairs.append((drawn.var(), (drawn[..., 1:] * drawn[..., :-1]).mean()))
    assert pairs[0] == pytest.approx(pairs[1], rel=0.1)


def test_the_same_seed_gives_the_same_bytes():
    axes = (grid(4, 1.0), grid(4, 1.0), grid(4, 1.0))
    first, second = (
        GaussianField.draw(1.0, (4.0, 4.0, 4.0), np.random.default_rng(3)).at(axes)
        for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()
