"""The doctor's report: complete, quick to fail, and free of names."""

from __future__ import annotations

import getpass
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from napari_lesion_synth import __version__
from napari_lesion_synth.jobs import doctor


@pytest.fixture
def unprobed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask no child process."""
    monkeypatch.setattr(doctor, "_ask", lambda code, timeout_s: (["asked", "asked too"], ""))


@pytest.mark.usefixtures("unprobed")
def test_reports_versions_of_the_package_and_of_what_it_stands_on():
    findings = doctor.diagnose()
    assert findings["napari-lesion-synth"] == __version__
    assert findings["Python"].startswith(platform.python_version())
    for package in ("numpy", "scipy", "SimpleITK", "napari", "torch"):
        assert findings[package][0].isdigit() or findings[package] == "not installed"


@pytest.mark.usefixtures("unprobed")
def test_names_what_is_not_installed(monkeypatch):
    monkeypatch.setattr(doctor, "PACKAGES", ("surely-not-a-package",))
    assert doctor.diagnose()["surely-not-a-package"] == "not installed"


@pytest.mark.usefixtures("unprobed")
def test_says_where_files_can_be_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctor.diagnose()["Working folder"].startswith("writable, ")


def test_says_that_a_folder_cannot_be_written(tmp_path):
    assert doctor._folder(tmp_path / "gone") == "cannot be written to (No such file or directory)"


@pytest.mark.parametrize(
    ("environment", "display"),
    [({}, "none"), ({"DISPLAY": ":1"}, "X11"), ({"WAYLAND_DISPLAY": "w-0"}, "Wayland")],
)
def test_says_which_display_there_is(monkeypatch, environment, display):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert doctor._display() == display


def test_a_probe_that_crashes_is_a_finding_with_its_reason():
    said, fault = doctor._ask("raise SystemExit('no such thing')", 30)
    assert said == []
    assert fault == "failed with exit code 1: no such thing"


def test_a_probe_that_aborts_is_a_finding_with_its_first_line():
    code = "import os; os.write(2, b'no display\\nplugins: a, b\\n'); os.abort()"
    said, fault = doctor._ask(code, 30)
    assert said == []
    assert fault.startswith("failed with exit code ")
    assert fault.endswith(": no display")


def test_a_probe_with_a_traceback_is_a_finding_with_its_last_line():
    assert doctor._ask("import surely_not_a_module", 30)[1].endswith(
        "ModuleNotFoundError: No module named 'surely_not_a_module'"
    )


def test_a_probe_that_hangs_is_given_up():
    said, fault = doctor._ask("import time; time.sleep(60)", 0.2)
    assert said == []
    assert fault.startswith("no answer within")


def test_keeps_names_and_paths_of_the_machine_to_itself(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "jane")
    monkeypatch.setattr(platform, "node", lambda: "ward7-pc")
    text = doctor._without_names("cannot open /data/jane/ct.nii for jane on ward7-pc: no janet")
    assert text == "cannot open <path> for <name> on <name>: no janet"


def test_keeps_windows_paths_to_itself():
    assert doctor._without_names(r"no C:\Users\jane\lib.dll here") == "no <path> here"


def test_the_whole_report_holds_no_folder_and_no_name(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    text = doctor.as_text(doctor.diagnose())
    assert str(Path.home()) not in text
    assert tmp_path.name not in text


def test_the_report_is_one_aligned_line_for_each_finding():
    text = doctor.as_text({"a": "1", "longer": "2"})
    assert text.splitlines() == ["a:      1", "longer: 2"]


@pytest.mark.gui
def test_names_the_renderer_where_a_window_can_be_opened(qapp):
    findings = doctor._opengl(60)
    assert "OpenGL" in findings["OpenGL"]
    assert findings["Qt"].split()[0] in ("PyQt6", "PySide6")


def test_tells_the_torch_device_when_torch_is_there(monkeypatch):
    monkeypatch.setattr(doctor, "TORCH_PROBE", "print('cpu, 2 threads')")
    monkeypatch.setattr(doctor, "find_spec", lambda name: object())
    assert doctor._torch_device(30) == "cpu, 2 threads"
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    assert doctor._torch_device(30) == "not installed"


def test_torch_probe_runs_where_torch_is_installed():
    pytest.importorskip("torch")
    assert doctor._torch_device(120).split(":")[0].split(",")[0] in ("cpu", "cuda", "mps")


def test_importing_the_doctor_loads_none_of_its_patients():
    code = (
        "import sys, napari_lesion_synth.jobs.doctor\n"
        "print({'torch', 'qtpy', 'napari', 'SimpleITK'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "set()"
