"""What a visual Turing test found."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.selection.turing_result import TuringResult
from napari_lesion_synth.widgets.parts.layout import button, note, row

__all__ = ["TuringOutcome", "figure_text", "summary_of"]

_HEADS = ("Zone", "Method", "Real", "Synthetic", "Result", "95 % interval")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TuringOutcome(QWidget):
    """The result as a sentence and a table.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    export_requested = Signal()
    again_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.summary = note(name="Result of the test")
        self.table = QTableWidget(0, len(_HEADS))
        self.table.setHorizontalHeaderLabels(_HEADS)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.setAccessibleName("Result by zone and method")
        self.table.setToolTip("Result for the lesions of a zone, of a method, and of both.")
        self.export = button(
            "Export CSV…",
            "Every question with its answer and the truth",
            self.export_requested.emit,
        )
        self.again = button(
            "Back",
            "To the settings; Begin goes on with what is not answered",
            self.again_requested.emit,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 6, 4, 4)
        layout.addWidget(self.summary)
        layout.addWidget(self.table, 1)
        layout.addWidget(row(self.export, self.again, None))

    def show_result(self, result: TuringResult) -> None:
        """Show what was found."""
        self.summary.setText(summary_of(result))
        shown = [group for group in result.groups if group.synthetic]
        self.table.setRowCount(len(shown))
        for line, group in enumerate(shown):
            cells = (
                group.zone or "all",
                group.method or "all",
                str(group.real),
                str(group.synthetic),
                figure_text(result.task, group.figure),
                _range(result.task, group.figure),
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column > 1:
                    item.setTextAlignment(
                        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                    )
                self.table.setItem(line, column, item)


def summary_of(result: TuringResult) -> str:
    """The result in words."""
    figure = result.overall.figure
    begin = f"{result.answered} of {result.planned} questions answered"
    if result.median_ms is not None:
        begin += f", {result.median_ms / 1000:.1f} s each (median)"
    if figure is None:
        return f"{begin}. Too few answers for a result."
    name = (
        "Area under the curve (how often a real lesion is rated above a synthetic one)"
        if result.task == "rating"
        else "Correct answers"
    )
    said = f"{begin}. {name}: {figure_text(result.task, figure)}"
    if figure.low is not None:
        said += f", 95 % interval {_range(result.task, figure)}"
    return f"{said}. {_meaning(result.task, figure)}"


def figure_text(task: str, figure: Interval | None) -> str:
    """A figure as it is usually given: an AUC as a number, a share in per cent."""
    if figure is None:
        return "–"
    return f"{figure.value:.2f}" if task == "rating" else f"{100 * figure.value:.0f} %"


def _range(task: str, figure: Interval | None) -> str:
    if figure is None or figure.low is None or figure.high is None:
        return "–"
    if task == "rating":
        return f"{figure.low:.2f} to {figure.high:.2f}"
    return f"{100 * figure.low:.0f} to {100 * figure.high:.0f} %"


def _meaning(task: str, figure: Interval) -> str:
    half = "0.5" if task == "rating" else "50 %"
    if figure.low is None or figure.high is None or figure.low <= 0.5 <= figure.high:
        return f"This reader was not shown to tell them apart ({half} is chance)."
    if figure.low > 0.5:
        return f"This reader tells them apart better than by chance ({half})."
    return f"This reader takes synthetic lesions for real more than real ones ({half} is chance)."
