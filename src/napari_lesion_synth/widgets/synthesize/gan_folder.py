"""What the folder of a training holds; read in a worker thread, since weights need torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.events import Metric
from napari_lesion_synth.synthesis.cgan.train import GENERATOR_PT

__all__ = ["TrainingFolder", "look_into"]


@dataclass(frozen=True, slots=True)
class TrainingFolder:
    """A training on the disk.

    Parameters
    ----------
    path : Path
        The folder.
    metrics : tuple of Metric
        What it reported.
    strips : tuple of Path
        Its pictures.
    begun : bool
        Whether there is a training at all.
    """

    path: Path
    metrics: tuple[Metric, ...] = ()
    strips: tuple[Path, ...] = ()
    begun: bool = False

    @property
    def product(self) -> Path:
        """The generator's file."""
        return self.path / GENERATOR_PT

    @property
    def step(self) -> int:
        """The last step that was reported, or has a picture."""
        pictured = [int(path.stem.rpartition("_")[2]) for path in self.strips]
        return max([metric.step for metric in self.metrics] + pictured, default=0)

    def text(self, steps: int) -> str:
        """What Train does here, when so many steps are asked for."""
        if not self.begun:
            return "A new training begins here."
        if self.step >= steps:
            return (
                f"A training of {self.step} steps is here, as many as are asked for; more steps "
                "go on with it."
            )
        return f"A training is here, at step {self.step}; Train goes on with it."


def look_into(path: Path) -> TrainingFolder:
    """Read what a training has left in its folder."""
    from napari_lesion_synth.training.run_folder import TRAINING_JSON, read_metrics

    if not (path / TRAINING_JSON).exists():
        return TrainingFolder(path)
    strips = tuple(sorted(path.glob("strip_[0-9]*.png")))
    return TrainingFolder(path, tuple(read_metrics(path)), strips, begun=True)
