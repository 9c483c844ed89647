import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.sources.lsl_channels import (
    GazeChannels,
    LslSettings,
    find_channels,
)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("x", "y"), GazeChannels(0, 1, None, None)),
        (("confidence", "norm_pos_x", "norm_pos_y"), GazeChannels(1, 2, None, 0)),
        (("gaze_x", "gaze_y", "pupil_size"), GazeChannels(0, 1, 2, None)),
        (("Screen_X_both", "Screen_Y_both", "Diameter", "validity"), GazeChannels(0, 1, 2, 3)),
    ],
)
def test_usual_labels_are_understood(labels, expected):
    assert find_channels(labels, LslSettings()) == expected


def test_channels_can_be_named_or_numbered():
    labels = ("time", "left_x", "left_y", "left_pupil")
    settings = LslSettings(x="left_x", y="3", pupil="left_pupil")
    assert find_channels(labels, settings) == GazeChannels(1, 2, 3, None)


@pytest.mark.parametrize("labels", [("", ""), ("left_x", "left_y"), ("x", "x", "y")])
def test_what_cannot_be_told_is_asked_for(labels):
    with pytest.raises(InputError, match="cannot be told") as caught:
        find_channels(labels, LslSettings())
    assert "by number from 1" in caught.value.remedy


@pytest.mark.parametrize("name", ["left", "0", "9"])
def test_a_channel_that_is_not_there_is_named_with_those_that_are(name):
    with pytest.raises(InputError, match=f"no channel '{name}'") as caught:
        find_channels(("x", ""), LslSettings(x=name))
    assert "1 x, 2 (no label)" in caught.value.remedy


def test_shares_that_count_upwards_become_device_pixels():
    channels, size = GazeChannels(0, 1, 2, 3), (1920, 1080)
    values = np.array([[0.5, 0.25, 3.0, 0.9], [0.1, 0.1, 3.1, 0.2], [np.nan, 0.5, 0.0, 1.0]])
    rows = channels.decoded(values, LslSettings(units="shares", y_up=True), size)
    assert rows[0].tolist() == [960, 810, 1, 3.0]
    assert rows[:, 2].tolist() == [1, 0, 0]
    plain = GazeChannels(0, 1, None, None).decoded(values, LslSettings(), size)
    assert plain[0, :3].tolist() == [0.5, 0.25, 1]
    assert np.isnan(plain[:, 3]).all()
