"""dev.py: what it installs, what it runs, and what it says when it cannot."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

APT = "apt-get install -y --no-install-recommends"


@pytest.fixture
def dev(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py as a module, in a folder that has an environment already."""
    spec = importlib.util.spec_from_file_location("dev", root / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    python = tmp_path / ".venv" / "python"
    python.parent.mkdir()
    python.touch()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", python.parent)
    monkeypatch.setattr(module, "PYTHON", python)
    monkeypatch.setattr(module, "STAMP", python.parent / "stamp.json")
    monkeypatch.delenv("CI", raising=False)
    return module


@pytest.fixture
def calls(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record commands instead of running them; all of them succeed."""
    lines: list[str] = []

    def record(command: list, **_: object) -> int:
        lines.append(" ".join(str(part).replace(str(dev.PYTHON), "python") for part in command))
        return 0

    monkeypatch.setattr(dev, "call", record)
    monkeypatch.setattr(subprocess, "call", record)
    monkeypatch.setattr(dev, "missing_gui", lambda **_: [])
    monkeypatch.setattr(dev, "display_fault", lambda: "")
    return lines


def fake_debian(dev, monkeypatch, *, uid: int, known: str = "", apt: bool = True) -> None:
    """Be on a Debian whose apt knows the package names in `known`."""
    monkeypatch.setattr(
        dev.shutil, "which", lambda name: f"/usr/bin/{name}" if apt and name == "apt-get" else None
    )
    monkeypatch.setattr(dev.os, "geteuid", lambda: uid, raising=False)
    monkeypatch.setattr(
        dev.subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(command, 0, stdout=known.encode()),
    )


class TestSystemPackages:
    def test_missing_libraries_are_named_by_package(self, dev, monkeypatch):
        monkeypatch.setattr(dev.sys, "platform", "linux")
        monkeypatch.setattr(dev, "loads", lambda library: library != "libxcb-cursor.so.0")
        monkeypatch.setattr(dev, "GL_DRIVERS", ("no/such/*",))
        monkeypatch.setattr(dev.shutil, "which", lambda name: None)
        assert dev.missing_gui() == ["libxcb-cursor0", "libgl1-mesa-dri", "xvfb"]

    def test_nothing_is_asked_of_other_systems(self, dev, monkeypatch):
        monkeypatch.setattr(dev.sys, "platform", "darwin")
        monkeypatch.setattr(dev, "loads", lambda library: False)
        assert dev.missing_gui() == []

    def test_a_library_that_is_not_there_does_not_load(self, dev):
        assert not dev.loads("libsurely-not-there.so.7")

    def test_root_runs_the_line(self, dev, calls, monkeypatch, capsys):
        fake_debian(dev, monkeypatch, uid=0)
        dev.install_system_packages(["xvfb", "libegl1"])
        assert calls == ["/usr/bin/apt-get update -qq", f"{APT} xvfb libegl1"]
        assert f"{APT} xvfb libegl1" in capsys.readouterr().out

    def test_others_are_told_the_line(self, dev, calls, monkeypatch, capsys):
        fake_debian(dev, monkeypatch, uid=1000)
        dev.install_system_packages(["xvfb"])
        assert calls == []
        assert f"sudo apt-get update && sudo {APT} xvfb\n" in capsys.readouterr().out

    def test_names_follow_the_release(self, dev, monkeypatch):
        fake_debian(dev, monkeypatch, uid=0, known="libglib2.0-0t64\nlibglib2.0-0t64-dbg\nxvfb\n")
        assert dev.released_names(["libglib2.0-0", "xvfb"]) == ["libglib2.0-0t64", "xvfb"]
        fake_debian(dev, monkeypatch, uid=0, known="libglib2.0-0\nxvfb\n")
        assert dev.released_names(["libglib2.0-0", "xvfb"]) == ["libglib2.0-0", "xvfb"]

    def test_names_stay_where_apt_knows_nothing_yet(self, dev, monkeypatch):
        fake_debian(dev, monkeypatch, uid=0, known="")
        assert dev.released_names(["libglib2.0-0"]) == ["libglib2.0-0"]

    def test_systems_without_apt_are_told_the_packages(self, dev, calls, monkeypatch, capsys):
        fake_debian(dev, monkeypatch, uid=0, apt=False)
        dev.install_system_packages(["libegl1"])
        assert calls == []
        assert "libegl1" in capsys.readouterr().out

    def test_a_python_without_venv_asks_for_its_package(self, dev, monkeypatch):
        monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None)
        dev.PYTHON.unlink()
        assert dev.missing_venv() == [f"python3.{sys.version_info[1]}-venv"]


class TestInstallation:
    def test_demo_installs_no_window_and_runs_without_a_display(self, dev, calls, monkeypatch):
        monkeypatch.setattr(dev, "missing_gui", lambda: pytest.fail("the demo opens no window"))
        assert dev.main(["demo", "--seed", "3"]) == 0
        install, run = calls
        assert install.endswith("-c constraints.txt -e .[learn]")
        assert run == "python -m napari_lesion_synth.cli demo --out demo-output --seed 3"

    def test_second_run_installs_nothing(self, dev, calls):
        dev.main(["demo"])
        dev.main(["demo"])
        assert [line for line in calls if "pip install" in line] == calls[:1]

    def test_changed_constraints_are_installed(self, dev, calls):
        dev.main(["demo"])
        (dev.ROOT / "constraints.txt").write_text("numpy==2.0", encoding="utf-8")
        dev.main(["demo"])
        assert len([line for line in calls if "pip install" in line]) == 2

    def test_tests_after_a_demo_add_what_is_missing_and_a_demo_after_tests_nothing(
        self, dev, calls
    ):
        dev.main(["demo"])
        dev.main(["test", "-q"])
        dev.main(["demo"])
        installed = [line.rsplit(" ", 1)[1] for line in calls if "pip install" in line]
        assert installed == [".[learn]", ".[dev]"]

    def test_a_damaged_stamp_installs_again(self, dev, calls):
        dev.STAMP.write_text('{"inputs": ', encoding="utf-8")
        dev.main(["demo"])
        assert "pip install" in calls[0]

    def test_a_failed_installation_is_not_remembered(self, dev, monkeypatch, capsys):
        monkeypatch.setattr(dev, "call", lambda command: 1)
        assert dev.main(["demo"]) == 1
        assert not dev.STAMP.exists()
        assert "The installation failed" in capsys.readouterr().out

    def test_makes_the_environment_where_there_is_none(self, dev, calls, monkeypatch):
        dev.PYTHON.unlink()
        monkeypatch.setattr(dev, "missing_venv", list)
        dev.main(["demo"])
        assert calls[0].startswith(f"{sys.executable} -m venv")

    def test_too_old_a_python_is_told_so(self, dev, calls, monkeypatch, capsys):
        monkeypatch.setattr(dev.sys, "version_info", (3, 9, 2))
        monkeypatch.setattr(dev.shutil, "which", lambda name: name if "12" in name else None)
        assert dev.main(["test"]) == 1
        assert calls == []
        assert (
            "Python 3.11 or newer is needed; this is 3.9. Try: python3.12 dev.py"
            in capsys.readouterr().out
        )


class TestTests:
    def test_runs_linters_and_then_all_tests_with_coverage(self, dev, calls):
        assert dev.main(["test"]) == 0
        assert calls[1:4] == [
            "python -m ruff check",
            "python -m ruff format --check",
            "python -m mypy",
        ]
        assert calls[4].endswith("lint-imports")
        processes, spread = calls[5].removeprefix("python -m pytest -n ").split(" ", 1)
        assert 1 <= int(processes) <= 4
        assert spread == "--dist loadfile --cov --cov-report=term"

    def test_arguments_select_tests_and_leave_the_linters_out(self, dev, calls):
        assert dev.main(["test", "-k", "rim"]) == 0
        assert calls[1:] == ["python -m pytest -k rim"]

    @pytest.mark.parametrize("fault", ["mypy", "pytest"])
    def test_any_fault_is_the_exit_code(self, dev, calls, monkeypatch, fault):
        monkeypatch.setattr(dev, "call", lambda command: int(fault in map(str, command)))
        assert dev.main(["test"]) == 1

    def test_no_tests_is_a_failure(self, dev, calls, monkeypatch):
        monkeypatch.setattr(dev, "call", lambda command: 5 if "pytest" in map(str, command) else 0)
        assert dev.main(["test", "-k", "nothing"]) == 5

    def test_without_a_display_windows_are_left_out_and_it_says_so(
        self, dev, calls, monkeypatch, capsys
    ):
        monkeypatch.setattr(dev, "display_fault", lambda: "no Xvfb")
        assert dev.main(["test", "-q"]) == 0
        assert "-m not gui" in calls[-1]
        assert "no Xvfb" in capsys.readouterr().out

    def test_without_a_display_continuous_integration_fails(self, dev, calls, monkeypatch, capsys):
        monkeypatch.setenv("CI", "true")
        monkeypatch.setattr(dev, "display_fault", lambda: "no Xvfb")
        assert dev.main(["test"]) == 1
        assert not any("pytest" in line for line in calls)
        assert "no Xvfb" in capsys.readouterr().out

    def test_a_probe_that_aborts_is_a_fault_with_its_reason(self, dev, monkeypatch):
        monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
        monkeypatch.setattr(dev, "PROBE", "import os; os.write(2, b'no display'); os.abort()")
        assert dev.display_fault() == "no display"
        monkeypatch.setattr(dev, "PROBE", "")
        assert dev.display_fault() == ""


def test_docs_build_strictly(dev, calls):
    assert dev.main(["docs"]) == 0
    assert calls[-1] == "python -m mkdocs build --strict"


def test_bench_hands_its_arguments_to_every_benchmark(dev, calls):
    (dev.ROOT / "benchmarks").mkdir()
    (dev.ROOT / "benchmarks" / "harness.py").write_text("def timed(): ...", encoding="utf-8")
    for name in ("poisson", "sigmoid"):
        (dev.ROOT / "benchmarks" / f"{name}.py").write_text(
            'if __name__ == "__main__": ...', encoding="utf-8"
        )
    (dev.ROOT / "benchmarks" / "long.py").write_text(
        f'"""{dev.ASIDE}."""\nif __name__ == "__main__": ...', encoding="utf-8"
    )
    assert dev.main(["bench", "--json"]) == 0
    assert [line.rsplit("/", 1)[1] for line in calls[1:]] == [
        "poisson.py --json",
        "sigmoid.py --json",
    ]


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("tset", 2)])
def test_help_and_typing_errors_show_the_commands(dev, capsys, argument, code):
    assert dev.main([argument]) == code
    assert "python3 dev.py demo" in capsys.readouterr().out


def test_uses_the_standard_library_only(root: Path):
    code = (
        "import sys; sys.path.insert(0, '.'); before = set(sys.modules); import dev\n"
        "new = {m.split('.')[0] for m in set(sys.modules) - before} - {'dev'}\n"
        "print(sorted(new - sys.stdlib_module_names))"
    )
    command = [sys.executable, "-B", "-I", "-c", code]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "[]"


def test_stamp_remembers_what_was_installed(dev, calls):
    dev.main(["test", "-q"])
    assert json.loads(dev.STAMP.read_text(encoding="utf-8"))["extras"] == ["dev"]


def test_workbench_opens_napari_with_the_widget(dev, calls: list[str]):
    assert dev.main(["workbench", "ct.nii.gz"]) == 0
    install, run = calls
    assert install.endswith("-e .[all]")
    assert run.startswith("python -m napari -w napari-lesion-synth Synthesize lesions")
    assert run.endswith("ct.nii.gz")
