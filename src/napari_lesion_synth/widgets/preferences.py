"""A person's preferences, as kept in napari's own dialog.

What belongs to a project is in its project file; here is what goes from one to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PLUGIN", "Preferences", "read_preferences"]

PLUGIN = "napari-lesion-synth"
"""Name in napari's settings."""

_OUTPUT = "lesion-synth"


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's preferences; the defaults are those of the manifest.

    Parameters
    ----------
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``, for what uses PyTorch.
    workers : int
        Processes for batches.
    window : str
        Display window that a CT is opened with: ``"auto liver"``, or a name out of
        `ct.windows.WINDOWS`.
    donors : Path or None
        Library of donor lesions to offer.
    output : Path
        Folder that proposals for sets and projects lie in; it may not exist yet.
    """

    device: str = "auto"
    workers: int = 2
    window: str = "auto liver"
    donors: Path | None = None
    output: Path = Path.home() / _OUTPUT


def read_preferences() -> Preferences:
    """The preferences as they are now.

    Returns
    -------
    Preferences
        The defaults where napari keeps none for this plugin: it is older than 0.9, or the plugin
        is disabled.
    """
    settings = _settings()
    if settings is None:
        return Preferences()
    return Preferences(
        device=settings.computing.device,
        workers=settings.computing.workers,
        window=settings.display.window,
        donors=_folder(settings.folders.donors),
        output=_folder(settings.folders.output) or Preferences().output,
    )


def _settings() -> Any:
    try:
        from napari.settings import get_plugin_settings

        return get_plugin_settings(PLUGIN)
    except (ImportError, KeyError):
        return None


def _folder(text: str) -> Path | None:
    text = text.strip().strip("\"'")
    return Path(text).expanduser() if text else None
