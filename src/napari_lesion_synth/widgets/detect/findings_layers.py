"""A detection on napari's canvas: the heat, the findings' outlines, and marks with their scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.finding import Detection, Finding, Heat
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.outlined import add_outlined
from napari_lesion_synth.widgets.canvas.owned import FINDINGS, keeping_active, mark, remove_owned
from napari_lesion_synth.widgets.detect.rows import MISSED, Row

__all__ = ["FindingsLayers"]

_HEAT, _OUTLINES, _KNOWN, _MARKS = FINDINGS
_HEAT_COLORS = [
    [0.2, 0.0, 0.4, 0.0],
    [0.55, 0.05, 0.5, 0.25],
    [0.9, 0.3, 0.25, 0.5],
    [1.0, 0.65, 0.05, 0.65],
    [1.0, 1.0, 0.55, 0.75],
]
"""Ever lighter and ever less transparent, from violet to yellow: read by its lightness alone."""

_PLAIN, _CHOSEN, _REJECTED, _KNOWN_COLOR = "#56b4e9", "#4dff4d", "#9a9a9a", "#f0e442"
_COLORS = {
    Outcome.HIT.value: "#56b4e9",
    Outcome.FALSE.value: "#e69f00",
    Outcome.DUPLICATE.value: "#cc79a7",
    Outcome.IGNORED.value: "#9a9a9a",
    MISSED: "#f0e442",
}
"""Out of Okabe and Ito's palette for all kinds of colour vision."""

_SYMBOLS = {
    Outcome.HIT.value: "disc",
    Outcome.FALSE.value: "x",
    Outcome.DUPLICATE.value: "square",
    Outcome.IGNORED.value: "hbar",
    MISSED: "triangle_up",
}
_MARK_PIXELS, _TEXT_SIZE = 11, 12
_HEAT_OPACITY = 0.5  # what is hot is to be judged, so it has to be seen
_AROUND = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)  # in its slice


class FindingsLayers:
    """Shows one detection at a time, in layers of our own.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    on_layer : callable
        Takes each new layer, to give it its keys.
    """

    def __init__(self, viewer: Any, on_layer: Callable[[Any], None]) -> None:
        self._viewer, self._on_layer = viewer, on_layer
        self._frame: Frame | None = None
        self._layers: dict[str, Any] = {}
        self._rows: tuple[Row, ...] = ()
        self._chosen: Row | None = None
        viewer.dims.events.ndisplay.connect(self._on_display)

    def close(self) -> None:
        """Take everything away."""
        self._viewer.dims.events.ndisplay.disconnect(self._on_display)
        self.clear()

    def clear(self) -> None:
        """Show no detection."""
        remove_owned(self._viewer, self._layers.values())
        self._layers, self._frame, self._rows, self._chosen = {}, None, (), None

    @property
    def heat(self) -> Any:
        """The layer of the heat; None where there is none."""
        return self._there(_HEAT)

    @property
    def outlines(self) -> Any:
        """The layer of the outlines; None where nothing was found."""
        return self._there(_OUTLINES)

    @property
    def marks(self) -> Any:
        """The layer of the marks and their scores."""
        return self._there(_MARKS)

    def show(self, detection: Detection, frame: Frame) -> None:
        """Show another detection; the marks' layer becomes the active one, for its keys.

        Parameters
        ----------
        detection : Detection
            What was found.
        frame : Frame
            Where its CT lies.
        """
        self.clear()
        self._frame = frame
        with keeping_active(self._viewer):
            if detection.heat is not None:
                self._add_heat(detection.heat, frame)
            if detection.findings:
                self._add_outlines(detection.findings, frame)
            self._add_marks(frame)
        self._viewer.layers.selection.active = self._layers[_MARKS]

    def update(self, rows: tuple[Row, ...], chosen: Row | None) -> None:
        """Show these rows alone, and one of them in green."""
        self._rows, self._chosen = rows, chosen
        self._color_outlines(rows, chosen)
        self._put_marks(rows, chosen)

    def show_known(self, case: Case | None) -> None:
        """Outline the known lesions; None: do not."""
        remove_owned(self._viewer, [self._layers.pop(_KNOWN, None)])
        if case is None or case.lesions is None or self._frame is None:
            return
        known = np.asarray(case.lesions, bool).view(np.uint8)
        with keeping_active(self._viewer):
            self._add_labels(
                _KNOWN, "Known lesions (truth)", known, {None: _KNOWN_COLOR}, self._frame.options()
            )
            marks = self.marks
            if marks is not None:
                self._viewer.layers.move(self._viewer.layers.index(self._layers[_KNOWN]),
                                         self._viewer.layers.index(marks))  # fmt: skip

    # --- the layers ---------------------------------------------------------------------------

    def _there(self, role: str) -> Any:
        """A layer, unless the user has removed it."""
        layer = self._layers.get(role)
        return layer if layer is not None and layer in self._viewer.layers else None

    def _keep(self, role: str, layer: Any) -> None:
        self._layers[role] = layer
        self._on_layer(layer)

    def _add_heat(self, heat: Heat, frame: Frame) -> None:
        from napari.utils import Colormap

        placed = frame.options()
        scale = np.multiply(frame.scale, heat.step)[frame.axes]
        layer = self._viewer.add_image(
            frame.shown(heat.values),
            name="Detector's heat",
            colormap=Colormap(_HEAT_COLORS, name="lesion heat"),
            contrast_limits=(0.0, 1.0),
            interpolation2d="linear",
            opacity=_HEAT_OPACITY,
            blending="translucent",
            metadata=mark(_HEAT),
            **{**placed, "scale": scale, "translate": frame.to_world(heat.first)},
        )
        self._keep(_HEAT, layer)

    def _add_outlines(self, findings: Sequence[Finding], frame: Frame) -> None:
        """Outlines lie just outside, so that of a small finding something can be seen."""
        box = _around(findings)
        highest = max(finding.number for finding in findings)
        kind = np.min_scalar_type(highest)  # of 16 bits, colours take 100 ms to change
        numbers = np.zeros([side.stop - side.start for side in box], kind)
        for finding in reversed(findings):  # of two that overlap the higher score stands
            region, bbox = _grown(finding)
            inner = tuple(
                slice(s.start - b.start, s.stop - b.start) for s, b in zip(bbox, box, strict=True)
            )
            numbers[inner][region] = finding.number
        self._add_labels(_OUTLINES, "Findings", numbers, {}, frame.options(box))

    def _add_labels(
        self,
        role: str,
        name: str,
        labels: NDArray[Any],
        colors: Mapping[int | None, str],
        placed: Mapping[str, Any],
    ) -> None:
        assert self._frame is not None
        layer = add_outlined(
            self._viewer,
            self._frame.shown(labels),
            name=name,
            opacity=1.0,
            colormap=_direct(colors),
            metadata=mark(role),
            **placed,
        )
        layer.editable = False
        self._keep(role, layer)

    def _add_marks(self, frame: Frame) -> None:
        layer = self._viewer.add_points(
            np.empty((0, frame.ndim)),
            name="Findings' scores",
            features={"label": np.empty(0, object)},
            size=_MARK_PIXELS,
            face_color=_PLAIN,
            border_color=_PLAIN,
            blending="translucent_no_depth",  # the organ would hide them in the 3-D view
            metadata=mark(_MARKS),
            **frame.options(),
        )
        layer.canvas_size_limits = (_MARK_PIXELS, _MARK_PIXELS)
        layer.text = {
            "string": "{label}",
            "color": _PLAIN,
            "size": _TEXT_SIZE,
            "anchor": "lower_left",
            "blending": "translucent_no_depth",
        }
        layer.editable = False
        self._keep(_MARKS, layer)

    # --- what is shown of them ----------------------------------------------------------------

    def _color_outlines(self, rows: tuple[Row, ...], chosen: Row | None) -> None:
        layer = self.outlines
        if layer is not None:
            colors = {row.number: _color(row, chosen) for row in rows if row.number is not None}
            layer.colormap = _direct(colors)

    def _put_marks(self, rows: tuple[Row, ...], chosen: Row | None) -> None:
        layer, frame = self.marks, self._frame
        if layer is None or frame is None:
            return
        flat = self._viewer.dims.ndisplay == 2
        places = [_places(row, frame.spacing, every_slice=flat) for row in rows]
        owners = [row for row, own in zip(rows, places, strict=True) for _ in own]
        layer.data = frame.shown_points(np.concatenate([np.empty((0, 3)), *places]))
        layer.features = {"label": np.array([f"  {row.label}" for row in owners], object)}
        if owners:
            colors = [_color(row, chosen) for row in owners]
            layer.face_color = colors
            layer.border_color = colors  # some symbols are border alone
            layer.symbol = [_SYMBOLS.get(row.truth, "diamond") for row in owners]
            layer.text.color = colors
        layer.selected_data = set()
        layer.refresh_text()

    def _on_display(self, _event: Any = None) -> None:
        """A mark in each slice of a finding would be a column of them in the 3-D view."""
        if self._layers:
            self._put_marks(self._rows, self._chosen)


