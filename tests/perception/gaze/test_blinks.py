import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.blinks import find_blinks, without_lids


def _lost(make_samples, *spans, n=1000):
    x = np.full(n, 900.0)
    for low, high in spans:
        x[low:high] = np.nan
    return make_samples(x, np.full(n, 500.0))


def test_losses_as_long_as_a_lid_takes_are_blinks(make_samples):
    # 250 Hz: 20 ms, 160 ms, 800 ms.
    samples = _lost(make_samples, (10, 15), (100, 140), (300, 500))
    (blink,) = find_blinks(samples)
    assert blink.start_s == pytest.approx(0.4)
    assert blink.duration_s == pytest.approx(0.16)
    assert blink.end_s == pytest.approx(0.56)


def test_missing_rows_are_losses_too(make_samples):
    samples = _lost(make_samples)
    holed = samples.taken(~((samples.t >= 0.4) & (samples.t < 0.56)))
    (blink,) = find_blinks(holed)
    assert (blink.start_s, blink.duration_s) == pytest.approx((0.4, 0.16))


def test_a_recording_may_begin_and_end_with_a_blink(make_samples):
    found = find_blinks(_lost(make_samples, (0, 25), (975, 1000)))
    assert [(b.start_s, round(b.duration_s, 3)) for b in found] == [
        (0, 0.1),
        (pytest.approx(3.9), 0.1),
    ]


def test_an_eye_that_was_never_there_did_not_blink_for_long(make_samples):
    assert find_blinks(_lost(make_samples, (0, 1000))) == ()
    assert len(find_blinks(_lost(make_samples, (0, 100), n=100))) == 1
    assert find_blinks(make_samples([], [])) == ()


def test_samples_beside_a_blink_are_not_believed(make_samples):
    samples = _lost(make_samples, (10, 15), (100, 140))
    kept = without_lids(samples, 0.02).valid
    assert kept[:10].all(), "a drop-out is no blink"
    assert not kept[95:145].any()
    assert kept[90:95].all()
    assert kept[146:].all()
