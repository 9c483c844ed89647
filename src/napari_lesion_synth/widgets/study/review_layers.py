"""One group of layers in napari for the photo under review: made once, then updated in place."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from napari_lesion_synth.perception.gaze.geometry import napari_points
from napari_lesion_synth.perception.stimuli.areas import Areas
from napari_lesion_synth.widgets.canvas.owned import mark, remove_owned
from napari_lesion_synth.widgets.study.looked import Looked, View

__all__ = ["LAYERS", "ReviewLayers"]

PHOTO, AREAS, HEAT, PATH, FIXATIONS, NOW = LAYERS = (
    "study photo",
    "study areas",
    "study heatmap",
    "study scanpath",
    "study fixations",
    "study gaze now",
)
"""Roles of the layers, from below."""

_NAMES = dict(
    zip(
        LAYERS,
        ("Photo", "Areas", "Heatmap", "Scanpath", "Fixations", "Gaze at the time"),
        strict=True,
    )
)
_LARGEST = 0.09
"""Diameter of a fixation of 1 s, as a share of the photo's longer side."""

_SMALLEST_S = 0.02
_PATH_COLOR, _NOW_COLOR = "#56b4e9", "#ff4d4d"
_FACE = "#f0e442"


class ReviewLayers:
    """Shows one photo with its gaze.

    Parameters
    ----------
    viewer : napari.Viewer
        Where.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._layers: dict[str, Any] = {}
        self._looked: Looked | None = None

    def layer(self, role: str) -> Any:
        """A layer of the group; None where it is not there, or somebody took it away."""
        layer = self._layers.get(role)
        return layer if layer is not None and layer in self._viewer.layers else None

    def clear(self) -> None:
        """Take all away."""
        remove_owned(self._viewer, self._layers.values())
        self._layers, self._looked = {}, None

    def show(self, looked: Looked) -> None:
        """Show another photo, or the same with other gaze."""
        before = self._looked
        self._looked = looked
        if any(self.layer(role) is None for role in LAYERS):
            self.clear()
            self._looked = looked
            self._make(looked)
            self._viewer.layers.selection.active = self._layers[FIXATIONS]
        else:
            self._update(looked, same=before is not None and before.photo.id == looked.photo.id)
        self.show_time(None)
        if before is None or before.photo.id != looked.photo.id:
            self._viewer.reset_view()

    def show_time(self, seconds: float | None) -> None:
        """Show the gaze at a time after the photo's appearance; None: all of it."""
        looked, now, points = self._looked, self.layer(NOW), self.layer(FIXATIONS)
        if looked is None or now is None or points is None:
            return
        seen = [_at(view, seconds) for view in looked.views] if seconds is not None else []
        now.data = np.array([place for place in seen if place is not None]).reshape(-1, 2)
        starts = [fixation.start_s for fixation in looked.fixations]
        points.shown = np.array([seconds is None or start <= seconds for start in starts], np.bool_)

    def areas(self) -> Areas | None:
        """The areas as they are painted now; None where nothing is."""
        layer, looked = self.layer(AREAS), self._looked
        if layer is None or looked is None:
            return None
        names = looked.areas.names if looked.areas is not None else None
        labels = np.asarray(layer.data).astype(np.int32)
        return Areas(labels) if names is None else Areas(labels, dict(names))

    # --- making and changing ------------------------------------------------------------------

    def _make(self, looked: Looked) -> None:
        add = self._viewer
        step = looked.step
        self._keep(PHOTO, add.add_image(looked.picture, rgb=True, **_said(PHOTO)))
        self._keep(
            AREAS,
            add.add_labels(_labels(looked), opacity=0.35, visible=not looked.views, **_said(AREAS)),
        )
        self._keep(
            HEAT,
            add.add_image(
                looked.heat,
                scale=(step, step),
                translate=((step - 1) / 2,) * 2,
                colormap="inferno",
                blending="additive",
                opacity=0.7,
                contrast_limits=(0.0, 1.0),
                interpolation2d="linear",
                visible=bool(looked.views),
                **_said(HEAT),
            ),
        )
        self._keep(
            PATH,
            add.add_vectors(
                _moves(looked),
                edge_width=_width(looked),
                edge_color=_PATH_COLOR,
                vector_style="arrow",
                **_said(PATH),
            ),
        )
        points, features, size = _fixations(looked)
        self._keep(
            FIXATIONS,
            add.add_points(
                points,
                features=features,
                size=size,
                face_color=_FACE,
                opacity=0.75,
                border_color="black",
                text={"string": "{order}", "size": 9, "color": "black"},
                **_said(FIXATIONS),
            ),
        )
        self._keep(
            NOW,
            add.add_points(
                np.zeros((0, 2)),
                ndim=2,
                size=0.03 * max(looked.picture.shape[:2]),
                face_color=_NOW_COLOR,
                **_said(NOW),
            ),
        )

    def _keep(self, role: str, layer: Any) -> None:
        self._layers[role] = layer

    def _update(self, looked: Looked, *, same: bool) -> None:
        if not same:
            self._layers[PHOTO].data = looked.picture
            self._layers[AREAS].data = _labels(looked)
        heat = self._layers[HEAT]
        heat.data = looked.heat
        heat.scale = (looked.step, looked.step)
        heat.translate = ((looked.step - 1) / 2,) * 2
        heat.visible = bool(looked.views)
        path = self._layers[PATH]
        path.data = _moves(looked)
        path.edge_width = _width(looked)
        layer = self._layers[FIXATIONS]
        points, features, size = _fixations(looked)
        layer.shown = True
        layer.data = points
        layer.features = features
        if len(points):
            layer.size = size
        layer.text = {"string": "{order}", "size": 9, "color": "black"}


