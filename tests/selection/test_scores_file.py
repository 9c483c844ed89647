from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import SCORES_CSV, SCORES_JSON
from napari_lesion_synth.errors import DatasetError, StorageError
from napari_lesion_synth.selection.band import BandSettings, HeldOut, bands_of
from napari_lesion_synth.selection.scores_file import (
    COLUMNS,
    apply_bands,
    bands_in,
    read_scores,
    read_summary,
    write_scores,
)

ERRORS = [5.0, 15.0, 45.0, 15.0, np.nan]
ZONES = np.array(["rim", "rim", "rim", "interior", "rim"], object)


@pytest.fixture
def bands():
    held = [HeldOut(str(k), str(k), Zone.RIM, 10.0, 0, 10.0 + k) for k in range(20)]
    return bands_of(held, BandSettings())


@pytest.fixture
def table(bands):
    n = len(ERRORS)
    raw = pd.DataFrame(
        {
            "id": pd.Series([f"lesion_{k:06d}" for k in range(n)], dtype="object"),
            "ae_error": ERRORS,
            "ae_rank": np.nan,
            "in_band": 0,
            "hu_ok": 1,
            "seam": 1.25,
            "seam_ok": [1, 1, 1, 0, 1],
            "edge_mm": 3.5,
            "edge_ok": 1,
            "label_ok": 1,
            "passed": 0,
            "reasons": ["", "", "", "seam", "label-empty"],
        }
    )
    return apply_bands(raw, ZONES, bands)


def test_what_was_written_is_read(tmp_path, table, bands):
    summary = {"bands": {zone.value: band.to_dict() for zone, band in bands.items()}}
    write_scores(tmp_path, table, summary)
    read = read_scores(tmp_path)
    assert tuple(read.columns) == COLUMNS
    pd.testing.assert_frame_equal(read, table[list(COLUMNS)], rtol=1e-5, check_dtype=False)
    assert read["id"].dtype == read["reasons"].dtype == object
    assert bands_in(read_summary(tmp_path)) == bands


def test_a_set_that_was_not_scored_has_none(tmp_path):
    assert read_scores(tmp_path) is None
    assert read_summary(tmp_path) is None


def test_other_columns_are_neither_written_nor_read(tmp_path, table):
    write_scores(tmp_path, table.assign(note="x"), {})
    assert "note" not in (tmp_path / SCORES_CSV).read_text(encoding="utf-8")
    table.assign(note="x").to_csv(tmp_path / SCORES_CSV, index=False)
    assert tuple(read_scores(tmp_path).columns) == COLUMNS


def test_a_missing_column_or_a_torn_file_is_said_so(tmp_path, table):
    with pytest.raises(DatasetError, match="lack the columns passed"):
        write_scores(tmp_path, table.drop(columns="passed"), {})
    assert not list(tmp_path.iterdir())
    write_scores(tmp_path, table, {})
    path = tmp_path / SCORES_CSV
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DatasetError, match=r"damaged.*Score the set again"):
        read_scores(tmp_path)
    (tmp_path / SCORES_JSON).write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match="damaged"):
        read_summary(tmp_path)


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path, table):
    with pytest.raises(StorageError):
        write_scores(tmp_path / "absent", table, {})


def test_numbers_that_are_none_become_null(tmp_path, table):
    write_scores(tmp_path, table, {"a": float("inf"), "b": [np.float64("nan"), np.int64(3)]})
    assert json.loads((tmp_path / SCORES_JSON).read_text(encoding="utf-8")) == {
        "a": None,
        "b": [None, 3],
    }


def test_a_lesion_passes_when_it_is_in_the_band_and_nothing_else_failed(table):
    assert list(table["in_band"]) == [0, 1, 0, 1, 0]
    assert list(table["passed"]) == [0, 1, 0, 0, 0]
    assert list(table["reasons"]) == ["error-low", "", "error-high", "seam", "label-empty"]
    assert table["ae_rank"].iloc[1] == pytest.approx(0.286, abs=0.05)
    assert np.isnan(table["ae_rank"].iloc[4])


def test_another_band_makes_other_verdicts_and_keeps_what_the_checks_found(table, bands):
    held = [HeldOut(str(k), str(k), Zone.RIM, 10.0, 0, 30.0 + k) for k in range(20)]
    moved = apply_bands(table, ZONES, bands_of(held, BandSettings()))
    assert list(moved["reasons"]) == ["error-low", "error-low", "", "error-low;seam", "label-empty"]
    again = apply_bands(moved, ZONES, bands)
    pd.testing.assert_frame_equal(again, table)
    only_rim = apply_bands(table, ZONES, {Zone.RIM: bands_of(held, BandSettings())[Zone.RIM]})
    assert only_rim["reasons"].iloc[3] == "seam"
