"""Text is read and written as UTF-8, whatever the locale of the machine says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "docs", "benchmarks", "examples")


def texts_without_encoding(source: str) -> Iterator[int]:
    """Lines of the calls that would leave the encoding of a text to the locale."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        named = {keyword.arg for keyword in call.keywords}
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        text = (
            (name == "read_text" and not call.args)
            or (name == "write_text" and len(call.args) == 1)
            or (name in {"run", "Popen", "check_output"} and "text" in named)
        )
        if text and not named & {"encoding", None}:
            yield call.lineno


def test_every_text_names_its_encoding():
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 500
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in texts_without_encoding(file.read_text(encoding="utf-8"))
    ]
    assert not found


def test_a_call_that_trusts_the_locale_is_found():
    source = 'a.read_text()\nb.write_text("x")\nrun(c)\nsubprocess.run(c, text=True)\n'
    assert list(texts_without_encoding(source)) == [1, 2, 4]
    assert not list(texts_without_encoding('a.read_text(encoding="utf-8")\ne.read_text("utf-8")\n'))
