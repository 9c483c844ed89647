"""Pages without photos: consent, questions about the participant, notices, breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qtpy.QtCore import QElapsedTimer, Qt, QTimer, Signal
from qtpy.QtGui import QKeyEvent, QTextCursor, QTextDocument
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.perception.design.answers_before import AGE_BANDS
from napari_lesion_synth.perception.design.consent import ConsentText
from napari_lesion_synth.widgets.study.participant.scales import VasLine
from napari_lesion_synth.widgets.study.participant.words import Words

__all__ = ["ConsentPage", "CovariatesPage", "NoticePage"]

_WEEK_MIN = 7 * 24 * 60
_TICK_MS = 200


class ConsentPage(QWidget):
    """The text to agree to, and two buttons."""

    agreed = Signal(object)
    """The text: `ConsentText`."""
    declined = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text: ConsentText | None = None
        self.browser = QTextBrowser()
        self.browser.setAccessibleName("Consent")
        self.browser.setOpenLinks(False)
        self.browser.document().setDocumentMargin(24)
        self.agree, self.decline = _button(words.agree), _button(words.decline)
        self.version = QLabel()
        self.version.setObjectName("small")
        self.agree.clicked.connect(self._on_agreed)
        self.decline.clicked.connect(self.declined)
        layout = _column(self)
        layout.addWidget(self.browser, 1)
        layout.addWidget(self.version)
        layout.addLayout(_middle(self.decline, self.agree))
        bar = self.browser.verticalScrollBar()
        bar.valueChanged.connect(self._look)
        bar.rangeChanged.connect(self._look)

    def show_text(self, text: ConsentText) -> None:
        """Show a text; it can be agreed to once its end has been seen."""
        self._text = text
        self.agree.setEnabled(False)
        self.browser.setMarkdown(text.body)
        _space_out(self.browser.document(), self.fontMetrics().height())
        self.version.setText(f"{text.version} · {text.sha256[:12]}")
        QTimer.singleShot(0, self._look)

    def key(self, event: QKeyEvent) -> bool:
        """Scroll by keys; agreeing takes a button."""
        bar = self.browser.verticalScrollBar()
        step = {
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
            Qt.Key.Key_Space: bar.pageStep(),
        }.get(Qt.Key(event.key()))
        if step is None:
            return False
        bar.setValue(bar.value() + step)
        return True

    def _look(self, *_: int) -> None:
        bar = self.browser.verticalScrollBar()
        if self._text is not None and self.isVisible() and bar.value() >= bar.maximum() - 2:
            self.agree.setEnabled(True)

    def _on_agreed(self) -> None:
        if self._text is not None:
            self.agreed.emit(self._text)


class CovariatesPage(QWidget):
    """What is asked before the trials."""

    told = Signal(object)
    """Answers by name."""

    def __init__(self, words: Words, asked: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words, self._asked = words, asked
        self.hunger = VasLine(words.hunger_ends)
        self.meal = QSpinBox()
        self.meal.setRange(-1, _WEEK_MIN)
        self.meal.setSpecialValueText(" ")
        self.meal.setValue(-1)
        self.meal.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.meal.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.age = QComboBox()
        self.age.addItems([words.age_not_told, *AGE_BANDS])
        self.fault = QLabel(" ")
        self.go_on = _button(words.go_on)
        self.go_on.clicked.connect(self._on_clicked)
        layout = _column(self)
        layout.addStretch(1)
        layout.addWidget(_heading(words.about_you))
        controls: Mapping[str, tuple[str, QWidget]] = {
            "hunger": (words.hunger, self.hunger),
            "minutes_since_meal": (words.minutes_since_meal, self.meal),
            "age_band": (words.age_band, self.age),
        }
        for name in asked:
            text, control = controls[name]
            label = QLabel(text)
            label.setBuddy(control)
            control.setAccessibleName(text)
            layout.addSpacing(18)
            layout.addWidget(label)
            if isinstance(control, VasLine):
                layout.addWidget(control)
            else:
                layout.addWidget(control, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.fault)
        layout.addStretch(1)
        layout.addLayout(_middle(self.go_on))

    def values(self) -> dict[str, Any]:
        """What was answered so far; None where nothing was."""
        hunger = self.hunger.value
        found = {
            "hunger": None if hunger is None else round(100 * hunger),
            "minutes_since_meal": self.meal.value() if self.meal.value() >= 0 else None,
            "age_band": self.age.currentText() if self.age.currentIndex() > 0 else None,
        }
        return {name: found[name] for name in self._asked}

    def _on_clicked(self) -> None:
        values = self.values()
        lacking = any(value is None for name, value in values.items() if name != "age_band")
        self.fault.setText(self._words.missing if lacking else " ")
        if not lacking:
            self.told.emit(values)


class NoticePage(QWidget):
    """A sentence, and a button that goes on; perhaps not before some seconds have passed."""

    went_on = Signal()
    stopped = Signal()
    """The second button: the participant stops."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text, self.below = QLabel(), QLabel()
        for label in (self.text, self.below):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setObjectName("heading")
        self.go_on, self.stop = _button(""), _button("")
        self.go_on.clicked.connect(self.went_on)
        self.stop.clicked.connect(self.stopped)
        layout = _column(self)
        layout.addStretch(2)
        layout.addWidget(self.text)
        layout.addSpacing(20)
        layout.addWidget(self.below)
        layout.addSpacing(20)
        layout.addLayout(_middle(self.stop, self.go_on))
        layout.addStretch(3)
        self._words = ("", "")
        self._wait_ms = 0
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._count_down)

    def say(self, text: str, button: str, below: str = "", stop: str = "") -> None:
        """Show a sentence.

        Parameters
        ----------
        text : str
            What is said.
        button : str
            On the button that goes on; empty: there is none.
        below : str
            A second, smaller sentence.
        stop : str
            On a button that stops; empty: there is none.
        """
        self._tick.stop()
        self.text.setText(text)
        self.below.setText(below)
        for made, words in ((self.go_on, button), (self.stop, stop)):
            made.setText(words)
            made.setAccessibleName(words)
            made.setVisible(bool(words))
        self.go_on.setEnabled(True)

    def hold(self, seconds: float, waiting: str, over: str) -> None:
        """Keep the button back for some seconds, and count them down.

        Parameters
        ----------
        seconds : float
            How long.
        waiting, over : str
            What is said meanwhile, with ``{seconds}``; and then.
        """
        self._words, self._wait_ms = (waiting, over), round(1000 * seconds)
        self._since.start()
        self.go_on.setEnabled(False)
        self._count_down()
        self._tick.start()

    def key(self, event: QKeyEvent) -> bool:
        """Go on by Space or Enter."""
        keys = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() not in keys or event.isAutoRepeat():
            return False
        if self.go_on.isEnabled() and self.go_on.text():
            self.went_on.emit()
        return True

    def _count_down(self) -> None:
        left = self._wait_ms - self._since.elapsed()
        if left > 0:
            self.below.setText(self._words[0].format(seconds=-(-left // 1000)))
            return
        self._tick.stop()
        self.below.setText(self._words[1])
        self.go_on.setEnabled(True)


def _space_out(document: QTextDocument, gap: int) -> None:
    """Keep paragraphs apart: as Qt reads Markdown, they touch."""
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        form.setBottomMargin(0.6 * gap)
        QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _button(text: str) -> QPushButton:
    made = QPushButton(text)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setAccessibleName(text)
    return made


def _heading(text: str) -> QLabel:
    made = QLabel(text)
    made.setObjectName("heading")
    return made


def _column(page: QWidget) -> QVBoxLayout:
    """A column of text width in the middle of a page."""
    outer = QHBoxLayout(page)
    outer.setContentsMargins(24, 24, 24, 24)
    outer.addStretch(1)
    inner = QVBoxLayout()
    outer.addLayout(inner, 6)
    outer.addStretch(1)
    return inner


def _middle(*buttons: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(40)
    row.addStretch(1)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row
