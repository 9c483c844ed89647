"""How long people are told to wait."""

from __future__ import annotations

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.run_result import RunResult
from napari_lesion_synth.jobs.experiment_passes import hours_left

_HOUR = 3600.0


@pytest.fixture(scope="module")
def run() -> RunResult:
    """One that took an hour on the clock, a quarter of it in the test."""
    (first, *_) = simulate(plan_of(seeds=1), World(patients=2))
    seconds = {"train": 0.75 * _HOUR, "train_cpu": 9 * _HOUR, "search": 0.25 * _HOUR,
               "prepare": 7 * _HOUR}  # fmt: skip
    first.seconds.clear()
    first.seconds.update(seconds)
    return first


@pytest.mark.parametrize(
    ("left", "at_once", "hours"),
    [
        (10, 1, 10.0),
        (10, 2, 4.75),  # one has begun, and is half done
        (1, 2, 0.5),
        (2, 4, 0.5),
    ],
)
def test_time_left_counts_what_is_done_at_once_and_what_has_begun(run, left, at_once, hours):
    assert hours_left([run], left, at_once) == pytest.approx(hours)
