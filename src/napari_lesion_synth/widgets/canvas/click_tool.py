"""The plugin's own use of the mouse: place, move, mark. napari's tools are left alone.

The tool acts only while it is switched on and the active layer is in pan/zoom mode, so it never
fights a brush or napari's own way of adding points. A press that begins on a site is the
tool's, and the camera stays; any other press may become a pan, and counts as a click only
where the mouse did not move.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from enum import StrEnum
from typing import Any, Protocol

import numpy as np

__all__ = ["Aim", "ClickTool", "Mode"]

_STILL_PIXELS = 4
_LEFT = 1

Voxel = tuple[float, float, float]


class Mode(StrEnum):
    """What a click does."""

    OFF = "off"
    PLACE = "place"
    ORGAN = "organ"
    FIT = "fit"


class Aim(Protocol):
    """What the tool acts on."""

    def voxel(self, event: Any) -> Voxel | None:
        """Voxel under the mouse; in the 3-D view, where the ray enters the organ."""
        ...

    def site_under(self, voxel: Voxel) -> int | None:
        """Id of the site whose lesion holds the voxel."""
        ...

    def center_of(self, number: int) -> Voxel:
        """Centre of a site."""
        ...

    def pressed(self, number: int) -> None:
        """A site was pressed."""
        ...

    def dragged(self, number: int, center: Voxel) -> None:
        """A site was dragged to a place; called many times."""
        ...

    def dropped(self, number: int) -> None:
        """The drag ended."""
        ...

    def clicked(self, mode: Mode, voxel: Voxel, *, remove: bool) -> None:
        """A place was clicked; with Alt `remove` is true."""
        ...

    def missed(self) -> None:
        """A click met no voxel, or no organ in the 3-D view."""
        ...

    def hand_changed(self) -> None:
        """Clicks are the tool's again, or those of a tool of napari's."""
        ...


class ClickTool:
    """Listens to the mouse of one viewer.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to listen.
    aim : Aim
        What to act on.
    """

    def __init__(self, viewer: Any, aim: Aim) -> None:
        self._viewer = viewer
        self._aim = aim
        self._mode = Mode.OFF
        self._dragging: int | None = None
        self._world: list[float] = []
        self._offset = np.zeros(3)
        viewer.mouse_drag_callbacks.append(self._on_press)
        viewer.mouse_wheel_callbacks.append(self._on_wheel)
        viewer.dims.events.current_step.connect(self._on_step)
        self._watched: Any = None
        self._had_mouse = self.has_mouse
        viewer.layers.selection.events.active.connect(self._on_active)
        self._watch(viewer.layers.selection.active)

    def close(self) -> None:
        """Stop listening."""
        self._mode = Mode.OFF
        for callbacks, own in (
            (self._viewer.mouse_drag_callbacks, self._on_press),
            (self._viewer.mouse_wheel_callbacks, self._on_wheel),
        ):
            if own in callbacks:
                callbacks.remove(own)
        self._viewer.dims.events.current_step.disconnect(self._on_step)
        self._viewer.layers.selection.events.active.disconnect(self._on_active)
        self._watch(None)

    @property
    def mode(self) -> Mode:
        """What a click does now."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        active = self._viewer.layers.selection.active
        if mode is not Mode.OFF and active is not None and not self.has_mouse:
            active.mode = "pan_zoom"

    @property
    def has_mouse(self) -> bool:
        """Whether clicks are the tool's: the active layer has no tool of its own in hand."""
        active = self._viewer.layers.selection.active
        return active is None or str(getattr(active, "mode", "pan_zoom")) == "pan_zoom"

    @property
    def in_hand(self) -> tuple[str, str] | None:
        """Name of the layer whose own tool has the mouse, and the tool; None where none has."""
        active = self._viewer.layers.selection.active
        return None if self.has_mouse else (str(active.name), str(active.mode))

    def _on_active(self, _event: Any = None) -> None:
        self._watch(self._viewer.layers.selection.active)
        self._on_tool()

    def _watch(self, layer: Any) -> None:
        """Hear of the tools of the active layer alone."""
        if self._watched is not None:
            self._watched.events.mode.disconnect(self._on_tool)
        self._watched = layer
        if layer is not None:
            layer.events.mode.connect(self._on_tool)

    def _on_tool(self, _event: Any = None) -> None:
        if self.has_mouse != self._had_mouse:
            self._had_mouse = self.has_mouse
            self._aim.hand_changed()

    @property
    def dragging(self) -> bool:
        """Whether a site is being dragged."""
        return self._dragging is not None

    def _on_press(self, viewer: Any, event: Any) -> Generator[None, None, None]:  # noqa: ARG002
        if self._mode is Mode.OFF or event.button != _LEFT or not self.has_mouse:
            return
        voxel = self._aim.voxel(event)
        start = np.array(event.pos, float)
        number = None if voxel is None else self._aim.site_under(voxel)
        if self._mode is Mode.PLACE and number is not None and voxel is not None:
            yield from self._on_site(event, number, voxel)
            return
        remove = "Alt" in event.modifiers
        still = True
        yield
        while event.type == "mouse_move":
            still = still and np.abs(np.array(event.pos, float) - start).max() <= _STILL_PIXELS
            yield
        if still and voxel is not None:
            event.handled = True
            self._aim.clicked(self._mode, voxel, remove=remove)
        elif still:
            self._aim.missed()

    def _on_site(self, event: Any, number: int, voxel: Voxel) -> Generator[None, None, None]:
        """Hold a site until the button is released."""
        event.handled = True  # the camera must not pan
        self._aim.pressed(number)
        flat = len(event.dims_displayed) == 2
        self._offset = np.subtract(self._aim.center_of(number), voxel)
        self._dragging = number if flat else None
        start, moved = np.array(event.pos, float), False
        try:
            yield
            while event.type == "mouse_move":
                event.handled = True
                moved = moved or np.abs(np.array(event.pos) - start).max() > _STILL_PIXELS
                if moved and flat:
                    self._world = [float(w) for w in event.position]
                    self._drag_to(self._aim.voxel(event))
                yield
            event.handled = True
            if moved and flat:  # vispy leaves out moves that follow one another closely
                self._drag_to(self._aim.voxel(event))
        finally:
            self._dragging, self._world = None, []
            self._aim.dropped(number)

    def _drag_to(self, voxel: Voxel | None) -> None:
        if voxel is not None and self._dragging is not None:
            z, y, x = (float(c) for c in np.add(voxel, self._offset))
            self._aim.dragged(self._dragging, (z, y, x))

    def _on_wheel(self, viewer: Any, event: Any) -> None:
        """While a site is held, the wheel carries it through the slices."""
        if self._dragging is None:
            return
        event.handled = True
        hidden = [axis for axis in viewer.dims.not_displayed if viewer.dims.nsteps[axis] > 1]
        if hidden:
            axis = hidden[-1]
            step = viewer.dims.current_step[axis] + (1 if sum(event.delta) > 0 else -1)
            viewer.dims.set_current_step(axis, int(np.clip(step, 0, viewer.dims.nsteps[axis] - 1)))

    def _on_step(self, _event: Any = None) -> None:
        """The slice changed under a site that is held."""
        if self._dragging is None:
            return
        dims = self._viewer.dims
        world = list(self._world or self._viewer.cursor.position)
        for axis in dims.not_displayed:
            if axis < len(world):
                world[axis] = dims.point[axis]
        self._world = [float(w) for w in world]
        self._drag_to(self._aim.voxel(_At(self._world, dims.displayed)))


class _At:
    """A place in the world, as the part of a mouse event that an `Aim` looks at."""

    def __init__(self, position: Sequence[float], displayed: Sequence[int]) -> None:
        self.position = tuple(position)
        self.dims_displayed = list(displayed)
        self.view_direction = None
