"""The keys of the workbench: one table for the bindings, the cheat sheet and the docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QShortcut,
    QWidget,
)

from napari_lesion_synth.widgets.canvas.owned import FINDINGS, is_owned
from napari_lesion_synth.widgets.synthesize.key_table import KEYS

__all__ = ["CANVAS_KEYS", "KEYS", "KeyBindings"]

CANVAS_KEYS = {
    "Enter": "keep",
    "Delete": "remove",
    "Space": "before",
    "Control-Z": "undo",
    "Control-Shift-Z": "redo",
    "R": "again",
    "A": "all",
    "D": "difference",
    "O": "outline",
    "N": "next",
    "[": "smaller",
    "]": "larger",
    "Escape": "mouse",
    "?": "help",
}
_DOCK_KEYS = {
    "Return": "keep",
    "Ctrl+Z": "undo",
    "Ctrl+Shift+Z": "redo",
    "?": "help",
}


class KeyBindings:
    """Binds the keys while the dock widget is there.

    On the canvas they go to layers of ours, which come before napari's own bindings, and to the
    viewer for all other layers, where a layer's own keys come first: a brush keeps its undo.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose canvas.
    dock : QWidget
        Whose controls.
    actions : mapping
        What each action does, by its name.
    """

    def __init__(
        self, viewer: Any, dock: QWidget, actions: Mapping[str, Callable[[], Any]]
    ) -> None:
        self._viewer = viewer
        self._actions = actions
        self._replaced: dict[str, Any] = {}
        self._shortcuts = []
        for key, name in CANVAS_KEYS.items():
            self._replaced[key] = viewer.bind_key(key, _calling(actions[name]), overwrite=True)
        for key, name in _DOCK_KEYS.items():
            shortcut = QShortcut(QKeySequence(key), dock)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(_unless_typing, key, actions[name]))
            self._shortcuts.append(shortcut)
        viewer.layers.events.inserted.connect(self._on_inserted)
        for layer in viewer.layers:
            self._bind(layer)

    def close(self) -> None:
        """Give the keys back."""
        self._viewer.layers.events.inserted.disconnect(self._on_inserted)
        for key, before in self._replaced.items():
            self._viewer.bind_key(key, before, overwrite=True)
        for shortcut in self._shortcuts:
            shortcut.setEnabled(False)
        self._replaced, self._shortcuts = {}, []

    def _on_inserted(self, event: Any) -> None:
        self._bind(event.value)

    def _bind(self, layer: Any) -> None:
        """Our own layers have no tools of napari's to keep keys for, but for the organ's brush.

        Those of a detection have keys of their own.
        """
        if not is_owned(layer) or is_owned(layer, "organ", *FINDINGS):
            return
        for key, name in CANVAS_KEYS.items():
            layer.bind_key(key, _calling(self._actions[name]), overwrite=True)


def _unless_typing(key: str, action: Callable[[], Any]) -> None:
    """Enter ends typing a number, and presses a button; it keeps a lesion elsewhere only."""
    busy = (QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit)
    if key != "Return" or not isinstance(QApplication.focusWidget(), busy):
        action()


def _calling(action: Callable[[], Any]) -> Callable[[Any], None]:
    def call(_bound: Any = None) -> None:
        action()

    return call
