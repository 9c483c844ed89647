"""Model: values with their agreement, limits of transforms, and what predicts attractiveness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.study_files import (
    LIMITS_JSON,
    REGRESSION_JSON,
    SCALE_JSON,
    read_result,
)
from napari_lesion_synth.jobs.study_shared import agreement_of
from napari_lesion_synth.perception.design.layout import LIMITS_YAML
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.layout import note
from napari_lesion_synth.widgets.parts.outcome import Outcome
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.study.dial_plot import DialPlot, read_dials
from napari_lesion_synth.widgets.study.dose_plot import DosePlot
from napari_lesion_synth.widgets.study.error_plot import ErrorPlot
from napari_lesion_synth.widgets.study.outputs_part import OutputsPart
from napari_lesion_synth.widgets.study.ranking_plot import RankingPlot
from napari_lesion_synth.widgets.study.standing import Ranking

__all__ = ["ModelTab"]

_NO_STUDY = "Make or open a study in the tab Design first."
_WORDS = {
    "scale": RunWords(
        "the scaling",
        "Scale",
        "Values with intervals, agreement, raters who lie apart; in a process of its own. (Space)",
        "Groups of answers that are done.",
    ),
    "limits": RunWords(
        "the limits",
        "Find limits",
        "How strong each transform may be; in a process of its own. (Space)",
        "Transforms that are done.",
    ),
    "regress": RunWords(
        "the regression",
        "Regress",
        "Predict attractiveness from the photos, with floor and controls; in a process of its "
        "own. (Space)",
        "Models that are done.",
    ),
}


class ModelTab(QWidget):
    """Runs the analyses and shows what they wrote.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    results_changed = Signal()
    """An analysis has ended."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.need = note(name="What is needed")
        self.runs = {name: ChildRun(words) for name, words in _WORDS.items()}
        self.ranking, self.scaled = RankingPlot(), note(name="What the scaling says")
        self.ranking.waiting = "Scale the answers to see the ranking."
        self.ranking.show_ranking(None)
        self.photos = _table("Attractiveness of the photos")
        self.figures = _table("Agreement")
        self.dose, self.transform = DosePlot(), QComboBox()
        self.transform.setAccessibleName("Transform")
        self.limits = note(name="What the limits say")
        self.errors, self.learnt = ErrorPlot(), note(name="What the regression says")
        self.models = _table("Models")
        self.dial, self.dish = DialPlot(), QComboBox()
        self.dish.setAccessibleName("Dish")
        self.best = note(name="Best view")
        self.outputs = OutputsPart(on_error)
        self.sections: dict[str, Section] = {}
        self._results: dict[str, dict[str, Any] | None] = {}
        self._lay_out()
        for name, run in self.runs.items():
            run.run_requested.connect(lambda name=name: self.start(name))
            run.finished.connect(self._on_results)
        self.outputs.report.finished.connect(self._on_results)
        self.transform.currentIndexChanged.connect(lambda *_: self._show_dose())
        self.dish.currentIndexChanged.connect(lambda *_: self._show_dial())
        self.set_study(None)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        layout.addWidget(self.need)
        parts: dict[str, Sequence[QWidget]] = {
            "Attractiveness": (
                *(self.runs["scale"], self.ranking, self.scaled),
                *(self.figures, self.photos),
            ),
            "Limits of transforms": (self.runs["limits"], self.transform, self.dose, self.limits),
            "Regression": (self.runs["regress"], self.errors, self.learnt, self.models),
            "Best view of a dish": (self.dish, self.dial, self.best),
            "Report and export": (self.outputs,),
        }
        for title, widgets in parts.items():
            section = self.sections[title] = Section(title)
            content = QWidget()
            inside = QVBoxLayout(content)
            inside.setContentsMargins(0, 0, 0, 0)
            for widget in widgets:
                inside.addWidget(widget)
            section.set_content(content)
            layout.addWidget(section)
        layout.addStretch(1)

    def close_tab(self) -> None:
        """Stop the processes."""
        for run in self.runs.values():
            run.cancel()
        self.outputs.close_part()

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same one changed."""
        self.study = study
        self.need.setText("" if study is not None else _NO_STUDY)
        self.need.setVisible(study is None)
        self.refresh()

    def start(self, name: str) -> None:
        """Run an analysis: ``"scale"``, ``"limits"`` or ``"regress"``."""
        if self.study is None or self.runs[name].running:
            return
        folder = self.study.folder
        self.runs[name].launch(
            ["study", name, str(folder)],
            f"Food study: {name}",
            f"{_WORDS[name].name} of {folder.name}.\nClosing stops it; the answers stay",
        )

    def _on_results(self, _outcome: Outcome) -> None:
        self.refresh()
        self.results_changed.emit()

    def refresh(self) -> None:
        """Show the results that are there."""
        names = {"scale": SCALE_JSON, "limits": LIMITS_JSON, "regress": REGRESSION_JSON}
        for key, file in names.items():
            try:
                found = None if self.study is None else read_result(self.study.folder, file)
            except LesionSynthError as error:
                self._on_error(error)
                found = None
            self._results[key] = found
        for title in self.sections:
            self.sections[title].setVisible(self.study is not None)
        self.outputs.set_study(self.study)
        self._show_scale()
        self._show_limits()
        self._show_regression()

    # --- attractiveness -----------------------------------------------------------------------

    def _show_scale(self) -> None:
        groups = (self._results.get("scale") or {}).get("groups") or []
        for part in (self.scaled, self.figures, self.photos):
            part.setVisible(bool(groups))
        if not groups:
            self.ranking.show_ranking(None)
            return
        group = groups[0]
        rows = group["photos"]
        self.ranking.show_ranking(_ranking_of(rows, f"{group['text']}. {group['anchors']}"))
        best = ", ".join(group["best"][:4]) + (" …" if len(group["best"]) > 4 else "")
        told = f"{group['text']}: {group['answers']} answers of {group['raters']} raters."
        width = f"Median width of the intervals: {group['median_width']:.2f}."
        lines = [f"{told} {group['anchors']} {width}", f"The best photo is among: {best}"]
        lines += group["notes"]
        if len(groups) > 1:
            lines.append(f"{len(groups) - 1} more groups are in {SCALE_JSON}; never compared.")
        self.scaled.setText("\n".join(lines))
        _fill(
            self.photos,
            ("rank", "photo", "value", "95 % interval", "answers"),
            [
                (
                    row["rank"],
                    row["photo"],
                    f"{row['value']:.2f}",
                    f"{row['low']:.2f} to {row['high']:.2f}",
                    row["answers"],
                )
                for row in rows
            ],
            lines=8,
            elastic=1,
        )
        _fill(
            self.figures,
            ("figure", "value (95 % interval)"),
            [(each["name"], _figure(each)) for each in agreement_of(groups)],
            lines=5,
            elastic=1,
        )

    # --- limits -------------------------------------------------------------------------------

    def _show_limits(self) -> None:
        study = self.study
        asked = study is not None and (study.folder / LIMITS_YAML).exists()
        found = (self._results.get("limits") or {}).get("transforms") or []
        self.sections["Limits of transforms"].setVisible(bool(asked or found))
        chosen = self.transform.currentText()
        self.transform.blockSignals(True)
        self.transform.clear()
        self.transform.addItems([each["transform"] for each in found])
        self.transform.setCurrentIndex(max(0, self.transform.findText(chosen)))
        self.transform.blockSignals(False)
        self.transform.setVisible(bool(found))
        self._show_dose()

    def _show_dose(self) -> None:
        found = (self._results.get("limits") or {}).get("transforms") or []
        one = next((t for t in found if t["transform"] == self.transform.currentText()), None)
        self.dose.show_curve(one)
        self.limits.setVisible(one is not None)
        if one is not None:
            words = [each["words"] for each in one["ranges"]]
            self.limits.setText("\n".join([*words, *one["notes"]]))

    # --- regression ---------------------------------------------------------------------------

    def _show_regression(self) -> None:
        found = self._results.get("regress")
        self.errors.show_errors(found)
        for part in (self.learnt, self.models):
            part.setVisible(found is not None)
        dials = read_dials(self.study, found) if self.study is not None and found else {}
        self.sections["Best view of a dish"].setVisible(bool(dials))
        self._dials = dials
        chosen = self.dish.currentText()
        self.dish.blockSignals(True)
        self.dish.clear()
        self.dish.addItems(list(dials))
        self.dish.setCurrentIndex(max(0, self.dish.findText(chosen)))
        self.dish.blockSignals(False)
        self._show_dial()
        if found is None:
            return
        noise = found["noise"]
        lines = [f"{found['photos']} photos of {found['dishes']} dishes. {found['tested']}"]
        if noise is not None:
            lines.append(f"Floor {_interval(noise['floor'])}: {noise['text']}.")
        if found["gaze"] is not None:
            source = found["gaze"]["source"].replace("_", " ")
            lines.append(f"Gaze ({source}): {found['gaze']['verdict']}")
        lines.append(found["intervals"])
        self.learnt.setText("\n".join(lines))
        _fill(
            self.models,
            ("model", "MAE (95 % interval)", "less than the mean's"),
            [
                (m["model"], _interval(m["mae"]), _interval(m["less_than_mean"]))
                for m in found["models"]
            ],
            lines=6,
            elastic=2,
        )

    def _show_dial(self) -> None:
        one = self._dials.get(self.dish.currentText())
        self.dial.show_dial(one)
        self.best.setText("" if one is None else one.words)


