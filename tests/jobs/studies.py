"""Studies of seconds: a few small photos, a few simulated participants."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from napari_lesion_synth.events import Done, Event, StopToken
from napari_lesion_synth.jobs.study_new import NewStudy, new_study
from napari_lesion_synth.jobs.study_observers import Crowd
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules

SMALL = {
    "counts.trials": 14,
    "counts.practice": 1,
    "counts.participants": 2,
    "order.spacing": 1,
    "checks.catch_share": 0.1,
    "checks.repeat_share": 0.2,
    "covariates.age_band": True,
}


def write_photos(
    folder: Path, categories: Sequence[str] = ("curry", "salad"), each: int = 4
) -> Path:
    """Small photos: brighter from one to the next, with the view in their names."""
    for number, category in enumerate(categories):
        (folder / category).mkdir(parents=True, exist_ok=True)
        for k in range(each):
            rng = np.random.default_rng([number, k])
            pixels = rng.integers(0, 100 + 30 * k, (72, 96, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(folder / category / f"{category}_az{90 * k:03d}_el45.png")
    return folder


def make(
    folder: Path,
    changes: dict[str, Any] | None = None,
    *,
    limits: LimitSettings | None = None,
    freeze: bool = False,
    categories: Sequence[str] = ("curry", "salad"),
) -> Study:
    """A study of small photos, which lie in its folder."""
    photos = write_photos(folder / "pictures", categories)
    asked = NewStudy(
        folder=folder,
        photos=photos,
        scan=ScanRules(min_side=32),
        changes={**SMALL, **(changes or {})},
        limits=limits,
        freeze=freeze,
    )
    run(new_study(asked, StopToken()))
    return open_study(folder)


def twin(study: Study, folder: Path) -> Study:
    """A copy of a study with all that is in it."""
    shutil.copytree(study.folder, folder)
    return open_study(folder)


def simulate(study: Study, participants: int = 2, *, jobs: int = 1, **crowd: Any) -> Study:
    """Let simulated participants take part."""
    asked = SimulateStudy(
        folder=study.folder, participants=participants, jobs=jobs, crowd=Crowd(**crowd)
    )
    run(simulate_study(asked, StopToken()))
    return study


def run(stream: Any) -> list[Event]:
    """All events of a job."""
    return list(stream)


def result(events: Sequence[Event]) -> dict[str, Any]:
    """What a job ended with."""
    assert isinstance(events[-1], Done)
    return events[-1].result
