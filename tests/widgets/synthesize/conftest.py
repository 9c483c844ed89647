"""A batch section, and whole dock widgets in napari windows of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.widgets.synthesize.batch_section import BatchSection
from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

PATIENCE_MS = 240_000


@pytest.fixture
def batch_settings(small_set):
    """What the section asks for in these tests, as its own settings."""
    names = ("out", "methods", "n", "per_scene", "diameter_mm")
    return {name: getattr(small_set(), name) for name in names} | {"workers": 1}


@pytest.fixture
def batch_prepare(small_set):
    """Completes the section's settings, as the dock widget does."""
    (case,) = small_set().cases

    def whole(settings):
        return GenerateSettings(cases=(case,), context_mm=4.0, **settings)

    return whole


@pytest.fixture
def make_batch(qtbot, batch_prepare, batch_settings):
    made = []

    def make(prepare=batch_prepare, **changes):
        section = BatchSection(prepare)
        section.set_settings({**batch_settings, **changes})
        made.append(section)
        return section

    yield make
    for section in made:
        try:
            section.run.job.end_now()
        except RuntimeError:  # its window has taken it along
            continue
        section.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def batch(make_batch):
    return make_batch()


@pytest.fixture
def begin_batch(qtbot):
    """Press Run and wait for the first lesions; gives the child process."""

    def start(section):
        section.run.button.click()
        qtbot.waitUntil(lambda: section.run.bar.value() > 0, timeout=PATIENCE_MS)
        return psutil.Process(section.run.job.pid)

    return start


@pytest.fixture
def outcome_of(qtbot):
    """Do something and wait for the outcome of a section's run."""

    def wait(section, do=lambda: None):
        with qtbot.waitSignal(section.finished, timeout=PATIENCE_MS) as finished:
            do()
        return finished.args[0]

    return wait


def _gone(process):
    return not psutil.wait_procs([process], timeout=120)[1]


@pytest.fixture
def gone():
    """Whether a process ends within reasonable time."""
    return _gone


@pytest.fixture
def files(ball_case, tmp_path) -> dict[str, Path]:
    """A small CT with its organ and a lesion, on disk."""
    case: Case = ball_case(lesion_mm=10.0)
    return {
        "ct": write_volume(tmp_path / "ct.nii.gz", case.volume),
        "organ": write_mask(tmp_path / "organ.nii.gz", case.organ.mask, case.volume),
        "lesions": write_mask(tmp_path / "lesions.nii.gz", case.lesions, case.volume),
    }


@pytest.fixture
def make_widget(make_napari_viewer, monkeypatch):
    """Maker of dock widgets, each in a window of its own; errors land in ``widget.faults``."""
    made: list[SynthesizeWidget] = []

    def make() -> SynthesizeWidget:
        viewer = make_napari_viewer(show=True)
        widget = SynthesizeWidget(viewer)
        viewer.window.add_dock_widget(widget, name="Synthesize lesions", area="right")
        widget.faults = []  # type: ignore[attr-defined]
        usual = widget.trouble
        monkeypatch.setattr(
            widget.stage, "_on_error", lambda error: (widget.faults.append(error), usual(error))
        )
        widget.bench.diameter_mm = 9.0
        widget.where.diameter.set_value(9.0)
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.close_workbench()


@pytest.fixture
def settle(qtbot) -> Callable[[SynthesizeWidget], None]:
    """Wait until nothing is read, rendered or written any more."""

    def wait(widget: SynthesizeWidget) -> None:
        def idle() -> bool:
            return not widget.loader.working and widget.stage.renderer.idle and widget.saving.idle

        qtbot.wait(20)
        qtbot.waitUntil(idle, timeout=120_000)
        qtbot.wait(40)
        qtbot.waitUntil(idle, timeout=120_000)

    return wait
