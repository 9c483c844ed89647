"""Noticing that the Organ layer was painted on with napari's own tools."""

from __future__ import annotations

from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

__all__ = ["OrganBrush"]

_RESTED_MS = 700
"""A stroke is often followed by another; the organ is measured when the brush rests."""


class OrganBrush(QObject):
    """Listens to one Labels layer: brush, fill, eraser, and the layer's own undo."""

    rested = Signal()
    """The layer was painted on, and then left alone for a moment."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._layer: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_RESTED_MS)
        self._timer.timeout.connect(self.rested)

    def listen_to(self, layer: Any) -> None:
        """Listen to this layer, and to no other."""
        if layer is self._layer:
            return
        self.close()
        self._layer = layer
        if layer is not None:
            layer.events.labels_update.connect(self._on_painted)
            layer.events.paint.connect(self._on_painted)

    def close(self) -> None:
        """Listen to nothing."""
        self._timer.stop()
        if self._layer is not None:
            self._layer.events.labels_update.disconnect(self._on_painted)
            self._layer.events.paint.disconnect(self._on_painted)
            self._layer = None

    def rest_now(self) -> None:
        """Do not wait until the brush has rested."""
        self._timer.stop()
        self.rested.emit()

    def _on_painted(self, _event: Any = None) -> None:
        self._timer.start()
