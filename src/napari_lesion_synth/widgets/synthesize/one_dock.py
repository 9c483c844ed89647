"""One workbench a window, by whatever name napari opens it."""

from __future__ import annotations

from typing import Any

from qtpy.QtWidgets import QDockWidget, QWidget

__all__ = ["OnePerViewer", "dock_of"]


class OnePerViewer(type(QWidget)):  # type: ignore[misc]
    """Of a widget's class: a viewer that has one docked gives that one, in place of a new one.

    napari knows docks by their names, and its menus call a plugin's widget otherwise than its
    command line and `Window.add_plugin_dock_widget` do. So it makes a second widget, and puts
    what it gets into a second dock. A second workbench on the same layers would be in the way of
    the first; so the first one moves over, and takes the dock that it left away.
    """

    def __call__(cls, napari_viewer: Any, *args: Any, **more: Any) -> Any:
        """Make the widget, or give the one that is there."""
        for widget in dict(napari_viewer.window.dock_widgets).values():
            if isinstance(widget, cls):
                return getattr(widget, "__wrapped__", widget)  # napari shows plugins a proxy
        return super().__call__(napari_viewer, *args, **more)


def dock_of(widget: QWidget) -> QDockWidget | None:
    """The dock that holds a widget itself; None where none does."""
    parent = widget.parentWidget()
    return parent if isinstance(parent, QDockWidget) else None
