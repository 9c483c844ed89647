"""A form is made from the model alone, and tells values from gestures."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.widgets.parts.fields import fields_of
from napari_lesion_synth.widgets.parts.form import ParameterForm

pytestmark = pytest.mark.gui

Angle = Annotated[float, Field(ge=-90, le=90)]


class Color(StrEnum):
    RED = "red"
    DARK_BLUE = "dark_blue"


class Model(BaseModel):
    """One field of every kind."""

    size_mm: float = Field(
        5.0,
        ge=0,
        le=100,
        description="How large it is.",
        json_schema_extra={"usual": [0, 20], "step": 0.5},
    )
    count: int = Field(3, ge=1, le=9)
    on: bool = Field(True, description="Whether it is on.")
    color: Color = Color.RED
    way: Literal["up", "down"] = "down"
    turn: tuple[Angle, Angle, Angle] = Field(
        (0, 0, 0), json_schema_extra={"parts": ["z", "y", "x"]}
    )
    gain: float | None = Field(None, gt=0, le=4)
    seed: int = Field(7, ge=0, le=2**32 - 1)
    outline: tuple[float, ...] = ()
    note: str = ""
    was_odd: bool = Field(False, json_schema_extra={"record": True})


@pytest.fixture
def form(qtbot):
    form = ParameterForm(Model)
    qtbot.addWidget(form)
    with qtbot.waitExposed(form):
        form.show()
    form.heard = []
    form.value_changed.connect(lambda name, value: form.heard.append((name, value)))
    form.edited.connect(lambda name: form.heard.append((name, "edited")))
    return form


def test_every_field_that_a_control_fits_is_there(form):
    assert form.names == ("size_mm", "count", "on", "color", "way", "turn", "gain", "seed")
    assert form.values() == {name: Model.model_fields[name].get_default() for name in form.names}


def test_labels_ranges_and_help_come_from_the_model(form):
    control = form.control("size_mm")
    assert form.label("size_mm").text() == "Size (mm)"
    assert (control.box.minimum(), control.box.maximum()) == (0, 100)
    assert control.slider.maximum() == 40
    assert control.box.decimals() == 1
    for one in (control.box, control.slider):
        assert "How large it is." in one.toolTip()
        assert one.accessibleName() == "Size (mm)"
        assert one.accessibleDescription() == "How large it is."
    assert form.control("color").combo.itemText(1) == "Dark blue"
    assert form.control("on").check.text() == "On"
    assert form.control("seed").slider is None
    assert [box.accessibleName() for box in form.control("turn").boxes] == [
        "Turn, z",
        "Turn, y",
        "Turn, x",
    ]


def test_an_open_bound_is_not_offered():
    (gain,) = fields_of(Model, ["gain"])
    assert gain.optional
    assert 0 < gain.low < 0.1
    assert gain.high == 4


def test_the_projects_models_have_a_control_for_every_choice(qtbot):
    for model, left_out in ((SigmoidParams, {"outline"}), (PoissonParams, {"mean_offset"})):
        form = ParameterForm(model)
        qtbot.addWidget(form)
        assert set(model.model_fields) - set(form.names) == left_out
        assert model(**form.values()) == model()
        for field in fields_of(model):
            assert field.help
            assert model.model_fields[field.name].title == field.label


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match=r"Model has no field 'sise'; it has size_mm"):
        ParameterForm(Model, ["sise"])


def test_advanced_fields_are_folded(qtbot):
    form = ParameterForm(Model, ["on", "size_mm"], advanced=["count"])
    qtbot.addWidget(form)
    form.show()
    assert form.names == ("on", "size_mm", "count")
    assert not form.control("count").isVisible()
    qtbot.mouseClick(form.advanced.header, Qt.MouseButton.LeftButton)
    assert form.control("count").isVisible()


def drag(qtbot, slider, to: float, steps: int = 8) -> None:
    """Drag a slider's handle to a share of its width, and let go."""
    from qtpy.QtWidgets import QStyle, QStyleOptionSlider

    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    start = (
        slider.style()
        .subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
        )
        .center()
    )
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    for number in range(1, steps + 1):
        x = start.x() + (to * slider.width() - start.x()) * number / steps
        qtbot.mouseMove(slider, QPoint(round(x), start.y()))
        at = QPointF(x, start.y())
        move = _mouse(QEvent.Type.MouseMove, slider, at)
        QApplication.sendEvent(slider, move)
    qtbot.mouseRelease(
        slider, Qt.MouseButton.LeftButton, pos=QPoint(round(to * slider.width()), start.y())
    )


def _mouse(kind, widget, at):
    from qtpy.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    place = QPointF(widget.mapToGlobal(at.toPoint()))
    return QMouseEvent(kind, at, place, left, left, Qt.KeyboardModifier.NoModifier)


def test_one_slide_is_one_gesture(qtbot, form):
    drag(qtbot, form.control("size_mm").slider, 0.9)
    values = [value for name, value in form.heard if value != "edited"]
    assert len(values) > 3
    assert values == sorted(values)
    assert form.heard.count(("size_mm", "edited")) == 1
    assert form.heard[-1] == ("size_mm", "edited")
    assert form.values()["size_mm"] == values[-1] == form.control("size_mm").box.value()


def test_a_resting_hand_does_not_end_a_slide(qtbot, form):
    slider = form.control("size_mm").slider
    slider.setSliderDown(True)
    slider.setValue(30)
    assert not form.control("size_mm")._settle.isActive()
    slider.setSliderDown(False)
    assert form.heard == [("size_mm", 15.0), ("size_mm", "edited")]


