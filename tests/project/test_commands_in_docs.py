"""Every command that README and docs show exists, with every option; the tutorial's run."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from napari_lesion_synth.cli import app
from napari_lesion_synth.ct.write import write_mask, write_volume

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"(<!-- not run -->\s*)?^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)


def command_lines(page: Path, *, only_run: bool = False) -> Iterator[list[str]]:
    """The words of each command in a page's shell blocks."""
    for found in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if not (only_run and found[1]):
            for line in found[2].replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words:
                    yield words


def shown(program: str) -> list[pytest.param]:
    """All commands of one program, each with the page that shows it."""
    return [
        pytest.param(words, id=f"{page.name}: {' '.join(words)[:60]}")
        for page in PAGES
        for words in command_lines(page)
        if words[0] == program or program in words[:2]
    ]


@pytest.mark.parametrize("words", shown("napari-lesion-synth"))
def test_command_and_its_options_exist(words: list[str]):
    commands = typer.main.get_command(app).commands
    name, *arguments = words[1:]
    assert name in commands
    if hasattr(commands[name], "commands"):
        commands = commands[name].commands
        name, *arguments = arguments
        assert name in commands
    known = {
        option
        for parameter in commands[name].params
        for option in (*parameter.opts, *parameter.secondary_opts)
    }
    used = {word.split("=")[0] for word in arguments if word.startswith("--")}
    assert used <= known


@pytest.mark.parametrize("words", shown("dev.py"))
def test_dev_command_exists(words: list[str]):
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    assert words[words.index("dev.py") + 1] in dev.COMMANDS


def test_readme_names_only_files_that_exist():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:docs|sample_data)/[\w./-]+|[A-Z]+\.(?:md|cff))`", text)
    named += re.findall(r"\]\(((?!https?:)[^)#]+)", text)
    assert len(named) >= 5
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.fixture
def tutorial_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_once) -> None:
    """What the demo leaves behind for the tutorial, but coarser."""
    case = made_once(seed=0, lesions=6, spacing=(5.0, 1.5, 1.5))
    monkeypatch.chdir(tmp_path)
    write_volume("ct.nii.gz", case.volume)
    write_mask("liver.nii.gz", case.require_organ().mask, case.volume)
    write_mask("lesions.nii.gz", case.lesions, case.volume)


@pytest.mark.usefixtures("tutorial_files")
def test_the_tutorials_commands_run_one_after_the_other():
    lines = list(command_lines(ROOT / "docs" / "tutorial.md", only_run=True))
    ours = [words[1:] for words in lines if words[0] == "napari-lesion-synth"]
    assert len(ours) >= 8
    for words in ours:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, f"{' '.join(words)}\n{done.output}"
    for made in ("first-set.png", "second-set/samples.csv", "blind/blind-sheet.png"):
        assert Path(made).exists()
