"""A page that is scrolled where docks share the height of a small window, and not squeezed."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtGui import QResizeEvent
from qtpy.QtWidgets import QFrame, QScrollArea, QWidget

__all__ = ["ScrolledPage"]


class ScrolledPage(QScrollArea):
    """Gives a page all of its room, and at least what the page needs.

    Qt's own `widgetResizable` gives a page with wrapped text the height that it would like best,
    and scrolls where that is not there, even if the page could do with less.

    Parameters
    ----------
    page : QWidget
        What is shown.
    """

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)
        page.installEventFilter(self)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Follow the room."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow what the page needs."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return bool(super().eventFilter(watched, event))

    def _fit(self) -> None:
        page, room = self.widget(), self.viewport().size()
        if page is not None:
            page.resize(room.width(), max(room.height(), _needed(page, room.width())))


def _needed(page: QWidget, width: int) -> int:
    """Least height; wrapped text needs the more of it, the narrower the page."""
    least, layout = int(page.minimumSizeHint().height()), page.layout()
    if layout is None or not layout.hasHeightForWidth():
        return least
    return max(least, int(layout.minimumHeightForWidth(width)))
