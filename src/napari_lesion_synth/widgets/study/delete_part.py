"""Delete a participant: their right, and asked once more since it cannot be undone."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QMessageBox, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs.study_delete import DeleteParticipant, delete_participant
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.parts.layout import button, note, row

__all__ = ["DeletePart"]


class DeletePart(QWidget):
    """Chooses a code, and deletes all that is kept under it.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    deleted = Signal(str)
    """The code."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.code = QComboBox()
        self.code.setAccessibleName("Participant to delete")
        self.delete = button(
            "&Delete…", "Delete answers, gaze, and the results that rest on them", self.ask
        )
        self.said = note(name="What was deleted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(row(self.code, self.delete, stretch=0))
        layout.addWidget(self.said)
        self.said.hide()

    def set_study(self, study: Study | None) -> None:
        """Another study, or the same with other participants."""
        self.study = study
        chosen = self.code.currentText()
        self.code.clear()
        self.code.addItems(list(study.codes) if study is not None else [])
        self.code.setCurrentIndex(max(0, self.code.findText(chosen)))
        self.delete.setEnabled(self.code.count() > 0)

    def ask(self) -> None:
        """Ask once more, and delete."""
        code = self.code.currentText()
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            "Delete a participant",
            f"Delete all that is kept under the code {code}?",
            QMessageBox.StandardButton.Cancel,
            self,
        )
        box.setInformativeText(
            "Answers, gaze, and the results that rest on them. It cannot be undone."
        )
        yes = box.addButton(f"Delete {code}", QMessageBox.ButtonRole.DestructiveRole)
        box.exec()
        if box.clickedButton() is yes:
            self.erase(code)

    def erase(self, code: str) -> None:
        """Delete a participant."""
        if self.study is None:
            return
        lines = [f"{code} was deleted."]
        try:
            request = DeleteParticipant(folder=self.study.folder, code=code)
            lines += [
                e.text for e in delete_participant(request, StopToken()) if isinstance(e, Log)
            ]
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.said.setText("\n".join(lines))
        self.said.show()
        self.set_study(self.study)
        self.deleted.emit(code)
