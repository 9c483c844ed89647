"""Studies of rendered dishes for the benchmarks of perception: made, frozen, taken part in."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_new import NewStudy, new_study
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.stimuli.plates import PlateSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules


def plates_study(folder: Path, changes: dict[str, Any]) -> Study:
    """A frozen study of two dishes from six sides each, small enough to be rendered at once."""
    plates = PlateSettings(dishes=("curry", "salad"), azimuths=2, size=96, varied=True)
    asked = NewStudy(
        folder=folder, plates=plates, scan=ScanRules(min_side=64), changes=changes, freeze=True
    )
    finish(new_study(asked, StopToken()))
    return open_study(folder)


def simulated(study: Study, participants: int) -> Study:
    """The study after so many simulated participants."""
    asked = SimulateStudy(folder=study.folder, participants=participants)
    finish(simulate_study(asked, StopToken()))
    return study


def finish(job: Any) -> None:
    """Run a job to its end, and say nothing of it."""
    deque(job, maxlen=0)
