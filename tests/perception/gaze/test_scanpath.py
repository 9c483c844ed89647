import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.samples import Fixation
from napari_lesion_synth.perception.gaze.scanpath import (
    cells_of,
    edit_similarity,
    nearest_distance,
    scanpath_facts,
)

sequences = st.lists(st.integers(0, 3), max_size=7).map(tuple)


def _path(*points):
    """Points of x, y, begin and seconds."""
    return tuple(Fixation(t, s, x, y, 1, 0) for x, y, t, s in points)


def test_the_facts_of_three_fixations(viewing, screen):
    degree = viewing.px_per_degree("image")[0]
    path = _path((400, 300, -0.1, 0.3), (400 + degree, 300, 0.25, 0.2), (400, 300, 0.5, 0.4))
    facts = scanpath_facts(path, viewing, (800, 600))
    assert (facts.fixations, facts.fixating_s) == (3, pytest.approx(0.9))
    assert (facts.mean_fixation_s, facts.longest_fixation_s) == (pytest.approx(0.3), 0.4)
    assert facts.first_latency_s == 0.25, "the first had begun before the photo appeared"
    assert facts.mean_saccade_deg == pytest.approx(1, abs=1e-6)
    assert facts.path_deg == pytest.approx(2, abs=1e-6)
    assert facts.spread_deg == pytest.approx(np.sqrt(2) / 3, abs=1e-6)


def test_looking_everywhere_alike_has_all_the_entropy(viewing):
    centres = [(x * 100 + 50, y * 75 + 37, 0, 0.1) for x in range(8) for y in range(8)]
    assert scanpath_facts(_path(*centres), viewing, (800, 600)).entropy_bits == pytest.approx(6)
    assert scanpath_facts(_path(centres[0]), viewing, (800, 600)).entropy_bits == 0


def test_nothing_has_no_facts(viewing):
    facts = scanpath_facts((), viewing, (800, 600))
    assert (facts.fixations, facts.fixating_s) == (0, 0)
    assert np.isnan(facts.mean_fixation_s)


def test_parts_are_numbered_by_rows_and_long_fixations_count_several_times():
    path = _path((10, 10, 0, 0.1), (790, 10, 1, 0.3), (790, 590, 2, 0.02), (900, 10, 3, 1))
    assert cells_of(path, (800, 600), 4) == (0, 3, 15)
    assert cells_of(path, (800, 600), 4, bin_s=0.1) == (0, 3, 3, 3, 15)


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [((1, 2, 3), (1, 2, 3), 0), ((1, 2, 3), (1, 3), 1), ((1, 2), (3, 4), 2), ((), (1, 2), 2)],
)
def test_known_edits(one, other, edits):
    assert edit_similarity(one, other) == pytest.approx(1 - edits / max(len(one), len(other)))


def _levenshtein(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        _levenshtein(a[1:], b) + 1,
        _levenshtein(a, b[1:]) + 1,
        _levenshtein(a[1:], b[1:]) + (a[0] != b[0]),
    )


@given(sequences, sequences)
def test_edits_are_as_few_as_the_definition_says(one, other):
    if one or other:
        expected = 1 - _levenshtein(one, other) / max(len(one), len(other))
        assert edit_similarity(one, other) == pytest.approx(expected)


def test_distance_is_the_mean_to_the_nearest(viewing):
    degree = viewing.px_per_degree("image")[0]
    one = _path((400, 300, 0, 1), (400, 300, 1, 1))
    other = _path((400 + degree, 300, 0, 1))
    assert nearest_distance(one, one, viewing, "image") == pytest.approx(0)
    assert nearest_distance(one, other, viewing, "image") == pytest.approx(1, abs=1e-6)
    both = nearest_distance(one, one + other, viewing, "image")
    assert both == pytest.approx(1 / 5, abs=1e-6)
    assert both == pytest.approx(nearest_distance(one + other, one, viewing, "image"))
    with pytest.raises(ParameterError, match="without fixations"):
        nearest_distance((), one, Viewing(viewing.screen), "screen")
