"""The training from the tab: settings, command, run, curves, other trainings."""

from __future__ import annotations

import shlex

import psutil
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QAbstractButton, QAbstractSpinBox, QComboBox, QLineEdit, QSlider
from tests.widgets.detect.conftest import write_training
from tests.widgets.detect.test_train_data import SIX

from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.events import Artifact, Metric, Progress
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.detect import train_tab
from napari_lesion_synth.widgets.detect.detector_loader import opened
from napari_lesion_synth.widgets.detect.device_row import devices_here
from napari_lesion_synth.widgets.detect.runs_plot import Curve, RunsPlot
from napari_lesion_synth.widgets.detect.train_tab import TrainTab
from napari_lesion_synth.widgets.detect.training_folder import look_into
from napari_lesion_synth.widgets.parts.outcome import End
from napari_lesion_synth.widgets.parts.run_button import RunState

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000


@pytest.fixture
def tab(qtbot):
    """The tab in a window; its threads and its process end with the test."""
    made = TrainTab(lambda error: pytest.fail(str(error)))
    qtbot.addWidget(made)
    made.resize(400, 900)
    made.show()
    yield made
    made.run.job.end_now()
    made.close_tab()


@pytest.fixture
def ready(tab, qtbot):
    """The same, with data to learn from."""
    tab.data.add_cases(SIX)
    settle(qtbot, tab)
    assert tab.run.button.isEnabled()
    return tab


def settle(qtbot, tab):
    qtbot.waitUntil(lambda: not tab.data._worker.awaiting, timeout=PATIENCE_MS)
    tab.refresh()
    qtbot.waitUntil(lambda: not tab._looker.awaiting, timeout=PATIENCE_MS)
    qtbot.wait(20)


# --- before the run -----------------------------------------------------------------------------


def test_it_cannot_be_started_without_data_and_says_why(qtbot, tab):
    settle(qtbot, tab)
    assert not tab.run.button.isEnabled()
    assert "at least one CT" in tab.run.button.toolTip()
    assert tab.command.text.startswith("# ")


def test_the_command_asks_for_what_is_chosen(qtbot, ready, tmp_path):
    ready.fields.set_settings(steps=40, synthetic=0.25, device="cpu")
    ready.fields.arm.setCurrentText("Real and sigmoid")
    ready.data.negatives.add_folder(tmp_path)
    settle(qtbot, ready)
    words = shlex.split(ready.command.text.replace("\\\n", ""))
    assert words[:3] == ["napari-lesion-synth", "train", "detector"]
    for option, value in (
        ("--steps", "40"),
        ("--synthetic", "0.25"),
        ("--device", "cpu"),
        ("--method", "sigmoid"),
        ("--hard-negatives", str(tmp_path)),
    ):
        assert words[words.index(option) + 1] == value
    assert [w for k, w in enumerate(words) if words[k - 1] == "--patient"] == [
        each.patient for each in SIX
    ]


def test_the_arm_of_real_lesions_has_no_synthetic_ones(ready):
    ready.fields.arm.setCurrentText("Real alone")
    assert ready.fields.mixture().synthetic == 0
    assert ready.fields.data.control("synthetic").isHidden()


def test_the_arm_of_real_lesions_has_no_shams_whatever_was_set_before(ready):
    ready.fields.set_settings(sham=0.3)
    assert ready.fields.mixture().sham == 0.3
    ready.fields.arm.setCurrentText("Real alone")
    assert ready.fields.mixture().sham_share == 0


def test_the_usual_share_of_shams_follows_the_synthetic_lesions(ready):
    control = ready.fields.data.control("sham")
    assert control.value() is None
    assert control.box.value() == 0.15
    ready.fields.set_settings(synthetic=0.0)
    assert control.box.value() == 0.0
    assert ready.fields.mixture().sham is None


def test_shares_that_are_more_than_all_are_said(qtbot, ready):
    ready.fields.set_settings(healthy=0.9, sham=0.6)
    settle(qtbot, ready)
    assert not ready.run.button.isEnabled()
    assert "more than all" in ready.run.button.toolTip()


def test_the_device_is_described_with_its_free_memory(qtbot, tab):
    qtbot.waitUntil(lambda: "CPU" in tab.fields.device.words.text(), timeout=PATIENCE_MS)
    assert "cores" in devices_here()["cpu"]


