from __future__ import annotations

import pytest
from tests.widgets.review.small_sets import line_of

from napari_lesion_synth.dataset.layout import SAMPLES_CSV, sample_id
from napari_lesion_synth.dataset.rows import header_line
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.widgets.review.growing_columns import SHOWN, GrowingColumns


def write(folder, numbers, mode="ab"):
    with (folder / SAMPLES_CSV).open(mode) as file:
        file.writelines(line_of(number) for number in numbers)


@pytest.fixture
def table(tmp_path):
    (tmp_path / SAMPLES_CSV).write_bytes(header_line())
    return GrowingColumns(tmp_path)


def test_rows_come_as_they_are_written(table, tmp_path):
    write(tmp_path, range(3))
    restarted, rows = table.read()
    assert not restarted
    assert list(rows.columns) == list(SHOWN)
    assert list(rows["id"]) == [sample_id(k) for k in range(3)]
    assert rows["diameter_mm"].tolist() == [8.5, 9.5, 10.5]
    write(tmp_path, [3])
    assert list(table.read()[1]["id"]) == [sample_id(3)]
    assert table.read()[1].empty


def test_a_line_that_is_not_whole_waits(table, tmp_path):
    line = line_of(0)
    with (tmp_path / SAMPLES_CSV).open("ab") as file:
        file.write(line[:20])
    assert table.read()[1].empty
    with (tmp_path / SAMPLES_CSV).open("ab") as file:
        file.write(line[20:])
    assert list(table.read()[1]["id"]) == [sample_id(0)]


def test_a_table_that_became_shorter_is_read_from_its_start(table, tmp_path):
    write(tmp_path, range(5))
    table.read()
    (tmp_path / SAMPLES_CSV).write_bytes(header_line() + line_of(7))
    restarted, rows = table.read()
    assert restarted
    assert list(rows["id"]) == [sample_id(7)]


def test_no_table_is_no_error(tmp_path):
    restarted, rows = GrowingColumns(tmp_path / "nowhere").read()
    assert not restarted
    assert rows.empty


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", header_line() + b"x,y\n" * 2])
def test_another_table_is_refused_in_words(tmp_path, content):
    (tmp_path / SAMPLES_CSV).write_bytes(content.replace(b"x,y", line_of(0, diameter_mm="wide")))
    with pytest.raises(DatasetError, match=r"lacks the columns|cannot be understood"):
        GrowingColumns(tmp_path).read()
