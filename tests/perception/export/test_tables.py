from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.perception.export.tables import csv_bytes, tsv_bytes

cells = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6),
    st.floats(allow_nan=True, allow_infinity=True), st.text(max_size=12),
)  # fmt: skip


def test_what_is_not_known_is_empty_or_n_a():
    row = {"a": None, "b": float("nan"), "c": "", "d": True, "e": 0.5, "f": 3}
    assert csv_bytes("abcdef", [row]) == b"a,b,c,d,e,f\n,,,1,0.5,3\n"
    assert tsv_bytes("abcdef", [row]) == b"a\tb\tc\td\te\tf\nn/a\tn/a\tn/a\t1\t0.5\t3\n"


def test_columns_that_a_row_lacks_are_not_known():
    assert csv_bytes(("a", "b"), [{"b": 1}]) == b"a,b\n,1\n"


def test_without_a_header_and_rows_there_is_nothing():
    assert tsv_bytes(("a",), [], header=False) == b""


@given(rows=st.lists(st.fixed_dictionaries({"a": cells, "b": cells}), max_size=5))
def test_a_line_of_tabs_is_a_row_whatever_is_in_it(rows):
    lines = tsv_bytes(("a", "b"), rows).decode().split("\n")[:-1]
    assert len(lines) == len(rows) + 1
    assert all(line.count("\t") == 1 for line in lines)


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=20))
def test_text_with_commas_and_quotes_is_read_back(text):
    data = csv_bytes(("a", "b"), [{"a": text, "b": 1}]).decode()
    (row,) = csv.DictReader(io.StringIO(data, newline=""))
    assert row == {"a": text, "b": "1"}


@pytest.mark.parametrize(("value", "text"), [(0.1 + 0.2, "0.3"), (1e-9, "0.0"), (12.0, "12.0")])
def test_numbers_have_six_decimals_at_most(value, text):
    assert csv_bytes(("a",), [{"a": value}]).decode().splitlines()[1] == text
