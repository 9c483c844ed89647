"""A participant's program, killed at random moments."""

from __future__ import annotations

import json
import sys

import pytest

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.perception.design.freeze import freeze
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.sections import TrialCounts
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.observers import killing
from napari_lesion_synth.perception.observers.killing import KillReport, kill_often
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session

KILLS = 30


@pytest.fixture
def study(make_study):
    return make_study(counts=TrialCounts(trials=20, practice=2, block_size=8))


def test_killed_thirty_times_nothing_is_lost_or_doubled_and_every_question_is_the_same(study):
    freeze(study)
    report = kill_often(study, KILLS, seed=1)
    assert report.kills == KILLS
    assert (report.lost, report.doubled, report.changed) == (0, 0, 0)
    assert report.answers == 22 * report.participants > 0
    assert report.clean
    # Programs had really begun to ask when they were killed: how many, the machine decides.
    kinds = [
        record["kind"]
        for code in study.codes
        for record in read_records(participant_path(study.folder, code))
    ]
    assert kinds.count("opened") >= 2


def test_a_program_that_fails_by_itself_is_told(study):
    study.stimuli.stimuli[0].path.unlink()
    with pytest.raises(LesionSynthError, match="cannot be found"):
        kill_often(study, 1)


class Damaged:
    """A finished participant, what they were told, and what is then found."""

    def __init__(self, study, scratch) -> None:
        self.study, self.scratch = study, scratch
        self.path = participant_path(study.folder, "P1")
        participant = NewParticipant("P1")
        with (
            (scratch / "P1.said").open("wb") as said,
            Session.begin(study, participant) as session,
        ):
            for trial, _ in take_part(session, killing._observer(study)):
                said.write(killing._said("shown", trial))
                said.write(killing._said("kept", trial))
        self.lines = [
            json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()
        ]

    def found(self, lines) -> dict[str, int]:
        numbered = [line | {"n": n} for n, line in enumerate(lines)]
        self.path.write_text(
            "".join(json.dumps(line) + "\n" for line in numbered), encoding="utf-8"
        )
        tally = killing._Tally()
        killing._compare(self.study, "P1", self.scratch, tally)
        return tally.found


@pytest.fixture
def damaged(study, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Damaged(study, scratch)


def test_what_is_whole_is_found_clean(damaged):
    assert KillReport(**damaged.found(damaged.lines)) == KillReport(participants=1, answers=22)


def test_a_lost_answer_would_be_found(damaged):
    last = max(n for n, line in enumerate(damaged.lines) if line["kind"] == "answered")
    report = KillReport(**damaged.found(damaged.lines[:last]))
    assert report.lost > 0
    assert not report.clean


def test_a_changed_question_would_be_found(damaged):
    for line in damaged.lines:
        if line["kind"] == "trial" and line["trial"]["number"] == 7:
            line["trial"]["stimuli"].reverse()
    assert KillReport(**damaged.found(damaged.lines)).changed > 0


def test_another_answer_than_the_one_given_would_be_found(damaged):
    for line in damaged.lines:
        if line["kind"] == "answered" and line["answer"]["trial"] == 7:
            line["answer"]["response_time_s"] += 1
    assert KillReport(**damaged.found(damaged.lines)).changed > 0


@pytest.mark.skipif(sys.platform == "win32", reason="one process is enough here")
def test_the_program_prints_its_report(study, capsys):
    killing.main([str(study.folder), "--kills", "0"])
    assert KillReport(**json.loads(capsys.readouterr().out)) == KillReport()
