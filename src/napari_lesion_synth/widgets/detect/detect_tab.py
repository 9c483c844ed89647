"""Detect: search the open CT, look at what is found, and judge it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QCheckBox, QSizePolicy, QVBoxLayout, QWidget

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.verdicts import FindingLedger, FindingVerdict
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.settings import plain_name
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.jump import jump
from napari_lesion_synth.widgets.detect.detector_loader import DetectorLoader
from napari_lesion_synth.widgets.detect.detector_row import DetectorRow
from napari_lesion_synth.widgets.detect.findings_folder import FindingsFolder
from napari_lesion_synth.widgets.detect.findings_layers import FindingsLayers
from napari_lesion_synth.widgets.detect.findings_table import FindingsTable
from napari_lesion_synth.widgets.detect.judge_bar import JudgeBar
from napari_lesion_synth.widgets.detect.key_table import ACTIONS
from napari_lesion_synth.widgets.detect.open_ct import OpenCt
from napari_lesion_synth.widgets.detect.rows import Row, rows_of, score_text, words_of
from napari_lesion_synth.widgets.detect.search_run import SearchRun
from napari_lesion_synth.widgets.detect.truth_check import TruthCheck
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import form, note
from napari_lesion_synth.widgets.parts.number import NumberSlider
from napari_lesion_synth.widgets.parts.section import Section

__all__ = ["DetectTab"]

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_COMPARE = "Tell findings that hit a known lesion from false alarms, and show what was missed."
_UNKNOWN = "No lesions of this CT are known: give their labels above."
_NONE_ABOVE = "Nothing has a score of {:.2f} or more; the highest is {}."


class DetectTab(QWidget):
    """The CT, the detector, and its findings.

    Parameters
    ----------
    viewer : napari.Viewer
        Shows them.
    loader : DetectorLoader
        Has the detector.
    open_workbench : callable
        Opens "Synthesize lesions".
    on_error : callable
        Takes what went wrong.
    """

    help_wanted = Signal()
    rejected = Signal(object)
    """The folder in which a finding was rejected."""

    def __init__(
        self,
        viewer: Any,
        loader: DetectorLoader,
        open_workbench: Callable[[], Any],
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._viewer, self._loader, self._on_error = viewer, loader, on_error
        self.detection: Detection | None = None
        self._searched: tuple[Case, Frame] | None = None
        self._searching: tuple[Case, Frame, Detector] | None = None
        self._finder: Detector | None = None
        self._source = ""
        self._known = ""
        self._wanted = 0.5
        self._verdicts: tuple[FindingVerdict, ...] = ()
        self._result: CaseResult | None = None
        self.ct = OpenCt(viewer, open_workbench, on_error)
        self.model = DetectorRow(loader)
        self.run = SearchRun()
        self.threshold = NumberSlider(0.0, 1.0, step=0.01, decimals=2)
        self.threshold.setToolTip("Findings of a lower score are not shown.")
        self.threshold.slider.setAccessibleName("Threshold of the score")
        self.threshold.box.setAccessibleName("Threshold of the score, as a number")
        self.compare = QCheckBox("Compare with the &known lesions")
        self.compare.setToolTip(_COMPARE)
        self.counts = note(name="What was found")
        self.table = FindingsTable()
        self.judge = JudgeBar(self.act)
        self.folder = FindingsFolder(self.export)
        self.layers = FindingsLayers(viewer, self._bind)
        self._check = TruthCheck(self)
        self._writer = LatestOnly("findings export", self)
        self._lay_out()
        self._connect()
        self._on_case()
        self._show()

    def _lay_out(self) -> None:
        self.section = Section("CT and detector")
        inside = QWidget()
        inner = QVBoxLayout(inside)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        inner.addWidget(self.ct)
        inner.addWidget(self.model)
        self.section.set_content(inside)
        self.section.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.results = QWidget()
        column = QVBoxLayout(self.results)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(form([("Threshold", self.threshold)]))
        column.addWidget(self.compare)
        column.addWidget(self.counts)
        column.addWidget(self.table, 1)
        column.addWidget(self.judge)
        column.addWidget(self.folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(6)
        layout.addWidget(self.section)
        layout.addWidget(self.run)
        layout.addWidget(self.results, 1)
        layout.addStretch(0)

    def _connect(self) -> None:
        self.ct.changed.connect(self._on_case)
        self._loader.changed.connect(self._on_case)
        self.run.run_requested.connect(self.start)
        self.run.found.connect(self._on_found)
        self.run.failed.connect(self._on_error)
        self.threshold.value_changed.connect(lambda _value: self._show())
        self.compare.toggled.connect(self._on_compare)
        self.table.chosen.connect(self._on_chosen)
        self.folder.changed.connect(self._read_verdicts)
        self._check.judged.connect(self._on_judged)
        self._check.failed.connect(self._on_not_judged)
        self._writer.finished.connect(self._on_exported)
        self._writer.failed.connect(lambda _number, error: self._on_error(error))

    def close_tab(self) -> None:
        """Let the viewer go: threads, layers, callbacks."""
        self.run.close_run()
        self._check.close()
        self._writer.close()
        self.ct.close_section()
        self.layers.close()

    # --- the search ---------------------------------------------------------------------------

    def _on_case(self) -> None:
        case = self.ct.now
        self.model.set_case(case)
        self._keep_or_forget(case)
        reason = ""
        if self.ct.working or self._loader.working:
            reason = "One moment."
        elif case is None:
            reason = "Choose a CT first."
        elif case.organ is None:
            reason = "Say where the organ is first."
        elif self._loader.current is None:
            reason = "Choose a detector first."
        self.run.button.set_blocked(reason)
        if not self.run.running and self.detection is None:
            self.run.say(reason)

    def _keep_or_forget(self, case: Case | None) -> None:
        """Findings stay with their CT; lesions that become known may be compared at once."""
        if self._searched is None or self.detection is None or self.ct.working:
            return
        searched, frame = self._searched
        now = "" if case is None else case.volume.sha256
        if case is not None and now == searched.volume.sha256:
            self._searched = case, frame
            self._offer_comparison()
        elif now != self._source:
            self.forget()

    def forget(self) -> None:
        """Show no findings; verdicts are on the disk."""
        self.detection = self._searched = self._result = None
        self._verdicts = ()
        self._check.forget()
        self.layers.clear()
        self._show()

    def start(self) -> None:
        """Search the CT as it is now."""
        fresh, current = self.ct.fresh(), self._loader.current
        if fresh is None or current is None or self.run.running:
            return
        now = self.ct.now
        self._source = "" if now is None else now.volume.sha256
        self._searching = *fresh, current.detector
        self._wanted = current.threshold
        self.run.start(current.detector, fresh[0])

    def _on_found(self, detection: Detection) -> None:
        assert self._searching is not None
        (case, frame, self._finder), self._searching = self._searching, None
        self._searched = case, frame
        first = self.detection is None
        self.detection, self._result = detection, None
        if first:
            self.threshold.set_value(self._wanted)
        self.layers.show(detection, frame)
        self._read_verdicts()
        self._offer_comparison()
        self._on_compare()
        self.section.set_expanded(False)
        for part in (self.section, self):  # at once: the canvas is about to draw for a while
            part.layout().activate()
        if self.table.current is None:
            self.table.go(1)  # else Qt would take the first for chosen, and not show it so
        self.table.setFocus()

    def _offer_comparison(self) -> None:
        known = self._searched is not None and self._searched[0].lesions is not None
        self.compare.setEnabled(known)
        self.compare.setToolTip(_COMPARE if known else _UNKNOWN)

    @property
    def _host(self) -> str:
        return "" if self._searched is None else self._searched[0].volume.sha256

    # --- what is shown ------------------------------------------------------------------------

    def _show(self) -> None:
        """Bring table, marks and words in step."""
        detection = self.detection
        self.results.setVisible(detection is not None)
        if detection is None:
            return
        threshold, result = self.threshold.value(), self._result
        rows = rows_of(detection, threshold, self._verdicts, self._host, result)
        self.table.show_rows(rows, compared=result is not None)
        self.layers.update(rows, self.table.current)
        told = self._told(detection, rows, threshold, result)
        if result is not None and self._known:
            told += f"\n⚠ No fair test: the detector {self._known}."
        self.counts.setText(told)
        self._offer()

    @staticmethod
    def _told(
        detection: Detection, rows: tuple[Row, ...], threshold: float, result: CaseResult | None
    ) -> str:
        found = [row for row in rows if row.finding is not None]
        if not detection.findings:
            text = "Nothing was found."
        elif not found:
            text = _NONE_ABOVE.format(threshold, score_text(detection.findings[0].score))
        else:
            plural = "" if len(found) == 1 else "s"
            below = len(detection.findings) - len(found)
            text = f"{len(found)} finding{plural}{f', {below} below the threshold' * bool(below)}."
        judged = [row.verdict for row in found if row.verdict]
        if judged:
            accepted = judged.count(ACCEPT)
            text += f" {accepted} accepted, {len(judged) - accepted} rejected."
        if result is not None:
            text += f"\n{words_of(result, threshold)}"
        return text

    def _offer(self) -> None:
        row = self.table.current
        self.judge.set_ready(
            rows=len(self.table.rows),
            finding=row is not None and row.finding is not None,
            undoable=bool(self._verdicts),
        )

    def _on_chosen(self, row: Row) -> None:
        if self._searched is None:
            return
        frame = self._searched[1]
        jump(self._viewer, frame.to_world([round(float(i)) for i in row.center]))
        self.layers.update(self.table.rows, row)
        self._offer()

    # --- the known lesions --------------------------------------------------------------------

    def _on_compare(self, *_: object) -> None:
        case = None if self._searched is None else self._searched[0]
        on = self.compare.isChecked() and case is not None and case.lesions is not None
        self._check.forget()
        self._result = None
        if on and self.detection is not None and case is not None and self._finder is not None:
            self._check.judge(self.detection, case, self._finder, self._source)
        self.layers.show_known(case if on else None)
        self._show()

    def _on_judged(self, result: CaseResult, known: str) -> None:
        self._result, self._known = result, known
        self.counts.setToolTip(f"<qt>{result.rule.text}</qt>")
        self._show()

    def _on_not_judged(self, error: Exception) -> None:
        self.compare.setChecked(False)
        self._on_error(error)

    # --- verdicts -----------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do what a key or a button stands for."""
        if name == "help":
            self.help_wanted.emit()
        elif name in ("next", "previous"):
            self.table.go(1 if name == "next" else -1)
        elif name == "undo":
            self._write(lambda ledger: ledger.undo(self._host))
        elif name == "accept":
            self._decide(ACCEPT)
        elif name == "reject":
            self._decide(REJECT)

    def _decide(self, verdict: Literal["accept", "reject"]) -> None:
        row = self.table.current
        finding = None if row is None else row.finding
        if finding is not None:
            self._write(lambda ledger: ledger.decide(self._host, finding, verdict))
            if verdict == REJECT:
                self.rejected.emit(self.folder.folder)

    def _write(self, call: Callable[[FindingLedger], object]) -> None:
        if self.detection is None:
            return
        try:
            call(FindingLedger(self.folder.folder))
        except Exception as error:  # a slot's error would end on the console
            self._on_error(error)
        self._read_verdicts()

    def _read_verdicts(self) -> None:
        if self._searched is None:
            return
        try:
            self._verdicts = FindingLedger(self.folder.folder).verdicts(self._host)
        except Exception as error:  # a file that cannot be read
            self._verdicts = ()
            self._on_error(error)
        self._show()

    # --- files --------------------------------------------------------------------------------

    def export(self) -> None:
        """Write the findings above the threshold."""
        if self.detection is None or self._searched is None:
            return
        volume = self._searched[0].volume
        folder = self.folder.folder / plain_name(self.detection.patient)
        detection, threshold = self.detection, self.threshold.value()

        def write() -> Path:
            from napari_lesion_synth.detection.export import write_findings

            with writing(folder):
                folder.mkdir(parents=True, exist_ok=True)
            write_findings(folder, detection, volume, threshold)
            return folder

        self.run.say("Writing the findings…")
        self._writer.submit(write)

    def _on_exported(self, _number: int, folder: Path) -> None:
        self.run.say(f"Written to {folder}: CSV, JSON, detection map, labels.")

    # --- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keys that no control has taken."""
        name = ACTIONS.get(event.text().upper()) if event.modifiers() in _PLAIN else None
        if name is not None and self.detection is not None:
            self.act(name)
            event.accept()
        else:
            super().keyPressEvent(event)

    def _bind(self, layer: Any) -> None:
        for key, name in ACTIONS.items():
            layer.bind_key(key, _doing(self.act, name), overwrite=True)


def _doing(act: Callable[[str], None], name: str) -> Callable[[Any], None]:
    """A function that napari can call; it asks for its name, which a `partial` has not."""

    def do(_layer: Any = None) -> None:
        with suppress(RuntimeError):  # the tab went first
            act(name)

    return do
