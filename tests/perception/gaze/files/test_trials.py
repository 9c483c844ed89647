import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.gaze.files.recording import GazeRecording, Message
from napari_lesion_synth.perception.gaze.files.trials import cut_trials
from napari_lesion_synth.perception.gaze.samples import Fixation


@pytest.fixture
def recording(make_samples):
    samples = make_samples(np.arange(1000.0), np.zeros(1000), 100.0)
    texts = [
        (1, "TRIALID a"),
        (2, "key"),
        (3, "TRIAL_RESULT 0"),
        (5, "TRIALID b"),
        (7, "TRIALID c"),
    ]
    fixations = (Fixation(2.5, 1.0, 1, 1, 1, 0.0), Fixation(3.2, 0.5, 1, 1, 1, 0.0))
    return GazeRecording(samples, tuple(Message(float(t), text) for t, text in texts), fixations)


def test_a_trial_lasts_from_its_message_to_its_end_or_the_next(recording):
    trials = cut_trials(recording)
    assert [(t.name, t.start_s, t.end_s, t.open) for t in trials] == [
        ("a", 1, 3, False),
        ("b", 5, 7, True),
        ("c", 7, 10, True),
    ]
    assert [len(t.samples) for t in trials] == [200, 200, 300]
    assert [m.text for m in trials[0].messages] == ["TRIALID a", "key"]
    assert [f.start_s for f in trials[0].fixations] == [2.5]


def test_without_an_end_trials_follow_each_other(recording):
    assert [t.end_s for t in cut_trials(recording, end=None)] == [5, 7, 10]


def test_a_message_without_a_group_is_the_name(recording):
    assert cut_trials(recording, "key", None)[0].name == "key"


def test_where_nothing_begins_the_messages_are_shown(recording):
    with pytest.raises(InputError, match="begins a trial") as caught:
        cut_trials(recording, "START")
    assert "TRIALID a; key" in caught.value.remedy


def test_an_expression_that_is_none_is_refused(recording):
    with pytest.raises(ParameterError, match="regular expression"):
        cut_trials(recording, "(")
