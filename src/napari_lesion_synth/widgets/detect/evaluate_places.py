"""The table of misses and false alarms, and the way from it to the canvas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.evaluate_record import TestedCt
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.widgets.detect.evaluate_canvas import Cases, EvaluateCanvas, OpenPlace
from napari_lesion_synth.widgets.detect.evaluate_table import PlaceTable
from napari_lesion_synth.widgets.detect.evaluate_view import Place, View
from napari_lesion_synth.widgets.detect.rows import MISSED
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.wording import counted

__all__ = ["EvaluatePlaces"]


class EvaluatePlaces(QWidget):
    """Lists places; a click goes there, where the CT is open.

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
        self._on_error = on_error
        self._view: View | None = None
        self._wanted: tuple[Place, TestedCt] | None = None
        self.canvas = EvaluateCanvas(viewer, cases)
        self.counts = note(name="How many misses and false alarms")
        self.table = PlaceTable()
        self.open = button("&Open this CT", "Read the CT and show it in layers", self.open_ct)
        self.open.hide()
        self.status = note(name="Where the place is")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.counts, self.table, self.status, row(self.open, None)):
            layout.addWidget(part)
        self._worker = LatestOnly("opening a CT", self)
        self._worker.finished.connect(self._on_read)
        self._worker.failed.connect(self._on_not_read)
        self.table.chosen.connect(self._on_chosen)

    def close_part(self) -> None:
        """End the thread, and take the marks away."""
        self._worker.close()
        self.canvas.close()

    @property
    def working(self) -> bool:
        """Whether a CT is being read."""
        return self._worker.awaiting

    def show_places(self, view: View | None, name: str, rate: float | None) -> None:
        """List those of an arm."""
        if view is None or self._view is None or view.folder != self._view.folder:
            self.forget()
        self._view = view
        places = () if view is None else view.places(name, rate)
        self.table.show_places(places)
        missed = sum(place.kind == MISSED for place in places)
        self.counts.setText(
            f"{name}: {counted(missed, 'missed lesion')}, "
            f"{counted(len(places) - missed, 'false alarm')}."
            if view is not None
            else ""
        )

    def forget(self) -> None:
        """Look at nothing."""
        self._wanted = None
        self._worker.forget()
        self.canvas.clear()
        self.open.hide()
        self.status.setText("")

    def _on_chosen(self, place: Place) -> None:
        if self._view is None:
            return
        try:
            ct = self._view.ct(place.case)
            at = self.canvas.where(ct)
            self._wanted = place, ct
            if at is None:
                self._offer(ct)
            else:
                self._show(place, at)
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)

    def _show(self, place: Place, at: OpenPlace) -> None:
        self.open.hide()
        if not at.holds(place.center):
            self.status.setText(f"⚠ The CT {place.case} that is open is of another size.")
            return
        self.canvas.show(place, self.table.places, at)
        doubt = " The CT is known by its name alone." if at.by_name else ""
        self.status.setText(f"{place.words}.{doubt}")

    def _offer(self, ct: TestedCt) -> None:
        self.canvas.clear()
        readable = bool(ct.inputs)
        self.open.setVisible(readable)
        self.open.setEnabled(True)
        if readable:
            self.status.setText(f"{ct.name} is not open.")
            where = ct.inputs.get("ct", "a phantom")
            self.open.setToolTip(f"Read {where} and show it in layers")
        else:
            self.status.setText(
                f"⚠ {ct.name} is not open, and where its file lies is not known. Open it in "
                "napari, and click again."
            )

    def open_ct(self) -> None:
        """Read the CT of the place that is looked at."""
        if self._wanted is None:
            return
        ct = self._wanted[1]
        self.open.setEnabled(False)
        self.status.setText(f"Reading {ct.name}…")
        self._worker.submit(partial(_read, ct))

    def _on_read(self, _number: int, found: tuple[Case, str]) -> None:
        if self._wanted is None:
            return
        case, warning = found
        place, ct = self._wanted
        self._show(place, self.canvas.add(case, ct))
        if ct.sha256 and case.volume.sha256 != ct.sha256:
            warning = f"⚠ The file has changed since it was judged. {warning}"
        if warning:
            self.status.setText(f"{self.status.text()}\n{warning}")

    def _on_not_read(self, _number: int, error: Exception) -> None:
        self.open.setEnabled(True)
        self.status.setText(f"⚠ {error}")
        if not isinstance(error, LesionSynthError):
            self._on_error(error)


def _read(ct: TestedCt) -> tuple[Case, str]:
    case, texts = hear(partial(reread_case, dict(ct.inputs)))
    _ = case.volume.sha256  # nobody is to wait for it later
    return case, "\n".join(f"⚠ {text}" for text in texts)
