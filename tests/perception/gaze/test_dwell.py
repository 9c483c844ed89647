import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.dwell import ELSEWHERE, dwell
from napari_lesion_synth.perception.gaze.samples import Fixation
from napari_lesion_synth.perception.stimuli.areas import GARNISH, MAIN, Areas


@pytest.fixture
def areas() -> Areas:
    """Main ingredient in the left half, garnish in a corner of the right one."""
    labels = np.zeros((100, 200), np.uint8)
    labels[:, :100] = 1
    labels[:50, 150:] = 2
    return Areas(labels)


def _path(*points):
    return tuple(Fixation(t, s, x, y, 1, 0) for x, y, t, s in points)


def test_dwell_latency_and_visits_of_each_area(areas):
    path = _path(
        (50, 50, 0.2, 0.3),
        (60, 50, 0.6, 0.2),
        (160, 10, 1.0, 0.1),
        (40, 90, 1.2, 0.2),
        (120, 90, 1.5, 0.2),
    )
    main, garnish, other = dwell(path, areas, onset_s=0.1)
    assert (main.name, garnish.name, other.name) == (MAIN, GARNISH, ELSEWHERE)
    assert (main.dwell_s, main.fixations, main.visits) == (pytest.approx(0.7), 3, 2)
    assert main.first_fixation_s == pytest.approx(0.1)
    assert (garnish.share, garnish.visits) == (pytest.approx(0.1), 1)
    assert garnish.first_fixation_s == pytest.approx(0.9)
    assert other.dwell_s == pytest.approx(0.2)
    assert [a.area_share for a in (main, garnish, other)] == pytest.approx([0.5, 0.125, 0.375])
    assert sum(a.share for a in (main, garnish, other)) == pytest.approx(1)


def test_an_area_that_was_never_looked_at_has_no_latency(areas):
    _, garnish, _ = dwell(_path((50, 50, 0, 1)), areas)
    assert garnish.first_fixation_s is None
    assert (garnish.dwell_s, garnish.visits) == (0, 0)


def test_a_look_that_had_begun_before_the_photo_has_latency_zero(areas):
    main, _, _ = dwell(_path((50, 50, -0.2, 0.5)), areas)
    assert main.first_fixation_s == 0


def test_beside_the_photo_is_elsewhere_and_its_edge_is_not(areas):
    *_, other = dwell(_path((-5, 50, 0, 0.4), (50, 130, 1, 0.4)), areas)
    assert other.fixations == 2
    main, garnish, _ = dwell(_path((0, 100, 0, 0.4), (200, 0, 1, 0.4)), areas)
    assert (main.fixations, garnish.fixations) == (1, 1)


def test_no_looking_has_no_shares(areas):
    assert all(np.isnan(area.share) for area in dwell((), areas))


def test_numbers_of_one_name_are_one_area():
    labels = np.array([[1, 2], [0, 7]])
    found = dwell(
        _path((0.5, 0.5, 0, 1), (1.5, 0.5, 1, 1), (1.5, 1.5, 2, 1)), Areas(labels, {1: "a", 2: "a"})
    )
    assert [(area.name, area.fixations) for area in found] == [
        ("a", 2),
        ("area 7", 1),
        (ELSEWHERE, 0),
    ]
