from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Peeking(Detector):
    """A detector that looks up the lesions: it finds all but the last, and one false alarm."""

    id = "peeking"
    patients: tuple[str, ...] = ()

    def detect(self, case, token=None, report=None):
        found = [(part.box, part.mask) for part in (t.component for t in Truth.of(case).lesions)]
        z, y, x = (int(i) for i in _healthy(case))
        box = slice(z, z + 1), slice(y, y + 1), slice(x, x + 1)
        found = [*found[:-1], (box, case.organ.mask[box])]
        findings = tuple(
            finding_of(case, *one, number=k, score=0.96 - 0.02 * k)
            for k, one in enumerate(found, start=1)
        )
        shape, spacing = case.volume.shape, case.volume.spacing
        return Detection(findings, None, shape, spacing, case.patient, self.id)


def _healthy(case: Case) -> tuple[int, ...]:
    """A voxel of the organ without a lesion."""
    return tuple(np.argwhere(case.require_organ().mask & ~case.lesions)[0])


@pytest.fixture(scope="session")
def peeking() -> Detector:
    """A detector that looks up the lesions, misses one, and gives one false alarm."""
    return Peeking()


@pytest.fixture
def content() -> Callable[[Path], dict[str, bytes]]:
    return content_of


@pytest.fixture
def host(ball_case) -> Case:
    """A liver with room for a dozen small lesions."""
    case: Case = ball_case((24, 80, 80), (2.5, 1.0, 1.0))
    return case


@pytest.fixture
def save_case(tmp_path) -> Callable[..., CaseFiles]:
    """Write a case to files, as a user has them."""

    def save(case: Case, name: str = "ct", folder: Path | None = None) -> CaseFiles:
        place = folder or tmp_path / "inputs"
        place.mkdir(parents=True, exist_ok=True)
        ct = write_volume(place / f"{name}.nii.gz", case.volume, synthetic=False)
        organ = write_mask(place / f"{name}_liver.nii.gz", case.require_organ().mask, case.volume)
        lesions = None
        if case.lesions is not None:
            lesions = str(write_mask(place / f"{name}_lesions.nii.gz", case.lesions, case.volume))
        return CaseFiles(ct=str(ct), organ=str(organ), lesions=lesions)

    return save


@pytest.fixture
def request_for(tmp_path) -> Callable[..., GenerateSettings]:
    """Maker of small requests: seven sigmoid lesions in three scenes."""

    def make(name: str = "set", **changes: Any) -> GenerateSettings:
        asked: dict[str, Any] = {
            "out": tmp_path / name,
            "methods": {"sigmoid": 1.0},
            "n": 7,
            "per_scene": 3,
            "diameter_mm": (6.0, 9.0),
            "context_mm": 4.0,
        }
        return GenerateSettings(**{**asked, **changes})

    return make


@pytest.fixture
def make_set() -> Callable[..., list[Event]]:
    """Run `generate` to its end."""

    def run(settings: GenerateSettings, **inputs: Any) -> list[Event]:
        return list(generate(settings, StopToken(), **inputs))

    return run


@pytest.fixture
def texts() -> Callable[[Iterable[Event]], str]:
    """All that the logs of a job say."""

    def join(events: Iterable[Event]) -> str:
        return "\n".join(event.text for event in events if event.kind == "log")  # type: ignore[attr-defined]

    return join
