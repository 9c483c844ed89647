"""Which screen a participant sees."""

from __future__ import annotations

from typing import cast

from qtpy.QtGui import QScreen
from qtpy.QtWidgets import QApplication, QWidget

from napari_lesion_synth.widgets.parts.inputs import Choice

__all__ = ["ScreenChoice"]


class ScreenChoice(Choice):
    """The screens of this computer, as they come and go.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Screens are told apart by the whole text.
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToContents)
        self.setToolTip("The participant's screen is usually not the one that napari is on.")
        self._application = cast("QApplication", QApplication.instance())
        self._application.screenAdded.connect(self._list)
        self._application.screenRemoved.connect(self._list)
        self._list()

    @property
    def chosen(self) -> QScreen:
        """The screen."""
        return cast("QScreen", self.currentData())

    def close_part(self) -> None:
        """Let the application go."""
        self._application.screenAdded.disconnect(self._list)
        self._application.screenRemoved.disconnect(self._list)

    def _list(self, *_: object) -> None:
        kept = self.currentIndex()
        self.clear()
        screens = QApplication.screens()
        for number, screen in enumerate(screens):
            size = screen.geometry().size() * screen.devicePixelRatio()
            name = f"{number}: {size.width()} x {size.height()}, {screen.refreshRate():.0f} Hz"
            self.addItem(name, screen)
        self.setCurrentIndex(kept if 0 <= kept < len(screens) else len(screens) - 1)
