from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.samples import Fixation, Samples


def test_a_position_that_is_not_finite_is_not_valid(make_samples):
    samples = make_samples([1, 2, 3], [1, np.nan, 3])
    assert samples.valid.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x": np.zeros(2)}, "one length"),
        ({"t": np.array([0.0, 0.1, 0.05])}, "clock goes back after sample 2"),
        ({"t": np.array([0.0, np.nan, 0.1])}, "no time"),
        ({"rate_hz": 0.0}, "samples a second"),
    ],
)
def test_what_cannot_be_a_recording_is_refused(make_samples, change, words):
    with pytest.raises(InputError, match=words):
        replace(make_samples([1, 2, 3], [1, 2, 3]), **change)


def test_a_part_keeps_its_first_moment_and_leaves_its_last(make_samples):
    samples = make_samples(range(10), range(10), 10.0)
    assert samples.between(0.2, 0.5).x.tolist() == [2, 3, 4]


def test_parts_join_to_the_whole(make_samples):
    whole = make_samples(range(10), range(10), pupil=np.arange(10.0))
    again = Samples.joined([whole.between(0, 0.016), whole.between(0.016, 1)])
    assert np.array_equal(again.t, whole.t)
    assert np.array_equal(again.pupil, whole.pupil)


def test_samples_of_the_mouse_never_join_a_trackers(make_samples):
    gaze = make_samples([1], [1])
    mouse = make_samples([1], [1], source="mouse_aperture", start=1.0)
    with pytest.raises(InputError, match="different sources"):
        Samples.joined([gaze, mouse])


def test_data_loss_counts_invalid_and_missing_samples(make_samples):
    samples = make_samples([1, np.nan, 3, 4, 5, 6, 7, 8, 9, 10], range(10))
    assert samples.data_loss == pytest.approx(0.1)
    holed = samples.taken(~np.isin(np.arange(10), [4, 5]))
    assert holed.expected == 10
    assert holed.data_loss == pytest.approx(0.3)
    assert holed.gaps() == ((samples.t[3], samples.t[6]),)


def test_no_samples_last_no_time():
    nothing = Samples.empty("tracker", 60.0)
    assert nothing.seconds == 0
    assert np.isnan(nothing.data_loss)


def test_a_fixation_ends_after_its_duration():
    assert Fixation(1.0, 0.25, 0, 0, 1, 0.1).end_s == 1.25
