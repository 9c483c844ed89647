"""Preview all: the selected site by every method, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import method_names
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW, window_for
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.images import MethodStrip
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.parts.method_title import in_order
from napari_lesion_synth.widgets.synthesize.pictures import axial_picture
from napari_lesion_synth.widgets.workbench.look import look_at
from napari_lesion_synth.widgets.workbench.rendering import draw_params, render
from napari_lesion_synth.widgets.workbench.scene import PlacedSite, Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["Comparison"]


@dataclass(frozen=True, eq=False)
class Card:
    """One method's result: a picture with a caption, or the reason why there is none."""

    method: str
    picture: Any = None
    caption: str = ""
    reason: str = ""


class Comparison(QWidget):
    """A button, and a strip of pictures that follows the selected site while it is open."""

    def __init__(
        self, bench: Workbench, stage: Stage, on_error: Callable[[Exception], None]
    ) -> None:
        super().__init__()
        self._bench, self._stage, self._on_error = bench, stage, on_error
        self._shown: PlacedSite | None = None
        self._worker = LatestOnly("preview all", self)
        self._worker.finished.connect(self._on_cards)
        self._worker.failed.connect(lambda _number, error: on_error(error))
        self.open = button(
            "Preview &all",
            "Show the selected lesion by every method, side by side; choose one to use it (A)",
            checkable=True,
        )
        self.open.toggled.connect(self._on_open)
        self.strip = MethodStrip()
        self.strip.chosen.connect(self._on_chosen)
        self.strip.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.open)
        layout.addWidget(self.strip)
        bench.scene_changed.connect(self._on_scene)
        bench.model_changed.connect(self._on_model)

    def close_section(self) -> None:
        """Stop listening to the workbench."""
        self._worker.close()
        self._bench.scene_changed.disconnect(self._on_scene)
        self._bench.model_changed.disconnect(self._on_model)

    def _on_open(self, on: bool) -> None:
        self.strip.setVisible(on)
        self._shown = None
        if on:
            self._compare()

    def _on_scene(self, _before: Scene, _after: Scene) -> None:
        if self.open.isChecked():
            self._compare()

    def _on_model(self) -> None:
        self._shown = None  # another generator makes another lesion of the same site
        if self.open.isChecked():
            self._compare()

    def _compare(self) -> None:
        placed = self._bench.scene.current
        if placed is self._shown or not self._bench.ready:
            return
        self._shown = placed
        if placed is None:
            self.strip.clear()
            return
        self.strip.set_working(in_order(method_names()))
        bench = self._bench
        donor = bench.donors.get(placed.donor or "")
        sources = (donor, bench.statistics, bench.model)
        self._worker.submit(partial(_cards, bench.require_case(), placed, sources))

    def _on_cards(self, _number: int, cards: list[Card]) -> None:
        for card in cards:
            if card.reason:
                self.strip.set_unavailable(card.method, card.reason)
            else:
                self.strip.set_result(card.method, card.picture, card.caption)
        current = self._bench.scene.current
        self.strip.select(None if current is None else current.method)

    def _on_chosen(self, method: str) -> None:
        try:
            self._bench.set_method(method)
        except LesionSynthError as error:
            self._on_error(error)


Sources = tuple[Donor | None, LesionStatistics | None, "GeneratorModel | None"]


def _cards(case: Case, placed: PlacedSite, sources: Sources) -> list[Card]:
    """Every method's card; a method that fails says why on its own."""
    cards = []
    for method in in_order(method_names()):
        try:
            cards.append(_card(case, placed, method, *sources))
        except LesionSynthError as error:
            cards.append(Card(method, reason=str(error)))
    return cards


def _card(
    case: Case,
    placed: PlacedSite,
    method: str,
    donor: Donor | None,
    statistics: LesionStatistics | None,
    model: GeneratorModel | None,
) -> Card:
    site = replace(placed, method=method)
    if method not in site.params:
        drawn = draw_params(case, site, method, donor, statistics, model)
        site = site.with_params(method, drawn)
    start = time.perf_counter()
    rendered = render(case, site, donor, model)
    took = 1000 * (time.perf_counter() - start)
    look = look_at(case, rendered)
    picture = axial_picture(case, rendered, window_for(case, AUTO_WINDOW))
    contrast = look.appearance.contrast_hu
    words = "contrast unknown" if np.isnan(contrast) else f"{contrast:+.0f} HU"
    return Card(method, picture, f"{words}, {took:.0f} ms")
