"""The sites as a Points layer, in step with the workbench both ways."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.numbers_layer import NumbersLayer
from napari_lesion_synth.widgets.canvas.owned import mark, remove_owned
from napari_lesion_synth.widgets.workbench.scene import PlacedSite, Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["COLUMNS", "SitesLayer", "features_of"]

COLUMNS = (
    "id",
    "zone",
    "depth_mm",
    "diameter_mm",
    "method",
    "seed",
    "contrast_hu",
    "conspicuity",
    "state",
)
"""Columns of the layer's features table."""

_DRAFT, _KEPT = "#ffd147", "#6ee7a8"
_DRAFT_SHAPE, _KEPT_SHAPE = "disc", "square"
_BEHIND_KEPT = " \u2713"


class SitesLayer:
    """Draws a ring around every site, and a square around a kept one, with its number.

    Takes moves, additions and removals made in napari.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    bench : Workbench
        Whose sites they are.
    contrasts : callable
        Contrast in HU of a site by its id, None where it is not known.
    on_error : callable
        Takes a `LesionSynthError` that a move in napari caused.
    """

    def __init__(
        self,
        viewer: Any,
        bench: Workbench,
        contrasts: Callable[[int], float | None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._viewer = viewer
        self._bench = bench
        self._contrasts = contrasts
        self._on_error = on_error
        self._ids: list[int] = []
        self._shown: tuple[PlacedSite, ...] = ()
        self._busy = False
        self.layer: Any = None
        self.numbers = NumbersLayer(viewer)
        self.frame: Frame | None = None

    def show(self, frame: Frame) -> None:
        """Make the layer for a case."""
        self.clear()
        self.frame = frame
        with self._quietly():
            self.numbers.show(frame)
            self.layer = self._viewer.add_points(
                np.empty((0, 2 if frame.flat else 3)),
                name="Sites",
                features=features_of((), Scene(), self._contrasts),
                size=10,
                face_color="transparent",
                border_color=_DRAFT,
                border_width=0.03,
                border_width_is_relative=True,
                opacity=0.9,
                metadata=mark("sites"),
                **frame.options(),
            )
        self.layer.events.data.connect(self._on_data)
        self.layer.selected_data.events.items_changed.connect(self._on_selected)
        self.layer.events.visible.connect(self._on_visible)
        self._shown = ()

    def clear(self) -> None:
        """Take the layer away."""
        with self._quietly():
            remove_owned(self._viewer, [self.layer])
            self.numbers.clear()
        self.layer, self.frame, self._ids, self._shown = None, None, [], ()

    def update(self, scene: Scene) -> None:
        """Bring the layer in step with the scene."""
        if self.layer is None or self.frame is None:
            return
        if self.layer not in self._viewer.layers:
            self.show(self.frame)
        frame = self.frame
        with self._quietly():
            if _geometry(scene.sites) != _geometry(self._shown):
                self._ids = [placed.id for placed in scene.sites]
                voxels = np.array([placed.site.center for placed in scene.sites])
                self.layer.selected_data = set()
                self.layer.data = frame.shown_points(voxels)
                if scene.sites:
                    step = abs(frame.scale[-1])
                    self.layer.size = [p.site.diameter_mm / step for p in scene.sites]
            self._shown = scene.sites
            self.layer.features = features_of(scene.sites, scene, self._contrasts)
            self._tell_kept_apart(scene)
            self._select(scene.selected)

    def _tell_kept_apart(self, scene: Scene) -> None:
        """By colour, by shape and in words, so that one of them is enough."""
        kept = {commit.placed.id for commit in scene.commits}
        colors = [_KEPT if number in kept else _DRAFT for number in self._ids]
        labels = [f"{number}{_BEHIND_KEPT if number in kept else ''}" for number in self._ids]
        if scene.sites:
            self.layer.border_color = colors
            self.layer.symbol = [
                _KEPT_SHAPE if number in kept else _DRAFT_SHAPE for number in self._ids
            ]
        self.numbers.update(scene.sites, labels, colors)

    def move(self, scene: Scene) -> bool:
        """Move rings alone, many times a second; False where the scene differs in more.

        The features table is left for later, see `update_features`.
        """
        same = self.layer is not None and self.layer in self._viewer.layers
        if not same or _sizes(scene.sites) != _sizes(self._shown) or self.frame is None:
            return False
        if _geometry(scene.sites) == _geometry(self._shown):
            self._shown = scene.sites
            return True
        voxels = np.array([placed.site.center for placed in scene.sites])
        with self._quietly():
            self.layer.data[...] = self.frame.shown_points(voxels)
            self.layer.refresh(thumbnail=False, extent=False)
            self.numbers.move(scene.sites)
        self._shown = scene.sites
        return True

    def update_features(self, scene: Scene) -> None:
        """Bring the table alone in step, after a contrast became known."""
        if self.layer is not None and len(self._ids) == len(scene.sites):
            with self._quietly():
                self.layer.features = features_of(scene.sites, scene, self._contrasts)

    def _select(self, number: int | None) -> None:
        chosen = {self._ids.index(number)} if number in self._ids else set()
        if set(self.layer.selected_data) != chosen:
            self.layer.selected_data = chosen

    @contextmanager
    def _quietly(self) -> Any:
        """Changes made here are not the user's."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    def _on_selected(self, *_: Any) -> None:
        if self._busy or self.layer is None:
            return
        chosen = [i for i in self.layer.selected_data if i < len(self._ids)]
        if len(chosen) == 1:
            self._bench.select(self._ids[chosen[0]])

    def show_numbers(self, *, on: bool) -> None:
        """Take the numbers away while a site is dragged: a layer more halves the frames."""
        if self.layer is not None:
            self.numbers.set_visible(on and bool(self.layer.visible))

    def _on_visible(self, _event: Any = None) -> None:
        self.show_numbers(on=True)

    def _on_data(self, event: Any) -> None:
        """A point was added, moved or deleted with napari's own tools."""
        if self._busy or self.frame is None:
            return
        action = str(getattr(event.action, "value", event.action))
        if action not in ("added", "removed", "changed"):
            return
        try:
            self._take(action, [int(i) for i in np.atleast_1d(event.data_indices)])
        except LesionSynthError as error:
            self._on_error(error)
        finally:
            self._shown = ()
            self.update(self._bench.scene)

    def _take(self, action: str, indices: list[int]) -> None:
        assert self.frame is not None
        if action == "removed":
            left = len(self._ids)
            gone = {i % left for i in indices if left}
            self._bench.remove([self._ids[i] for i in gone])
            return
        points = np.asarray(self.layer.data)
        for index in indices:
            voxel = self.frame.voxel_of_point(points[index])
            if action == "added":
                self._bench.place(voxel)
            else:
                self._bench.move(self._ids[index], voxel)


def features_of(
    sites: tuple[PlacedSite, ...], scene: Scene, contrasts: Callable[[int], float | None]
) -> pd.DataFrame:
    """The features table, one row a site."""
    rows = []
    for placed in sites:
        contrast = contrasts(placed.id)
        diameter = placed.site.diameter_mm
        kept = scene.commit_of(placed.id) is not None
        rows.append(
            (
                placed.id,
                placed.site.zone.value,
                round(placed.site.depth_mm, 1),
                round(diameter, 1),
                placed.method,
                placed.seed,
                np.nan if contrast is None else round(contrast, 1),
                np.nan if contrast is None else round(abs(contrast) * diameter, 0),
                "kept" if kept else "draft",
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _sizes(sites: tuple[PlacedSite, ...]) -> list[tuple[Any, ...]]:
    return [(placed.id, placed.site.diameter_mm) for placed in sites]


def _geometry(sites: tuple[PlacedSite, ...]) -> list[tuple[Any, ...]]:
    return [(placed.id, placed.site.center, placed.site.diameter_mm) for placed in sites]
