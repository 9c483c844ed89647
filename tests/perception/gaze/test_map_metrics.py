import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.map_metrics import (
    auc_judd,
    correlation,
    divergence,
    nss,
    shuffled_auc,
    similarity,
)

maps = hnp.arrays(np.float64, (6, 8), elements=st.integers(0, 9).map(float))
cells = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), min_size=1, max_size=12)


def _at(*places):
    rows, columns = zip(*places, strict=True)
    return np.array(rows), np.array(columns)


def _gaussian(x0, sigma, n=400):
    x, y = np.meshgrid(np.arange(n), np.arange(n))
    field = np.exp(-((x - x0) ** 2 + (y - n / 2) ** 2) / (2 * sigma**2))
    return field / field.sum()


def test_a_map_of_one_cell_has_the_nss_of_its_size():
    field = np.zeros((10, 10))
    field[3, 4] = 1
    # Mean 1/N, variance (1/N)(1 - 1/N): standardised, the cell is sqrt(N - 1).
    assert nss(field, _at((3, 4))) == pytest.approx(np.sqrt(99))
    assert nss(field, _at((0, 0))) == pytest.approx(-1 / np.sqrt(99))
    assert nss(field, _at((3, 4), (0, 0))) == pytest.approx((np.sqrt(99) - 1 / np.sqrt(99)) / 2)


def test_every_cell_once_has_no_nss():
    rng = np.random.default_rng(0)
    field = rng.random((7, 9))
    assert nss(field, tuple(np.indices((7, 9)).reshape(2, -1))) == pytest.approx(0, abs=1e-12)


@given(maps, cells)
def test_the_area_is_that_of_the_roc_curve(field, places):
    fixated = _at(*places)
    free = np.ones(field.shape, bool)
    free[fixated] = False
    truth = np.r_[np.ones(len(places)), np.zeros(free.sum())]
    scores = np.r_[field[fixated], field[free]]
    assert auc_judd(field, fixated) == pytest.approx(roc_auc_score(truth, scores))


@given(maps, cells, cells)
def test_the_shuffled_area_takes_other_photos_fixations_for_chance(field, places, others):
    fixated, elsewhere = _at(*places), _at(*others)
    truth = np.r_[np.ones(len(places)), np.zeros(len(others))]
    scores = np.r_[field[fixated], field[elsewhere]]
    assert shuffled_auc(field, fixated, elsewhere) == pytest.approx(roc_auc_score(truth, scores))
    assert shuffled_auc(field, fixated, fixated) == pytest.approx(0.5)


def test_a_map_that_knows_the_fixations_has_the_whole_area():
    field = np.zeros((5, 5))
    field[1, 1], field[3, 3] = 1, 2
    assert auc_judd(field, _at((1, 1), (3, 3))) == 1
    assert auc_judd(-field, _at((1, 1), (3, 3))) == 0
    assert auc_judd(np.ones((5, 5)), _at((1, 1))) == 0.5


@given(maps, maps)
def test_correlation_is_pearsons(one, other):
    if one.std() == 0 or other.std() == 0:
        assert np.isnan(correlation(one, other))
    else:
        expected = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert correlation(one, other) == pytest.approx(expected, abs=1e-12)
        assert correlation(3 * one + 2, other) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("apart", [0.0, 20.0, 45.0])
def test_two_gaussians_have_the_textbooks_figures(apart):
    sigma = 25.0
    one, other = _gaussian(200 - apart / 2, sigma), _gaussian(200 + apart / 2, sigma)
    assert divergence(one, other) == pytest.approx(apart**2 / (2 * sigma**2), abs=1e-3)
    assert similarity(one, other) == pytest.approx(2 * norm.cdf(-apart / (2 * sigma)), abs=1e-3)
    # The overlap integral of their product, next to which the mean of 1/N plays no part.
    assert correlation(one, other) == pytest.approx(np.exp(-(apart**2) / (4 * sigma**2)), abs=0.03)


def test_maps_without_overlap_share_nothing_and_diverge_much():
    one, other = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    assert similarity(one, other) == 0
    assert divergence(one, other) == pytest.approx(-np.log(np.finfo(float).eps))


@given(maps, maps)
def test_similarity_is_symmetric_and_divergence_is_not_negative(one, other):
    if one.sum() and other.sum():
        assert similarity(one, other) == pytest.approx(similarity(other, one))
        assert 0 <= similarity(one, other) <= 1 + 1e-12
        assert divergence(one, other) >= -1e-9
        assert divergence(one, one) == pytest.approx(0, abs=1e-9)


def test_figures_that_do_not_exist_are_nan():
    flat, none = np.full((4, 4), 0.1), (np.zeros(0, int), np.zeros(0, int))
    assert np.isnan(nss(flat, _at((0, 0))))
    assert np.isnan(nss(np.eye(4), none))
    assert np.isnan(auc_judd(np.eye(4), none))
    assert np.isnan(shuffled_auc(np.eye(4), _at((0, 0)), none))


def test_maps_that_cannot_be_compared_are_refused():
    with pytest.raises(ParameterError, match="cells"):
        correlation(np.zeros((2, 2)), np.zeros((3, 2)))
    with pytest.raises(ParameterError, match="no distribution"):
        similarity(np.zeros((2, 2)), np.ones((2, 2)))
    with pytest.raises(ParameterError, match="no distribution"):
        divergence(np.array([[-1.0, 2.0]]), np.ones((1, 2)))
    with pytest.raises(ParameterError, match="rows and columns"):
        nss(np.ones(3), _at((0, 0)))
