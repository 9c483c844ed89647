"""A combo box of the viewer's layers of one kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QComboBox, QSizePolicy, QWidget

__all__ = ["LayerCombo"]

_LETTERS = 12


class LayerCombo(QComboBox):
    """Follows the layer list: what is added, removed and renamed.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose layers.
    accept : callable
        Which layers are worth offering.
    nothing : str
        Text of the entry for no layer.
    """

    def __init__(
        self,
        viewer: Any,
        accept: Callable[[Any], bool],
        nothing: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._accept, self._nothing = viewer, accept, nothing
        self._layers: list[Any] = []
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_LETTERS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        events = viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered):
            event.connect(self._fill)
        self._fill()

    def disconnect_viewer(self) -> None:
        """Stop following."""
        events = self._viewer.layers.events
        for event in (events.inserted, events.removed, events.reordered):
            event.disconnect(self._fill)
        for layer in self._layers:
            layer.events.name.disconnect(self._rename)
        self._layers = []

    @property
    def layer(self) -> Any:
        """The layer chosen; None for none."""
        place = self.currentIndex() - 1
        return self._layers[place] if 0 <= place < len(self._layers) else None

    @property
    def layers(self) -> tuple[Any, ...]:
        """The layers on offer."""
        return tuple(self._layers)

    def choose(self, layer: Any) -> None:
        """Choose a layer, or none."""
        self.setCurrentIndex(self._layers.index(layer) + 1 if layer in self._layers else 0)

    def _fill(self, _event: Any = None) -> None:
        chosen = self.layer
        for layer in self._layers:
            layer.events.name.disconnect(self._rename)
        self._layers = [layer for layer in self._viewer.layers if self._accept(layer)]
        for layer in self._layers:
            layer.events.name.connect(self._rename)
        self.blockSignals(True)
        self.clear()
        self.addItem(self._nothing)
        self.addItems([layer.name for layer in self._layers])
        self.choose(chosen)
        self.blockSignals(False)

    def _rename(self, _event: Any = None) -> None:
        for place, layer in enumerate(self._layers):
            self.setItemText(place + 1, layer.name)
