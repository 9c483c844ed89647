from __future__ import annotations

import csv
import io

import pytest

from napari_lesion_synth.evaluation.froc import RATES, froc
from napari_lesion_synth.evaluation.rows import (
    curve_rows,
    false_alarm_rows,
    lesion_rows,
    point_rows,
    to_csv,
)


@pytest.fixture
def results(result):
    """Two CTs."""
    return [result([0.9, None], [0.7], case="1"), result([], [0.4], case="2")]


def read(text: str) -> list[dict[str, str]]:
    """The table again."""
    return list(csv.DictReader(io.StringIO(text)))


def test_a_curve_is_a_row_a_point(results):
    rows = read(to_csv(curve_rows(froc(results), arm="real only", seed=1)))

    assert [row["arm"] for row in rows] == ["real only"] * 2
    assert [float(row["threshold"]) for row in rows] == [0.9, 0.4]
    assert [float(row["sensitivity"]) for row in rows] == [0.5, 0.5]
    assert [float(row["false_per_ct"]) for row in rows] == [0, 1]


def test_rates_say_whether_the_curve_reaches_them(results):
    rows = point_rows(froc(results))

    assert [row["rate_per_ct"] for row in rows] == list(RATES)
    assert [row["reached"] for row in rows] == [True] * 4 + [False] * 3


def test_lesions_and_false_alarms_are_listed_with_their_place(results):
    missed = read(to_csv(lesion_rows(results)))[1]

    assert missed["score"] == ""
    assert {"patient", "case", "z", "y", "x", "diameter_mm", "zone"} <= set(missed)
    assert [row["score"] for row in false_alarm_rows(results)] == [0.7, 0.4]


def test_no_rows_are_no_table():
    assert to_csv([]) == ""


def test_no_rows_are_a_head_where_the_columns_are_named():
    assert to_csv([], ("patient", "case")) == "patient,case\n"
