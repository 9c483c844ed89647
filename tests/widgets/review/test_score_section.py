from __future__ import annotations

import pytest

from napari_lesion_synth.widgets.parts.run_button import RunState
from napari_lesion_synth.widgets.review.score_section import ScoreSection, score_arguments

pytestmark = pytest.mark.gui


@pytest.fixture
def section(qtbot):
    made = ScoreSection()
    qtbot.addWidget(made)
    yield made
    made.close_section()


def test_it_says_what_is_missing(section, tmp_path):
    assert not section.button.isEnabled()
    assert section.status.text() == "Open a set first."
    section.set_folder(tmp_path)
    assert section.button.isEnabled()  # by the one that comes with the program
    section.file.setText(str(tmp_path / "no.pt"))
    assert "There is no file" in section.status.text()
    (tmp_path / "no.pt").touch()
    section.file.setText(str(tmp_path) + "/no.pt ")
    assert section.button.isEnabled()


def test_the_command(tmp_path):
    assert score_arguments(tmp_path, None) == ["score", str(tmp_path)]
    assert score_arguments(tmp_path, tmp_path / "a.pt") == [
        "score",
        str(tmp_path),
        "--autoencoder",
        str(tmp_path / "a.pt"),
    ]


def test_a_file_that_is_no_autoencoder_is_told(section, made_set, qtbot):
    folder = made_set(2)
    file = folder.parent / "a.pt"
    file.write_bytes(b"no checkpoint")
    section.set_folder(folder)
    section.file.setText(str(file))
    scored = []
    section.scored.connect(lambda: scored.append(1))
    with qtbot.waitSignal(section.job.finished, timeout=120_000):
        section.start()
        assert section.button.state is RunState.RUNNING
    assert section.button.state is RunState.READY
    assert section.status.text() not in ("", "Scored.")
    assert not scored
    assert not (folder / "scores.csv").exists()


def test_a_run_is_canceled(section, made_set, qtbot):
    folder = made_set(2)
    (folder.parent / "a.pt").touch()
    section.set_folder(folder)
    section.file.setText(str(folder.parent / "a.pt"))
    with qtbot.waitSignal(section.job.finished, timeout=120_000):
        section.start()
        section.cancel()
        assert section.button.state is RunState.CANCELING
    assert section.status.text() == "Stopped."
