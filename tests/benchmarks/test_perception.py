"""The table of the people's half: what is kept, what is measured again, what is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def measured():
    """Sizes that the made-up parts were asked for."""
    return []


@pytest.fixture
def run(monkeypatch, tmp_path, capsys, measured):
    """Runs the program with made-up parts."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from perception_goals import Goal, at_most
    from perception_parts import Part

    import perception

    def slow(size: int, _work: Path) -> list[Goal]:
        measured.append(size)
        return [at_most("time to answer", 9.0, 8.0, "9.0 ms"), Goal("size of a pupil", "3 mm")]

    def broken(_size: int, _work: Path) -> list[Goal]:
        raise RuntimeError("the tracker fell silent")

    parts = (
        Part("broken", broken, 1, 1, "runs"),
        Part("slow", slow, 100, 5, "runs"),
        Part("elsewhere", slow, 1, 1, "runs", data="not-there"),
    )
    monkeypatch.setattr(perception, "PARTS", {part.name: part for part in parts})

    def go(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["perception.py", "--out", str(tmp_path), *arguments])
        code = perception.main()
        return code, capsys.readouterr().out

    return go


def test_a_missed_goal_is_printed_as_missed_with_what_remakes_it(run):
    code, told = run("--only", "slow")

    assert code == 0
    row = next(line for line in told.splitlines() if "time to answer" in line)
    assert "9.0 ms" in row
    assert "<= 8" in row
    assert "MISSED" in row
    assert "0 goals met, 1 MISSED, 1 figures without a goal" in told
    assert "perception.py --again --only" in told


def test_what_was_measured_is_kept_and_not_measured_again(run, measured, tmp_path):
    run("--only", "slow")
    run("--only", "slow")
    run("--only", "slow", "--quick")  # less than there is

    assert measured == [100]
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["parts"]["slow"]
    assert kept["size"] == 100
    assert kept["goals"][0]["met"] is False
    run("--only", "slow", "--again")
    assert measured == [100, 100]


def test_a_quick_figure_says_so_and_gives_way_to_a_full_one(run, measured):
    _, quick = run("--only", "slow", "--quick")
    _, full = run("--only", "slow")

    assert "slow --quick" in quick
    assert "slow --quick" not in full
    assert measured == [5, 100]


def test_a_part_that_fails_is_told_and_the_others_go_on(run, measured):
    code, told = run()

    assert code == 1
    assert "RuntimeError: the tracker fell silent" in told
    assert "NOT MEASURED" in told
    assert "not-there" in told
    assert measured == [100]


def test_every_part_of_the_program_has_a_size_for_a_quick_look(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from perception_parts import PARTS

    assert all(0 <= part.quick <= part.full for part in PARTS.values())
    assert {"kill", "fixations", "stream", "quest", "window", "pairs-36", "bids"} <= set(PARTS)
