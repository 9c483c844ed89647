from __future__ import annotations

import json
from dataclasses import replace

import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session


def test_everybody_who_began_is_there_in_the_order_of_their_numbers(take_parts):
    study = take_parts(3)
    cohort = gather(study)
    assert [person.state.number for person in cohort] == [0, 1, 2]
    assert [person.code for person in cohort.used] == ["P-1", "P-2", "P-3"]
    assert all(person.finished for person in cohort)


def test_who_did_not_agree_is_left_out_with_the_reason(take_parts):
    study = take_parts(1)
    with Session.begin(study, NewParticipant("no")) as session:
        session.decline()
    with Session.begin(study, NewParticipant("late")):
        pass
    left = gather(study).left_out
    assert left == {"no": "did not agree to take part", "late": "gave no answer that counts"}


def test_who_failed_the_catch_trials_is_left_out(take_parts):
    study = take_parts(2)
    cohort = gather(study)
    first = cohort.people[0]
    wrong = tuple(
        replace(a, response="left" if a.response == "right" else "right") if t.catch else a
        for t, a in first.answered
    )
    failing = replace(first, state=replace(first.state, answers=wrong))
    mixed = Cohort(study, (failing, *cohort.people[1:]))
    assert [person.code for person in mixed.used] == ["P-2"]
    assert mixed.left_out["P-1"] == f"passed 0 of {failing.catch.total} catch trials"


def test_simulations_count_only_where_nobody_else_took_part(take_parts):
    study = take_parts(1, simulated=True)
    assert [person.code for person in gather(study).used] == ["P-1"]
    real = gather(study).people[0]
    header = {**real.state.header, "simulated": False}
    person = replace(real, code="P-9", state=replace(real.state, header=header))
    mixed = Cohort(study, (gather(study).people[0], person))
    assert [each.code for each in mixed.used] == ["P-9"]
    assert "simulated" in mixed.left_out["P-1"]


def test_a_torn_last_line_is_no_damage_and_any_other_is(take_parts):
    study = take_parts(2)
    path = participant_path(study.folder, "P-1")
    path.write_bytes(path.read_bytes() + b'{"n": 99, "t"')
    assert len(gather(study).people) == 2
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"oops\n", *lines[2:]]))
    with pytest.raises(InputError, match=r"P-1\.jsonl: line 2 of the ledger is damaged"):
        gather(study)
    assert [person.code for person in gather(study, skip_damaged=True)] == ["P-2"]


def test_a_line_that_cannot_follow_is_damage_too(take_parts):
    study = take_parts(1)
    path = participant_path(study.folder, "P-1")
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    place = next(k for k, record in enumerate(records) if record["kind"] == "answered")
    records[place]["answer"]["trial"] = 7
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    with pytest.raises(InputError, match=r"P-1\.jsonl.*answered out of turn"):
        gather(study)


def test_a_beginning_that_was_cut_short_is_nobody(take_parts):
    study = take_parts(1)
    participant_path(study.folder, "new").write_bytes(b"")
    assert len(gather(study).people) == 1


def test_onsets_never_go_back_however_the_clock_was_set(take_parts):
    study = take_parts(1)
    path = participant_path(study.folder, "P-1")
    records = [json.loads(line) for line in path.read_bytes().splitlines()]
    plain = gather(study).people[0].onsets_s
    for record in records[len(records) // 2 :]:  # somebody set the clock back by a day
        record["t"] = "2026-02-27" + record["t"][10:]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    onsets = gather(study).people[0].onsets_s
    assert list(onsets.values()) == sorted(onsets.values())
    assert onsets[0] == 0
    assert list(onsets.values())[-1] == pytest.approx(list(plain.values())[-1], abs=1)


def test_other_answers_have_another_hash(take_parts):
    study = take_parts(2)
    cohort = gather(study)
    assert gather(study).sha256 == cohort.sha256
    assert Cohort(study, cohort.people[:1]).sha256 != cohort.sha256