def test_every_control_has_a_name_and_says_what_it_does(tab):
    kinds = (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox, QLineEdit)
    for part in (part for kind in kinds for part in tab.findChildren(kind)):
        inner = part.objectName().startswith("qt_spinbox") or isinstance(
            part.parentWidget(), QAbstractSpinBox | QComboBox
        )
        table = part.parentWidget() is not None and part.parentWidget().inherits("QTableView")
        if not inner and not table:
            assert part.accessibleName(), part
            assert part.toolTip(), part.accessibleName()


# --- the run ------------------------------------------------------------------------------------


@pytest.fixture
def other_command(monkeypatch, small_set):
    """A command that takes as long as one likes, in the place of the training's."""

    def make(n: int):
        asked = small_set("made", n=n)
        (case,) = asked.cases
        arguments = [
            *("generate", case.ct, "--organ", case.organ, "--out", str(asked.out)),
            *("--method", "sigmoid", "--n", str(n), "--per-scene", "2", "--diameter", "6", "9"),
        ]
        monkeypatch.setattr(train_tab, "train_detector_arguments", lambda job: arguments)

    return make


def test_cancel_ends_the_process_and_the_tab_can_start_again(qtbot, ready, other_command):
    other_command(5000)
    qtbot.mouseClick(ready.run.button, Qt.MouseButton.LeftButton)
    assert not ready.data.isEnabled()
    qtbot.waitUntil(lambda: ready.run.bar.value() > 0, timeout=PATIENCE_MS)
    process = psutil.Process(ready.run.job.pid)
    with qtbot.waitSignal(ready.run.finished, timeout=PATIENCE_MS) as ended:
        qtbot.mouseClick(ready.run.button, Qt.MouseButton.LeftButton)
        assert ready.run.button.state is RunState.CANCELING
        assert ready.run.button.text() == "Canceling…"
    assert ended.args[0].end is End.CANCELED
    assert not psutil.wait_procs([process], timeout=120)[1]
    assert "nothing is lost, Resume goes on" in ready.run.status.text()
    assert ready.data.isEnabled()


def test_a_crash_is_reported(qtbot, ready, other_command):
    other_command(5000)
    ready.run.button.click()
    qtbot.waitUntil(lambda: ready.run.bar.value() > 0, timeout=PATIENCE_MS)
    with qtbot.waitSignal(ready.run.finished, timeout=PATIENCE_MS) as ended:
        psutil.Process(ready.run.job.pid).kill()
    assert ended.args[0].end is End.CRASHED
    assert "crashed" in ready.run.status.text()
    assert "nothing is lost" in ready.run.status.text()
    assert ready.run.button.state is RunState.READY


def test_a_training_that_ends_gives_its_detector(qtbot, ready, other_command):
    other_command(2)
    with qtbot.waitSignal(ready.trained, timeout=PATIENCE_MS) as given:
        ready.run.button.click()
    assert given.args[0].name == "detector.pt"
    assert ready.compare.runs.folders == (ready.fields.folder.folder,)


def test_numbers_pictures_and_the_stage_show_while_it_runs(qtbot, ready, tmp_path):
    tell = ready.run.job.event_arrived.emit
    assert ready.sections["Losses"].isHidden()
    tell(Metric("candidates/loss/bce", 0.7, 10))
    assert ready.sections["Validation patients"].isHidden()
    tell(Metric("verifier/validation/score", 0.5, 10))
    tell(Metric("verifier/else", 0.5, 10))
    assert not ready.sections["Losses"].isHidden()
    assert ready.plots[1].points("verifier/validation/score") == ((10,), (0.5,))
    tell(Artifact("batch", str(tmp_path / "batch_000010.png")))
    tell(Artifact("contact-sheet", str(tmp_path / "sheet.png")))
    assert ready.batch.paths == (tmp_path / "batch_000010.png",)
    assert ready.run.progress_words(Progress(3, 9, "candidates: step 3")) == (
        "Candidates: step 3; 3 of 9 in all"
    )


@pytest.fixture(scope="module")
def two_cts(tmp_path_factory):
    """Two small CTs on the disk, each with a lesion."""
    from tests.conftest import _ball_case

    folder, cases = tmp_path_factory.mktemp("cts"), []
    for k in range(2):
        case = _ball_case((12, 48, 48), (2.5, 1.5, 1.5), lesion_mm=10.0, patient=f"p{k}", seed=k)
        masks = {"organ": case.organ.mask, "lesions": case.lesions}
        paths = {
            name: str(write_mask(folder / f"{name}{k}.nii.gz", mask, case.volume))
            for name, mask in masks.items()
        }
        ct = write_volume(folder / f"ct{k}.nii.gz", case.volume, synthetic=False)
        cases.append(CaseFiles(ct=str(ct), patient=f"p{k}", **paths))
    return tuple(cases)


