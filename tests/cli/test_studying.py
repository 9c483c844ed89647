"""The commands of studies: from the design to deletion, killed on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest
from tests.jobs.studies import twin, write_photos

from napari_lesion_synth.cli import studying_people
from napari_lesion_synth.events import Log
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.ledger.ledger import read_records
from napari_lesion_synth.perception.ledger.records import ANSWERED
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.perception.session.tracker_note import TRACKER, tracker_facts

COMMANDS = (
    "new", "freeze", "amend", "run", "resume", "simulate", "scale", "limits", "regress",
    "attribute", "report", "export", "delete", "demo",
)  # fmt: skip

SMALL = ("--trials", 12, "--practice", 1, "--spacing", 1, "--min-side", 32)


@pytest.fixture
def photos(tmp_path):
    return write_photos(tmp_path / "photos")


@pytest.fixture
def folder(cli, tmp_path, photos):
    """A study of eight photos, with pairs by gain, frozen."""
    path = tmp_path / "study"
    run = cli("study", "new", path, "--photos", photos, *SMALL, "--rule", "gain", "--freeze")
    assert run.code == 0, run.err
    return path


def program(*arguments):
    """The command in a process of its own."""
    words = [str(word) for word in ("study", *arguments)]
    return subprocess.Popen(
        [sys.executable, "-m", "napari_lesion_synth.cli", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def answered(path):
    """Numbers of the trials with an answer on the disk."""
    return [r["answer"]["trial"] for r in read_records(path) if r["kind"] == ANSWERED]


def test_the_help_of_the_group_lists_all_commands(cli):
    run = cli("study", "--help")
    assert run.code == 0
    assert all(name in run.out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(cli, name):
    run = cli("study", name, "--help")
    assert run.code == 0
    assert len(run.out.splitlines()) > 5


def test_a_study_from_design_to_deletion(cli, folder, tmp_path):
    assert cli("study", "simulate", folder, "--participants", 2).code == 0
    scaled = cli("study", "scale", folder)
    assert scaled.code == 0
    assert "Attractiveness, 0 to 1" in scaled.out
    regressed = cli("study", "regress", folder, "--models", "mean,ridge")
    assert regressed.code == 0
    assert "Predictions" in regressed.out
    assert cli("study", "report", folder).code == 0
    for form, name in (("--tidy", "tables"), ("--bids", "bids")):
        run = cli("study", "export", folder, tmp_path / name, form, "--anonymise")
        assert run.code == 0, run.err
    assert cli("study", "delete", folder, "sim-01", "--yes").code == 0
    assert open_study(folder).codes == ("sim-02",)


def test_events_come_as_json_lines_that_end_with_done(cli, folder):
    run = cli("study", "simulate", folder, "--participants", 1, "--json")
    kinds = [event["event"] for event in run.events]
    assert (kinds[0], kinds[-1]) == ("started", "done")
    assert run.events[-1]["result"]["answers"] == 13


def test_options_become_the_design(cli, tmp_path, photos):
    path = tmp_path / "other"
    run = cli(
        *("study", "new", path, "--photos", photos, "--min-side", 32, "--judgement", "vas"),
        *("--mode", "fixed", "--seconds", 2, "--languages", "en", "--trials", 9, "--name", "Soups"),
        *("--gaze", "tracker", "--blocks", "category", "--seed", 7, "--spacing", 0),
    )
    assert run.code == 0, run.err
    design = open_study(path).design
    assert (design.name, design.seed, design.languages) == ("Soups", 7, ("en",))
    assert (design.judgement.kind, design.viewing.mode, design.viewing.seconds) == (
        "vas",
        "fixed",
        2,
    )
    assert (design.viewing.gaze_source, design.order.blocks) == ("tracker", "category")
    assert not open_study(path).frozen
    assert cli("study", "freeze", path).code == 0
    assert open_study(path).frozen


def test_pairs_and_ratings_are_mixed_by_gain_a_second(cli, tmp_path, photos):
    path = tmp_path / "mixed"
    run = cli(
        *("study", "new", path, "--photos", photos, *SMALL, "--judgement", "mixed"),
        *("--rule", "gain", "--pair-s", 3, "--rating-s", 2.5, "--gaze-share", 0.1, "--trials", 24),
    )
    assert run.code == 0, run.err
    design = open_study(path).design
    assert design.judgement.kind == "mixed"
    costs = design.actions
    assert (costs.pair_s, costs.rating_s, costs.gaze_share) == (3, 2.5, 0.1)
    assert cli("study", "simulate", path, "--participants", 1).code == 0
    (person,) = gather(open_study(path))
    assert {trial.kind for trial in person.state.trials} == {"pair", "vas"}


def test_a_design_from_a_file_is_taken_as_it_is(cli, folder, tmp_path, photos):
    path = tmp_path / "again"
    run = cli(
        *("study", "new", path, "--photos", photos, "--min-side", 32),
        *("--design", folder / "design.yaml", "--practice", 3),
    )
    assert run.code == 0, run.err
    design = open_study(path).design
    assert (design.selection.rule, design.counts.trials, design.counts.practice) == ("gain", 12, 3)


def test_transforms_can_be_tried(cli, tmp_path, photos):
    path = tmp_path / "limits"
    new = cli("study", "new", path, "--photos", photos, *SMALL, "--limits", "blur,rotate")
    assert new.code == 0, new.err
    assert cli("study", "simulate", path, "--participants", 3).code == 0
    found = cli("study", "limits", path)
    assert found.code == 0, found.err
    assert "Safe ranges" in found.out
    assert (path / "results" / "policy.json").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--photos", "nowhere"], 1, "no such folder"),
        ([], 2, "either photos or rendered plates"),
        (["--photos", "PHOTOS", "--judgement", "guess"], 2, "guess"),
        (["--photos", "PHOTOS", "--spacing", 40, "--min-side", 32], 2, "are needed"),
        (["--photos", "PHOTOS"], 1, "too small"),
        (["--photos", "PHOTOS", "--trials", 0], 2, "counts"),
        (["--photos", "PHOTOS", "--limits", "melt"], 2, "no transform melt"),
        (["--photos", "PHOTOS", "--rule", "gain", "--judgement", "view"], 2, "pairs and ratings"),
        (["--photos", "PHOTOS", "--judgement", "mixed"], 2, "a matter of gain"),
    ],
)
def test_bad_usage_is_told_apart_from_bad_photos(cli, tmp_path, photos, arguments, code, words):
    given = [photos if word == "PHOTOS" else word for word in arguments]
    run = cli("study", "new", tmp_path / "study", *given)
    assert run.code == code
    assert words in run.err
    assert not (tmp_path / "study" / "design.yaml").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate",), ("scale",), ("limits",), ("regress",), ("report",), ("freeze",),
        ("amend", "--reason", "because"),
        ("run", "P1"), ("resume", "P1"), ("delete", "P1", "--yes"), ("export", "out"),
    ],
)  # fmt: skip
def test_without_a_study_every_command_says_so(cli, tmp_path, arguments):
    name, *rest = arguments
    more = [tmp_path / word if word == "out" else word for word in rest]
    run = cli("study", name, tmp_path / "nothing", *more)
    assert run.code == 1
    assert "error:" in run.err
    assert "Traceback" not in run.err


def test_a_frozen_design_is_changed_on_record_with_a_reason(cli, folder):
    path = folder / "design.yaml"
    changed = path.read_text(encoding="utf-8").replace("trials: 12", "trials: 14")
    path.write_text(changed, encoding="utf-8")

    refused = cli("study", "simulate", folder, "--participants", 1)
    assert refused.code == 2
    assert "counts.trials" in refused.err
    assert "study amend" in refused.err
    assert cli("study", "amend", folder, "--reason", " ").code == 2

    done = cli("study", "amend", folder, "--reason", "the pilot was short")
    assert done.code == 0, done.err
    assert cli("study", "simulate", folder, "--participants", 1).code == 0
    assert len(answered(participant_path(folder, "sim-01"))) == 15
    assert cli("study", "report", folder).code == 0
    page = (folder / "results" / "report.html").read_text(encoding="utf-8")
    assert "the pilot was short" in page
    again = cli("study", "amend", folder, "--reason", "once more")
    assert again.code == 2
    assert "is on record" in again.err


def test_a_photo_changed_after_freezing_is_named(cli, folder, photos):
    photo = photos / "salad" / "salad_az000_el45.png"
    photo.write_bytes(photo.read_bytes()[:-1] + b"!")
    run = cli("study", "simulate", folder)
    assert run.code == 1
    assert "salad_az000_el45.png changed" in run.err


def test_killed_a_simulation_goes_on_and_nothing_is_lost_or_doubled(cli, folder, tmp_path):
    twin(open_study(folder), tmp_path / "whole")
    assert cli("study", "simulate", tmp_path / "whole", "--participants", 2).code == 0
    path = participant_path(folder, "sim-02")
    process = program("simulate", folder, "--participants", 2, "--json")
    deadline = time.monotonic() + 120
    while not path.exists() or len(answered(path)) < 3:
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline, "the program does not get anywhere"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = answered(path)
    run = cli("study", "simulate", folder, "--participants", 2, "--json")
    assert run.code == 0, run.err
    after = answered(path)
    assert after[: len(before)] == before
    assert after == list(range(13))

    def told(place):
        return [
            ([t.to_json() for t in p.state.trials], [a.response for a in p.state.answers])
            for p in gather(open_study(place))
        ]

    assert told(folder) == told(tmp_path / "whole")


def test_ctrl_c_stops_at_the_next_answer(folder):
    process = program("simulate", folder, "--participants", 200)
    path = participant_path(folder, "sim-01")
    deadline = time.monotonic() + 120
    while not path.exists() or not answered(path):
        assert process.poll() is None, process.stderr.read().decode()
        assert time.monotonic() < deadline, "the program does not get anywhere"
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "goes on from there" in " ".join(errors.decode().split())


class Window:
    """Stands for the participant's window."""

    def __init__(self):
        self.asked = []

    def takes_part(self, *asked):
        self.asked.append(asked)
        yield Log("the gaze is too poor for maps: the accuracy is 22.0°", "warning")


