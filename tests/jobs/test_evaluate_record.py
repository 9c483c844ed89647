"""An evaluation as a file: the same figures come out again, and damage is told."""

from __future__ import annotations

import csv
import json

import pytest

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import Done, StopToken
from napari_lesion_synth.jobs.evaluate import evaluate
from napari_lesion_synth.jobs.evaluate_record import EVALUATION_JSON, read_evaluation
from napari_lesion_synth.jobs.evaluate_report import result_of, tables_of
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob, EvaluateSettings


@pytest.fixture
def evaluated(ball_case, peeking, tmp_path):
    """An evaluation of two CTs: its folder, and what was told of it."""
    cases = [ball_case((16, 60, 60), lesion_mm=12.0, patient=f"p{k}", seed=k) for k in range(2)]
    detectors = {"one": peeking, "other": peeking}

    def go(**settings):
        job = EvaluateJob(out=tmp_path / "out", settings=EvaluateSettings(**settings))
        events = list(evaluate(job, StopToken(), cases=cases, detectors=detectors))
        assert isinstance(events[-1], Done)
        return tmp_path / "out", events[-1].result

    return go


@pytest.mark.parametrize("settings", [{}, {"threshold": 0.4}, {"rate": 1.0}, {"seed": 3}])
def test_the_figures_come_out_again(evaluated, settings):
    folder, told = evaluated(**settings)
    again = result_of(read_evaluation(folder).evaluated)
    for name in ("cts", "lesions", "rule", "measured", "strata", "differences"):
        assert json.dumps(again[name]) == json.dumps(told[name])


def test_so_do_the_tables_to_six_digits(evaluated):
    folder, _ = evaluated()
    for name, text in tables_of(read_evaluation(folder).evaluated).items():
        written, again = cells((folder / name).read_text(encoding="utf-8")), cells(text)
        assert len(written) == len(again) > 0
        for mine, theirs in zip(written, again, strict=True):
            assert mine == theirs or float(mine) == pytest.approx(float(theirs), rel=1e-5)


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(text.splitlines()) for cell in row]


def test_it_knows_the_cts_and_how_fair_the_test_was(evaluated):
    folder, told = evaluated()
    kept = read_evaluation(folder)
    assert [ct.name for ct in kept.cts] == ["p0", "p1"]
    assert all(len(ct.sha256) == 64 for ct in kept.cts)
    assert kept.fairness["one"].verdict == told["leak_check"]["one"]["verdict"]
    assert list(kept.fairness["one"].words) == told["leak_check"]["one"]["words"]


def test_a_folder_without_one_is_told(tmp_path):
    with pytest.raises(DatasetError, match="no evaluation here"):
        read_evaluation(tmp_path)


def test_a_damaged_one_is_told_with_its_file(evaluated):
    folder, _ = evaluated()
    path = folder / EVALUATION_JSON
    whole = path.read_text(encoding="utf-8")
    for damaged in (
        whole[: len(whole) // 2],
        whole.replace('"schema": 1', '"schema": 99'),
        whole.replace('"detectors"', '"others"'),
        whole.replace('"outcome": "false alarm"', '"outcome": "luck"'),
        "[]",
        '{"schema": 1, "seed": 0, "rule": {}, "cts": [], "detectors": []}',
    ):
        assert damaged != whole
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(DatasetError) as told:
            read_evaluation(folder)
        assert told.value.where == str(path)
        assert told.value.remedy
