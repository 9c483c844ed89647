"""The lesions of a cell: their table, and each of them in napari, in its CT."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.limits.settings import Cell
from napari_lesion_synth.evaluation.limits.words import contrast_words
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.jobs.limit_remake import remake
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.owned import keeping_active, mark, remove_owned
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases, EvaluateCanvas, OpenPlace
from napari_lesion_synth.widgets.detect.evaluate_view import Place
from napari_lesion_synth.widgets.detect.limit_table import LimitTable
from napari_lesion_synth.widgets.detect.limit_view import LimitView
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row

__all__ = ["LimitLesions"]

_ASK = "Click a cell of the map to list its lesions."
_ROLE = "lesion of a detection-limit map"
_MARKS = "Lesions of the cell"


class LimitLesions(QWidget):
    """Lists the lesions of a cell; a click shows one where it was put.

    Parameters
    ----------
    viewer : napari.Viewer
        Where CTs are shown.
    cases : callable
        Gives the CTs that are open as cases.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(self, viewer: Any, cases: Cases, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._viewer, self._cases, self._on_error = viewer, cases, on_error
        self._view: LimitView | None = None
        self._rows: tuple[Insertion, ...] = ()
        self._places: tuple[Place, ...] = ()
        self._read: dict[str, Case] = {}
        self._layer: Any = None
        self.canvas = EvaluateCanvas(viewer, cases)
        self.heading = note(_ASK, name="Which lesions")
        self.table = LimitTable()
        self.status = note(name="The lesion that is looked at")
        self.open = button("&Open this CT", "Read the CT and show it in layers", self.open_ct)
        self.open.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.heading, self.table, self.status, row(self.open, None)):
            layout.addWidget(part)
        self._opener = LatestOnly("opening a CT of a map", self)
        self._opener.finished.connect(self._on_opened)
        self._opener.failed.connect(self._on_failed)
        self._maker = LatestOnly("a lesion of a map", self)
        self._maker.finished.connect(self._on_made)
        self._maker.failed.connect(self._on_not_made)
        self.table.chosen.connect(self._on_chosen)

    def close_part(self) -> None:
        """End the threads, and take the layers away."""
        self._opener.close()
        self._maker.close()
        self._drop_layer()
        self.canvas.close()

    @property
    def working(self) -> bool:
        """Whether a CT is being read, or a lesion made."""
        return self._opener.awaiting or self._maker.awaiting

    @property
    def layer(self) -> Any:
        """The layer with the lesion in place; None where there is none."""
        return self._layer if self._layer in self._viewer.layers else None

    def show_cell(self, view: LimitView | None, cell: Cell | None) -> None:
        """List the lesions of a cell."""
        if view is None or self._view is None or view.folder != self._view.folder:
            self._forget()
        self._view = view
        self._rows = () if view is None or cell is None else view.rows(cell)
        self._places = () if view is None else tuple(map(view.place, self._rows))
        self.table.show_places(self._places)
        if view is None or cell is None:
            self.heading.setText(_ASK)
            return
        found = view.made.cell(cell)
        words = f"{cell.diameter_mm:g} mm, {contrast_words(cell.contrast_hu)}, {cell.band}"
        if found.share is None:
            self.heading.setText(f"{words}: not measured. {found.problem}")
            return
        low, high = found.share.low or 0.0, found.share.high or 0.0
        self.heading.setText(
            f"{words}, {cell.method}: {found.found} of {found.made} found "
            f"({100 * low:.0f} to {100 * high:.0f} %)."
        )

    def _forget(self) -> None:
        self._read.clear()
        self._drop_layer()
        self.canvas.clear()
        self.open.hide()
        self.status.setText("")

    # --- one lesion ---------------------------------------------------------------------------

    def _on_chosen(self, place: Place) -> None:
        if self._view is None:
            return
        try:
            self._look_at(place, self._view)
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)

    def _look_at(self, place: Place, view: LimitView) -> None:
        ct = view.ct(place.case)
        at = self.canvas.where(ct)
        self._drop_layer()
        if at is None:
            self.canvas.clear()
            self.open.setVisible(bool(ct.inputs))
            how = "" if ct.inputs else " It was in memory alone: open it yourself."
            self.status.setText(f"The CT {ct.name} is not open.{how}")
            return
        self.open.hide()
        if not at.holds(place.center):
            self.status.setText(f"⚠ The CT {place.case} that is open is of another size.")
            return
        self.canvas.show(place, self._places, at)
        self.canvas.layers.marks.name = _MARKS
        doubt = " The CT is known by its name alone." if at.by_name else ""
        self.status.setText(f"{place.words}.{doubt}")
        case = self._case_of(ct.sha256)
        if case is not None:
            made = self._rows[self._places.index(place)]
            self._maker.submit(partial(_made, made, case, view, at))

    def _case_of(self, sha256: str) -> Case | None:
        """The CT's voxels and organ, where they are known: then the lesion itself is shown."""
        opened = [*self._read.values(), *(case for case, _ in self._cases())]
        return next(
            (case for case in opened if case.volume.sha256 == sha256 and case.organ is not None),
            None,
        )

    def _on_made(self, number: int, made: tuple[Sample, Frame]) -> None:
        if number != self._maker.newest:
            return
        sample, frame = made
        self._drop_layer()
        with keeping_active(self._viewer):
            self._layer = self._viewer.add_image(
                frame.shown(sample.hu),
                name="Synthetic lesion",
                contrast_limits=self._limits(),
                metadata=mark(_ROLE),
                **frame.options(sample.bbox),
            )
        marks = self.canvas.layers.marks
        if marks is not None:
            here = self._viewer.layers.index(self._layer)
            self._viewer.layers.move(here, self._viewer.layers.index(marks))

    def _limits(self) -> tuple[float, float]:
        """The window of the CT below, so that the box does not stand out by itself."""
        for layer in reversed(self._viewer.layers):
            if type(layer).__name__ == "Image" and layer is not self._layer:
                low, high = layer.contrast_limits
                return float(low), float(high)
        return -40.0, 200.0

    def _on_not_made(self, number: int, error: Exception) -> None:
        if number == self._maker.newest:
            words = error.what if isinstance(error, LesionSynthError) else repr(error)
            self.status.setText(f"{self.status.text()} It cannot be shown itself: {words}.")

    def _drop_layer(self) -> None:
        self._maker.forget()
        remove_owned(self._viewer, [self._layer])
        self._layer = None

    # --- its CT -------------------------------------------------------------------------------

    def open_ct(self) -> None:
        """Read the CT of the chosen lesion."""
        place = self.table.current
        if place is None or self._view is None:
            return
        ct = self._view.ct(place.case)
        self.status.setText(f"Reading {ct.name}…")
        self.open.setEnabled(False)
        self._opener.submit(partial(_reread, ct.inputs))

    def _on_opened(self, _number: int, case: Case) -> None:
        self.open.setEnabled(True)
        place, view = self.table.current, self._view
        if place is None or view is None:
            return
        ct = view.ct(place.case)
        if case.volume.sha256 != ct.sha256:
            self.status.setText(f"⚠ The file of {ct.name} holds another CT than the map's.")
            return
        self._read[ct.sha256] = case
        self.canvas.add(case, ct)
        self._on_chosen(place)

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.open.setEnabled(True)
        self.status.setText(f"⚠ {error}")
        self._on_error(error)


def _made(made: Insertion, case: Case, view: LimitView, at: OpenPlace) -> tuple[Sample, Frame]:
    sample, _ = hear(partial(remake, made, case, view.about))
    return sample, at.frame


def _reread(inputs: Any) -> Case:
    case, _ = hear(partial(reread_case, inputs))
    _ = case.volume.sha256
    return case
