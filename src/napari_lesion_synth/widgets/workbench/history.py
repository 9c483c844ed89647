"""Undo and redo over whole scenes."""

from __future__ import annotations

from dataclasses import dataclass, field

from napari_lesion_synth.widgets.workbench.scene import Scene

__all__ = ["History"]

_MOST = 1000


@dataclass
class History:
    """Scenes that were left, and those that were left by going back.

    A gesture (a slider's drag, a site's drag) is one step: pushes with the same key belong
    together until `seal`.
    """

    _past: list[tuple[Scene, str]] = field(default_factory=list)
    _future: list[tuple[Scene, str]] = field(default_factory=list)
    _open: object = None

    def push(self, left: Scene, what: str, gesture: object = None) -> None:
        """Remember the scene that is being left.

        Parameters
        ----------
        left : Scene
            As it was before the change.
        what : str
            Name of the change, for the buttons, as in "move lesion 3".
        gesture : object
            Changes in a row with the same key are one step; None: a step of its own.
        """
        if gesture is None or gesture != self._open:
            self._past.append((left, what))
            del self._past[:-_MOST]
        self._open = gesture
        self._future.clear()

    def merge_last(self, what: str, first: Scene) -> None:
        """Make the last step one with those before it, back to where `first` was left."""
        while len(self._past) > 1 and self._past[-1][0] is not first:
            del self._past[-1]
        if self._past:
            self._past[-1] = (first, what)

    def seal(self) -> None:
        """End the gesture: the next push is a step of its own."""
        self._open = None

    def undo(self, now: Scene) -> Scene | None:
        """The scene before the last step; None if there is none."""
        self.seal()
        if not self._past:
            return None
        scene, what = self._past.pop()
        self._future.append((now, what))
        return scene

    def redo(self, now: Scene) -> Scene | None:
        """The scene that the last undo left; None if there is none."""
        self.seal()
        if not self._future:
            return None
        scene, what = self._future.pop()
        self._past.append((now, what))
        return scene

    def clear(self) -> None:
        """Forget everything."""
        self._past.clear()
        self._future.clear()
        self.seal()

    @property
    def undo_text(self) -> str:
        """What undo would take back; empty if nothing."""
        return self._past[-1][1] if self._past else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again; empty if nothing."""
        return self._future[-1][1] if self._future else ""

    @property
    def depth(self) -> int:
        """Number of steps that can be undone."""
        return len(self._past)