@pytest.fixture
def window(monkeypatch):
    """A window that only remembers, on a display that is there."""
    made = Window()
    monkeypatch.setattr(studying_people, "require_display", lambda *_: None)
    monkeypatch.setattr(studying_people, "import_module", lambda _: made)
    return made


def test_run_opens_the_window_for_a_new_participant(cli, folder, window):
    run = cli("study", "run", folder, "P1", "--lang", "en", "--screen", 1)
    assert run.code == 0, run.err
    assert window.asked == [(folder, "P1", "en", 1, None)]
    assert "the accuracy is 22.0°" in run.err


def test_a_code_in_use_is_resumed_and_not_begun_again(cli, folder, window):
    study = open_study(folder)
    with Session.begin(study, NewParticipant("P1", "en")):
        pass
    run = cli("study", "run", folder, "p1")
    assert run.code == 2
    assert "the code 'P1' is in use" in run.err
    assert "study resume" in " ".join(run.err.split())
    assert cli("study", "resume", folder, "P1").code == 0
    assert window.asked == [(folder, "P1", "en", 0, None)]


def test_how_a_tracker_is_read_is_said_once_and_kept_for_the_next(cli, tmp_path, photos, window):
    path = tmp_path / "tracked"
    new = cli("study", "new", path, "--photos", photos, *SMALL, "--gaze", "tracker")
    assert new.code == 0, new.err
    shares = ("--units", "shares", "--y-up", "--stream", "eye")
    assert cli("study", "run", path, "P1", *shares).code == 0
    told = window.asked[-1][-1]
    assert (told.units, told.y_up, told.stream) == ("shares", True, "eye")
    with Session.begin(open_study(path), NewParticipant("P1")) as session:
        session.note(TRACKER, tracker_facts(told))
    assert cli("study", "run", path, "P2").code == 0
    assert window.asked[-1][-1] == told
    assert cli("study", "resume", path, "P1", "--no-y-up").code == 0
    assert window.asked[-1][-1] == told.model_copy(update={"y_up": False})
    wrong = cli("study", "run", path, "P2", "--silence-s", 99)
    assert wrong.code == 2
    assert "--silence-s" in wrong.err


