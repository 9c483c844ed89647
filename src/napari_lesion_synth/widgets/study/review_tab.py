"""Review: where photos were looked at, on napari's canvas; areas are painted there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QComboBox, QSlider, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.stimuli.areas import write_areas
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.study.attribution_part import AttributionPart
from napari_lesion_synth.widgets.study.looked import Looked, Viewer, look_at, viewers_of
from napari_lesion_synth.widgets.study.review_layers import AREAS, ReviewLayers
from napari_lesion_synth.wording import counted

__all__ = ["ReviewTab"]

_EVERYBODY = "all whose answers count"
_STEP_S, _PLAY_MS = 0.05, 50
_MOST_NAMED = 5
_COLUMNS = ("area", "dwell (s)", "share", "of the photo", "first (s)")
_NO_STUDY = "Make or open a study in the tab Design first."


class ReviewTab(QWidget):
    """Chooses photo and participant, and shows them.

    Parameters
    ----------
    viewer : napari.Viewer
        Where photos are shown.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(self, viewer: Any, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._viewer, self._on_error = viewer, on_error
        self.study: Study | None = None
        self.looked: Looked | None = None
        self.layers = ReviewLayers(viewer)
        self.who, self.photo = QComboBox(), QComboBox()
        self.show_it = button("&Show", "Show the photo with its gaze on the canvas", self.show)
        self.said = note(name="What is shown")
        self.time = QSlider(Qt.Orientation.Horizontal)
        self.time.setAccessibleName("Time since the photo appeared")
        self.time.setToolTip("Time since the photo appeared; at the right end, all of it")
        self.play = button("▶ Play", "Replay the gaze", self.toggle_play, checkable=True)
        self.at = note(name="Time")
        self.paint = button("&Paint areas", "Paint areas of interest with napari", self.begin_paint)
        self.keep = button("Sa&ve areas", "Write the areas beside the photo", self.save_areas)
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.verticalHeader().hide()
        self.table.setAccessibleName("Looking by areas")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.attribution = AttributionPart(viewer, on_error)
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._worker = LatestOnly("gaze of a photo", self)
        self._finder = LatestOnly("participants with gaze", self)
        self._tick = QTimer(self, interval=_PLAY_MS)
        self._connect()
        self.set_study(None)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        which = QWidget()
        inside = QVBoxLayout(which)
        inside.setContentsMargins(0, 0, 0, 0)
        for part in (
            form((("Photo", self.photo), ("Participant", self.who))),
            row(self.show_it, None),
            self.said,
        ):
            inside.addWidget(part)
        when = QWidget()
        inside = QVBoxLayout(when)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(row(self.play, self.time, stretch=1))
        inside.addWidget(self.at)
        where = QWidget()
        inside = QVBoxLayout(where)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(row(self.paint, self.keep, None))
        inside.addWidget(self.table)
        for title, content in (
            ("Photo", which),
            ("Replay", when),
            ("What a prediction rests on", self.attribution),
            ("Areas of interest", where),
        ):
            section = self.sections[title] = Section(title)
            section.set_content(content)
            layout.addWidget(section)
        layout.addStretch(1)

    def _connect(self) -> None:
        self._worker.finished.connect(self._on_looked)
        self._worker.failed.connect(lambda _n, error: self._on_error(error))
        self._finder.finished.connect(self._on_found)
        self._finder.failed.connect(lambda _n, error: self.said.setText(f"⚠ {error}"))
        self.photo.activated.connect(lambda *_: self.show())
        self.who.activated.connect(lambda *_: self.show())
        self.time.valueChanged.connect(self._on_time)
        self._tick.timeout.connect(self._on_tick)

    def close_tab(self) -> None:
        """Let the viewer go."""
        self._tick.stop()
        self._worker.close()
        self._finder.close()
        self.attribution.close_part()
        self.layers.clear()

    # --- which --------------------------------------------------------------------------------

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same one changed."""
        same = study is not None and self.study is not None and study.folder == self.study.folder
        self.study = study
        if not same:
            self.attribution.set_looked(None)
            self.layers.clear()
            self.looked = None
            self.photo.clear()
            self.photo.addItems(list(study.stimuli.ids) if study is not None else [])
            self.who.clear()
            self.who.addItem(_EVERYBODY, None)
        self.said.setText("" if study is not None else _NO_STUDY)
        for part in (self.photo, self.who, self.show_it):
            part.setEnabled(study is not None)
        self._offer()
        self.refresh()

    def refresh(self) -> None:
        """Look again who has gaze, and which models were compared."""
        self.attribution.set_study(self.study)
        if self.study is not None:
            self._finder.submit(partial(viewers_of, self.study))

    def _on_found(self, _number: int, found: dict[str, Viewer]) -> None:
        chosen = self.who.currentData()
        self.who.clear()
        self.who.addItem(_EVERYBODY, None)
        for code, viewer in found.items():
            more = "; left out" if viewer.left_out else ""
            self.who.addItem(f"{code} ({counted(viewer.photos, 'photo')}{more})", code)
        self.who.setCurrentIndex(max(0, self.who.findData(chosen)))
        if not self.said.text() and not found:
            self.said.setText("Nobody's gaze was recorded yet; photos and areas can be shown.")

    def show(self) -> None:
        """Show the chosen photo."""
        if self.study is None or not self.photo.currentText():
            return
        call = partial(look_at, self.study, self.photo.currentText(), self.who.currentData())
        self._worker.submit(call)

    def _on_looked(self, _number: int, looked: Looked) -> None:
        self.looked = looked
        self.layers.show(looked)
        self.said.setText(_told(looked))
        longest = max((float(view.t[-1]) for view in looked.views if len(view.t)), default=0.0)
        self.time.setRange(0, round(longest / _STEP_S) + 1)
        self.time.setValue(self.time.maximum())
        self._on_time(self.time.maximum())
        self._fill_table(looked)
        self.attribution.set_looked(looked)
        self._offer()

    # --- when ---------------------------------------------------------------------------------

    def toggle_play(self) -> None:
        """Start or stop the replay."""
        if self.play.isChecked():
            if self.time.value() >= self.time.maximum():
                self.time.setValue(0)
            self._tick.start()
        else:
            self._tick.stop()

    def _on_tick(self) -> None:
        self.time.setValue(self.time.value() + 1)
        if self.time.value() >= self.time.maximum():
            self.play.setChecked(False)
            self._tick.stop()

    def _on_time(self, value: int) -> None:
        whole = value >= self.time.maximum()
        seconds = value * _STEP_S
        self.layers.show_time(None if whole else seconds)
        self.at.setText("the whole time" if whole else f"{seconds:.2f} s after the photo appeared")

    # --- where --------------------------------------------------------------------------------

    def begin_paint(self) -> None:
        """Make the areas the layer that napari paints in."""
        layer = self.layers.layer(AREAS)
        if layer is None:
            return
        self._viewer.layers.selection.active = layer
        layer.visible = True
        layer.mode = "paint"
        if layer.selected_label == 0:
            layer.selected_label = 1

    def save_areas(self) -> None:
        """Write the areas beside the photo, and count the looking by them."""
        areas = self.layers.areas()
        if areas is None or self.looked is None:
            return
        try:
            write_areas(self.looked.photo, areas)
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.show()

    def _offer(self) -> None:
        there = self.looked is not None
        for part in (self.paint, self.keep):
            part.setEnabled(there)
        gaze = there and self.looked is not None and bool(self.looked.views)
        self.sections["Replay"].setVisible(gaze)
        for title in ("What a prediction rests on", "Areas of interest"):
            self.sections[title].setVisible(there)

    def _fill_table(self, looked: Looked) -> None:
        self.table.setRowCount(len(looked.dwell))
        self.table.setVisible(bool(looked.dwell))
        for line, area in enumerate(looked.dwell):
            first = "–" if area.first_fixation_s is None else f"{area.first_fixation_s:.2f}"
            cells = (area.name, f"{area.dwell_s:.2f}", f"{area.share:.0%}")
            for column, text in enumerate((*cells, f"{area.area_share:.0%}", first)):
                self.table.setItem(line, column, QTableWidgetItem(text))
        self.table.resizeColumnsToContents()
        height = self.table.horizontalHeader().height() + 4
        height += sum(self.table.rowHeight(line) for line in range(self.table.rowCount()))
        self.table.setFixedHeight(height)


def _told(looked: Looked) -> str:
    photo = looked.photo
    text = f"{photo.id}: {photo.width} x {photo.height} px"
    if not looked.views:
        return f"{text}. No gaze was kept for it." + _left_out(looked)
    source = looked.views[0].source.replace("_", " ")
    people = len({view.code for view in looked.views})
    text += (
        f". {counted(len(looked.views), 'showing')} to {counted(people, 'participant')} "
        f"({source}), {counted(len(looked.fixations), 'fixation')}."
    )
    poor = [view for view in looked.views if not view.verdict.maps]
    if poor:
        text += f"\n⚠ {counted(len(poor), 'showing')}, in neither map nor times: {poor[0].verdict}."
    if source in ("mouse aperture", "bubble click"):
        text += "\nThis is where people pointed with the mouse, not where they looked."
    return text + _left_out(looked)


def _left_out(looked: Looked) -> str:
    """Whose answers do not count: of several, they are not in the picture."""
    shown = {view.code for view in looked.views}
    lines = []
    for code, why in list(looked.left_out.items())[:_MOST_NAMED]:
        what = "shown, but counts in no result" if code in shown else "not shown"
        lines.append(f"\n⚠ {code} {why}: {what}.")
    more = len(looked.left_out) - _MOST_NAMED
    if more > 0:
        lines.append(f"\n⚠ {more} more do not count, and are not shown.")
    return "".join(lines)
