"""The command `experiment report`."""

from __future__ import annotations

import pytest
from tests.jobs.test_experiment_report import experiment


@pytest.fixture
def out(tmp_path):
    """The folder of a simulated experiment."""
    return experiment(tmp_path / "out")


def test_it_tells_where_the_report_is_and_how_goals_came_out(cli, out):
    done = cli("experiment", "report", out, "--no-pictures")
    assert done.code == 0, done.err
    assert f"report: {out / 'report.html'}" in done.out
    assert 'goals: {"missed": 1}' in done.out


def test_events_are_lines_of_json(cli, out):
    done = cli("experiment", "report", out, "--no-pictures", "--json")
    assert done.events[0]["event"] == "started"
    assert done.events[-1]["event"] == "done"


def test_a_folder_that_is_none_is_told(cli, tmp_path):
    done = cli("experiment", "report", tmp_path)
    assert done.code == 1
    assert "there is no such plan" in done.err
