from __future__ import annotations

import psutil
import pytest
from qtpy.QtWidgets import QApplication

from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.widgets.synthesize.batch_section import BatchSection

PATIENCE_MS = 60_000


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
    return not psutil.wait_procs([process], timeout=20)[1]


@pytest.fixture
def gone():
    """Whether a process ends within reasonable time."""
    return _gone