def _said(role: str) -> dict[str, Any]:
    return {"name": _NAMES[role], "metadata": mark(role)}


def _labels(looked: Looked) -> np.ndarray:
    shape = looked.picture.shape[:2]
    if looked.areas is None:
        return np.zeros(shape, np.uint8)
    return np.asarray(looked.areas.labels).astype(np.uint8)


def _width(looked: Looked) -> float:
    return max(1.0, 0.003 * max(looked.picture.shape[:2]))


def _moves(looked: Looked) -> np.ndarray:
    """From each fixation to the next one of the same showing: start, and difference."""
    found = []
    for view in looked.views:
        places = _places(view)
        found += [np.stack([a, b - a]) for a, b in pairwise(places)]
    return np.array(found).reshape(-1, 2, 2)


def _places(view: View) -> np.ndarray:
    x = np.array([fixation.x for fixation in view.fixations])
    y = np.array([fixation.y for fixation in view.fixations])
    return napari_points(x, y)


def _fixations(looked: Looked) -> tuple[np.ndarray, pd.DataFrame, np.ndarray]:
    """Places, the table beside them, and sizes: areas follow the durations."""
    rows = [
        {
            "participant": view.code,
            "trial": view.trial,
            "order": str(number),
            "start_s": round(fixation.start_s, 3),
            "duration_s": round(fixation.duration_s, 3),
            "area": _area(looked, fixation.x, fixation.y),
            "source": view.source,
        }
        for view in looked.views
        for number, fixation in enumerate(view.fixations, start=1)
    ]
    columns = ["participant", "trial", "order", "start_s", "duration_s", "area", "source"]
    places = [_places(view) for view in looked.views]
    points = np.concatenate([*places, np.zeros((0, 2))])
    lasts = np.array([fixation.duration_s for fixation in looked.fixations])
    reach = _LARGEST * max(looked.picture.shape[:2])
    size = reach * np.sqrt(np.maximum(lasts, _SMALLEST_S))
    return points, pd.DataFrame(rows, columns=columns), size


def _area(looked: Looked, x: float, y: float) -> str:
    if looked.areas is None:
        return ""
    rows, columns = looked.areas.labels.shape
    number = int(looked.areas.labels[min(int(y), rows - 1), min(int(x), columns - 1)])
    return looked.areas.names.get(number, f"area {number}") if number else "elsewhere"


def _at(view: View, seconds: float) -> np.ndarray | None:
    """Where the gaze of a showing was at a time; None where that is not known."""
    k = int(np.searchsorted(view.t, seconds, side="right")) - 1
    if k < 0 or not np.isfinite(view.x[k]) or seconds > view.t[-1] + 0.1:
        return None
    place: np.ndarray = napari_points(view.x[k : k + 1], view.y[k : k + 1])[0]
    return place
