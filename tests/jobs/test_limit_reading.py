"""A map read back from its folder, and its lesions made again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import DatasetError, DonorError
from napari_lesion_synth.evaluation.limits.design import Shortage
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.limit_folder import RESULTS
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.limit_reading import (
    LimitAbout,
    MapCt,
    about_from,
    about_to_json,
    read_limit_map,
)
from napari_lesion_synth.jobs.limit_remake import remake

from .seeing import Seeing

GRID = LimitSettings(
    diameters_mm=(5, 9),
    contrasts_hu=(-20, -60),
    methods=("sigmoid", "poisson"),
    repeats=2,
    per_copy=3,
    gap_mm=8,
    filled=0.3,
)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0), lesion_mm=12.0)


@pytest.fixture
def folder(liver, tmp_path):
    job = LimitJob(out=tmp_path / "map", grid=GRID, search=LimitDetector(threshold=0.4))
    list(limit_map(job, StopToken(), cases=[liver], detector=Seeing(liver)))
    return job.out


def test_a_map_is_read_as_it_was_made(folder):
    made, about = read_limit_map(folder)

    assert made.searched.settings == GRID
    assert made.searched.threshold == 0.5
    assert made.searched.own_threshold
    assert made.searched.copies == made.searched.copies_planned == about.copies
    assert made.cts == ("ball",)
    assert len(made.insertions) == len(GRID.cells) * GRID.repeats


def test_it_is_told_at_any_threshold(folder):
    made, _ = read_limit_map(folder, 0.95)

    assert sum(each.found for each in made.cells) == 0
    assert not made.searched.own_threshold


def test_a_map_that_is_being_made_is_read_as_far_as_it_is(folder):
    lines = (folder / RESULTS).read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / RESULTS).write_text("".join(lines[:4]), encoding="utf-8")

    made, about = read_limit_map(folder)

    assert made.searched.copies == 3 < about.copies
    (folder / RESULTS).write_text("", encoding="utf-8")
    with pytest.raises(DatasetError, match="nothing has been searched yet"):
        read_limit_map(folder)


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="holds no detection-limit map"):
        read_limit_map(tmp_path)


def test_what_is_known_of_a_map_survives_json():
    about = LimitAbout(
        "d",
        (MapCt("a", "p", "0" * 64, {"ct": "a.nii"}),),
        False,
        (("a", Shortage("deep", 40.0, 0, "no room")),),
        12,
        "donors",
    )

    assert about_from(about_to_json(about)) == about


@pytest.mark.parametrize("method", GRID.methods)
def test_a_lesion_is_made_again_as_it_was(folder, liver, method):
    made, about = read_limit_map(folder)
    row = next(row for row in made.insertions if row.method == method and row.made)

    sample = remake(row, liver, about)

    before = liver.volume.hu[sample.bbox]
    change = (sample.hu.astype(int) - before)[sample.mask].mean()
    assert change == pytest.approx(row.contrast_hu, abs=8)
    assert sample.recipe.to_json() == row.recipe
    middle = np.argwhere(sample.mask).mean(axis=0) + [side.start for side in sample.bbox]
    assert middle == pytest.approx([row.z, row.y, row.x], abs=4)


def test_a_lesion_that_was_not_made_or_whose_donor_is_gone_is_told(folder, liver):
    made, about = read_limit_map(folder)
    row = next(row for row in made.insertions if row.method == "poisson" and row.made)

    with pytest.raises(DatasetError, match="was not made: no room"):
        remake(replace(row, problem="no room", recipe=""), liver, about)
    with pytest.raises(DonorError, match="needs donor"):
        remake(row, replace(liver, lesions=None), about)
