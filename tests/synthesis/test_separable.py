from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.synthesis.separable import cubic, cubic_nodes, separable


@pytest.mark.parametrize("shape", [(3, 4, 5), (9, 4, 5), (1, 6, 2)])
def test_one_matrix_along_each_axis(shape):
    rng = np.random.default_rng(0)
    box = rng.random(shape, dtype=np.float32)
    matrices = [rng.random((m, n), dtype=np.float32) for m, n in zip((6, 3, 7), shape, strict=True)]
    expected = np.einsum("abc,ia,jb,kc->ijk", box, *matrices)
    assert separable(box, matrices) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("n", [2, 7, 12])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_cubic_interpolation_is_exact_for_a_parabola(n, stride):
    nodes = cubic_nodes(n, stride).astype(float)
    places = np.arange(n)
    found = cubic(n, stride) @ (nodes**2 - nodes)
    assert found == pytest.approx(places**2 - places, abs=1e-4)
