"""The tab of a method: its parameters as controls, made from its model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.workbench.scene import PlacedSite
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["MethodTab"]


class MethodTab(QWidget):
    """Parameters of one method; methods with more to offer have a tab of their own kind.

    Parameters
    ----------
    method : str
        Registered name.
    bench : Workbench
        Whose lesions are made.
    stage : Stage
        Shows them.
    loader : CaseLoader
        Brings donors.
    on_error : callable
        Takes what went wrong.
    """

    names: ClassVar[tuple[str, ...] | None] = None
    """Parameters to show first; None: all."""
    advanced: ClassVar[tuple[str, ...]] = ()
    """Parameters to fold away."""

    def __init__(
        self,
        method: str,
        bench: Workbench,
        stage: Stage,
        loader: CaseLoader,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self.method = method
        self.bench, self.stage, self.loader, self.on_error = bench, stage, loader, on_error
        self._gesture = 0
        self.form = ParameterForm(get_method(method).Params, self.names, advanced=self.advanced)
        self.form.value_changed.connect(self._on_value)
        self.form.edited.connect(self._on_edited)
        self.form.released.connect(self._on_released)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(2, 4, 2, 2)
        self.build()
        self.box.addStretch(1)

    def build(self) -> None:
        """Lay the tab out."""
        self.box.addWidget(self.form)

    def sizeHint(self) -> QSize:  # noqa: N802
        """No height while another tab is seen, which would have to be as high as this one."""
        return self._seen(super().sizeHint())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As `sizeHint`."""
        return self._seen(super().minimumSizeHint())

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """As `sizeHint`."""
        return 0 if self.isHidden() else int(super().heightForWidth(width))

    def _seen(self, size: QSize) -> QSize:
        return QSize(size.width(), 0) if self.isHidden() else size

    def close_tab(self) -> None:
        """Stop listening."""

    def show_site(self, placed: PlacedSite | None) -> None:
        """Show the parameters of a site that is made by this method."""
        mine = placed is not None and placed.method == self.method
        self.form.setEnabled(mine)
        if placed is None or not mine:
            return
        self.form.set_values(placed.params[self.method])
        self.form.set_pinned(placed.pinned.get(self.method, frozenset()))

    def consistent(self, name: str, value: Any) -> Mapping[str, Any]:
        """The value, with those of other parameters that it decides."""
        return {name: value}

    def _on_value(self, name: str, value: Any) -> None:
        try:
            values = self.consistent(name, value)
            self.bench.set_params(values, gesture=(name, self._gesture))
        except LesionSynthError as error:
            self.on_error(error)
            self.show_site(self.bench.scene.current)

    def _on_edited(self, _name: str) -> None:
        self._gesture += 1
        self.bench.history.seal()

    def _on_released(self, name: str) -> None:
        try:
            self.bench.release([name])
        except LesionSynthError as error:
            self.on_error(error)
