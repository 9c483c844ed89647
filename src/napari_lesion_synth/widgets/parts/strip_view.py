"""Pictures that a job makes one after the other: the newest large, the older ones to look back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from qtpy.QtCore import QRect, QSize, Qt, Signal
from qtpy.QtGui import QPainter, QPaintEvent, QPixmap
from qtpy.QtWidgets import QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import note, row

__all__ = ["StripView"]

_LINES = 14
"""Height of the picture at most, in lines of text."""


class StripView(QWidget):
    """A picture, and a slider through those before it.

    While the slider stands at its end, it goes along with what comes.

    Parameters
    ----------
    name : str
        What the pictures are of.
    help : str
        How to read them: said below.
    """

    shown = Signal(object)
    """Path of the picture in sight."""

    def __init__(self, name: str, help: str, parent: QWidget | None = None) -> None:  # noqa: A002
        super().__init__(parent)
        self._paths: list[Path] = []
        self.picture = _Picture()
        self.picture.setAccessibleName(name)
        self.help = note(help, f"How to read: {name}")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(f"{name}: look back")
        self.slider.setToolTip("Look back at earlier pictures (arrow keys).")
        self.slider.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.label = QLabel()
        self.label.setAccessibleName(f"{name}: step")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addWidget(self.picture)
        layout.addWidget(self.help)
        self._below = row(self.slider, self.label, stretch=0)
        layout.addWidget(self._below)
        self.slider.valueChanged.connect(self._on_slider)
        self.restart()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All pictures, the oldest first."""
        return tuple(self._paths)

    @property
    def current(self) -> Path | None:
        """The picture in sight."""
        return self._paths[self.slider.value()] if self._paths else None

    def restart(self, paths: Iterable[Path] = ()) -> None:
        """Forget all pictures but these."""
        self._paths = sorted(set(paths), key=_step)
        self._show(len(self._paths) - 1)

    def add(self, path: Path) -> None:
        """One more picture; of one step the newest counts, and later ones go."""
        last = not self._paths or self.slider.value() == len(self._paths) - 1
        kept = [known for known in self._paths if _step(known) < _step(path)]
        at = min(self.slider.value(), len(kept))
        self._paths = [*kept, path]
        self._show(len(kept) if last else at)

    def _show(self, place: int) -> None:
        self.setVisible(bool(self._paths))
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(self._paths) - 1))
        self.slider.setValue(max(0, place))
        self.slider.blockSignals(False)
        self._below.setVisible(bool(self._paths))
        self.slider.setEnabled(len(self._paths) > 1)
        self._load()

    def _on_slider(self, _place: int) -> None:
        self._load()

    def _load(self) -> None:
        path = self.current
        if path is None:
            self.picture.set_pixmap(QPixmap())
            return
        pixmap = QPixmap(str(path))
        self.picture.set_pixmap(pixmap)
        words = f"step {_step(path)}"
        self.label.setText(words if not pixmap.isNull() else f"{words}: gone")
        self.picture.setAccessibleDescription(self.label.text())
        self.shown.emit(path)


def _step(path: Path) -> int:
    """The number in a picture's name."""
    found = re.findall(r"\d+", path.stem)
    return int(found[-1]) if found else 0


class _Picture(QWidget):
    """A pixmap as wide as there is room, no higher than some lines of text."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_pixmap(self, pixmap: QPixmap) -> None:
        self._pixmap = pixmap
        self.updateGeometry()
        self.update()

    @property
    def _most(self) -> int:
        return _LINES * self.fontMetrics().height()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        if self._pixmap.isNull():
            return self.fontMetrics().height()
        fitting = round(width * self._pixmap.height() / self._pixmap.width())
        return max(1, min(fitting, self._most))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(300, self.heightForWidth(300))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        if self._pixmap.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = (self.width() - size.width()) // 2
        painter.drawPixmap(QRect(left, 0, size.width(), size.height()), self._pixmap)
