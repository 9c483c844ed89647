"""The newest picture is in sight, unless the user looks back."""

from __future__ import annotations

import pytest
from PIL import Image

from napari_lesion_synth.widgets.parts.strip_view import StripView

pytestmark = pytest.mark.gui


@pytest.fixture
def view(qtbot):
    made = StripView("Samples", "How to read them.")
    qtbot.addWidget(made)
    return made


@pytest.fixture
def picture(tmp_path):
    """Maker of pictures of a step."""

    def make(step):
        path = tmp_path / f"strip_{step:06d}.png"
        Image.new("L", (64, 16), step % 256).save(path)
        return path

    return make


def test_nothing_is_shown_before_there_is_a_picture(view, picture):
    assert view.isHidden()
    view.add(picture(10))
    assert not view.isHidden()
    assert not view.slider.isEnabled()


def test_the_newest_is_in_sight(view, picture):
    paths = [picture(step) for step in (10, 20, 30)]
    for path in paths:
        view.add(path)
        assert view.current == path
    assert view.label.text() == "step 30"
    assert view.paths == tuple(paths)


def test_who_looks_back_is_left_there(view, picture):
    for step in (10, 20, 30):
        view.add(picture(step))
    with_signal = []
    view.shown.connect(with_signal.append)
    view.slider.setValue(0)
    assert [path.name for path in with_signal] == ["strip_000010.png"]
    view.add(picture(40))
    assert view.label.text() == "step 10"
    view.slider.setValue(3)
    view.add(picture(50))
    assert view.label.text() == "step 50"


def test_a_training_that_goes_on_from_an_earlier_step_drops_the_later_ones(view, picture):
    for step in (10, 20, 30):
        view.add(picture(step))
    view.add(picture(20))
    assert [path.name for path in view.paths] == ["strip_000010.png", "strip_000020.png"]


def test_pictures_are_sorted_by_step_and_one_that_is_gone_is_said(view, picture):
    late, early = picture(200), picture(30)
    view.restart([late, early])
    assert view.paths == (early, late)
    late.unlink()
    view.restart([late, early])
    assert view.label.text() == "step 200: gone"


def test_it_is_as_wide_as_there_is_room_and_no_higher_than_some_lines(view, picture):
    view.add(picture(10))
    height = view.picture.heightForWidth
    assert height(320) == 80
    assert height(100_000) == 14 * view.fontMetrics().height()
