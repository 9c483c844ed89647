"""What became of each lesion, as rows that can be written and read back."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import DatasetError, InputError
from napari_lesion_synth.evaluation.limits.design import design
from napari_lesion_synth.evaluation.limits.insertion import render_copy
from napari_lesion_synth.evaluation.limits.making import LimitMaterials
from napari_lesion_synth.evaluation.limits.results import (
    Insertion,
    insertion_rows,
    read_insertions,
    rows_of_copy,
)
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.matching import match
from napari_lesion_synth.synthesis.recipe import Recipe

from .limit_maps import RULE, Known, insertions

GRID = LimitSettings(
    diameters_mm=(6, 9), contrasts_hu=(-20, -50), repeats=2, per_copy=3, gap_mm=6, filled=0.3
)


@pytest.fixture
def rows():
    made = insertions(Known(chance=0.2), np.random.default_rng(0))[:40]
    return [*made, replace(made[0], spot=99, problem="no room", set_hu=math.nan, score=None)]


@pytest.fixture
def copy(ball_case):
    case = ball_case((30, 90, 90), (2.5, 1.0, 1.0))
    return render_copy(case, design(case, GRID).copies[0], LimitMaterials(), GRID), case


def test_rows_are_read_back_as_they_were(rows, tmp_path):
    path = tmp_path / "insertions.csv"
    path.write_text(insertion_rows(rows, 0.5), encoding="utf-8")

    back = read_insertions(path)

    assert [row.to_json() for row in back] == [row.to_json() for row in rows]
    assert math.isnan(back[-1].set_hu)
    assert [row.found(0.5) for row in back] == [row.found(0.5) for row in rows]


def test_json_is_read_back_too(rows):
    for row in rows:
        assert Insertion.from_json(row.to_json()).to_json() == row.to_json()


def test_the_table_says_what_was_found_and_leaves_open_what_was_not_there(rows):
    table = list(csv.DictReader(io.StringIO(insertion_rows(rows, 0.85))))

    assert [line["found"] for line in table[:-1]] == [str(int(r.found(0.85))) for r in rows[:-1]]
    assert table[-1]["found"] == ""
    assert table[-1]["problem"] == "no room"


def test_a_threshold_decides_what_is_found_and_what_is_chance():
    row = Insertion("ct", "c", 0, "sigmoid", "rim", 5, -20, 0, 0, 0, score=0.6, chance=0.4)

    assert [row.found(t) for t in (0.5, 0.6, 0.61)] == [True, True, False]
    assert [row.by_chance(t) for t in (0.4, 0.5)] == [True, False]
    assert not replace(row, score=None).found(0)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "ct,copy\nx,y\n"])
def test_another_table_is_refused(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DatasetError, match="no table of a detection-limit map"):
        read_insertions(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_insertions(tmp_path / "missing.csv")


def test_a_copy_becomes_rows_of_its_lesions_found_and_missed(copy, detection, finding):
    made, case = copy
    truth = made.truth(case, (), "ball")
    labels = np.zeros(case.volume.shape, bool)
    first = truth.lesions[0].component
    labels[first.box] = first.mask
    found = detection(
        [finding(labels, 0.8)], case.volume.shape, case.volume.spacing, patient="ball"
    )

    result = match(found, truth, RULE)
    rows = rows_of_copy("ct", made, result, {each.truth.number: None for each in made.inserted})

    assert len(rows) == len(made.plan.lesions)
    spot = made.inserted[0].planned.spot.number
    assert {row.spot: row.score for row in rows if row.score is not None} == {spot: 0.8}
    for row, each in zip(sorted(rows, key=lambda r: r.spot), rows, strict=True):
        assert row == each
    one = next(row for row in rows if row.spot == spot)
    assert (one.z, one.y, one.x) == made.inserted[0].planned.spot.site.center
    assert one.set_hu == pytest.approx(one.contrast_hu, abs=0.5)
    assert Recipe.from_json(one.recipe).method == "sigmoid"
    assert one.zone in ("rim", "interior")


def test_what_could_not_be_made_is_a_row_with_its_reason(ball_case):
    case = ball_case((30, 90, 90), (2.5, 1.0, 1.0))
    grid = GRID.model_copy(update={"methods": ("poisson",)})
    made = render_copy(case, design(case, grid).copies[0], LimitMaterials(), grid)
    truth = made.truth(case, (), "ball")
    from napari_lesion_synth.detection.finding import Detection

    nothing = Detection((), None, case.volume.shape, case.volume.spacing, "ball", "none")

    rows = rows_of_copy("ct", made, match(nothing, truth, RULE), {})

    assert all(not row.made and "no donor" in row.problem for row in rows)
    assert all(row.recipe == "" and math.isnan(row.measured_hu) for row in rows)
