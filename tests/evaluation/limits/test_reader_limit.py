"""A further curve, read from a table."""

from __future__ import annotations

import json

import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit, read_reader_limits


def written(tmp_path, text):
    path = tmp_path / "two readers.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_curve_is_called_after_its_file_and_ordered_by_size(tmp_path):
    path = written(tmp_path, "Diameter_mm,contrast_HU\n20,-15\n5,-50\n")

    (curve,) = read_reader_limits(path)

    assert curve == ReaderLimit("two readers", (5.0, 20.0), (50.0, 15.0))


def test_intervals_of_dark_lesions_are_put_in_order(tmp_path):
    path = written(
        tmp_path, "diameter_mm,contrast_hu,low_hu,high_hu\n5,-50,-60,-40\n20,-15,-20,-10\n"
    )

    (curve,) = read_reader_limits(path)

    assert (curve.low_hu, curve.high_hu) == ((40.0, 10.0), (60.0, 20.0))


def test_a_table_may_hold_several_curves_and_depths(tmp_path):
    path = written(
        tmp_path,
        "name,band,diameter_mm,contrast_hu\nA,rim,5,50\nA,rim,9,30\nA,deep,5,40\nA,deep,9,20\n",
    )

    rim, deep = read_reader_limits(path)

    assert (rim.name, rim.band, deep.band) == ("A", "rim", "deep")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("diameter_mm\n5\n", "lacks contrast_hu"),
        ("diameter_mm,contrast_hu\n", "is empty"),
        ("diameter_mm,contrast_hu\n5,30\n", "two points"),
        ("diameter_mm,contrast_hu\n5,30\n5,20\n", "do not grow"),
        ("diameter_mm,contrast_hu\n5,30\n9,0\n", "is 0"),
        ("diameter_mm,contrast_hu\n5,30\n9,many\n", "something else than numbers"),
        ("diameter_mm,contrast_hu\n5,30\n9,\n", "something else than numbers"),
        ("", "cannot be read"),
    ],
)
def test_a_table_that_is_no_curve_is_refused(tmp_path, text, complaint):
    with pytest.raises(InputError, match=complaint) as told:
        read_reader_limits(written(tmp_path, text))

    assert told.value.where.endswith("two readers.csv")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_reader_limits(tmp_path / "none.csv")


def test_the_json_of_a_readers_limit_is_a_curve(tmp_path):
    content = {
        "name": "reader A", "band": "rim", "diameters_mm": [5, 10], "contrasts_hu": [40, 20],
        "low_hu": [30, 15], "high_hu": [50, 25], "more": "is passed over",
    }  # fmt: skip
    path = tmp_path / "reader_limit.json"
    path.write_text(json.dumps(content), encoding="utf-8")

    (curve,) = read_reader_limits(path)

    assert curve == ReaderLimit("reader A", (5, 10), (40, 20), (30, 15), (50, 25), "rim")


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "a"}', '{"diameters_mm": 3}'])
def test_json_that_is_no_readers_limit_is_refused(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="no reader's limit"):
        read_reader_limits(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_reader_limits(tmp_path / "missing.json")


def test_a_curve_is_followed_as_far_as_it_goes():
    curve = ReaderLimit("a", (4, 16), (40, 10), (20, 5))

    sizes, middle, low, high = curve.between(8, 40)

    assert (sizes[0], sizes[-1]) == pytest.approx((8, 16))
    assert middle[0] == pytest.approx(20)  # straight in logarithms
    assert low[0] == pytest.approx(10)
    assert high == pytest.approx(middle)
    assert curve.between(20, 40) is None


def test_a_band_that_is_empty_everywhere_is_all_depths(tmp_path):
    text = "diameter_mm,contrast_hu,name,band\n5,40,reader,\n10,20,reader,\n"

    (curve,) = read_reader_limits(written(tmp_path, text))

    assert (curve.name, curve.band) == ("reader", "")
