from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.perception.limits.psychometric import Psychometric, level_at, seen
from napari_lesion_synth.perception.observers.thresholds import ThresholdObserver

positive = st.floats(0.05, 20)


def of(observer: ThresholdObserver) -> Psychometric:
    """The function that the estimate would hold for this observer."""
    return Psychometric(
        observer.task,
        np.array([observer.threshold]),
        np.array([observer.slope]),
        np.array([observer.lapse]),
        np.array([observer.false_alarms]),
        np.array([-1.0 if observer.better else 1.0]),
    )


@given(
    st.sampled_from(["2afc", "yes-no", "change"]),
    positive,
    st.floats(0.5, 10),
    st.floats(0, 0.1),
    st.floats(0, 3),
    st.booleans(),
)
def test_the_simulated_observer_and_the_estimate_speak_of_the_same_function(
    task, threshold, slope, lapse, level, better
):
    observer = ThresholdObserver(
        threshold=threshold,
        slope=slope,
        lapse=lapse,
        task=task,
        false_alarms=0.1 if task == "yes-no" else 0.0,
        better=better,
    )

    assert of(observer).chance(level)[0] == pytest.approx(observer.chance(level), abs=1e-12)


@given(positive, st.floats(0.5, 10), st.floats(0.01, 0.99))
def test_the_level_of_a_share_is_seen_in_that_share(threshold, slope, share):
    assert seen(level_at(share, threshold, slope), threshold, slope) == pytest.approx(share)


@pytest.mark.parametrize(
    ("task", "nothing", "threshold", "all_of_it"),
    [("2afc", 0.5, 0.5 + 0.46 * 0.63212, 0.96), ("yes-no", 0.1, 0.1 + 0.86 * 0.63212, 0.96)],
)
def test_functions_go_from_guessing_to_what_lapses_leave(task, nothing, threshold, all_of_it):
    observer = ThresholdObserver(
        threshold=2, slope=3, lapse=0.04, task=task, false_alarms=0.1 if task == "yes-no" else 0
    )

    found = of(observer).chance(np.array([0.0, 2.0, 20.0]))[:, 0]

    assert found == pytest.approx([nothing, threshold, all_of_it], abs=1e-5)


def test_a_change_for_the_better_makes_people_choose_the_changed_photo():
    worse = ThresholdObserver(threshold=1, task="change")
    better = worse.model_copy(update={"better": True})

    for level in (0.3, 1.0, 3.0):
        assert of(worse).chance(level)[0] == pytest.approx(1 - of(better).chance(level)[0])
        assert of(worse).chance(level)[0] > 0.5
