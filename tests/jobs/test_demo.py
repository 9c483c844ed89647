"""The demo, small: what a user finds afterwards."""

from __future__ import annotations

import re

import pytest
from tests.jobs.experiments import plan_file

from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.report import Section
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs import demo_detection
from napari_lesion_synth.jobs.demo import DemoSettings, demo


@pytest.fixture(scope="module", autouse=True)
def few_other_patients():
    """Detection is tried on one coarse CT besides the demo's own; its own tests look closer."""
    other = phantom(seed=1, lesions=3, spacing=(5.0, 1.5, 1.5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo_detection, "_others", lambda _case, _seeds: [other])
        yield


@pytest.fixture(scope="module")
def perform(tmp_path_factory, peeking):
    """The demo with an experiment of seconds, whose own tests look closer."""
    plan = plan_file(tmp_path_factory.mktemp("plan"))

    def go(out, n=8, **options):
        settings = DemoSettings(out=out, n=n, workers=1, **options)
        return list(demo(settings, StopToken(), detector=peeking, plan=plan))

    return go


@pytest.fixture(scope="module")
def finished(tmp_path_factory, perform):
    out = tmp_path_factory.mktemp("demo") / "out"
    return out, perform(out)


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
    assert "<th>selected</th>" in (out / "report.html").read_text(encoding="utf-8")


def test_without_torch_two_methods_are_shown_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_lesion_synth.jobs.demo._can_learn", lambda: False)
    events = list(demo(DemoSettings(out=tmp_path / "out", n=4, workers=1), StopToken()))
    assert any("torch is not installed" in getattr(event, "text", "") for event in events)
    table = GeneratedSet.open(tmp_path / "out" / "real-ct").table
    assert set(table["method"]) == {"poisson", "sigmoid"}
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<h2>Detection</h2>" not in text
    assert "Left out: it needs torch" in text
    assert not (tmp_path / "out" / "experiment").exists()


def test_the_experiment_can_be_left_out_and_it_is_said(tmp_path, perform, monkeypatch):
    def nothing(*_):
        yield from ()
        return Section("nothing", ())

    for step in ("make_and_look", "detect_and_judge"):
        monkeypatch.setattr(f"napari_lesion_synth.jobs.demo.{step}", nothing)
    perform(tmp_path / "out", experiment=False)
    assert "Left out: it was not asked for" in (tmp_path / "out" / "report.html").read_text(
        encoding="utf-8"
    )
    assert not (tmp_path / "out" / "experiment").exists()


def test_the_report_opens_offline_and_tells_that_all_was_remade(finished):
    out, events = finished
    text = (out / "report.html").read_text(encoding="utf-8")
    assert events[-1].result["report"].endswith("report.html")
    beside = re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)([^\"']*)", text)
    assert beside == ["experiment/report.html"]
    assert (out / beside[0]).exists()
    assert text.count("8 of 8 lesions are the same bytes") == 2
    assert text.count("<img") == 3


def test_the_report_tells_what_a_detector_finds(finished):
    out, _ = finished
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "<h2>Detection</h2>" in text
    assert "missed: lesion 8" in text
    assert text.count("<svg") == 2  # its curve, and those of the experiment
    assert "For research only. Not a medical device." in text
    assert (out / "findings" / "findings.csv").exists()


def test_the_contact_sheets_and_the_donor_library_lie_beside_it(finished):
    out, _ = finished
    assert (out / "real-ct" / "contact-sheet.png").exists()
    assert (out / "phantom-set" / "contact-sheet.png").exists()
    assert (out / "donors" / "donors.json").exists()


def test_the_report_ends_with_a_small_experiment_and_what_nobody_may_conclude(finished):
    out, _ = finished
    titles = re.findall(r"<h2>(.*?)</h2>", (out / "report.html").read_text(encoding="utf-8"))
    assert titles[-2:] == ["Does it help? A small experiment", "What this does not show"]


def test_a_second_run_finds_everything_made(finished, perform):
    out, first = finished
    before = (out / "phantom-set" / "samples.csv").read_bytes()
    again = perform(out)
    assert again[-1] == first[-1]
    assert (out / "phantom-set" / "samples.csv").read_bytes() == before
