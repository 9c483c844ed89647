"""The folder of a training: whose it is, and what is in it."""

from __future__ import annotations

import pytest

from napari_lesion_synth.errors import CheckpointError, TrainingError
from napari_lesion_synth.events import Metric
from napari_lesion_synth.training.run_folder import RESUME, RunFolder, read_metrics

STATE = {"step": 2, "seconds": 1.0, "learner": {}}


def opened(path):
    return RunFolder.opened(path, "line", {"seed": 7})


def test_two_trainings_in_one_folder_are_refused_and_the_first_is_left_alone(tmp_path):
    with opened(tmp_path) as run:
        run.append(Metric("loss/fit", 1.0, 1))
        with pytest.raises(TrainingError, match="another process is training"), opened(tmp_path):
            pass
        assert len(read_metrics(tmp_path)) == 1
    with opened(tmp_path) as run:
        assert run.resume() is None


def test_a_training_that_failed_leaves_its_folder_free(tmp_path):
    with pytest.raises(ZeroDivisionError), opened(tmp_path):
        raise ZeroDivisionError
    with opened(tmp_path) as run:
        assert run.path == tmp_path


@pytest.mark.parametrize("part", [0, 0.1, 0.5, 0.98])
def test_a_state_cut_short_is_to_be_deleted_not_copied(tmp_path, part):
    with opened(tmp_path) as run:
        run.keep(STATE)
        data = (tmp_path / RESUME).read_bytes()
        (tmp_path / RESUME).write_bytes(data[: int(part * len(data))])
        with pytest.raises(CheckpointError, match="state of the training is damaged") as caught:
            run.resume()
        assert caught.value.remedy == "Delete it, and the training begins anew"
        (tmp_path / RESUME).unlink()
        assert run.resume() is None


def test_looking_at_the_state_leaves_what_was_reported_and_resuming_cuts_it(tmp_path):
    with opened(tmp_path) as run:
        for step in (1, 2, 3):
            run.append(Metric("loss/fit", 1.0, step))
        run.keep(STATE)
        assert run.last() == STATE
        assert len(read_metrics(tmp_path)) == 3
        assert run.resume() == STATE
        assert len(read_metrics(tmp_path)) == 2
