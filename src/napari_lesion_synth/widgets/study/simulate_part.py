"""Simulated participants, in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.widgets.parts.child_run import ChildRun, RunWords
from napari_lesion_synth.widgets.parts.form import ParameterForm
from napari_lesion_synth.widgets.parts.outcome import Outcome

__all__ = ["SimulatePart", "simulate_arguments"]

_WORDS = RunWords(
    "the simulation",
    "Simulate",
    "Let simulated participants take part, in a process of its own, or go on with them. (Space)",
    "Simulated participants who are done.",
)


class HowMany(BaseModel):
    """How many are simulated."""

    model_config = ConfigDict(frozen=True)

    participants: int = Field(
        12,
        ge=1,
        le=100,
        title="Simulated participants",
        description="How many simulated participants the study is to have. Their answers are "
        "never pooled with people's.",
    )


class SimulatePart(QWidget):
    """How many, and the run."""

    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.study: Study | None = None
        self.form = ParameterForm(HowMany)
        self.run = ChildRun(_WORDS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        layout.addWidget(self.run)
        self.run.run_requested.connect(self.start)
        self.run.finished.connect(self._on_finished)

    def start(self) -> None:
        """Simulate."""
        if self.study is None or self.run.running:
            return
        folder = self.study.folder
        arguments = simulate_arguments(folder, int(self.form.values()["participants"]))
        self.run.launch(
            arguments,
            "Simulating participants",
            f"a simulation of participants in {folder.name}.\nClosing stops it; its answers "
            "stay, and Simulate goes on from there",
        )

    def _on_finished(self, _outcome: Outcome) -> None:
        self.finished.emit()


def simulate_arguments(folder: Path, participants: int) -> Sequence[str]:
    """The command that simulates participants."""
    return ["study", "simulate", str(folder), "--participants", str(participants)]
