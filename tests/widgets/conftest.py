from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings


@pytest.fixture
def small_set(ball_case, tmp_path) -> Callable[..., GenerateSettings]:
    """Maker of requests for small sigmoid lesions in a CT on the disk."""
    case = ball_case((24, 80, 80), (2.5, 1.0, 1.0))
    place = tmp_path / "in put's"  # names that a shell would have to be told about
    place.mkdir()
    files = CaseFiles(
        ct=str(write_volume(place / "ct.nii.gz", case.volume, synthetic=False)),
        organ=str(write_mask(place / "liver.nii.gz", case.require_organ().mask, case.volume)),
    )

    def make(out: str | Path = "set", **changes: Any) -> GenerateSettings:
        asked: dict[str, Any] = {
            "cases": (files,),
            "out": tmp_path / out,
            "methods": {"sigmoid": 1.0},
            "n": 6,
            "per_scene": 2,
            "diameter_mm": (6.0, 9.0),
            "context_mm": 4.0,
        }
        return GenerateSettings(**{**asked, **changes})

    return make
