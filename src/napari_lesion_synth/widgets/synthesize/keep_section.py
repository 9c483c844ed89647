"""Keep: commit, undo and redo, and everything that ends on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.command_text import CommandText
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["KeepSection"]


class KeepSection(QWidget):
    """Buttons for what is kept; saving itself is done by whoever listens.

    Parameters
    ----------
    bench : Workbench
        Whose lesions they are.
    stage : Stage
        Knows the lesion that was rendered last.
    on_error : callable
        Takes what went wrong.
    """

    save_set = Signal()
    export = Signal()
    save_project = Signal()
    open_project = Signal()

    def __init__(
        self, bench: Workbench, stage: Stage, on_error: Callable[[Exception], None]
    ) -> None:
        super().__init__()
        self._bench, self._stage, self._on_error = bench, stage, on_error
        self.keep = button(
            "&Keep", "Keep this lesion: paste it into the CT shown here (Enter)", self.commit
        )
        self.keep_all = button("Keep &all", "Keep all drafts that can be kept", self.commit_all)
        self.withdraw = button(
            "&Withdraw", "Turn the kept lesion into a draft again", self._withdraw
        )
        self.undo = button("&Undo", "Take the last step back (Ctrl+Z)", self.go_back)
        self.redo = button("&Redo", "Do it again (Ctrl+Shift+Z)", self.go_forward)
        self.steps = note(name="Steps")
        self.set = button(
            "&Save set\u2026",
            "Write the kept lesions as a set: a table, patches, and pictures of each",
            self.save_set.emit,
        )
        self.nnunet = button(
            "E&xport nnU-Net\u2026",
            "Write whole volumes with labels as a raw dataset of nnU-Net",
            self.export.emit,
        )
        self.project = button(
            "Save &project\u2026",
            "Write what is open and placed to a project file, to go on later",
            self.save_project.emit,
        )
        self.reopen = button(
            "&Open project\u2026", "Bring a project file back", self.open_project.emit
        )
        self.command = CommandText("The command line that writes the same set")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 4)
        layout.addWidget(row(self.keep, self.keep_all, self.withdraw, None))
        layout.addWidget(row(self.undo, self.redo, None))
        layout.addWidget(self.steps)
        layout.addWidget(row(self.set, self.nnunet, None))
        layout.addWidget(row(self.project, self.reopen, None))
        layout.addWidget(self.command)
        bench.scene_changed.connect(self._on_scene)
        bench.case_changed.connect(self._show)
        self._show()

    def close_section(self) -> None:
        """Stop listening to the workbench."""
        self._bench.scene_changed.disconnect(self._on_scene)
        self._bench.case_changed.disconnect(self._show)

    def commit(self) -> None:
        """Keep the selected lesion."""
        try:
            rendered = self._bench.commit(rendered=self._stage.rendered)
        except LesionSynthError as error:
            self._on_error(error)
            return
        self._bench.message.emit(f"Kept lesion {rendered.placed.id}")

    def commit_all(self) -> None:
        """Keep all drafts; those that cannot be kept are named."""
        faults = self._bench.commit_all()
        if faults:
            first = next(iter(faults.values()))
            more = f" (and {len(faults) - 1} more drafts)" if len(faults) > 1 else ""
            self._on_error(LesionSynthError(f"{first.what}{more}", remedy=first.remedy))

    def _withdraw(self) -> None:
        try:
            self._bench.withdraw()
        except LesionSynthError as error:
            self._on_error(error)

    def go_back(self) -> None:
        """Undo."""
        what = self._bench.history.undo_text
        if self._bench.undo():
            self._bench.message.emit(f"Undone: {what}")

    def go_forward(self) -> None:
        """Redo."""
        what = self._bench.history.redo_text
        if self._bench.redo():
            self._bench.message.emit(f"Done again: {what}")

    def _on_scene(self, _before: Scene, _after: Scene) -> None:
        self._show()

    def _show(self, *_: Any) -> None:
        bench = self._bench
        scene, history = bench.scene, bench.history
        placed = scene.current
        kept = placed is not None and scene.commit_of(placed.id) is not None
        self.keep.setEnabled(placed is not None and not kept)
        self.withdraw.setEnabled(kept)
        self.keep_all.setEnabled(len(scene.sites) > len(scene.commits))
        self.undo.setEnabled(bool(history.undo_text))
        self.redo.setEnabled(bool(history.redo_text))
        self.set.setEnabled(bool(scene.commits))
        self.nnunet.setEnabled(bool(scene.commits))
        self.project.setEnabled(bench.ready)
        words = [f"{len(scene.commits)} of {len(scene.sites)} lesions are kept."]
        if history.undo_text:
            words.append(f"Last step: {history.undo_text}.")
        self.steps.setText(" ".join(words))
