"""Run: a participant takes part in a window of their own; the operator sees how it goes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from qtpy.QtCore import QTimer, Signal
from qtpy.QtGui import QFontDatabase
from qtpy.QtWidgets import (
    QComboBox,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.tracker_note import last_tracker
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, form, note, row
from napari_lesion_synth.widgets.parts.message_log import MessageLog
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.study.asked_words import asked_words
from napari_lesion_synth.widgets.study.delete_part import DeletePart
from napari_lesion_synth.widgets.study.design_words import judgements_words
from napari_lesion_synth.widgets.study.gaze_light import GazeLight
from napari_lesion_synth.widgets.study.participant.screens import ScreenChoice
from napari_lesion_synth.widgets.study.participant.window import ParticipantWindow
from napari_lesion_synth.widgets.study.ranking_plot import RankingPlot
from napari_lesion_synth.widgets.study.simulate_part import SimulatePart
from napari_lesion_synth.widgets.study.standalone import gaze_words, open_window
from napari_lesion_synth.widgets.study.standing import Standing, standing_of
from napari_lesion_synth.widgets.study.tracker_part import TrackerPart
from napari_lesion_synth.wording import counted

__all__ = ["RunTab"]

_SETTLED_MS = 600
"""After an answer: the ranking is not to compete with the next photos."""

_LANGUAGES = {"ja": "日本語 (ja)", "en": "English (en)"}
_NO_STUDY = "Make or open a study in the tab Design first."


class RunTab(QWidget):
    """Starts the participant's window, and watches.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    answers_changed = Signal()
    """Somebody has answered, or has left."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.window_shown: ParticipantWindow | None = None
        self.code = QLineEdit()
        self.code.setPlaceholderText("such as P012; never a name")
        self.code.setToolTip("Letters, digits, - and _; one who has begun goes on")
        self.language, self.screen = QComboBox(), ScreenChoice()
        self.tracker = TrackerPart()
        self.begin = button("&Start", "Open the participant's window", self.start)
        self.need = note(name="What is needed")
        self.bar = QProgressBar()
        self.bar.setFormat("%v of %m questions, practice and checks among them")
        self.bar.setAccessibleName("Progress of the participant")
        self.bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.at = note(name="Where the participant is")
        self.light = GazeLight()
        self.log = MessageLog()
        self.budget = note(name="What is left to ask")
        self.plot = RankingPlot()
        self.ranked = note(name="What the ranking says")
        self.simulate = SimulatePart()
        self.erase = DeletePart(on_error)
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._worker = LatestOnly("ranking", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._connect()
        self.set_study(None)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        who = QWidget()
        inside = QVBoxLayout(who)
        inside.setContentsMargins(0, 0, 0, 0)
        rows = (("Code", self.code), ("Language", self.language), ("Screen", self.screen))
        tracker = self.sections["Tracker"] = Section("Tracker", expanded=False)
        tracker.set_content(self.tracker)
        for part in (form(rows), tracker, row(self.begin, None), self.need):
            inside.addWidget(part)
        how = QWidget()
        inside = QVBoxLayout(how)
        inside.setContentsMargins(0, 0, 0, 0)
        for part in (self.bar, self.at, self.light, self.log):
            inside.addWidget(part)
        so_far = QWidget()
        inside = QVBoxLayout(so_far)
        inside.setContentsMargins(0, 0, 0, 0)
        for part in (self.budget, self.plot, self.ranked):
            inside.addWidget(part)
        for title, content, expanded in (
            ("Participant", who, True),
            ("Now", how, True),
            ("Study so far", so_far, True),
            ("Simulated participants", self.simulate, False),
            ("Delete a participant", self.erase, False),
        ):
            section = self.sections[title] = Section(title, expanded=expanded)
            section.set_content(content)
            layout.addWidget(section)
        layout.addStretch(1)

    def _connect(self) -> None:
        self._worker.finished.connect(self._on_standing)
        self._worker.failed.connect(lambda _n, error: self.budget.setText(f"⚠ {error}"))
        self._settled.timeout.connect(self.refresh)
        self.code.textChanged.connect(lambda *_: self._offer())
        self.code.returnPressed.connect(self.start)
        self.simulate.finished.connect(self._on_answers)
        self.erase.deleted.connect(self._on_answers)
        self.simulate.run.job.event_arrived.connect(lambda _e: self._settled.start())

    def close_tab(self) -> None:
        """Let the participant's window, the thread and the process go."""
        self._settled.stop()
        self.screen.close_part()
        if self.window_shown is not None:
            self.window_shown.close()
        self._worker.close()
        self.simulate.run.cancel()

    # --- the study ----------------------------------------------------------------------------

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same one changed."""
        before = self.study
        again = before is not None and study is not None and before.folder == study.folder
        self.study = self.simulate.study = study
        self.language.clear()
        for name in study.design.languages if study is not None else ():
            self.language.addItem(_LANGUAGES[name], name)
        self.log.clear()
        tracked = study is not None and study.design.viewing.gaze_source == "tracker"
        self.sections["Tracker"].setVisible(tracked)
        if study is not None and tracked and not again:
            self.tracker.set_settings(last_tracker(study) or self.tracker.settings())
        for title in ("Study so far", "Simulated participants", "Delete a participant"):
            self.sections[title].setVisible(study is not None)
        self._worker.forget()
        self.plot.show_ranking(None)
        self._show_now(None)
        self._offer()
        self.refresh()

    def refresh(self) -> None:
        """Read the answers again, and rank the photos."""
        self.erase.set_study(self.study)
        if self.study is not None:
            self._worker.submit(partial(standing_of, self.study))

    def _on_standing(self, _number: int, standing: Standing) -> None:
        text = (
            f"{counted(standing.participants, 'participant')}, {standing.finished} finished. "
            f"{counted(standing.answers, 'judgement')} so far. Planned for "
            f"{counted(standing.people, 'participant')}: "
            f"{judgements_words(standing.each, standing.people)}; {standing.left} left. Practice "
            "and catch trials are not counted."
        )
        for code, why in list(standing.left_out.items())[:5]:
            text += f"\n{code} does not count: {why}."
        self.budget.setText(text)
        ranking = standing.ranking
        self.plot.show_ranking(ranking)
        if ranking is None:
            self.ranked.setText("")
            return
        best = ", ".join(ranking.items[:3])
        self.ranked.setText(
            f"First: {best}. Median width of the intervals: {ranking.median_width:.2f}. "
            f"{ranking.text} Raters are taken as alike here; the tab Model has the full scaling."
        )

    # --- a participant ------------------------------------------------------------------------

    def start(self) -> None:
        """Open the window for the participant whose code was given."""
        code = self.code.text().strip()
        if self.study is None or not code or self.window_shown is not None:
            return
        again = code in self.study.codes
        language = cast("Language | None", self.language.currentData())
        try:
            tracker = None
            if self.study.design.viewing.gaze_source == "tracker":
                tracker = self.tracker.settings()
            window = open_window(
                self.study, code, language, self.screen.chosen, again=again, tracker=tracker
            )
        except LesionSynthError as error:
            self._on_error(error)
            return
        self._watch(window)
        verb = "goes on" if again else "begins"
        self.log.add(f"{code} {verb}.")
        self._show_now(window)

    def _watch(self, window: ParticipantWindow) -> None:
        self.window_shown = window
        window.phase_shown.connect(self._on_phase)
        window.trial_shown.connect(self._on_trial)
        window.answered.connect(self._on_answered)
        window.validated.connect(lambda text: self.log.add(f"Validation: {text}."))
        window.gaze_doubted.connect(lambda why: self.log.add(gaze_words(why), warning=True))
        window.drift_checked.connect(lambda text: self.log.add(f"Check of drift: {text}."))
        window.trouble.connect(self._on_trouble)
        window.closed.connect(self._on_closed)
        if window.recorder is not None:
            window.recorder.polled.connect(self.light.take)
        self._offer()

    def _on_phase(self, phase: Phase) -> None:
        self._show_now(self.window_shown)
        if not phase.asks:
            self.log.add(f"The participant is at: {phase.value}.")

    def _on_trial(self, trial: Trial) -> None:
        self.at.setText(asked_words(trial))

    def _on_answered(self, trial: Trial, answer: Answer) -> None:
        marks = f" [{', '.join(answer.marks)}]" if answer.marks else ""
        said = answer.response if answer.response is not None else "seen"
        self.log.add(f"{trial.number + 1}: {said} after {answer.response_time_s:.2f} s{marks}")
        self._on_answers()

    def _on_answers(self, *_: object) -> None:
        self._settled.start()
        self.answers_changed.emit()

    def _on_trouble(self, error: Exception) -> None:
        self.log.add(str(error), warning=True)

    def _on_closed(self) -> None:
        window, self.window_shown = self.window_shown, None
        if window is not None:
            self.log.add(f"The window of {window.session.state.code} is closed.")
            window.deleteLater()
        self.light.reset()
        self._offer()
        self._on_answers()

    # --- what is shown ------------------------------------------------------------------------

    def _show_now(self, window: ParticipantWindow | None) -> None:
        running = window is not None
        for part in (self.bar, self.at):
            part.setVisible(running)
        self.sections["Now"].setVisible(running or bool(self.log.toPlainText()))
        self.light.setVisible(running and window is not None and window.recorder is not None)
        if window is None:
            return
        done, of = window.session.progress
        self.bar.setRange(0, of)
        self.bar.setValue(done)
        if not window.session.phase.asks:
            self.at.setText(f"At: {window.session.phase.value}")

    def _offer(self) -> None:
        code = self.code.text().strip()
        known = self.study is not None and code in self.study.codes
        self.begin.setText("&Go on" if known else "&Start")
        self.begin.setEnabled(self.study is not None and bool(code) and self.window_shown is None)
        self.need.setText(self._needs())

    def _needs(self) -> str:
        if self.study is None:
            return _NO_STUDY
        if self.window_shown is not None:
            return "A participant is taking part. Esc in their window pauses."
        lines = []
        if not self.study.frozen:
            lines.append("⚠ The design is not frozen: what is answered now is a trial run.")
        japanese = QFontDatabase.WritingSystem.Japanese
        if "ja" in self.study.design.languages and not QFontDatabase.families(japanese):
            lines.append("⚠ This computer has no Japanese letters (fonts).")
        return "\n".join(lines)
