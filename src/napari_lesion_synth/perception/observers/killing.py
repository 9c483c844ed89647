"""Killing a simulated participant's program at random moments, and looking at what is left.

``python -m napari_lesion_synth.perception.observers.killing STUDY --kills 200`` does so and
prints the report as JSON; `kill_often` runs that in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.perception.design.layout import CONSENT, participant_path
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.records import ANSWERED, BEGUN
from napari_lesion_synth.perception.ledger.replay import ParticipantState, replay
from napari_lesion_synth.perception.ledger.study_log import enrol
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session

__all__ = ["KillReport", "kill_often"]

_TRIALS_A_LIFE = 5
_LONGEST_LIFE_S = 2.0
_SHOWN, _KEPT = "shown", "kept"


@dataclass(frozen=True)
class KillReport:
    """What is left after many kills.

    Parameters
    ----------
    kills : int
        Programs that were killed while they ran.
    participants : int
        Participants that were finished in this way.
    answers : int
        Answers on the disk at the end.
    lost : int
        Answers that had been acknowledged and are not on the disk.
    doubled : int
        Trials with more than one answer on the disk.
    changed : int
        Trials that are not those that had been on the screen, or that a participant who was
        never interrupted gets.
    torn : int
        Kills that left a line cut short.
    """

    kills: int = 0
    participants: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    torn: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, doubled or changed."""
        return not (self.lost or self.doubled or self.changed)


def kill_often(study: Study, kills: int, seed: int = 0, timeout_s: float = 600) -> KillReport:
    """Kill a simulated participant's program again and again.

    Each time it is started anew and goes on; a participant who is finished is followed by the
    next. At the end, each is compared with one who was never interrupted.

    Parameters
    ----------
    study : Study
        Participants are added to it.
    kills : int
        How many programs are killed while they run.
    seed : int
        Of the moments.
    timeout_s : float
        After which it is given up.

    Raises
    ------
    LesionSynthError
        If a program failed by itself.
    """
    # A process without threads can be copied, which takes milliseconds where a start takes one
    # or two seconds.
    command = [sys.executable, "-m", __name__, str(study.folder)]
    arguments = ["--kills", str(kills), "--seed", str(seed)]
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603
        [*command, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env={**os.environ, **alone},
        check=False,
        encoding="utf-8",
    )
    if done.returncode:
        raise LesionSynthError(f"a simulated participant failed: {done.stderr.strip()[-2000:]}")
    return KillReport(**json.loads(done.stdout.splitlines()[-1]))


@dataclass
class _Tally:
    """What was found so far."""

    found: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, count: int = 1) -> None:
        self.found[name] = self.found.get(name, 0) + count


def _observer(study: Study) -> UtilityObserver:
    rng = np.random.default_rng([study.design.seed, 0xF00D])
    return UtilityObserver({name: float(rng.standard_normal()) for name in study.stimuli.ids})


def _live(folder: str, code: str, acknowledged: str) -> None:
    """One life of a participant's program: it says what it has shown and kept."""
    study = open_study(folder)
    with Path(acknowledged).open("ab", buffering=0) as said:
        session = _opened(study, code)
        observer = _observer(study)
        if (trial := session.next_trial()) is not None:
            said.write(_said(_SHOWN, trial))
        for trial, _ in take_part(session, observer):
            said.write(_said(_KEPT, trial))
            if (following := session.next_trial()) is not None:
                said.write(_said(_SHOWN, following))
        session.close()


def _opened(study: Study, code: str) -> Session:
    path = participant_path(study.folder, code)
    if path.exists() and any(record["kind"] == BEGUN for record in read_records(path)):
        return Session.reopen(study, code)
    return Session.begin(study, NewParticipant(code, simulated=True))


def _is_torn(path: Path) -> bool:
    data = path.read_bytes() if path.exists() else b""
    return bool(data) and not data.endswith(b"\n")


def _said(what: str, trial: Trial) -> bytes:
    return (json.dumps([what, trial.to_json()]) + "\n").encode()


