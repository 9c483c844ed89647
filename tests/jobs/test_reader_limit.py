"""A reader's limit as a job: asked, kept, stopped, killed, gone on with, and drawn."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.evaluation.limits.reader_limit import read_reader_limits
from napari_lesion_synth.events import Done, Progress, Stopped, StopToken
from napari_lesion_synth.jobs.reader_job import PictureSettings, ReaderJob, SimulatedReader
from napari_lesion_synth.jobs.reader_limit import reader_limit
from napari_lesion_synth.jobs.reader_study import ANSWERS, ReaderStudy
from napari_lesion_synth.perception.limits.reader_limit import READER_CSV, READER_JSON
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

SIZES = (6.0, 12.0)
ASKED = VisibilitySettings(diameters_mm=SIZES, trials_each=5)


class Grey:
    """Pictures that cost nothing."""

    def pair(self, diameter_mm, contrast_hu, seed):
        without = np.full((8, 8), 128, np.uint8)
        with_lesion = without.copy()
        with_lesion[3:5, 3:5] = 40
        return with_lesion, without


@pytest.fixture
def liver(ball_case):
    return ball_case((20, 64, 64), (2.5, 1.0, 1.0))


@pytest.fixture
def job(tmp_path):
    def make(limits=(40.0, 20.0), asked=ASKED, **more):
        simulated = SimulatedReader(limits_hu=limits) if limits else None
        usual = {"out": tmp_path / "reader", "pictures": PictureSettings(field_mm=40, places=3)}
        return ReaderJob(asked=asked, simulated=simulated, **{**usual, **more})

    return make


def run(job, case, token=None, **more):
    return list(reader_limit(job, token or StopToken(), cases=[case], **more))


def lines_in(folder):
    return [json.loads(each) for each in (folder / ANSWERS).read_text("utf-8").splitlines()]


def test_a_simulated_reader_leaves_a_limit_that_a_map_reads(liver, job):
    events = run(job(), liver)

    folder = job().out
    assert isinstance(events[-1], Done)
    assert events[-1].result["answers"] == len(lines_in(folder)) == 10
    (curve,) = read_reader_limits(folder / READER_JSON)
    (table,) = read_reader_limits(folder / READER_CSV)
    assert curve.diameters_mm == table.diameters_mm == SIZES
    assert table.contrasts_hu == pytest.approx(curve.contrasts_hu, rel=1e-5)
    assert (curve.name, curve.band) == (table.name, table.band) == ("reader", "")
    content = json.loads((folder / READER_JSON).read_text("utf-8"))
    assert content["pictures"]["ct_sha256"] == liver.volume.sha256
    assert "of no person" in content["notes"][-1]


@pytest.mark.parametrize("task", ["2afc", "yes-no"])
def test_its_limits_lie_in_their_intervals(tmp_path, task):
    """By the same questions and answers, with pictures that cost nothing."""
    from napari_lesion_synth.jobs.reader_limit import _answer

    true, held = (30.0, 12.0), []
    for seed in range(10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        asked = VisibilitySettings(diameters_mm=SIZES, trials_each=40, seed=seed, task=task)
        simulated = SimulatedReader(limits_hu=true)
        made = ReaderJob(out=folder, asked=asked, simulated=simulated)
        with ReaderStudy(folder, asked, Grey()) as study:
            while (trial := study.next()) is not None:
                study.answer(trial, _answer(trial, made))
            limit = study.limit()
        held += [
            low <= limit_hu <= high
            for low, limit_hu, high in zip(limit.low_hu, true, limit.high_hu, strict=True)
        ]

    assert np.mean(held) >= 0.85


def test_a_reader_who_was_stopped_is_asked_the_same_questions(liver, job, tmp_path):
    run(job(out=tmp_path / "whole"), liver)
    token = StopToken()

    def stop_at_four():
        for event in reader_limit(job(), token, cases=[liver]):
            if isinstance(event, Progress) and event.done == 4:
                token.stop()

    with pytest.raises(Stopped):
        stop_at_four()
    done = len(lines_in(job().out))
    assert 4 <= done < 10

    run(job(), liver)

    whole, parts = lines_in(tmp_path / "whole"), lines_in(job().out)
    assert [each["trial"] for each in parts] == [each["trial"] for each in whole]
    assert [each["answer"] for each in parts] == [each["answer"] for each in whole]
    limits = [
        (folder / READER_JSON).read_text("utf-8") for folder in (tmp_path / "whole", job().out)
    ]
    assert limits[0] == limits[1]


KILLED = """
import sys
from pathlib import Path
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

