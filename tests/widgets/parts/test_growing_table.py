from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.layout import COLUMNS, SAMPLES_CSV, sample_id
from napari_lesion_synth.dataset.rows import csv_line, header_line
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.widgets.parts import growing_table
from napari_lesion_synth.widgets.parts.growing_table import GrowingTable, SetRow


def line(number, method="sigmoid", zone="rim", diameter="12.5", recipe='{"a": "b, c"}'):
    facts = {
        "id": sample_id(number),
        "method": method,
        "zone": zone,
        "diameter_mm": diameter,
        "recipe": recipe,
    }
    return csv_line(tuple(facts.get(name, "") for name in COLUMNS))


def row(number):
    return SetRow(sample_id(number), "sigmoid", "rim", 12.5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / SAMPLES_CSV


@pytest.fixture
def table(tmp_path):
    return GrowingTable(tmp_path)


def test_rows_come_once_and_whole(path, table):
    assert table.read() == (False, [])
    path.write_bytes(header_line() + line(0) + line(1)[:40])
    assert table.read() == (False, [row(0)])
    assert table.read() == (False, [])
    with path.open("ab") as file:
        file.write(line(1)[40:] + line(2))
    assert table.read() == (False, [row(1), row(2)])
    assert not table.behind


def test_a_header_cut_short_is_waited_for(path, table):
    path.write_bytes(header_line()[:10])
    assert table.read() == (False, [])
    path.write_bytes(header_line() + line(0))
    assert table.read() == (False, [row(0)])


def test_scores_after_the_known_columns_do_no_harm(path, table):
    path.write_bytes(header_line()[:-1] + b",score\n" + line(0)[:-1] + b",0.5\n")
    assert table.read() == (False, [row(0)])


@pytest.mark.parametrize("chunk", [100, 1000])
def test_a_long_table_is_read_in_chunks(path, table, monkeypatch, chunk):
    monkeypatch.setattr(growing_table, "_CHUNK", chunk)
    path.write_bytes(header_line() + b"".join(line(k, recipe="x" * 150) for k in range(40)))
    found, reads = [], 0
    while not reads or table.behind:
        restarted, rows = table.read()
        assert not restarted
        assert len(rows) < 40
        found += rows
        reads += 1
    assert found == [row(k) for k in range(40)]


def test_a_table_that_was_cut_or_remade_is_read_again(path, table):
    path.write_bytes(header_line() + line(0) + line(1))
    table.read()
    path.write_bytes(header_line() + line(0))
    assert table.read() == (True, [row(0)])
    fresh = path.with_suffix(".new")
    fresh.write_bytes(header_line() + line(7) + line(8) + line(9))
    fresh.replace(path)
    assert table.read() == (True, [row(7), row(8), row(9)])
    path.unlink()
    assert table.read() == (True, [])
    assert table.read() == (False, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b,c\n", "lacks the columns id"),
        (header_line() + line(0, diameter="wide"), "lesion_000000 cannot be understood"),
        (header_line() + b"lesion_000000,short\n", "lesion_000000 cannot be understood"),
    ],
)
def test_another_table_is_refused_in_words(path, table, content, words):
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        table.read()


def test_a_table_that_cannot_be_read_is_told(path, table):
    path.mkdir()
    with pytest.raises(DatasetError, match="cannot be read"):
        table.read()
