"""A list of folders, each with a few words on what it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button

__all__ = ["FolderList"]

_LINES = 3
_PATH = Qt.ItemDataRole.UserRole


class FolderList(QWidget):
    """Folders to add and remove.

    Parameters
    ----------
    name : str
        What they are, in the plural, as in "generated sets".
    describe : callable
        Says what a folder holds; in a thread. What it raises is shown in its place.
    """

    changed = Signal()

    def __init__(
        self, name: str, describe: Callable[[Path], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._describe = name, describe
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setToolTip(f"{name[:1].upper()}{name[1:]}; Delete removes the chosen one.")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setFixedHeight((_LINES + 1) * self.fontMetrics().height())
        self.add = button("Add…", f"Add one of the {name}", self.ask)
        self.add.setAccessibleName(f"Add to the {name}")
        self.drop = button("Remove", f"Take the chosen ones out of the {name}", self.remove)
        self.drop.setAccessibleName(f"Remove from the {name}")
        side = QVBoxLayout()
        side.setSpacing(3)
        side.addWidget(self.add)
        side.addWidget(self.drop)
        side.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(side)
        self._worker = LatestOnly("describing folders", self)
        self._worker.finished.connect(self._on_described)
        self.list.itemSelectionChanged.connect(self._offer)
        self._offer()

    def close(self) -> bool:
        """End the thread."""
        self._worker.close()
        return bool(super().close())

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders, in order."""
        return tuple(self.list.item(k).data(_PATH) for k in range(self.list.count()))

    def add_folder(self, folder: Path) -> None:
        """Add a folder, unless it is there."""
        if folder not in self.folders:
            item = QListWidgetItem(folder.name)
            item.setData(_PATH, folder)
            item.setToolTip(str(folder))
            self.list.addItem(item)
            self.changed.emit()
        self.look_again()

    def remove(self) -> None:
        """Take the chosen folders out of the list; they stay on the disk."""
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self.changed.emit()

    def ask(self) -> None:
        """Ask for a folder."""
        known = self.folders
        start = str(known[-1].parent) if known else ""
        chosen = QFileDialog.getExistingDirectory(self, f"Add to the {self._name}", start)
        if chosen:
            self.add_folder(Path(chosen))

    def look_again(self) -> None:
        """Describe all folders anew."""
        self._worker.submit(partial(_described, self.folders, self._describe))

    def set_icons(self, icons: Iterable[QIcon]) -> None:
        """Give each folder a picture."""
        for k, icon in enumerate(icons):
            self.list.item(k).setIcon(icon)

    def text(self, place: int) -> str:
        """What stands in the list."""
        return str(self.list.item(place).text())

    def _on_described(self, _number: int, words: dict[Path, str]) -> None:
        for k in range(self.list.count()):
            item = self.list.item(k)
            folder = item.data(_PATH)
            if folder in words:
                item.setText(f"{folder.name}: {words[folder]}")
                item.setToolTip(f"{folder}\n{words[folder]}")

    def _offer(self) -> None:
        self.drop.setEnabled(bool(self.list.selectedItems()))


def _described(folders: tuple[Path, ...], describe: Callable[[Path], str]) -> dict[Path, str]:
    words = {}
    for folder in folders:
        try:
            words[folder] = describe(folder)
        except Exception as error:  # whatever it is, it is said in the list
            words[folder] = f"⚠ {error}"
    return words
