"""Training a generator from the tab, with real child processes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QSlider,
)

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.events import Artifact, Metric
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.widgets.parts.outcome import End
from napari_lesion_synth.widgets.parts.run_button import RunState
from napari_lesion_synth.widgets.synthesize.gan_lessons import (
    counted_in_case,
    lesson_files,
    planned_files,
)
from napari_lesion_synth.widgets.synthesize.gan_training import GanTraining
from napari_lesion_synth.widgets.synthesize.on_disk import InMemory
from napari_lesion_synth.widgets.workbench.workbench import Workbench

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000
TINY = {
    "batch": 2, "width": 4, "latent": 3, "grid": 16, "places": 160, "look_every": 2,
    "device": "cpu",
}  # fmt: skip

SLICE = (1, 60, 60), (3.0, 1.5, 1.5)
"""Shape and spacing of the CTs: slices are learnt in no time."""


@pytest.fixture(scope="session")
def lessons(tmp_path_factory):
    """Maker of donor libraries with so many lesions, some of them at the rim."""
    from tests.conftest import _ball_case

    def make(count=15, *, rim=True):
        donors = []
        for number in range(count):
            name, size = f"p{number:02d}", 9.0 + number % 4
            case = _ball_case(*SLICE, lesion_mm=size, patient=name, seed=number)
            (donor,) = extract_donors(case)
            zone = Zone.RIM if rim and number % 3 == 0 else Zone.INTERIOR
            donors.append(replace(donor, zone=zone))
        return save_donors(donors, tmp_path_factory.mktemp("lessons") / "library")

    return make


@pytest.fixture(scope="session")
def library(lessons):
    return lessons()


@pytest.fixture
def bench(ball_case):
    made = Workbench()
    made.open(ball_case(*SLICE, lesion_mm=10.0, patient="host"))
    return made


@pytest.fixture
def training(qtbot, bench, tmp_path):
    """The part of the tab, ready for a training that takes a second."""
    loader = SimpleNamespace(organ_edited=False, lesions_edited=False)
    made = GanTraining(bench, loader)
    made.fields.folder.set_folder(tmp_path / "run")
    made.fields.set_settings(steps=4, **TINY)
    yield made
    made.run.job.end_now()
    made.close_training()
    made.deleteLater()
    qtbot.wait(1)  # Qt deletes it, with all that it owns, while Python still holds it


@pytest.fixture
def ready(qtbot, training, library):
    """The same, with a library to learn from, counted."""
    training.fields.set_library(library)
    qtbot.waitUntil(training.run.button.isEnabled, timeout=PATIENCE_MS)
    return training


def settle(qtbot, training):
    training.refresh()
    qtbot.wait(30)
    qtbot.waitUntil(lambda: training._looker.idle and training._counter.idle, timeout=PATIENCE_MS)
    qtbot.wait(30)


# --- what to learn from -------------------------------------------------------------------------


def test_too_few_lesions_are_said_at_once_with_the_way_out(qtbot, training):
    qtbot.waitUntil(lambda: "1 lesion:" in training.fields.count.text(), timeout=PATIENCE_MS)
    text = training.fields.count.text()
    for part in ("15 lesions are the least", "Poisson and sigmoid", "donor library"):
        assert part in text
    assert not training.run.button.isEnabled()
    assert "15 lesions" in training.run.button.toolTip()


def test_the_lesions_of_a_library_are_counted_by_zone(qtbot, ready):
    assert ready.fields.count.text() == "15 lesions: 5 at the rim, 10 interior."
    assert ready.run.button.isEnabled()


def test_a_missing_zone_is_a_warning(qtbot, training, lessons):
    training.fields.set_library(lessons(rim=False))
    qtbot.waitUntil(training.run.button.isEnabled, timeout=PATIENCE_MS)
    assert "None at the rim: the generator will make none there" in training.fields.count.text()


def test_a_folder_that_is_no_library_says_why(qtbot, training, tmp_path):
    training.fields.set_library(tmp_path)
    qtbot.waitUntil(lambda: "donor library" in training.fields.count.text(), timeout=PATIENCE_MS)
    assert not training.run.button.isEnabled()


def test_without_a_ct_it_asks_for_one(qtbot):
    made = GanTraining(Workbench(), SimpleNamespace(organ_edited=False, lesions_edited=False))
    assert "Open a CT" in made.fields.count.text()
    made.close_training()
    made.deleteLater()
    qtbot.wait(1)


def test_the_lesions_of_a_ct_count_where_they_can_be_cut_out(ball_case):
    assert counted_in_case(ball_case(lesion_mm=10.0)).total == 1
    assert "no known lesions" in counted_in_case(ball_case()).text


def test_the_command_says_what_will_run(qtbot, ready, library):
    settle(qtbot, ready)
    words = ready.command.text.split()
    assert words[:3] == ["napari-lesion-synth", "train", "gan"]
    for option, value in (("--donors", str(library)), ("--steps", "4"), ("--grid", "16")):
        assert words[words.index(option) + 1] == value
    assert "--lesions" not in words  # the library's lesions are learnt from


def test_more_cts_are_written_as_one_command_can_read_them(ball_case, tmp_path):
    other = ball_case((20, 50, 50), patient="other")
    labels = 3 * other.organ.mask.astype("uint8")
    ct = write_volume(tmp_path / "other.nii.gz", other.volume)
    organ = write_mask(tmp_path / "labels.nii.gz", labels, other.volume)
    host = CaseFiles(ct=str(ct), organ=str(organ), organ_label=3)
    case = ball_case(lesion_mm=10.0)
    files = lesson_files(case, (host,), None, tmp_path / "files", InMemory())
    first, second = files.cases
    assert first.lesions is not None
    assert (first.organ_label, second.organ_label) == (None, None)
    assert first.units == second.units == "hu"
    planned = planned_files(case, (host,), None, tmp_path / "files")
    assert [one.ct for one in planned.cases] == [one.ct for one in files.cases]


def test_every_control_has_a_name_and_says_what_it_does(training):
    kinds = (QAbstractButton, QSlider, QAbstractSpinBox, QComboBox, QLineEdit)
    for part in (part for kind in kinds for part in training.fields.findChildren(kind)):
        inner = part.objectName().startswith("qt_spinbox") or isinstance(
            part.parentWidget(), QAbstractSpinBox | QComboBox
        )
        if not inner:
            assert part.accessibleName(), part
            assert part.toolTip(), part.accessibleName()


# --- the run ------------------------------------------------------------------------------------


@pytest.fixture
def outcome_of(qtbot):
    """Do something and wait for the outcome of the run."""

    def wait(training, do):
        with qtbot.waitSignal(training.run.finished, timeout=PATIENCE_MS) as finished:
            do()
        return finished.args[0]

    return wait


def test_a_training_from_the_button_to_the_generator(qtbot, ready, outcome_of, tmp_path):
    trained = []
    ready.trained.connect(trained.append)
    assert ready.fields.isEnabled()
    outcome = outcome_of(ready, ready.run.button.click)
    assert outcome.end is End.DONE, ready.run.status.text()
    assert trained == [tmp_path / "run" / "generator.pt"]
    assert ready.losses.points("loss/judge")[0] == (4,)
    assert [path.name for path in ready.strip.paths] == ["strip_000002.png", "strip_000004.png"]
    assert ready.strip.current == ready.strip.paths[-1]
    assert not ready.use.isHidden()
    assert ready.fields.isEnabled()
    assert ready.run.button.state is RunState.READY
    assert "generator of step 4" in ready.run.status.text()
    settle(qtbot, ready)
    assert "as many as are asked for" in ready.folder_state.text()
    # more steps go on in the same folder
    ready.fields.set_settings(steps=6)
    settle(qtbot, ready)
    assert "at step 4; Train goes on" in ready.folder_state.text()
    outcome = outcome_of(ready, ready.run.button.click)
    assert outcome.result["steps"] == 6
    assert len(ready.strip.paths) == 3
    assert ready.losses.points("loss/judge")[0] == (4, 6)


def test_cancel_ends_the_process_and_the_state_stays(qtbot, ready, outcome_of, tmp_path):
    ready.fields.set_settings(steps=5000, look_every=5000)
    ready.run.button.click()
    qtbot.waitUntil(lambda: ready.run.bar.value() > 0, timeout=PATIENCE_MS)
    assert not ready.losses.isHidden()
    process = psutil.Process(ready.run.job.pid)
    outcome = outcome_of(ready, ready.run.button.click)
    assert outcome.end is End.CANCELED
    assert not psutil.wait_procs([process], timeout=120)[1]
    assert "of 5000 steps were done; nothing is lost, Train goes on." in ready.run.status.text()
    assert (tmp_path / "run" / "resume.pt").exists()


def test_a_folder_of_another_training_is_refused_in_words(qtbot, ready, outcome_of):
    outcome_of(ready, ready.run.button.click)
    ready.fields.set_settings(seed=9)
    outcome = outcome_of(ready, ready.run.button.click)
    assert outcome.end is End.FAILED
    assert "another training" in ready.run.status.text()
    assert "empty folder" in ready.run.status.text()


def test_preparation_can_be_stopped(qtbot, ready):
    ready.run.button.click()
    ready.run.button.click()
    assert not ready.run.running
    assert "before the training began" in ready.run.status.text()
    assert ready.fields.isEnabled()


def test_numbers_and_pictures_show_while_it_runs(ready, tmp_path):
    tell = ready.run.job.event_arrived.emit
    tell(Metric("loss/judge", 2.0, 10))
    tell(Metric("loss/augment", 0.1, 10))
    assert not ready.losses.isHidden()
    assert ready.held_out.isHidden()
    tell(Metric("val/hu_wasserstein", 8.0, 10))
    assert not ready.held_out.isHidden()
    tell(Artifact("contact-sheet", str(tmp_path / "sheet_10.png")))
    assert ready.strip.paths == ()
    tell(Artifact("strip", str(tmp_path / "strip_000010.png")))
    assert ready.strip.current == tmp_path / "strip_000010.png"
