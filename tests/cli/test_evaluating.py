"""The command `evaluate`: what it prints, writes, and says of bad usage."""

from __future__ import annotations

import pytest


@pytest.fixture
def table(tmp_path):
    """Findings of another program: one in the lesion, at the middle of the CT, and two beside."""
    file = tmp_path / "theirs.csv"
    file.write_text("score,z,y,x\n0.9,12,40,40\n0.8,12,40,15\n0.3,12,40,60\n", encoding="utf-8")
    return file


@pytest.fixture
def run(cli, files):
    def go(*more, lesions=None):
        return cli(
            *("evaluate", files["ct"], "--organ", files["organ"]),
            *("--lesions", lesions or files["lesions"], "--out", files["out"], *more),
        )

    return go


def test_findings_of_any_program_are_measured(run, files, table):
    ended = run("--findings", table)
    assert ended.code == 0, ended.err
    assert "lesions found at 1/8 false alarms per CT" in ended.out
    assert "1.00 (0.03 to 1.00)*  1/1" in ended.out
    assert "zone interior" in ended.out
    assert "it is not known whether the test is fair" in ended.out
    assert "There is one patient" in ended.out
    assert (files["out"] / "report.html").exists()


def test_two_of_them_are_compared(run, table, tmp_path):
    other = tmp_path / "ours.csv"
    other.write_text("score,z,y,x\n0.9,12,40,15\n", encoding="utf-8")
    ended = run("--findings", table, "--findings", other)
    assert ended.code == 0, ended.err
    assert "ours less theirs" in ended.out
    assert "-1.00" in ended.out
    assert "theirs alone 1" in ended.out


def test_all_parts_of_the_rule_are_options(run, table):
    rule = ("--kind", "distance", "--radius-mm", 7, "--outside", "false", "--smallest-mm", 2)
    ended = run("--findings", table, *rule, "--json")
    assert ended.code == 0, ended.err
    told = ended.events[-1]["result"]["rule"]
    assert "at most 7 mm apart" in told
    assert "outside the organ are false alarms" in told
    assert "below 2 mm are ignored" in told


def test_a_pattern_gives_each_ct_its_file(run, files, table):
    own = table.with_name("ct.csv")
    table.rename(own)
    ended = run("--findings", str(own.parent / "{case}.csv"), "--json")
    assert ended.code == 0, ended.err
    assert ended.events[-1]["result"]["lesions"] == 1
    missing = run("--findings", "nowhere/{case}.csv")
    assert missing.code == 2
    assert "no such file" in missing.err


def test_events_are_json(run, table):
    events = run("--findings", table, "--json").events
    assert {event["event"] for event in events} >= {"started", "progress", "artifact", "done"}
    assert events[-1]["result"]["leak_check"]["theirs"]["verdict"] == "unknown"


def test_strict_is_bad_usage_where_nothing_is_known(run, table):
    ended = run("--findings", table, "--strict")
    assert ended.code == 2
    assert "not known whether the test is fair" in ended.err


def test_threshold_and_rate_exclude_each_other(run, table):
    ended = run("--findings", table, "--threshold", 0.5, "--rate", 1)
    assert ended.code == 2
    assert "one of them has to be chosen" in ended.err


def test_without_lesions_there_is_no_truth(run, table):
    ended = run("--findings", table, lesions="none")
    assert ended.code == 2
    assert "what there is to find" in ended.err


def test_a_folder_without_findings_failed_on_the_work(run, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    ended = run("--findings", folder)
    assert ended.code == 1
    assert "holds no findings" in ended.err


def test_the_shipped_detector_is_taken_where_none_is_given(run, files):
    ended = run("--device", "cpu", "--threads", 1, "--json")
    assert ended.code == 0, ended.err
    told = ended.events[-1]["result"]
    assert list(told["measured"]) == ["shipped"]
    assert told["leak_check"]["shipped"]["verdict"] == "clean"
    assert (files["out"] / "findings" / "shipped" / "ct" / "findings.json").exists()