def test_a_real_training_is_canceled_resumed_and_its_detector_read(qtbot, tab, two_cts, tmp_path):
    tab.data.add_cases(two_cts)
    tab.fields.set_settings(
        steps=60, verifier_steps=2, scenes=1, look_every=2, batch=1, side=32, width=4, workers=0,
        device="cpu",
    )  # fmt: skip
    tab.fields.arm.setCurrentText("Real and sigmoid")
    tab.fields.folder.set_folder(tmp_path / "run")
    settle(qtbot, tab)
    tab.run.button.click()
    qtbot.waitUntil(lambda: tab.batch.paths != (), timeout=PATIENCE_MS)
    with qtbot.waitSignal(tab.run.finished, timeout=PATIENCE_MS) as ended:
        tab.run.button.click()
    assert ended.args[0].end is End.CANCELED
    settle(qtbot, tab)
    assert tab.run.button.text() == "Resume"
    step = max(tab.plots[0].points("candidates/loss/bce")[0])
    assert 0 < step <= 60
    with qtbot.waitSignal(tab.trained, timeout=PATIENCE_MS) as given:
        tab.run.button.click()
    assert max(tab.plots[0].points("candidates/loss/bce")[0]) == 60
    found = opened(given.args[0])
    assert found.detector.patients == ("p0", "p1")
    assert "trained on 2 patients, 60 steps (candidate" in found.text


# --- folders ------------------------------------------------------------------------------------


def test_a_training_that_was_left_is_offered_to_go_on(qtbot, ready, tmp_path):
    ready.fields.folder.set_folder(write_training(tmp_path / "run"))
    settle(qtbot, ready)
    assert ready.run.button.text() == "Resume"
    assert "candidates at step 100" in ready.folder_state.text()
    assert ready.plots[0].points("candidates/loss/bce")[0][-1] == 100
    assert ready.use.isHidden()
    ready.fields.folder.set_folder(tmp_path / "new")
    settle(qtbot, ready)
    assert ready.run.button.text() == "Train"
    assert ready.sections["Losses"].isHidden()


def test_a_finished_training_can_be_used(qtbot, ready, tmp_path):
    folder = write_training(tmp_path / "run", done=True)
    ready.fields.folder.set_folder(folder)
    settle(qtbot, ready)
    with qtbot.waitSignal(ready.use_wanted, timeout=120_000) as wanted:
        ready.use.click()
    assert wanted.args[0] == folder / "detector.pt"


def test_a_folder_without_a_training_is_said(tmp_path):
    assert not look_into(tmp_path).begun


# --- several trainings --------------------------------------------------------------------------


def test_trainings_are_compared_in_one_number(qtbot, tab, tmp_path):
    first = write_training(tmp_path / "real", last=60, done=True)
    second = write_training(tmp_path / "both", last=90)
    for folder in (first, second):
        tab.compare.runs.add_folder(folder)
    plot = tab.compare.plot
    told = plot.accessibleDescription
    qtbot.waitUntil(lambda: "both" in told(), timeout=PATIENCE_MS)
    assert tab.compare.metric.currentText() == "candidates/validation/score"
    assert "at step 60" in told()
    assert "at step 90" in told()
    qtbot.waitUntil(lambda: "step 90" in tab.compare.runs.text(1), timeout=PATIENCE_MS)
    assert "real: finished, step 60" in tab.compare.runs.text(0)
    tab.compare.metric.setCurrentText("verifier/loss/bce")
    assert "both 0.0111 at step 90" in told()


def test_each_line_has_its_own_dash(qtbot):
    plot = RunsPlot("runs")
    qtbot.addWidget(plot)
    plot.show_curves([Curve(str(k), (1, 2), (1.0, 2.0)) for k in range(4)])
    dashes = {(plot.pen(k).style(), tuple(plot.pen(k).dashPattern())) for k in range(4)}
    assert len(dashes) == 4
    assert [entry.text for entry in plot.legend.entries] == ["0", "1", "2", "3"]
    plot.show_curves([])
    assert "Add the folders" in plot.accessibleDescription()