def test_presses_of_a_key_in_a_row_are_one_gesture(qtbot, form):
    slider = form.control("size_mm").slider
    slider.setFocus()
    with qtbot.waitSignal(form.edited) as edited:
        for _ in range(3):
            qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert edited.args == ["size_mm"]
    assert [value for _, value in form.heard] == [5.5, 6.0, 6.5, "edited"]


def test_a_typed_number_counts_when_it_is_complete(qtbot, form):
    box = form.control("size_mm").box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "37,5")
    assert form.heard == []
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert form.heard == [("size_mm", 37.5), ("size_mm", "edited")]
    assert form.control("size_mm").slider.value() == 40  # as far as it reaches


def test_a_number_outside_the_range_cannot_be_typed(qtbot, form):
    box = form.control("size_mm").box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "999")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert form.values()["size_mm"] == 99.0


def test_choices_and_switches_are_gestures_of_one_step(qtbot, form):
    qtbot.mouseClick(form.control("on").check, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    qtbot.keyClick(form.control("color").combo, Qt.Key.Key_Down)
    qtbot.keyClick(form.control("way").combo, Qt.Key.Key_Up)
    assert form.heard == [
        ("on", False),
        ("on", "edited"),
        ("color", Color.DARK_BLUE),
        ("color", "edited"),
        ("way", "up"),
        ("way", "edited"),
    ]


def test_a_tuple_is_told_as_a_whole(qtbot, form):
    form.set_values({"turn": [10, 20, 30]})
    box = form.control("turn").boxes[1]
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert form.heard == [("turn", (10, 21, 30)), ("turn", "edited")]


def test_an_optional_number_is_left_to_the_program_or_taken(qtbot, form):
    control = form.control("gain")
    assert control.auto.isChecked()
    assert not control.slider.isEnabled()
    form.set_auto("gain", 1.5)
    assert control.box.value() == 1.5
    assert form.heard == []
    qtbot.mouseClick(control.auto, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert control.slider.isEnabled()
    qtbot.mouseClick(control.auto, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert form.heard == [
        ("gain", 1.5),
        ("gain", "edited"),
        ("gain", None),
        ("gain", "edited"),
    ]


def test_values_are_shown_silently_and_kept_exactly(form):
    exact = {
        "size_mm": 12.3456,
        "color": "dark_blue",
        "gain": 0.123,
        "turn": [1.5, 2, 3],
        "on": False,
    }
    form.set_values({**exact, "outline": [1.0], "unknown": 3})
    assert form.heard == []
    values = form.values()
    assert values["size_mm"] == 12.3456
    assert values["color"] is Color.DARK_BLUE
    assert values["gain"] == 0.123
    assert values["turn"] == (1.5, 2, 3)
    assert values["on"] is False
    assert json.loads(json.dumps(values))["color"] == "dark_blue"


def test_the_same_value_again_leaves_half_a_number_alone(qtbot, form):
    box = form.control("size_mm").box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "1")
    form.set_values({"size_mm": 5.0})
    assert box.text() == "1"


def test_pinned_fields_are_bold_and_can_be_released(qtbot, form):
    form.set_pinned({"size_mm", "on", "outline"})
    assert form.pinned == {"size_mm", "on"}
    button = form.release_button("size_mm")
    assert button.isVisible()
    assert button.accessibleName() == "Draw Size (mm) again"
    assert form.label("size_mm").font().bold()
    assert form.label("on").font().bold()
    assert not form.release_button("count").isVisible()
    with qtbot.waitSignal(form.released) as released:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert released.args == ["size_mm"]
    form.set_pinned(())
    assert not button.isVisible()
    assert not form.label("size_mm").font().bold()


def test_pinning_moves_nothing(qtbot, form):
    before = form.control("size_mm").geometry()
    form.set_pinned({"size_mm"})
    QApplication.processEvents()
    assert form.control("size_mm").geometry().right() == before.right()


def test_fields_that_make_no_difference_can_be_hidden(form):
    form.set_pinned({"gain"})
    form.set_hidden({"gain"})
    assert not form.control("gain").isVisible()
    assert not form.release_button("gain").isVisible()
    form.set_hidden(())
    assert form.control("gain").isVisible()
    assert form.release_button("gain").isVisible()


def wheel(widget) -> QWheelEvent:
    at = QPointF(widget.rect().center())
    return QWheelEvent(
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


def test_the_wheel_changes_only_what_has_the_focus(qtbot, form):
    with qtbot.waitActive(form):
        form.activateWindow()
    focused = form.control("count").slider
    focused.setFocus()
    qtbot.waitUntil(focused.hasFocus)
    for widget in (
        form.control("size_mm").slider,
        form.control("size_mm").box,
        form.control("color").combo,
    ):
        event = wheel(widget)
        QApplication.sendEvent(widget, event)
        assert not event.isAccepted()
    assert form.heard == []
    QApplication.sendEvent(focused, wheel(focused))
    assert form.heard[0][0] == "count"


def test_a_thousand_events_of_a_slide_are_told_one_by_one(form):
    slider = form.control("size_mm").slider
    slider.setSliderDown(True)
    for number in range(1000):
        slider.setValue(number % 2 + 20)
    slider.setSliderDown(False)
    assert len(form.heard) == 1001
    assert form.heard.count(("size_mm", "edited")) == 1


def test_it_fits_the_narrow_dock(qtbot):
    for model in (SigmoidParams, PoissonParams):
        form = ParameterForm(model)
        qtbot.addWidget(form)
        form.set_pinned(form.names)
        assert form.minimumSizeHint().width() <= 340