def _heard(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.exists():
        return
    for line in path.read_bytes().split(b"\n")[:-1]:  # what follows the last line end was cut
        what, trial = json.loads(line)
        yield what, trial


def _run(study: Study, kills: int, seed: int) -> KillReport:
    rng, tally = np.random.default_rng([seed, 0x4B]), _Tally()
    with tempfile.TemporaryDirectory() as scratch:
        pace = _uninterrupted(study, Path(scratch) / "pace", 0)[1]
        while tally.found.get("kills", 0) < kills:
            code = f"killed-{len(study.codes) + 1}"
            _one_participant(study, code, (kills, pace), (rng, tally), Path(scratch))
            _compare(study, code, Path(scratch), tally)
    return KillReport(**tally.found)


def _one_participant(
    study: Study,
    code: str,
    aim: tuple[int, float],
    drawn: tuple[np.random.Generator, _Tally],
    scratch: Path,
) -> None:
    """Lives of one participant, until the last question is answered."""
    (kills, pace), (rng, tally) = aim, drawn
    methods = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    said, path = scratch / f"{code}.said", participant_path(study.folder, code)
    longest = min(_TRIALS_A_LIFE * pace + 0.02, _LONGEST_LIFE_S)
    while True:
        life = context.Process(target=_live, args=(str(study.folder), code, str(said)))
        life.start()
        if tally.found.get("kills", 0) < kills:
            life.join(float(rng.uniform(0, longest)))
        else:
            life.join()
        if life.exitcode is None:
            life.kill()
            life.join()
            tally.add("kills")
            tally.add("torn", int(_is_torn(path)))
            continue
        if life.exitcode:
            raise SystemExit(life.exitcode)
        return


def _compare(study: Study, code: str, scratch: Path, tally: _Tally) -> None:
    """What a participant left, against what was acknowledged and what should have come."""
    records = read_records(participant_path(study.folder, code))
    state = replay(records)
    answered = [record["answer"]["trial"] for record in records if record["kind"] == ANSWERED]
    shown = [json.loads(json.dumps(trial.to_json())) for trial in state.trials]
    for what, trial in _heard(scratch / f"{code}.said"):
        if what == _KEPT:
            tally.add("lost", int(trial["number"] not in answered))
        tally.add("changed", int(shown[trial["number"]] != trial))
    expected = _uninterrupted(study, scratch / f"{code}.whole", state.number)[0]
    pairs = zip(_story(state), _story(expected), strict=False)
    tally.add("changed", sum(a != b for a, b in pairs))
    tally.add("lost", max(len(expected.answers) - len(state.answers), 0))
    tally.add("doubled", len(answered) - len(set(answered)))
    tally.add("answers", len(answered))
    tally.add("participants")


def _story(state: ParticipantState) -> list[tuple[Trial, Any, float]]:
    def told(trial: Trial, answer: Answer) -> tuple[Trial, Any, float]:
        return trial, answer.response, answer.response_time_s

    return [told(*pair) for pair in zip(state.trials, state.answers, strict=False)]


def _uninterrupted(study: Study, folder: Path, number: int) -> tuple[ParticipantState, float]:
    """The participant of this number in a study of its own, and seconds a trial."""
    shutil.copytree(study.folder / CONSENT, folder / CONSENT)
    twin = Study(folder, study.design, study.stimuli)
    for _ in range(number):
        enrol(folder)
    with Session.begin(twin, NewParticipant("whole", simulated=True)) as session:
        began = time.monotonic()
        count = sum(1 for _ in take_part(session, _observer(study)))
        return session.state, (time.monotonic() - began) / max(count, 1)


def main(arguments: list[str] | None = None) -> None:
    """Kill, compare, and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", help="folder of the study")
    parser.add_argument("--kills", type=int, default=200, help="programs that are killed")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    given = parser.parse_args(arguments)
    report = _run(open_study(given.study), given.kills, given.seed)
    sys.stdout.write(json.dumps(asdict(report)) + "\n")


if __name__ == "__main__":
    main()
