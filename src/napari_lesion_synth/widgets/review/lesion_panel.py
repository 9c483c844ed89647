"""One lesion in three planes: after, before, or what has changed."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from napari_lesion_synth.ct.windows import LIVER, Window, liver_window
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.widgets.parts.images import PlanesView
from napari_lesion_synth.widgets.parts.layout import button, note
from napari_lesion_synth.widgets.review.canvas_lesion import Look

__all__ = ["LesionPanel"]

_CHANGE = Window("difference", 0, 200)
_TIPS = {
    Look.AFTER: "The tissue with the lesion. (Space)",
    Look.BEFORE: "The tissue without it. (Space)",
    Look.DIFFERENCE: "What has changed; mid-grey is nothing, black 100 HU darker. (D)",
}


class LesionPanel(QWidget):
    """Three planes through the chosen lesion, with what is known of it.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    look_changed = Signal(object)
    """The `Look`."""
    outline_changed = Signal(bool)
    """Whether the label is to be outlined."""
    host_wanted = Signal()
    """The user wants to have the lesion's CT opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._patch: Patch | None = None
        self.facts = note(name="The chosen lesion")
        self.facts.setMinimumHeight(2 * self.facts.fontMetrics().lineSpacing() + 2)
        self.planes = PlanesView()
        self.looks = {
            look: button(look.value.capitalize(), _TIPS[look], checkable=True) for look in Look
        }
        self._group = QButtonGroup(self)
        for made in self.looks.values():
            self._group.addButton(made)
        self.looks[Look.AFTER].setChecked(True)
        self.outline = button(
            "Outline", "Outline of the label, here and on the canvas. (O)", checkable=True
        )
        self.outline.setChecked(True)
        self.open_host = button(
            "Open its CT",
            "Open the lesion's CT in the workbench, to see it in place.",
            self.host_wanted.emit,
        )
        self.open_host.hide()
        self._lay_out()
        self._group.buttonClicked.connect(self._on_look)
        self.outline.toggled.connect(self.planes.set_outline)
        self.outline.toggled.connect(self.outline_changed)
        self.clear()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for made in (*self.looks.values(), self.outline):
            buttons.addWidget(made)
        buttons.addStretch(1)
        buttons.addWidget(self.open_host)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(3)
        layout.addLayout(buttons)
        layout.addWidget(self.planes)
        layout.addWidget(self.facts)
        layout.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Planes are squares: their height follows from the width, and none is cut off."""
        super().resizeEvent(event)
        self.planes.setMinimumHeight(self.planes.heightForWidth(self.planes.width()))

    @property
    def look(self) -> Look:
        """What is shown."""
        return next(look for look, made in self.looks.items() if made.isChecked())

    def show_patch(self, patch: Patch) -> None:
        """Show a lesion's tissue."""
        self._patch = patch
        self._draw()

    def say(self, text: str) -> None:
        """Show the facts of a lesion, or what is wrong with it."""
        self.facts.setText(text)

    def clear(self, text: str = "Choose a lesion to see it here.") -> None:
        """Show no tissue, and say why."""
        self._patch = None
        self.planes.clear()
        self.say(text)

    def toggle_before(self) -> None:
        """Before, or after again."""
        self.set_look(Look.AFTER if self.look is Look.BEFORE else Look.BEFORE)

    def toggle_difference(self) -> None:
        """The difference, or after again."""
        self.set_look(Look.AFTER if self.look is Look.DIFFERENCE else Look.DIFFERENCE)

    def toggle_outline(self) -> None:
        """With the outline, or without."""
        self.outline.toggle()

    def set_look(self, look: Look) -> None:
        """Show another state."""
        self.looks[look].setChecked(True)
        self._on_look()

    def _on_look(self, *_: object) -> None:
        self._draw()
        self.look_changed.emit(self.look)

    def _draw(self) -> None:
        patch = self._patch
        if patch is None:
            return
        hu, window = patch.after, _window(patch)
        if self.look is Look.BEFORE:
            hu = patch.before
        elif self.look is Look.DIFFERENCE:
            hu = (patch.after.astype(np.int32) - patch.before).astype(np.int16)
            window = _CHANGE
        outline = self.outline.isChecked()
        self.planes.show_planes(hu, patch.mask, patch.spacing, window, outline=outline)


def _window(patch: Patch) -> Window:
    """The liver window for the tissue around the lesion."""
    tissue = patch.before[patch.support]
    return liver_window(float(np.median(tissue))) if tissue.size else LIVER
