import gzip

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.text import read_lines, read_table


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_japanese_labs_encodings_are_read(write, encoding, end):
    path = write("a.csv", "T,料理", "1,カレー", encoding=encoding, end=end)
    assert read_lines(path)[:2] == ["T,料理", "1,カレー"]


def test_files_may_be_gzipped(tmp_path):
    path = tmp_path / "a.asc.gz"
    path.write_bytes(gzip.compress(b"one\ntwo"))
    assert read_lines(path) == ["one", "two"]
    path.write_bytes(b"\x1f\x8bnothing of the kind")
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(path)


def test_a_binary_recording_is_to_be_exported_first(tmp_path):
    path = tmp_path / "a.edf"
    path.write_bytes(b"SR_RESEARCH\0\0\1\2")
    with pytest.raises(InputError, match="no text") as caught:
        read_lines(path)
    assert "edf2asc" in caught.value.remedy


def test_cells_are_numbers_or_missing(write):
    table = read_table(write("a.tsv", "a\tb", "1,5\t", "\tNaN", " 2 \t3"), "\t", ("a", "b"), "")
    assert np.array_equal(table.numbers("a"), [1.5, np.nan, 2], equal_nan=True)
    assert np.array_equal(table.numbers("b"), [np.nan, np.nan, 3], equal_nan=True)
    assert table.lines == [2, 3, 4]


def test_a_cell_that_is_no_number_is_told_with_its_line(write):
    table = read_table(write("a.csv", "a,b", "1,2", "1,two"), ",", (), "")
    with pytest.raises(InputError, match="'two' in the column 'b' is no number") as caught:
        table.numbers("b")
    assert caught.value.where.endswith("a.csv, line 3")


def test_missing_columns_are_all_named(write):
    with pytest.raises(InputError, match="no column 'b' and no column 'c'") as caught:
        read_table(write("a.csv", "a", "1"), ",", ("a", "b", "c"), "Export again")
    assert caught.value.remedy == "Export again"


def test_a_last_line_that_is_cut_short_is_left_out_with_a_note(write):
    table = read_table(write("a.csv", "a,b", "1,2", "", "3"), ",", (), "")
    assert len(table.rows) == 1
    assert table.notes == ("line 4, the last one, is cut short and was left out",)


def test_a_line_that_is_cut_short_in_the_middle_is_damage(write):
    with pytest.raises(InputError, match="1 cells, and the table has 2") as caught:
        read_table(write("a.csv", "a,b", "1", "3,4"), ",", (), "")
    assert caught.value.where.endswith("line 2")


def test_a_table_without_rows_is_refused(write):
    with pytest.raises(InputError, match="no samples"):
        read_table(write("a.csv", "a,b"), ",", ("a",), "")
