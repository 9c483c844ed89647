"""The whole map as a job: copies made, searched and counted; stopped, killed and continued."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.errors import DatasetError, ParameterError, SiteError
from napari_lesion_synth.evaluation.limits.results import read_insertions
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import Artifact, Done, Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs.limit_folder import PLAN, RESULTS
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.limit_report import CELLS, FIGURE, INSERTIONS, MAP_JSON, REPORT

from .seeing import Seeing

GRID = LimitSettings(
    diameters_mm=(5, 9), contrasts_hu=(-15, -30, -60), repeats=2, per_copy=4, gap_mm=8, filled=0.3
)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture
def asked(tmp_path):
    def make(grid=GRID, name="map", **more):
        return LimitJob(out=tmp_path / name, grid=grid, **more)

    return make


def run(job, case, detector, token=None):
    return list(limit_map(job, token or StopToken(), cases=[case], detector=detector))


def stop_at(copies, events, token):
    for event in events:
        if isinstance(event, Progress) and event.done == copies:
            token.stop()


def result_of(events):
    assert isinstance(events[-1], Done)
    return events[-1].result


def rows_in(folder):
    return read_insertions(folder / INSERTIONS)


def test_a_detector_that_finds_all_has_a_map_of_all_found(liver, asked):
    events = run(asked(), liver, Seeing(liver, sure=True))

    result = result_of(events)
    rows = rows_in(asked().out)
    assert result["lesions"] == len(rows) == len(GRID.cells) * GRID.repeats
    assert all(row.found(0.5) for row in rows)
    assert result["false_alarms_per_ct"]["value"] == 0


def test_it_leaves_map_tables_json_and_page(liver, asked):
    events = run(asked(), liver, Seeing(liver))

    made = {Path(each.path).name for each in events if isinstance(each, Artifact)}
    assert made == {CELLS, INSERTIONS, FIGURE, MAP_JSON, REPORT}
    assert all((asked().out / name).stat().st_size for name in made)
    page = (asked().out / REPORT).read_text(encoding="utf-8")
    assert "synthetic" in page
    assert "Synthetic lesions are not lesions" in page
    assert "<svg" in page
    content = json.loads((asked().out / MAP_JSON).read_text(encoding="utf-8"))
    assert len(content["cells"]) == len(GRID.cells)
    with (asked().out / CELLS).open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(GRID.cells)


def test_a_known_psychometric_function_is_recovered(ball_case, asked):
    """Half of the lesions of 8 mm and 20 HU; four times the contrast for half the diameter."""
    case = ball_case((40, 120, 120), (2.5, 1.0, 1.0), noise_hu=4)
    grid = LimitSettings(
        diameters_mm=(5, 8, 13), contrasts_hu=(-8, -16, -30, -60), depth_edges_mm=(), repeats=8,
        per_copy=8, gap_mm=8, filled=0.5,
    )  # fmt: skip

    run(asked(grid), case, Seeing(case))

    content = json.loads((asked().out / MAP_JSON).read_text(encoding="utf-8"))
    limits = content["methods"]["sigmoid"]["contrast_limits"]
    half = next(e for e in limits if e["diameter_mm"] == 8 and e["share"] == 0.5)
    assert half["low"] <= 25
    assert half["high"] >= 16
    rows = rows_in(asked().out)
    logits = [Seeing.logit(row.measured_mm, row.set_hu) for row in rows]
    surely = [row.found(0.5) for row, logit in zip(rows, logits, strict=True) if logit > 5]
    hardly = [row.found(0.5) for row, logit in zip(rows, logits, strict=True) if logit < -5]
    assert np.mean(surely) > 0.85
    assert np.mean(hardly) < 0.15


def test_the_copies_do_not_change_the_ct(liver, asked):
    before = liver.volume.hu.copy()

    run(asked(), liver, Seeing(liver))

    assert np.array_equal(liver.volume.hu, before)


def test_findings_on_known_lesions_are_neither_hits_nor_false_alarms(ball_case, asked):
    case = ball_case((30, 90, 90), (2.5, 1.0, 1.0), lesion_mm=12.0)
    middle = (15, 45, 45)
    assert case.lesions[middle]
    elsewhere = tuple(np.argwhere(case.organ.mask & ~case.lesions)[50])

    events = run(asked(), case, Seeing(case, [(middle, 0.9), (elsewhere, 0.8)], sure=True))

    assert result_of(events)["false_alarms_per_ct"]["value"] == 1
    assert all(row.found(0.5) for row in rows_in(asked().out))


def test_a_finding_that_is_there_anyhow_is_counted_as_chance(liver, asked):
    run(asked(name="first"), liver, Seeing(liver, sure=True))
    spot = rows_in(asked(name="first").out)[0]
    there = [((spot.z, spot.y, spot.x), 0.95)]

    events = run(asked(), liver, Seeing(liver, there))

    rows = rows_in(asked().out)
    at = [row for row in rows if row.spot == spot.spot]
    assert all(row.chance == 0.95 and row.found(0.5) for row in at)
    assert sum(row.chance is not None for row in rows) == len(at)
    assert result_of(events)["found_by_chance"]["value"] == pytest.approx(1 / 8, abs=1e-3)


def test_at_another_threshold_nothing_is_searched_again(liver, asked):
    detector = Seeing(liver, [((15, 45, 45), 0.3)], sure=True)
    run(asked(), liver, detector)
    before = detector.searched

    events = run(asked(search=LimitDetector(threshold=0.68)), liver, detector)

    assert detector.searched == before
    result = result_of(events)
    assert result["threshold"] == 0.68
    rows = rows_in(asked().out)
    assert 0 < sum(row.found(0.68) for row in rows) < len(rows)


def test_the_detectors_own_threshold_is_taken_where_none_is_given(liver, asked):
    result = result_of(run(asked(), liver, Seeing(liver, own=0.7)))

    assert result["threshold"] == 0.7


def test_a_run_that_was_stopped_goes_on_where_it_was(liver, asked):
    whole = Seeing(liver)
    run(asked(name="whole"), liver, whole)
    token, part = StopToken(), Seeing(liver)
    with pytest.raises(Stopped):
        stop_at(4, limit_map(asked(), token, cases=[liver], detector=part), token)
    kept = len((asked().out / RESULTS).read_text(encoding="utf-8").splitlines())
    assert 1 < kept < whole.searched

    rest = Seeing(liver)
    run(asked(), liver, rest)

    assert rest.searched == whole.searched - kept + 1  # the CT as it is, for what lies there
    assert (asked().out / INSERTIONS).read_bytes() == (
        asked(name="whole").out / INSERTIONS
    ).read_bytes()


def test_a_line_that_a_crash_cut_short_is_made_again(liver, asked):
    run(asked(), liver, Seeing(liver))
    before = (asked().out / INSERTIONS).read_bytes()
    results = asked().out / RESULTS
    results.write_bytes(results.read_bytes()[:-200])

    again = Seeing(liver)
    run(asked(), liver, again)

    assert again.searched == 2
    assert (asked().out / INSERTIONS).read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_run_killed_at_any_moment_comes_to_the_same_map(liver, asked, save_case, tmp_path):
    files = save_case(liver)
    script = tmp_path / "run.py"
    script.write_text(
        KILLED.format(tests=str(Path(__file__).parent), files=files.model_dump()), encoding="utf-8"
    )
    command = [sys.executable, str(script), str(asked().out)]
    for lines in (2, 3):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        for _ in range(lines):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert child.returncode == -signal.SIGKILL
    assert 2 <= len((asked().out / RESULTS).read_bytes().splitlines()) < 8

    subprocess.run([*command, "quick"], check=True, stdout=subprocess.DEVNULL)
    whole = tmp_path / "whole"
    subprocess.run([command[0], command[1], str(whole), "quick"], check=True, stdout=-3)

    assert (asked().out / INSERTIONS).read_bytes() == (whole / INSERTIONS).read_bytes()


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from seeing import Seeing
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.limit_job import LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.settings import CaseFiles
files = CaseFiles(**{files!r})
grid = LimitSettings(diameters_mm=(5, 9), contrasts_hu=(-15, -30, -60), repeats=2, per_copy=4,
                     gap_mm=8, filled=0.3)

class Slow(Seeing):
    def detect(self, case, token=None, report=None):
        found = super().detect(case, token)
        print(self.searched, flush=True)
        if "quick" not in sys.argv:
            time.sleep(0.3)
        return found

job = LimitJob(cases=(files,), out=Path(sys.argv[1]), grid=grid)
for event in limit_map(job, StopToken(), detector=Slow(reread_case(files.inputs()))):
    pass
"""


