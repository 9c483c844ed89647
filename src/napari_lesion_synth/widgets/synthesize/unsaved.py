"""Asking before lesions are dropped that no file has."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QAbstractButton, QMessageBox, QWidget

from napari_lesion_synth.widgets.synthesize.saving import Saving
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["Unsaved"]

Do = Callable[[], None]


class Unsaved(QObject):
    """Stands between the wish to open something else and its opening.

    Parameters
    ----------
    parent : QWidget
        In front of whose window the question is asked.
    bench : Workbench
        Whose lesions would be dropped.
    saving : Saving
        Knows what is on disk, and puts it there.
    """

    def __init__(self, parent: QWidget, bench: Workbench, saving: Saving) -> None:
        super().__init__(parent)
        self._parent, self._bench, self._saving = parent, bench, saving
        self._go_on: Do | None = None
        self._otherwise: Do | None = None
        self.box: QMessageBox | None = None
        """The question, while it is asked."""
        self.keep_working: QAbstractButton | None = None
        self.save: QAbstractButton | None = None
        self.discard: QAbstractButton | None = None

    def ask_first(self, go_on: Do, otherwise: Do | None = None) -> None:
        """Go on at once where nothing would be lost; else ask, without holding up napari.

        Parameters
        ----------
        go_on : callable
            Opens something else.
        otherwise : callable, optional
            Called where the user keeps on working.
        """
        self.close()
        if not self._saving.at_risk:
            go_on()
            return
        self._go_on, self._otherwise = go_on, otherwise
        box = self.box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Lesions that are not saved")
        box.setText(self._question())
        role = QMessageBox.ButtonRole
        kept = bool(self._bench.scene.commits)
        self.keep_working = box.addButton("Keep working", role.RejectRole)
        saves = "Save set\u2026" if kept else "Save project\u2026"
        self.save = box.addButton(saves, role.AcceptRole)
        self.discard = box.addButton("Discard", role.DestructiveRole)
        box.setDefaultButton(self.keep_working)
        box.setEscapeButton(self.keep_working)
        box.buttonClicked.connect(self._on_answer)
        box.open()

    def close(self) -> None:
        """Ask no more; nothing is opened."""
        box, self.box = self.box, None
        self._go_on = self._otherwise = None
        if box is not None:
            box.hide()
            box.deleteLater()

    def _question(self) -> str:
        scene = self._bench.scene
        count, kept = len(scene.sites), len(scene.commits)
        what = "1 lesion is" if count == 1 else f"{count} lesions are"
        return (
            f"{what} in no file yet; kept: {kept}, drafts: {count - kept}. Opening something else "
            f"drops {'it' if count == 1 else 'them'}."
        )

    def _on_answer(self, answer: QAbstractButton) -> None:
        go_on, otherwise = self._go_on, self._otherwise
        chosen = (answer is self.save, answer is self.discard)
        self.close()
        if chosen[0]:
            kept = bool(self._bench.scene.commits)
            (self._saving.ask_save_set if kept else self._saving.ask_save_project)(go_on)
        elif chosen[1] and go_on is not None:
            go_on()
        elif otherwise is not None:
            otherwise()
