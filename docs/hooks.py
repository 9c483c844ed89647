"""What MkDocs fills in while it builds, so that it is never stale.

In the pages,

- ``<!-- parameters: NAME -->`` becomes the table of a parameter model, where NAME is a synthesis
  method or ``module:Class``;
- ``<!-- help: COMMAND -->`` becomes the help of a subcommand of the command line;
- ``$...$`` and ``$$...$$`` become MathML, which browsers draw without any script.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from typing import Any

from latex2mathml.converter import convert
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

DIRECTIVE = re.compile(r"^<!-- (?P<what>parameters|help): (?P<name>\S+) -->$", re.MULTILINE)
FENCE_OR_CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$\w])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in one page."""
    filled = DIRECTIVE.sub(lambda found: FILLERS[found["what"]](found["name"]), markdown)
    pieces = FENCE_OR_CODE.split(filled)
    pieces[::2] = [mathematics(piece) for piece in pieces[::2]]  # every other one is code
    return "".join(pieces)


def mathematics(text: str) -> str:
    """`text` with its LaTeX as MathML."""
    text = DISPLAY.sub(lambda found: f"\n{convert(found[1].strip(), display='block')}\n", text)
    return INLINE.sub(lambda found: convert(found[1]), text)


def parameters(name: str) -> str:
    """A table of a parameter model's fields: default, range and description."""
    lines = ["| parameter | default | range | meaning |", "|---|---|---|---|"]
    for key, field in model_of(name).model_fields.items():
        cells = [f"`{key}`", default_of(field), range_of(field), field.description or ""]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def model_of(name: str) -> type[BaseModel]:
    """The parameter model that a page names."""
    if ":" in name:
        module, _, attribute = name.partition(":")
        model: type[BaseModel] = getattr(import_module(module), attribute)
        return model
    from napari_lesion_synth.synthesis.registry import get_method

    return get_method(name).Params


def default_of(field: Any) -> str:
    """A field's default, as a person would write it."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    return f"`{getattr(value, 'value', value)}`"


def range_of(field: Any) -> str:
    """The bounds and choices of a field."""
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    bounds = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in signs.items()
        if getattr(rule, name, None) is not None
    ]
    choices = getattr(field.annotation, "__members__", None)
    if choices:
        bounds.append(", ".join(f"`{member.value}`" for member in choices.values()))
    return ", ".join(bounds)


def command_help(name: str) -> str:
    """What ``napari-lesion-synth NAME --help`` prints (NAME ``.`` is the command itself)."""
    command = [sys.executable, "-m", "napari_lesion_synth.cli"]
    command += [] if name == "." else [name]
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "92", "TERMINAL_WIDTH": "92"}
    done = subprocess.run(
        [*command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **plain},
    )
    text = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
    return f"```text\n{text}\n```"


FILLERS = {"parameters": parameters, "help": command_help}
