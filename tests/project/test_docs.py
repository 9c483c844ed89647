"""The documentation builds without a warning, is complete, and its examples run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import napari_lesion_synth as nls
from napari_lesion_synth.synthesis.registry import get_method

BLOCK = re.compile(r"^( *)```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
NOT_RUN = "<!-- not run -->"


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def page(site: Path, name: str) -> str:
    """Text of a built page."""
    return (site / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("method", nls.method_names())
def test_every_method_has_a_page_with_all_its_parameters(site: Path, method: str):
    text = page(site, f"methods/{method}.html")
    for name in get_method(method).Params.model_fields:
        assert f"<code>{name}</code>" in text


def test_every_public_name_is_in_the_reference(site: Path):
    text = page(site, "reference.html")
    for name in set(nls.__all__) - {"__version__"}:
        assert re.search(rf'id="napari_lesion_synth\.(?:errors\.)?{name}"', text), name


def test_equations_are_drawn_without_scripts(site: Path):
    text = page(site, "methods/poisson.html")
    assert "<math" in text
    assert "$$" not in text


def test_nothing_is_loaded_from_elsewhere(site: Path):
    loaded = re.compile(r"<(?:script|img|iframe|link)[^>]+(?:src|href)=\"?(?:https?:)?//[^>]+>")
    found = {
        str(file.relative_to(site)): tags
        for file in site.rglob("*.html")
        if (tags := loaded.findall(file.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_command_line_page_shows_every_command_and_option(site: Path):
    import typer
    from docs.hooks import all_commands

    from napari_lesion_synth.cli import app

    text = page(site, "commands.html")
    for name, command in all_commands(typer.main.get_command(app)):
        assert f'<h2 id="{name.replace(" ", "-")}">' in text
        for option in [p for p in command.params if p.param_type_name == "option"]:
            assert f"<code>{option.opts[0]}" in text, (name, option.opts)


def test_the_workbench_page_shows_every_key(site: Path):
    from napari_lesion_synth.widgets.synthesize.key_table import KEYS

    text = page(site, "workbench.html")
    for key in KEYS:
        assert f"<kbd>{key.key}</kbd></td>\n<td>{key.action}</td>" in text, key


def examples(file: Path) -> str:
    """All Python of a page as one script, but for blocks marked as not to be run."""
    text = file.read_text(encoding="utf-8")
    return "\n".join(
        re.sub(rf"^{indent}", "", code, flags=re.MULTILINE)
        for indent, code, start in ((m[1], m[2], m.start()) for m in BLOCK.finditer(text))
        if not text[:start].rstrip().endswith(NOT_RUN)
    )


@pytest.mark.usefixtures("quick_phantom")
@pytest.mark.parametrize("name", ["docs/python.md", "docs/phantom.md", "README.md"])
def test_examples_run(root: Path, tmp_path: Path, monkeypatch, name: str):
    monkeypatch.chdir(tmp_path)
    code = examples(root / name)
    assert "nls." in code
    exec(compile(code, name, "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("name", ["one_lesion", "own_method"])
def test_example_scripts_run(root: Path, tmp_path: Path, name: str):
    command = [sys.executable, "-W", "error", str(root / "examples" / f"{name}.py")]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert "voxels" in done.stdout


def test_all_example_scripts_are_tested(root: Path):
    # What train_on_phantoms.py makes is tested in test_shipped_models.py: it takes an hour.
    scripts = {p.stem for p in (root / "examples").glob("*.py")}
    assert scripts == {"one_lesion", "own_method", "train_on_phantoms"}
