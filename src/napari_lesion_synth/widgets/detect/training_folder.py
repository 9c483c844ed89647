"""What the folder of a detector's training holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from napari_lesion_synth.events import Metric
from napari_lesion_synth.jobs.detector_job import DETECTOR_PT

__all__ = ["DetectorTraining", "look_into"]

_STAGES = ("candidates", "verifier")


@dataclass(frozen=True, slots=True)
class DetectorTraining:
    """A training on the disk.

    Parameters
    ----------
    path : Path
        The folder.
    metrics : tuple of Metric
        What it reported, by stage, as in ``"candidates/loss/bce"``.
    pictures : tuple of Path
        Of batches.
    begun : bool
        Whether there is a training at all.
    """

    path: Path
    metrics: tuple[Metric, ...] = ()
    pictures: tuple[Path, ...] = ()
    begun: bool = False

    @property
    def product(self) -> Path:
        """The detector's file."""
        return self.path / DETECTOR_PT

    @property
    def done(self) -> bool:
        """Whether the training has ended by itself."""
        return self.product.exists()

    def text(self) -> str:
        """What Train does here."""
        if not self.begun:
            return "A new training begins here."
        if self.done:
            return "A finished training is here; another one needs a folder of its own."
        steps = [f"{stage} at step {step}" for stage, step in self._steps() if step]
        where = f", {', '.join(steps)}" if steps else ""
        return f"A training is here{where}; Resume goes on with it."

    def _steps(self) -> list[tuple[str, int]]:
        return [
            (stage, max((m.step for m in self.metrics if m.name.startswith(stage)), default=0))
            for stage in _STAGES
        ]


def look_into(path: Path) -> DetectorTraining:
    """Read what a training has left in its folder; for a worker thread, since it loads torch."""
    from napari_lesion_synth.training.run_folder import TRAINING_JSON, read_metrics

    if not (path / TRAINING_JSON).exists():
        return DetectorTraining(path)
    metrics = list(read_metrics(path))
    for stage in _STAGES:
        of_stage = read_metrics(path / stage)
        metrics += [replace(metric, name=f"{stage}/{metric.name}") for metric in of_stage]
    pictures = tuple(sorted({*path.glob("batch_*.png"), *path.glob("*/batch_*.png")}))
    return DetectorTraining(path, tuple(metrics), pictures, begun=True)
