"""The keys of the workbench, once for the cheat sheet and for the documentation."""

from __future__ import annotations

from napari_lesion_synth.widgets.parts.key import Key

__all__ = ["KEYS"]

_CANVAS, _BOTH = "canvas", "canvas and dock"

KEYS = (
    Key("Click", "Place a lesion; on a lesion: select it", _CANVAS),
    Key("Drag", "Move a lesion; with the wheel, through the slices", _CANVAS),
    Key("Alt + click", "Take away from the organ (Click the organ)", _CANVAS),
    Key("Enter", "Keep the selected lesion", _BOTH),
    Key("Delete", "Remove the selected lesion", _BOTH),
    Key("Space", "Before and after", _BOTH),
    Key("Ctrl+Z", "Undo", _BOTH),
    Key("Ctrl+Shift+Z", "Redo", _BOTH),
    Key("R", "Draw again", _CANVAS),
    Key("A", "Preview all methods", _CANVAS),
    Key("D", "Difference", _CANVAS),
    Key("O", "Outline of the label", _CANVAS),
    Key("N", "Next lesion", _CANVAS),
    Key("[", "Smaller by 1 mm", _CANVAS),
    Key("]", "Larger by 1 mm", _CANVAS),
    Key("Esc", "Leave the mouse to napari; again: place by click", _CANVAS),
    Key("?", "This sheet", _BOTH),
)
"""Everything that the workbench does on a key or with the mouse."""
