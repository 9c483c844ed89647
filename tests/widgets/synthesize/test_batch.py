"""The batch section, with real child processes."""

from __future__ import annotations

import shlex
import sys
import threading

import pytest
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QLabel

from napari_lesion_synth.dataset.layout import sample_id
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.widgets.parts.outcome import End
from napari_lesion_synth.widgets.parts.run_button import RunState
from napari_lesion_synth.widgets.synthesize.batch_section import BatchSection

pytestmark = pytest.mark.gui

LONG = 5000
PATIENCE_MS = 240_000


# --- settings -----------------------------------------------------------------------------------


def test_the_first_settings_are_those_of_the_command_line(qtbot):
    batch = BatchSection(lambda _: None)
    qtbot.addWidget(batch)
    batch.set_settings({"workers": 1})
    settings = batch.settings()
    fields = GenerateSettings.model_fields
    for name in ("n", "rim", "methods", "diameter_mm", "seed", "per_scene", "workers", "fixed"):
        assert settings[name] == fields[name].default, name
    assert settings["out"].is_absolute()
    assert GenerateSettings(**settings).n == settings["n"]


def test_settings_come_back_as_they_were_set(batch, tmp_path):
    wanted = {
        "n": 321,
        "rim": 0.25,
        "methods": {"sigmoid": 3.0, "poisson": 1.5},
        "diameter_mm": (6.5, 31.0),
        "seed": 123456789,
        "per_scene": 7,
        "workers": 3,
        "out": tmp_path / "there",
        "fixed": {"sigmoid": {"delta_hu": -45.0}},
    }
    with_more = {**wanted, "context_mm": 3.0}  # has no control here
    batch.set_settings(with_more)
    assert batch.settings() == wanted


def test_a_method_that_cannot_be_used_says_why_and_comes_back(batch):
    batch.set_settings({"methods": {"sigmoid": 1.0, "poisson": 2.0}})
    batch.set_methods({"sigmoid": None, "poisson": "needs real lesions"})
    assert batch.settings()["methods"] == {"sigmoid": 1.0}
    shown = [label.text() for label in batch.fields.methods.findChildren(QLabel)]
    assert "poisson: needs real lesions" in shown
    batch.set_methods({"sigmoid": None, "poisson": None})
    assert batch.settings()["methods"] == {"sigmoid": 1.0, "poisson": 2.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [({"methods": {}}, "at least one method"), ({"diameter_mm": (20.0, 10.0)}, "20 mm, exceeds")],
)
def test_settings_that_make_no_sense_block_the_button_with_the_reason(batch, qtbot, change, words):
    batch.set_settings(change)
    assert not batch.run.button.isEnabled()
    assert words in batch.run.button.toolTip()
    qtbot.waitUntil(lambda: words in batch.folder_state.text())
    batch.set_settings({"methods": {"sigmoid": 1.0}, "diameter_mm": (6.0, 9.0)})
    assert batch.run.button.isEnabled()


def test_fixed_parameters_are_used_only_where_the_user_wants_them(batch):
    batch.set_fixed({"sigmoid": {"delta_hu": -45.0}, "poisson": {"pose": False}})
    assert batch.settings()["fixed"] == {}
    batch.fields.use_fixed.setChecked(True)
    assert batch.settings()["fixed"] == {"sigmoid": {"delta_hu": -45.0}}
    assert "sigmoid.delta_hu = -45" in batch.fields.use_fixed.toolTip()


def test_the_command_follows_the_settings_and_can_be_copied(batch, qtbot):
    batch.set_command_of(lambda settings: f"generate --n {settings['n']}")
    assert batch.command.text.endswith("--n 6")
    batch.set_settings({"n": 8})
    qtbot.waitUntil(lambda: batch.command.text.endswith("--n 8"))
    batch.command.copy_button.click()
    assert QGuiApplication.clipboard().text() == batch.command.text


def test_a_command_that_cannot_be_given_says_why(batch):
    def command_of(settings):
        raise InputError("the CT has no file", remedy="Save it")

    batch.set_command_of(command_of)
    assert batch.command.text == "# the CT has no file. Save it."


def test_it_is_no_wider_than_the_dock(batch):
    batch.set_methods({"poisson": "needs real lesions, and here there are none " * 4})
    batch.fields.folder.set_folder("/a/very/long/name" * 20)
    batch.command.set_text("generate " + "x" * 400)
    batch.run.messages.add("y" * 400)
    batch.show()
    assert batch.minimumSizeHint().width() <= 340


# --- runs ---------------------------------------------------------------------------------------


def test_a_run_from_the_button_to_the_set(batch, qtbot, batch_settings, outcome_of):
    states, counts = [], []
    batch.browser.grown.connect(
        lambda count: (
            counts.append((count, batch.run.running)) or states.append(batch.run.button.state)
        )
    )
    batch.set_settings({"n": 200})
    with qtbot.waitSignal(batch.started, timeout=120_000) as started:
        batch.run.button.click()
    assert started.args == [batch_settings["out"]]
    assert batch.run.button.state is RunState.RUNNING
    assert not batch.fields.isEnabled()
    outcome = outcome_of(batch)
    assert outcome.end is End.DONE
    assert batch.run.button.state is RunState.READY
    assert batch.fields.isEnabled()
    assert batch.run.status.text() == f"Done: 200 lesions are in {batch_settings['out']}."
    first, while_running = counts[0]
    assert while_running  # lesions were shown before the set was whole
    assert first < 200
    assert counts[-1][0] == len(batch.browser.model.rows) == 200
    assert len(GeneratedSet.open(batch_settings["out"]).ids) == 200
    assert batch.folder_state.text() == "All 200 lesions are there; Run only checks them."


