from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.trials import (
    Answer,
    Trial,
    check_response,
    possible_responses,
    preferred,
)


def trial(kind="pair", stimuli=("a", "b"), **facts):
    return Trial(3, "1", kind, stimuli, "?", facts=facts)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
facts = st.dictionaries(st.text(), json_values, max_size=4)


@settings(deadline=None)
@given(
    st.builds(
        Trial,
        number=st.integers(0, 10**6),
        block=st.text(),
        kind=st.sampled_from(["pair", "vas", "likert", "best_worst", "view", "twoafc"]),
        stimuli=st.lists(st.text(), max_size=5).map(tuple),
        question=st.text(),
        seconds=st.none() | st.floats(0, 100),
        practice=st.booleans(),
        catch=st.none() | st.text(),
        repeat_of=st.none() | st.integers(0, 100),
        facts=facts,
    )
)
def test_a_trial_comes_back_from_json_as_it_was(whole):
    assert Trial.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@settings(deadline=None)
@given(
    st.builds(
        Answer,
        trial=st.integers(0, 10**6),
        response=st.none() | st.text() | st.integers() | st.floats(0, 1),
        response_time_s=st.floats(0, 1000),
        onset_utc=st.text(),
        shown=facts,
        quality=facts,
        marks=st.lists(st.text(), max_size=3).map(tuple),
    )
)
def test_an_answer_comes_back_from_json_as_it_was(whole):
    assert Answer.from_json(json.loads(json.dumps(whole.to_json()))) == whole


@pytest.mark.parametrize(
    ("asked", "right", "wrong"),
    [
        (trial(), ["left", "right"], ["tie", "a", None, 1, True]),
        (trial(ties=True), ["left", "right", "tie"], ["", "none"]),
        (trial("twoafc"), ["left", "right"], ["tie"]),
        (trial("vas", ("a",)), [0, 1, 0.5, 1.0], [-0.1, 1.1, "left", True, None, float("nan")]),
        (trial("likert", ("a",), points=5), [1, 5], [0, 6, 2.5, 2.0, True, "3", None]),
        (
            trial("best_worst", ("a", "b", "c")),
            [{"best": "a", "worst": "c"}],
            [{"best": "a", "worst": "a"}, {"best": "a"}, {"best": "a", "worst": "z"}, "a"],
        ),
        (trial("view", ("a",)), [None], ["left", 0]),
    ],
)
def test_only_what_answers_the_question_is_an_answer(asked, right, wrong):
    for response in right:
        check_response(asked, response)
    for response in wrong:
        with pytest.raises(ParameterError, match="no answer to trial 3"):
            check_response(asked, response)


def test_possible_answers_are_listed_where_there_are_few():
    assert len(possible_responses(trial("best_worst", tuple("abcd")))) == 12
    assert possible_responses(trial("vas", ("a",))) == ()
    assert possible_responses(trial("likert", ("a",), points=3)) == (1, 2, 3)


def test_the_preferred_photo_is_the_one_on_the_side_that_was_chosen():
    assert preferred(trial(), "left") == "a"
    assert preferred(trial(), "right") == "b"
    assert preferred(trial(ties=True), "tie") is None


def test_practice_and_catch_trials_do_not_count():
    assert trial().counts
    assert not Trial(0, "practice", "pair", ("a", "b"), "?", practice=True).counts
    assert not Trial(0, "1", "pair", ("a", "b"), "?", catch="obvious").counts