def test_without_a_tracker_nothing_can_be_said_of_one(cli, folder, window):
    run = cli("study", "run", folder, "P1", "--units", "shares")
    assert run.code == 2
    assert "no tracker that --units" in run.err
    assert window.asked == []


def test_excluding_people_on_one_answer_is_warned_of(cli, tmp_path, photos):
    options = ("--photos", photos, "--min-side", 32, "--spacing", 1)
    run = cli("study", "new", tmp_path / "few", *options, "--trials", 22)
    assert run.code == 0
    assert "a single wrong answer excludes a participant" in " ".join(run.err.split())
    enough = cli("study", "new", tmp_path / "enough", *options, "--catch-share", 0.2)
    assert "excludes a participant" not in enough.err


def test_nobody_is_resumed_who_is_not_there_or_finished(cli, folder, window):
    assert "there is no participant" in cli("study", "resume", folder, "P1").err
    cli("study", "simulate", folder, "--participants", 1)
    assert "is finished" in cli("study", "resume", folder, "sim-01").err
    assert window.asked == []


@pytest.mark.parametrize("code", ["../up", "a name", "x" * 33])
def test_what_is_no_code_opens_no_window(cli, folder, window, code):
    run = cli("study", "run", folder, code)
    assert run.code == 2
    assert "cannot be a participant's code" in run.err
    assert window.asked == []


def test_without_a_display_that_is_told(cli, folder, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    run = cli("study", "run", folder, "P1")
    assert run.code == 1
    assert "there is no display" in run.err
    assert not participant_path(folder, "P1").exists()


def test_deleting_asks_first(cli, folder):
    cli("study", "simulate", folder, "--participants", 1)
    run = cli("study", "delete", folder, "sim-01")
    assert run.code == 2
    assert "nothing was deleted" in run.err
    assert participant_path(folder, "sim-01").exists()


def test_an_unknown_code_is_told(cli, folder):
    run = cli("study", "delete", folder, "nobody", "--yes", "--json")
    assert run.code == 1
    assert "nothing is kept under the code" in run.events[-1]["what"]


def test_the_demonstration_runs_from_design_to_report(cli, tmp_path):
    out = tmp_path / "demo"
    run = cli(
        *("study", "demo", out, "--participants", 2, "--trials", 14, "--size", 64),
        *("--views", 3, "--json"),
    )
    assert run.code == 0, run.err
    told = run.events[-1]["result"]
    html = (out / "study" / "results" / "report.html").read_text(encoding="utf-8")
    assert told["report"].endswith("report.html")
    assert "Against what was put in" in html
    assert "Predicting attractiveness" in html
    assert (out / "bids" / "dataset_description.json").exists()
    assert json.loads((out / "study" / "frozen.json").read_text(encoding="utf-8"))["sha256"]
