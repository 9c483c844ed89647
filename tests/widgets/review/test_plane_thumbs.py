from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.layout import sample_id, thumb_path
from napari_lesion_synth.widgets.review import plane_thumbs
from napari_lesion_synth.widgets.review.plane_thumbs import PlaneThumbs

pytestmark = pytest.mark.gui


@pytest.fixture
def thumbs(qtbot, made_set):
    made = PlaneThumbs()
    made.open(made_set(8))
    yield made
    made.close()


def settle(thumbs, qtbot):
    qtbot.waitUntil(lambda: not thumbs.pending, timeout=120_000)


def test_a_picture_is_asked_for_and_comes_with_all_three_planes(thumbs, qtbot):
    with qtbot.waitSignal(thumbs.loaded, timeout=120_000) as loaded:
        assert thumbs.get(sample_id(3)) is None
    assert loaded.args == [[sample_id(3)]]
    picture = thumbs.get(sample_id(3))
    assert picture.width() == 3 * picture.height()
    assert thumbs.kept == 1


def test_a_lost_picture_is_known_to_be_missing(thumbs, qtbot):
    thumb_path(thumbs.path(sample_id(0)).parents[1], sample_id(0)).unlink()
    thumbs.get(sample_id(0))
    settle(thumbs, qtbot)
    assert thumbs.missing(sample_id(0))
    assert not thumbs.missing(sample_id(1))


def test_few_are_kept(thumbs, qtbot, monkeypatch):
    monkeypatch.setattr(plane_thumbs, "_KEPT", 3)
    for number in range(8):
        thumbs.get(sample_id(number))
        settle(thumbs, qtbot)
    assert thumbs.kept == 3
    assert thumbs.get(sample_id(7)) is not None


def test_what_has_scrolled_out_of_view_is_dropped_and_may_be_asked_for_again(
    thumbs, qtbot, monkeypatch
):
    monkeypatch.setattr(plane_thumbs, "_WAITING", 2)
    for number in range(8):
        thumbs.get(sample_id(number))
    settle(thumbs, qtbot)
    assert 2 <= thumbs.kept <= 8
    for number in range(8):
        thumbs.get(sample_id(number))
        settle(thumbs, qtbot)
    assert thumbs.kept == 8


def test_pictures_of_another_set_are_not_taken_for_this_ones(thumbs, qtbot, made_set):
    thumbs.get(sample_id(0))
    other = made_set(2, name="other")
    thumb_path(other, sample_id(0)).unlink()
    thumbs.open(other)
    thumbs.get(sample_id(0))
    settle(thumbs, qtbot)
    assert thumbs.missing(sample_id(0))
