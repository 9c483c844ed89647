from __future__ import annotations

import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.ledger.generator import generator_of, trial_generator
from napari_lesion_synth.perception.ledger.replay import clock_jumps, replay

DESIGN = StudyDesign(name="x").model_dump(mode="json")


def lines(*events):
    """A ledger's lines, one a second, from kinds and facts."""
    first = ("begun", {"code": "p", "number": 0, "language": "en", "design": DESIGN})
    return [
        {"n": n, "t": f"2026-01-01T00:00:{n:02d}.000+00:00", "mono": float(n), "kind": kind} | facts
        for n, (kind, facts) in enumerate((first, ("opened", {}), *events))
    ]


def asked(number):
    trial = Trial(number, "1", "pair", ("a", "b"), "?")
    return ("trial", {"trial": trial.to_json(), "generator": {}})


def answered(number):
    return ("answered", {"answer": Answer(number, "left", 1.0).to_json()})


def test_trials_and_answers_are_matched_and_the_last_may_wait():
    state = replay(lines(asked(0), answered(0), asked(1)))
    assert [t.number for t in state.trials] == [0, 1]
    assert [a.trial for a in state.answers] == [0]
    assert state.open_trial.number == 1
    assert [t.number for t, _ in state.judged] == [0]


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([answered(0)], 3),
        ([asked(1)], 3),
        ([asked(0), asked(1)], 4),
        ([asked(0), answered(0), answered(0)], 5),
        ([asked(0), answered(1)], 4),
        ([("trial", {})], 3),
        ([("trial", {"trial": {"number": 0}})], 3),
        ([("answered", {"answer": 3})], 3),
        ([("consented", {"language": "en"})], 3),
    ],
)
def test_a_line_that_cannot_follow_is_named(events, line):
    with pytest.raises(InputError, match=f"line {line} of the ledger cannot follow"):
        replay(lines(*events))


def test_a_ledger_begins_with_a_participant():
    for records in ([], lines()[1:]):
        with pytest.raises(InputError, match="does not begin"):
            replay(records)


def test_lines_of_kinds_that_mean_nothing_to_the_state_are_passed_over():
    assert replay(lines(("noted", {"text": "tracker lost"}))).trials == ()


def test_an_answer_after_a_crash_or_a_pause_will_be_marked():
    assert replay(lines(asked(0))).open_marks == ()
    reopened = lines(asked(0), ("opened", {}), ("paused", {"trial": 0}), ("resumed", {}))
    assert replay(reopened).open_marks == ("reopened", "paused")
    events = (asked(0), ("opened", {}), answered(0), asked(1))
    assert replay(lines(*events)).open_marks == ()


def test_a_sittings_time_leaves_pauses_out_and_begins_anew_when_opened():
    pause = (("paused", {"trial": None}), ("noted", {"text": ""}), ("resumed", {}))
    assert replay(lines()).sitting_s == 0
    assert replay(lines(("noted", {"text": ""}))).sitting_s == 1
    # Opened, paused (1 s), noted and resumed (pause), noted (1 s).
    assert replay(lines(*pause, ("noted", {"text": ""}))).sitting_s == 2
    assert replay(lines(*pause, ("opened", {}))).sitting_s == 0


def test_jumps_of_the_clock_are_found_where_the_other_clock_ran_on():
    records = lines(*[("noted", {"text": ""})] * 4, ("opened", {}))
    assert clock_jumps(records) == []
    records[3]["t"] = "2026-01-01T00:59:03.000+00:00"
    assert clock_jumps(records) == [(3, 3540.0), (4, -3540.0)]
    # Between two programs the running clock begins anew: nothing can be said.
    records = lines(("opened", {}))
    records[2]["mono"] = 1e6
    assert clock_jumps(records) == []


def test_a_trials_generator_depends_on_its_numbers_alone():
    def drawn(*numbers):
        return generator_of(trial_generator(*numbers)).integers(0, 10**9)

    assert drawn(1, 2, 3) == drawn(1, 2, 3)
    assert len({drawn(1, 2, 3), drawn(0, 2, 3), drawn(1, 0, 3), drawn(1, 2, 0)}) == 4
