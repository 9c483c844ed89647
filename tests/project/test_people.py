"""The page of the food study's figures comes out of one script, from the results beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RESULTS = Path(__file__).parents[2] / "docs" / "results"

PART = {
    "size": 4,
    "unit": "kills",
    "quick": False,
    "seconds": 12.3,
    "busy": 0.5,
    "made_utc": "2026-01-02T03:04:05+00:00",
    "machine": {"cores": 2},
    "command": "python benchmarks/perception.py --only kill",
    "goals": [
        {"goal": "answers lost", "measured": "0 of 4", "wanted": "0", "met": True},
        {"goal": "answers | doubled", "measured": "1 of 4", "wanted": "0", "met": False},
        {"goal": "load", "measured": "2", "wanted": "", "met": None},
    ],
}


def make(out: Path, *arguments: str) -> int:
    from docs import people

    return people.main(["--out", str(out), *arguments])


def results(folder: Path, **changes: object) -> Path:
    path = folder / "measured.json"
    content = {"benchmark": "perception", "parts": {"kill": {**PART, **changes}, "new": PART}}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def page(tmp_path: Path, **changes: object) -> str:
    assert make(tmp_path / "out", "--take", str(results(tmp_path, **changes))) == 0
    return (tmp_path / "out" / "people.md").read_text(encoding="utf-8")


def test_what_was_met_and_missed_is_told_and_counted(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "**2 goals met, 2 missed**; 2 figures without a goal." in text
    assert "| `kill` | answers lost | 0 | 0 of 4 | met |" in text
    assert r"| `kill` | answers \| doubled | 0 | 1 of 4 | **missed** |" in text


def test_what_was_not_measured_is_named_and_a_new_part_is_not_forgotten(tmp_path: Path) -> None:
    text = page(tmp_path)
    assert "Not measured: stream, fixations," in text
    assert "## Further" in text
    assert "| `new` | answers lost" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"busy": 9.0}, "busy: load 9 on 2 cores"),
        ({"busy": None}, "| 12 |  |"),
        ({"quick": True}, "small size"),
    ],
)
def test_what_weakens_a_figure_is_told(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    assert told in page(tmp_path, **changes)


def test_a_page_is_remade_from_the_results_that_are_kept(tmp_path: Path) -> None:
    text = page(tmp_path)
    (tmp_path / "out" / "people.md").unlink()
    assert make(tmp_path / "out") == 0
    assert (tmp_path / "out" / "people.md").read_text(encoding="utf-8") == text


def test_a_file_that_is_no_result_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "measured.json"
    path.write_text("{}", encoding="utf-8")
    assert make(tmp_path / "out", "--take", str(path)) == 1
    assert "holds no results" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_page_that_is_kept_is_that_of_the_results_that_are_kept(tmp_path: Path) -> None:
    assert make(tmp_path, "--take", str(RESULTS / "people" / "results.json")) == 0
    made = (tmp_path / "people.md").read_text(encoding="utf-8")
    assert made == (RESULTS / "people.md").read_text(encoding="utf-8")
