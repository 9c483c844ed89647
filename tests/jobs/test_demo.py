"""The demo, small: what a user finds afterwards."""

from __future__ import annotations

import re

import pytest

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.demo import DemoSettings, demo


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    events = list(demo(DemoSettings(out=out, n=8, workers=1), StopToken()))
    return out, events


def test_every_method_makes_both_zones_on_the_real_crop_and_the_phantom(finished):
    out, _ = finished
    for name in ("real-ct", "phantom-set"):
        table = GeneratedSet.open(out / name).table
        assert len(table) == 8
        groups = set(zip(table["method"], table["zone"], strict=True))
        assert {method for method, _ in groups} == {"cgan", "poisson", "sigmoid"}
        assert {zone for _, zone in groups} == {"rim", "interior"}


def test_the_sets_are_selected_and_the_report_says_how_many_passed(finished):
    out, _ = finished
    passed = GeneratedSet.open(out / "phantom-set").passed
    assert len(passed) == 8
    assert "<th>selected</th>" in (out / "report.html").read_text()


def test_without_torch_two_methods_are_shown_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_lesion_synth.jobs.demo._can_learn", lambda: False)
    events = list(demo(DemoSettings(out=tmp_path / "out", n=4, workers=1), StopToken()))
    assert any("torch is not installed" in getattr(event, "text", "") for event in events)
    table = GeneratedSet.open(tmp_path / "out" / "real-ct").table
    assert set(table["method"]) == {"poisson", "sigmoid"}


def test_the_report_opens_offline_and_tells_that_all_was_remade(finished):
    out, events = finished
    text = (out / "report.html").read_text()
    assert events[-1].result["report"].endswith("report.html")
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", text)
    assert text.count("8 of 8 lesions are the same bytes") == 2
    assert text.count("<img") == 2


def test_the_contact_sheets_and_the_donor_library_lie_beside_it(finished):
    out, _ = finished
    assert (out / "real-ct" / "contact-sheet.png").exists()
    assert (out / "phantom-set" / "contact-sheet.png").exists()
    assert (out / "donors" / "donors.json").exists()


def test_a_second_run_finds_everything_made(finished):
    out, first = finished
    before = (out / "phantom-set" / "samples.csv").read_bytes()
    again = list(demo(DemoSettings(out=out, n=8, workers=1), StopToken()))
    assert again[-1] == first[-1]
    assert (out / "phantom-set" / "samples.csv").read_bytes() == before