def test_the_command_shown_is_the_one_that_runs(batch, begin_batch):
    batch.set_settings({"n": LONG})
    process = begin_batch(batch)
    words = shlex.split(batch.command.text.replace("\\\n", ""))
    assert process.cmdline()[-len(words) :] == [*words[1:], "--json"]


def test_cancel_leaves_a_set_that_run_goes_on_with(
    batch, batch_settings, begin_batch, outcome_of, gone
):
    batch.set_settings({"n": 60, "per_scene": 1})
    process = begin_batch(batch)
    outcome = outcome_of(batch, batch.run.button.click)
    assert outcome.end is End.CANCELED
    assert gone(process)
    there = len(GeneratedSet.open(batch_settings["out"]).ids)
    assert 0 < there < 60
    words = f"Stopped. {there} of 60 lesions are there; Run goes on from there."
    assert batch.run.status.text() == words
    assert batch.folder_state.text() == f"{there} of 60 are there; Run goes on."
    assert outcome_of(batch, batch.run.button.click).end is End.DONE
    assert GeneratedSet.open(batch_settings["out"]).complete


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
def test_a_killed_run_is_told_in_words(batch, begin_batch, outcome_of):
    batch.set_settings({"n": LONG})
    process = begin_batch(batch)
    outcome = outcome_of(batch, process.kill)
    assert outcome.end is End.CRASHED
    text = batch.run.status.text()
    assert "SIGKILL" in text
    assert f"of {LONG} lesions are there; Run goes on from there." in text
    assert batch.run.button.state is RunState.READY


def test_a_run_that_fails_says_why(make_batch, batch_prepare, small_set, tmp_path, outcome_of):
    (case,) = small_set().cases
    (tmp_path / "torn.nii.gz").write_bytes(b"no image")
    torn = case.model_copy(update={"ct": str(tmp_path / "torn.nii.gz")})
    batch = make_batch(lambda s: batch_prepare(s).model_copy(update={"cases": (torn,)}))
    outcome = outcome_of(batch, batch.run.button.click)
    assert outcome.end is End.FAILED
    assert "torn.nii.gz" in batch.run.status.text()


def test_another_set_in_the_folder_is_refused_before_anything_starts(batch, qtbot, outcome_of):
    outcome_of(batch, batch.run.button.click)
    batch.set_settings({"seed": 5})
    qtbot.waitUntil(lambda: "seed is 0 there and 5 here" in batch.folder_state.text())
    batch.run.button.click()
    assert not batch.run.running
    assert "holds another set" in batch.run.status.text()
    assert "Choose another output folder" in batch.run.status.text()
    batch.fields.folder.new_button.click()
    qtbot.waitUntil(lambda: batch.folder_state.text() == "A new set is made here.")


def test_inputs_that_cannot_be_prepared_are_told(make_batch):
    def prepare(settings):
        raise InputError("the CT cannot be written", where="/full", remedy="Make room")

    batch = make_batch(prepare)
    batch.run.button.click()
    assert batch.run.status.text() == ("Not started. /full: the CT cannot be written. Make room.")
    assert batch.run.button.state is RunState.READY


def test_slow_preparation_leaves_the_window_alone(make_batch, batch_prepare, outcome_of):
    threads = []

    def slow(settings):
        def work():
            threads.append(threading.current_thread())
            return batch_prepare(settings)

        return work

    batch = make_batch(slow)
    assert outcome_of(batch, batch.run.button.click).end is End.DONE
    assert threads != [threading.main_thread()]


def test_preparation_can_be_canceled(make_batch, batch_prepare, qtbot):
    go = threading.Event()
    batch = make_batch(lambda s: lambda: (go.wait(20), batch_prepare(s))[1])
    batch.run.button.click()
    assert batch.run.button.state is RunState.RUNNING
    batch.run.button.click()
    assert batch.run.button.state is RunState.READY
    assert batch.run.status.text() == "Stopped before the run began."
    with qtbot.assertNotEmitted(batch.started, wait=300):
        go.set()
    assert batch.fields.isEnabled()


def test_preparation_that_fails_in_its_thread_is_told(make_batch, qtbot):
    def fail():
        raise InputError("the CT cannot be written")

    batch = make_batch(lambda _: fail)
    batch.run.button.click()
    qtbot.waitUntil(lambda: "the CT cannot be written" in batch.run.status.text())
    assert batch.run.button.state is RunState.READY


def test_a_lesion_that_is_clicked_is_told_with_its_set(batch, qtbot, batch_settings, outcome_of):
    outcome_of(batch, batch.run.button.click)
    with qtbot.waitSignal(batch.sample_chosen, timeout=120_000) as chosen:
        batch.browser.chosen.emit(sample_id(2))
    assert chosen.args == [batch_settings["out"], sample_id(2)]