def test_a_folder_of_another_map_is_refused_and_says_what_differs(liver, asked):
    run(asked(), liver, Seeing(liver))

    with pytest.raises(DatasetError, match=r"another detection-limit map \(other: grid, designs\)"):
        run(asked(GRID.model_copy(update={"repeats": 3})), liver, Seeing(liver))


def test_a_folder_of_something_else_is_not_written_into(liver, asked):
    asked().out.mkdir()
    (asked().out / RESULTS).write_text("not ours\n", encoding="utf-8")

    with pytest.raises(DatasetError, match="another detection-limit map"):
        run(asked(), liver, Seeing(liver))


def test_sizes_without_room_are_told_and_are_not_0_percent(liver, asked):
    grid = GRID.model_copy(update={"diameters_mm": (5.0, 80.0)})

    events = run(asked(grid), liver, Seeing(liver, sure=True))

    told = [each.text for each in events if isinstance(each, Log) and each.level == "warning"]
    assert any("80 mm, rim" in text and "not measurable" in text for text in told)
    cells = json.loads((asked().out / MAP_JSON).read_text(encoding="utf-8"))["cells"]
    assert {each["sensitivity"] for each in cells if each["diameter_mm"] == 80} == {""}
    assert {each["sensitivity"] for each in cells if each["diameter_mm"] == 5} == {1.0}


