import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.targets import TargetLook, steady, target_points


@pytest.mark.parametrize("count", [5, 9, 13])
def test_targets_begin_in_the_middle_and_reach_to_the_margin(screen, count):
    points = target_points(screen, count, margin=0.1)
    assert len(np.unique(points, axis=0)) == count
    assert points[0].tolist() == [960, 540]
    assert points.min(axis=0).tolist() == pytest.approx([192, 108])
    assert points.max(axis=0).tolist() == pytest.approx([1728, 972])
    assert points.mean(axis=0).tolist() == pytest.approx([960, 540])


def test_other_patterns_are_refused(screen):
    with pytest.raises(ParameterError, match="7 targets"):
        target_points(screen, 7)
    with pytest.raises(ParameterError, match="margin"):
        target_points(screen, 5, margin=0.5)


def test_the_eye_gets_time_to_settle(make_samples):
    look = TargetLook(1, 1, make_samples(range(500), range(500), start=7.0))
    assert steady(look, 0.8).t[0] == pytest.approx(7.8)
    assert len(steady(TargetLook(1, 1, make_samples([], [])))) == 0


def test_targets_are_on_the_screen(make_samples):
    with pytest.raises(ParameterError, match="screen"):
        TargetLook(1, 1, make_samples([1], [1], frame="image"))
