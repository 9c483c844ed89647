"""How: a tab a method, all at the same site; and all of them side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.synthesis.registry import method_names
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.method_title import in_order, method_title
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.synthesize.comparison import Comparison
from napari_lesion_synth.widgets.synthesize.gan_tab import GanTab
from napari_lesion_synth.widgets.synthesize.method_tab import MethodTab
from napari_lesion_synth.widgets.synthesize.poisson_tab import PoissonTab
from napari_lesion_synth.widgets.synthesize.sigmoid_tab import SigmoidTab
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["HowSection"]

_OWN_TABS: dict[str, type[MethodTab]] = {
    "cgan": GanTab,
    "poisson": PoissonTab,
    "sigmoid": SigmoidTab,
}


class HowSection(QWidget):
    """The method of the selected lesion and its parameters.

    Parameters
    ----------
    bench : Workbench
        Whose lesions they are.
    stage : Stage
        Shows them.
    loader : CaseLoader
        Brings donors.
    on_error : callable
        Takes what went wrong.
    """

    busy = Signal(str)

    def __init__(
        self,
        bench: Workbench,
        stage: Stage,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._bench, self._stage, self._on_error = bench, stage, on_error
        self._quiet = False
        self._failed = False
        self.which = note(name="Selected lesion")
        self.again = button(
            "D&raw again",
            "Draw all parameters that are not pinned from a new seed (R)",
            self.draw_again,
        )
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Synthesis methods")
        self.tabs.setUsesScrollButtons(True)
        self._tabs: dict[str, MethodTab] = {}
        for name in in_order(method_names()):
            tab = _OWN_TABS.get(name, MethodTab)(name, bench, stage, loader, on_error)
            self._tabs[name] = tab
            self.tabs.addTab(tab, method_title(name))
        self.tabs.setCurrentWidget(self._tabs[bench.method])
        self.tabs.currentChanged.connect(lambda _: self.tabs.updateGeometry())
        self.tabs.currentChanged.connect(self._on_tab)
        self.fault = note(name="Why there is no preview")
        self.fault.hide()
        self.comparison = Comparison(bench, stage, on_error)
        self.comparison.open.toggled.connect(lambda on: on and loader.models.ensure())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        for part in (row(self.which, self.again, stretch=0), self.fault, self.tabs):
            layout.addWidget(part)
        layout.addWidget(self.comparison)
        bench.scene_changed.connect(self._on_scene)
        stage.preview_failed.connect(self._on_preview_failed)
        stage.preview_shown.connect(self._on_preview)
        self._show(bench.scene)

    def close_section(self) -> None:
        """Stop listening to the workbench."""
        self._bench.scene_changed.disconnect(self._on_scene)
        self.comparison.close_section()
        for tab in self._tabs.values():
            tab.close_tab()

    @property
    def failed(self) -> bool:
        """Whether the selected lesion cannot be made as it is."""
        return self._failed

    def tab(self, method: str) -> MethodTab:
        """The tab of a method."""
        return self._tabs[method]

    def draw_again(self) -> None:
        """Draw the selected lesion's parameters from a new seed."""
        try:
            self._bench.draw_again()
        except LesionSynthError as error:
            self._on_error(error)

    def _on_tab(self, place: int) -> None:
        tab = self.tabs.widget(place)
        if self._quiet or not isinstance(tab, MethodTab):
            return
        try:
            self._bench.set_method(tab.method)
        except LesionSynthError as error:
            self._on_error(error)

    def _on_scene(self, _before: Scene, after: Scene) -> None:
        self._show(after)

    def _show(self, scene: Scene) -> None:
        placed = scene.current
        self.again.setEnabled(placed is not None)
        if placed is None:
            self.which.setText("No lesion is selected; the method is that of the next one.")
            self.fault.hide()
        else:
            state = "kept" if scene.commit_of(placed.id) else "draft"
            self.which.setText(f"Lesion {placed.id} ({state}), seed {placed.seed}")
        method = self._bench.method
        self._quiet = True
        self.tabs.setCurrentWidget(self._tabs[method])
        self._quiet = False
        self._tabs[method].show_site(placed)

    def _on_preview_failed(self, error: Exception) -> None:
        self._failed = True
        self.fault.setText(f"\u26a0 {error}")
        self.fault.show()

    def _on_preview(self, rendered: Any) -> None:
        mended, self._failed = self._failed, False
        if mended:
            self.busy.emit("")
        texts = rendered.warnings
        self.fault.setText("\n".join(f"\u2139 {text}" for text in texts))
        self.fault.setVisible(bool(texts))