def _ranking_of(rows: Sequence[Mapping[str, Any]], text: str) -> Ranking:
    import numpy as np

    value, low, high = (
        np.array([row[name] for row in rows], np.float64) for name in ("value", "low", "high")
    )
    return Ranking(tuple(str(row["photo"]) for row in rows), value, low, high, text)


def _interval(ends: Sequence[float | None] | None) -> str:
    if ends is None or ends[0] is None:
        return "–"
    value, low, high = ends
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"


def _figure(each: Mapping[str, Any]) -> str:
    if each.get("value") is None:
        return str(each.get("words") or "not available")
    if each.get("low") is None or each.get("high") is None:
        return f"{each['value']:.2f}"
    return f"{each['value']:.2f} ({each['low']:.2f} to {each['high']:.2f})"


def _table(name: str) -> QTableWidget:
    made = QTableWidget()
    made.setAccessibleName(name)
    made.verticalHeader().hide()
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setWordWrap(False)
    made.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    return made


def _fill(
    table: QTableWidget,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    lines: int,
    elastic: int,
) -> None:
    """Show rows; so many of them without scrolling, one column as wide as the dock allows."""
    table.setColumnCount(len(columns))
    table.setHorizontalHeaderLabels(list(columns))
    table.setRowCount(len(rows))
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            item = QTableWidgetItem(str(cell))
            item.setToolTip(str(cell))
            table.setItem(line, column, item)
    header = table.horizontalHeader()
    for column in range(len(columns)):
        grows = column == elastic
        mode = QHeaderView.ResizeMode.Stretch if grows else QHeaderView.ResizeMode.ResizeToContents
        header.setSectionResizeMode(column, mode)
    shown = min(lines, len(rows))
    height = table.horizontalHeader().sizeHint().height() + 6
    table.setFixedHeight(height + sum(table.rowHeight(line) for line in range(shown)))