settings = VisibilitySettings(diameters_mm=(6.0, 12.0), trials_each=1000)
study = ReaderStudy(Path(sys.argv[1]), settings, None)
while (trial := study.next()) is not None:
    study.answer(trial, trial.number % 2)
    print(study.next().seed, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_a_killed_program_loses_no_answer_and_doubles_none(tmp_path):
    settings = VisibilitySettings(diameters_mm=SIZES, trials_each=1000)
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert child.stdout is not None
    said = [int(child.stdout.readline()) for _ in range(5)]
    child.send_signal(signal.SIGKILL)
    said += [int(line) for line in child.stdout if line.endswith("\n")]
    child.wait()
    child.stdout.close()

    with ReaderStudy(tmp_path, settings, Grey()) as study:
        numbers = [trial.number for trial, _ in study.run.answers]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= len(said) >= 5
        seeds = [trial.seed for trial, _ in study.run.answers] + [study.next().seed]
        assert seeds[1 : len(said) + 1] == said


def test_a_torn_last_line_is_a_question_that_is_asked_again(tmp_path):
    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        for _ in range(3):
            study.answer(study.next(), 0)
        before = study.run.answers
    text = (tmp_path / ANSWERS).read_bytes()
    (tmp_path / ANSWERS).write_bytes(text[:-20])

    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        assert study.run.answers == before[:2]
        assert study.next() == before[2][0]
        study.answer(study.next(), 0)
    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        assert study.run.answers == before


def test_the_pictures_lie_where_the_question_says(tmp_path):
    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        while (trial := study.next()) is not None:
            shown = study.shown(trial)
            assert [picture.min() for picture in shown].index(40) == trial.place
            assert len(shown) == 2
            study.answer(trial, 1)
    yes_no = ASKED.model_copy(update={"task": "yes-no", "trials_each": 20})
    (tmp_path / "other").mkdir()
    with ReaderStudy(tmp_path / "other", yes_no, Grey()) as study:
        while (trial := study.next()) is not None:
            (picture,) = study.shown(trial)
            assert (picture.min() == 40) == bool(trial.place)
            study.answer(trial, 1)


def test_what_may_follow_is_known_before_the_answer(tmp_path):
    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        for answer in (0, 1, 1, 0):
            upcoming = study.upcoming()
            study.answer(study.next(), answer)
            assert study.next() in upcoming


def test_two_windows_do_not_ask_one_reader(tmp_path):
    with (
        ReaderStudy(tmp_path, ASKED, Grey()),
        pytest.raises(DatasetError, match="another window or program"),
    ):
        ReaderStudy(tmp_path, ASKED, Grey())
    ReaderStudy(tmp_path, ASKED, Grey()).close()


def test_answers_to_other_questions_are_refused(tmp_path):
    with ReaderStudy(tmp_path, ASKED, Grey()) as study:
        study.answer(study.next(), 0)
    line = (tmp_path / ANSWERS).read_bytes()
    (tmp_path / ANSWERS).write_bytes(line + line)

    with pytest.raises(DatasetError, match="answers another question"):
        ReaderStudy(tmp_path, ASKED, Grey())
    (tmp_path / ANSWERS).write_bytes(line)
    ReaderStudy(tmp_path, ASKED, Grey()).close()  # the lock was let go


def test_another_reader_has_another_folder(liver, job):
    run(job(), liver)

    with pytest.raises(DatasetError, match=r"holds another reader's limit \(other: reader\)"):
        run(job(limits=(50.0,)), liver)
    with pytest.raises(DatasetError, match=r"\(other: questions\)"):
        run(job(asked=ASKED.model_copy(update={"seed": 1})), liver)


def test_a_person_who_stops_has_a_preliminary_limit(liver, job):
    def answers_three(study):
        for _ in range(3):
            study.answer(study.next(), 1, 0.8, {"ratio": 1.0})

    result = run(job(limits=None), liver, person=answers_three)[-1].result

    assert result["answers"] == 3
    assert "Not all questions were answered." in result["reader_notes"]
    assert lines_in(job().out)[0]["seconds"] == 0.8
    nobody = run(job(limits=None, out=job().out / "nobody"), liver, person=lambda _: None)
    assert "reader_limits" not in nobody[-1].result


def test_what_cannot_be_asked_is_refused(ball_case, liver, job):
    with pytest.raises(ParameterError, match="nobody is there"):
        run(job(limits=None), liver)
    with pytest.raises(ParameterError, match="2 CTs"):
        list(reader_limit(job(), StopToken(), cases=[liver, liver]))
    with pytest.raises(ParameterError, match="no CTs"):
        list(reader_limit(job(), StopToken()))