def _color(row: Row, chosen: Row | None) -> str:
    if chosen is not None and row.center == chosen.center and row.finding is chosen.finding:
        return _CHOSEN
    return _REJECTED if row.verdict == "reject" else _COLORS.get(row.truth, _PLAIN)


def _direct(colors: Mapping[int | None, str]) -> Any:
    from napari.utils import DirectLabelColormap

    return DirectLabelColormap(color_dict={0: "transparent", None: "transparent", **colors})


def _around(findings: Sequence[Finding]) -> Box:
    boxes = [_grown(each)[1] for each in findings]
    z, y, x = (
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes))
        for axis in range(3)
    )
    return z, y, x


def _grown(finding: Finding) -> tuple[NDArray[np.bool_], Box]:
    """A finding's region with the voxels around it in its slices, and where that lies."""
    z, y, x = finding.bbox
    region = binary_dilation(np.pad(finding.region, ((0, 0), (1, 1), (1, 1))), _AROUND)
    top, left = (1 if side.start == 0 else 0 for side in (y, x))  # a CT begins at 0
    box = (
        z,
        slice(y.start - 1 + top, y.stop + 1),
        slice(x.start - 1 + left, x.stop + 1),
    )
    return region[:, top:, left:], box


def _places(row: Row, spacing: Triple, *, every_slice: bool) -> NDArray[np.float64]:
    """Where a row is marked: at the upper right of its region, in each of its slices.

    A mark on the finding itself would cover what is to be judged.
    """
    if not every_slice:
        return np.array([row.center], np.float64)
    if row.finding is None:
        half = 0.0 if np.isnan(row.diameter_mm) else row.diameter_mm / 2
        ends = [
            (int(np.ceil(c - half / s)), int(c + half / s) + 1)
            for c, s in zip(row.center, spacing, strict=True)
        ]
    else:
        ends = [(side.start, side.stop) for side in row.finding.bbox]
    (first, last), (top, _), (_, right) = ends
    slices = np.arange(first, max(last, first + 1), dtype=np.float64)
    corner = np.broadcast_to([top - 2.0, right + 1.0], (len(slices), 2))
    return np.column_stack([slices, corner])
