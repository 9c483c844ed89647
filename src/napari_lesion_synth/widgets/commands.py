"""Commands in napari's menus and palette; the manifest names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import napari.viewer
from qtpy.QtWidgets import QDockWidget, QWidget

from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

if TYPE_CHECKING:
    from napari_lesion_synth.widgets.review import ReviewWidget

__all__ = ["open_ct", "open_project", "open_set", "review", "workbench"]

_NAME = "Synthesize lesions (Lesion Synth)"
"""What napari's own menu calls the dock: it finds the one that was opened here, and shuts it."""

_REVIEW = "Review samples (Lesion Synth)"


def open_ct(viewer: napari.viewer.Viewer) -> None:
    """Ask for a CT and open it in the workbench.

    Parameters
    ----------
    viewer : napari.Viewer
        Given by napari.
    """
    workbench(viewer).open_case_dialog()


def open_project(viewer: napari.viewer.Viewer) -> None:
    """Ask for a project and open it in the workbench.

    Parameters
    ----------
    viewer : napari.Viewer
        Given by napari.
    """
    workbench(viewer).open_project_dialog()


def open_set(viewer: napari.viewer.Viewer) -> None:
    """Ask for a generated set and open it for review.

    Parameters
    ----------
    viewer : napari.Viewer
        Given by napari.
    """
    review(viewer).gallery.ask_set()


def review(viewer: napari.viewer.Viewer) -> ReviewWidget:
    """The dock widget "Review samples" of a viewer, in view; it is made where there is none.

    Parameters
    ----------
    viewer : napari.Viewer
        The real one, or napari's proxy of it.
    """
    from napari_lesion_synth.widgets.review import ReviewWidget

    for widget in dict(viewer.window.dock_widgets).values():
        if isinstance(widget, ReviewWidget):
            _raise(widget)
            return widget
    made = ReviewWidget(viewer)
    viewer.window.add_dock_widget(made, name=_REVIEW, tabify=True)
    return made


def workbench(viewer: napari.viewer.Viewer) -> SynthesizeWidget:
    """The dock widget "Synthesize lesions" of a viewer, in view; it is made where there is none.

    napari names a dock by the plugin's display name if its menu opens it, but by the plugin's
    name if `Window.add_plugin_dock_widget` or the command line does. So it is looked for by what
    it is: a second workbench on the same layers would be in the way of the first.

    Parameters
    ----------
    viewer : napari.Viewer
        The real one, or napari's proxy of it.
    """
    for widget in dict(viewer.window.dock_widgets).values():
        if isinstance(widget, SynthesizeWidget):
            _raise(widget)
            return widget
    made = SynthesizeWidget(viewer)
    viewer.window.add_dock_widget(made, name=_NAME, tabify=True)
    return made


def _raise(widget: QWidget) -> None:
    parent: QWidget | None = widget
    while parent is not None and not isinstance(parent, QDockWidget):
        parent = parent.parentWidget()
    if parent is not None:
        parent.show()
        parent.raise_()
