"""What commands that open a window have in common."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from napari_lesion_synth.errors import LesionSynthError

__all__ = ["Screen", "require_display"]

Screen = Annotated[
    int, typer.Option(min=0, help="Number of the screen that the participant sees, from 0.")
]


def require_display(window: str, otherwise: str) -> None:
    """See that there is something to show a window on.

    Parameters
    ----------
    window : str
        Module of the window.
    otherwise : str
        What can be done without one.

    Raises
    ------
    LesionSynthError
        If there is nothing to show it on, or Qt is missing.
    """
    unix = sys.platform not in ("win32", "darwin")
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if unix and not shown and not os.environ.get("QT_QPA_PLATFORM"):
        raise LesionSynthError(
            "there is no display for the participant's window",
            remedy=f"Run this where a screen is, or {otherwise}",
        )
    if find_spec("qtpy") is None or find_spec(window.rsplit(".", 1)[0]) is None:
        raise LesionSynthError(
            "the participant's window needs Qt, which is not installed",
            remedy="pip install 'napari-lesion-synth[napari]'",
        )