def test_without_room_for_any_size_it_ends_before_anything_is_searched(liver, asked):
    detector = Seeing(liver)

    with pytest.raises(SiteError, match="no room for any lesion"):
        run(asked(GRID.model_copy(update={"diameters_mm": (80.0, 90.0)})), liver, detector)

    assert detector.searched == 0
    assert not (asked().out / PLAN).exists()


def test_two_cts_are_one_map(liver, ball_case, asked):
    other = ball_case((30, 90, 90), (2.5, 1.0, 1.0), patient="other", seed=5)

    class Both(Seeing):
        def detect(self, case, token=None, report=None):
            self._before = liver if case.patient == "ball" else other
            return super().detect(case, token)

    events = list(
        limit_map(asked(), StopToken(), cases=[liver, other], detector=Both(liver, sure=True))
    )

    rows = rows_in(asked().out)
    assert {row.ct for row in rows} == {"ball", "other"}
    assert all(row.found(0.5) for row in rows)
    assert result_of(events)["lesions"] == 2 * len(GRID.cells) * GRID.repeats
    assert [e.done for e in events if isinstance(e, Progress)][-1] == 2 + result_of(events)[
        "copies"
    ]


def test_the_donors_of_the_ct_serve_for_transplants(ball_case, asked):
    case = ball_case((30, 90, 90), (2.5, 1.0, 1.0), lesion_mm=12.0)
    grid = GRID.model_copy(update={"methods": ("sigmoid", "poisson"), "repeats": 1})

    events = run(asked(grid), case, Seeing(case, sure=True))

    rows = rows_in(asked().out)
    assert {row.method for row in rows} == {"sigmoid", "poisson"}
    made = [row for row in rows if row.method == "poisson" and row.made]
    assert made
    assert all(abs(row.set_hu - row.contrast_hu) <= 0.5 for row in made)
    assert len(result_of(events)["methods_compared"]) == 1


def test_a_method_that_needs_donors_says_so_before_anything_else(liver, asked):
    grid = GRID.model_copy(update={"methods": ("poisson",)})

    with pytest.raises(ParameterError, match="transplants real lesions, and there are none"):
        run(asked(grid), liver, Seeing(liver))


def test_a_ct_without_organ_is_refused(liver, asked):
    bare = type(liver)(liver.volume)

    with pytest.raises(ParameterError, match="lesions are put into an organ"):
        run(asked(), bare, Seeing(liver))
    with pytest.raises(ParameterError, match="no CT was given"):
        list(limit_map(asked(), StopToken()))


def test_findings_of_the_ct_alone_are_refused(liver, asked, tmp_path):
    table = tmp_path / "findings.csv"
    table.write_text("score,x,y,z\n", encoding="utf-8")

    with pytest.raises(ParameterError, match="say nothing of copies"):
        run(asked(search=LimitDetector(detector=table)), liver, None)


def test_a_detector_that_has_learnt_from_the_patient_is_warned_of(liver, asked):
    detector = Seeing(liver)
    detector.patients = ("ball",)

    told = [each.text for each in run(asked(), liver, detector) if isinstance(each, Log)]

    assert any("has learnt from patient ball" in text for text in told)


@pytest.mark.parametrize("rule", [{"kind": "distance"}, {"kind": "iou", "iou": 0.1}])
def test_other_rules_of_a_hit_may_be_chosen(liver, asked, rule):
    events = run(asked(rule=rule), liver, Seeing(liver, sure=True))

    assert result_of(events)["lesions"] > 0
    assert np.mean([row.found(0.5) for row in rows_in(asked().out)]) > 0.8
    told = json.loads((asked().out / MAP_JSON).read_text(encoding="utf-8"))["rule"]
    assert told["text"] == asked(rule=rule).rule.text


def test_a_single_slice_has_a_map_too(ball_case, asked):
    case = ball_case((1, 120, 120), (5.0, 1.0, 1.0))
    grid = GRID.model_copy(update={"filled": 0.5})

    run(asked(grid), case, Seeing(case, sure=True))

    assert all(row.found(0.5) for row in rows_in(asked().out) if row.made)


def test_a_readers_curve_comes_onto_the_figure(liver, asked, tmp_path):
    table = tmp_path / "reader.csv"
    table.write_text("diameter_mm,contrast_hu\n5,-50\n9,-20\n", encoding="utf-8")

    run(asked(reader=table), liver, Seeing(liver))

    assert "reader" in (asked().out / FIGURE).read_text(encoding="utf-8")
