"""The dial: predicted attractiveness of a dish from all angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtGui import QColor
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.stimuli.views import View
from napari_lesion_synth.widgets.parts.legend import Entry
from napari_lesion_synth.widgets.parts.plot_base import Plot, pen_of

__all__ = ["DialPlot", "DishDial", "read_dials"]

_LEVEL = 45.0
"""Where views without an elevation are drawn."""


@dataclass(frozen=True, eq=False)
class DishDial:
    """One dish.

    Parameters
    ----------
    azimuth_deg, elevation_deg, value : ndarray, shape (n,)
        Angles of the camera, and the predicted attractiveness.
    words : str
        The best view, and how sure it is.
    """

    azimuth_deg: NDArray[np.float64]
    elevation_deg: NDArray[np.float64]
    value: NDArray[np.float64]
    words: str


def read_dials(study: Study, found: Mapping[str, Any]) -> dict[str, DishDial]:
    """The dials of a regression, by dish; photos that the study has no more are left out."""
    dials: dict[str, DishDial] = {}
    for each in found.get("dials") or []:
        places = []
        for point in each.get("points") or []:
            view = _view(study, point["photo"])
            if view is not None:
                elevation = _LEVEL if view.elevation_deg is None else view.elevation_deg
                places.append((view.azimuth_deg, elevation, float(point["value"])))
        if places:
            columns = np.array(places, np.float64).T
            dials[str(each["dish"])] = DishDial(*columns, str(each["words"]))
    return dials


def _view(study: Study, photo: str) -> View | None:
    try:
        return View.of(study.stimuli.by_id(photo).view)
    except ParameterError:  # results of photos that the study has no more
        return None


class DialPlot(Plot):
    """Seen from above: the angle is the azimuth, the middle is a camera straight above."""

    axes = ("", "")
    lines = 15
    waiting = "The dial appears when models were compared for dishes with several views."

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Predicted attractiveness by angle", parent)
        self.setToolTip(
            "<qt>Each dot is a camera position around the dish, seen from above: the outermost "
            "are the lowest. The lighter and larger, the more attractive; the ring is the best."
            "</qt>"
        )

    def show_dial(self, dial: DishDial | None) -> None:
        """Show a dish; None: there is none."""
        if dial is None:
            self.clear()
        else:
            self._show(dial, dial.words)

    def _draw_curves(self) -> Sequence[Entry]:
        dial: DishDial = self._shown
        item = self._graph.getPlotItem()
        item.hideAxis("bottom")
        item.hideAxis("left")
        item.setAspectLocked(True)
        turn = np.linspace(0, 2 * np.pi, 90)
        for elevation in np.unique(dial.elevation_deg):
            reach = 90 - elevation
            self._line(reach * np.sin(turn), reach * np.cos(turn), pen_of(self._faint, 0.7, "dot"))
        angle, reach = np.deg2rad(dial.azimuth_deg), 90 - dial.elevation_deg
        x, y = reach * np.sin(angle), reach * np.cos(angle)
        span = float(np.ptp(dial.value)) or 1.0
        share = (dial.value - dial.value.min()) / span
        self._graph.plot(
            x,
            y,
            pen=None,
            symbol="o",
            symbolSize=(8 + 10 * share).tolist(),
            symbolPen=None,
            symbolBrush=[_between(float(s)) for s in share],
        )
        best = int(dial.value.argmax())
        ring = pen_of(self._accent, 2.5)
        self._graph.plot(
            x[[best]], y[[best]], pen=None, symbol="o", symbolSize=26, symbolPen=ring,
            symbolBrush=None,
        )  # fmt: skip
        low, high = dial.value.min(), dial.value.max()
        return (
            Entry(f"{low:.2f}", pen_of(_between(0.0), 2.0), dot=True),
            Entry(f"{high:.2f}", pen_of(_between(1.0), 2.0), dot=True),
            Entry("predicted best", ring),
        )


def _between(share: float) -> QColor:
    """Viridis, from low to high."""
    import pyqtgraph

    found: QColor = pyqtgraph.colormap.get("viridis").map(share, mode="qcolor")
    return found
