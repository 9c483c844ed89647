"""Sheets of CT around misses and false alarms."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.drawing import OUTLINE
from napari_lesion_synth.evaluation.drawing.judged_picture import FOUND
from napari_lesion_synth.evaluation.experiment.gallery import FalseAlarm, Miss
from napari_lesion_synth.evaluation.matching import LesionResult
from napari_lesion_synth.evaluation.report.pictures import (
    false_alarm_places,
    miss_places,
    place_sheet,
)

MIDDLE = (12, 32, 32)
LESION = LesionResult(3, MIDDLE, 10.0, 20.0, -31.0, Zone.RIM)


@pytest.fixture
def draw(ball_case):
    """Draw places of a CT with a lesion in its middle; how often it was opened is kept."""
    case = ball_case(lesion_mm=10.0)
    opened = []

    def drawn(places):
        def open_case(name):
            opened.append(name)
            return case

        return np.asarray(place_sheet(places, "title", open_case)), opened

    return drawn


def pixels(picture, color) -> int:
    return int((picture == color).all(axis=-1).sum())


def alarm(center=(12.0, 32.0, 12.0), case="a", trainings=(0, 2)):
    return FalseAlarm("p", case, center, 9.0, 0.87, None, set(trainings))


def test_a_miss_shows_the_outline_of_its_lesion_and_no_ring(draw):
    picture, _ = draw(miss_places([Miss("p", "a", LESION, 0.41)]))
    assert pixels(picture, OUTLINE) > 50
    assert pixels(picture, FOUND) == 0


def test_a_false_alarm_has_a_ring_around_its_place(draw):
    picture, _ = draw(false_alarm_places([alarm()], 3))
    ring = np.argwhere((picture == FOUND).all(axis=-1))
    middle = ring.mean(axis=0)
    assert len(ring) > 30
    assert np.abs(middle - (34 + 116, 10 + 116)).max() < 2


def test_what_is_known_stands_below():
    (miss,) = miss_places([Miss("p", "a", LESION, float("nan"))])
    assert miss.words == ("a, lesion 3", "10 mm, -31 HU, rim", "no finding hit it")
    (false,) = false_alarm_places([alarm()], 3)
    assert false.words == ("a", "9 mm", "in 2 of 3, score 0.87")


def test_a_ct_is_opened_once_for_places_that_follow_each_other(draw):
    places = false_alarm_places([alarm(), alarm((10.0, 30.0, 30.0)), alarm(case="b")], 3)
    picture, opened = draw(places)
    assert opened == ["a", "b"]
    assert picture.shape[1] == 3 * 242 + 10


def test_five_places_take_two_rows(draw):
    four, _ = draw(false_alarm_places([alarm()] * 4, 3))
    five, _ = draw(false_alarm_places([alarm()] * 5, 3))
    assert five.shape[1] == four.shape[1]
    assert five.shape[0] > four.shape[0] + 232
