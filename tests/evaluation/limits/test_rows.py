"""A map as tables and JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.evaluation.limits.analysis import analyse
from napari_lesion_synth.evaluation.limits.rows import cell_rows, limit_table, map_json
from napari_lesion_synth.evaluation.limits.settings import LimitSettings

from .limit_maps import GRID, Known, insertions, searched


@pytest.fixture(scope="module")
def made():
    rows = [
        replace(row, problem="no room") if row.diameter_mm == 40 and row.band == "deep" else row
        for row in insertions(Known(), np.random.default_rng(0))
    ]
    return analyse(rows, searched(), draws=60)


def test_a_row_a_cell_with_its_interval_beside_the_surface(made):
    rows = cell_rows(made)

    assert len(rows) == len(GRID.cells)
    for row in rows:
        if row["made"]:
            assert row["sensitivity"] == pytest.approx(row["found"] / row["made"], abs=1e-3)
            assert row["sensitivity_low"] <= row["sensitivity"] <= row["sensitivity_high"]
            assert row["fitted_low"] <= row["fitted"] <= row["fitted_high"]


def test_a_cell_that_was_not_measurable_has_no_sensitivity_but_a_reason(made):
    rows = [row for row in cell_rows(made) if row["diameter_mm"] == 40 and row["band"] == "deep"]

    assert {row["sensitivity"] for row in rows} == {""}
    assert {row["problem"] for row in rows} == {"no room"}


def test_the_limits_are_told_by_method_depth_and_contrast(made):
    rows = limit_table(made)

    assert len(rows) == 2 * 5
    assert [*rows[0]] == ["method", "depth", "contrast", "50 % found from", "90 % found from"]
    assert all(row["50 % found from"].endswith((")", "mm")) for row in rows)


def test_json_holds_everything_and_no_nan(made):
    content = json.loads(json.dumps(map_json(made), allow_nan=False))

    assert content["threshold"] == 0.5
    assert content["rule"]["text"].startswith("Hit:")
    assert content["grid"]["repeats"] == GRID.repeats
    fit = content["methods"]["sigmoid"]
    assert {each["reach"] for each in fit["diameter_limits"]} <= {
        "within the grid",
        "below the grid",
        "beyond the grid",
    }
    assert len(fit["contrast_limits"]) == 2 * 6 * 2
    assert LimitSettings.model_validate(content["grid"]) == GRID
