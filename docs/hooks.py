"""What MkDocs fills in while it builds, so that it is never stale.

In the pages,

- ``<!-- parameters: NAME -->`` becomes the table of a parameter model, where NAME is a synthesis
  method or ``module:Class``;
- ``<!-- help: COMMAND -->`` becomes the help of a command of the command line, and
  ``<!-- help: GROUP/COMMAND -->`` that of a command of a group;
- ``<!-- keys: module:NAME -->`` becomes the table of keys of a dock widget;
- ``<!-- arms: module:NAME -->`` becomes the table of the arms of an experiment;
- ``$...$`` and ``$$...$$`` become MathML, which browsers draw without any script.
"""

from __future__ import annotations

import re
from importlib import import_module
from inspect import cleandoc
from typing import Any, Literal, get_args, get_origin

from latex2mathml.converter import convert
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

DIRECTIVE = re.compile(
    r"^<!-- (?P<what>parameters|help|keys|arms): (?P<name>\S+) -->$", re.MULTILINE
)
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
    text = DISPLAY.sub(lambda found: equation(found[1].strip()), text)
    # In a span, since Markdown takes a line that begins with <math> for a block of its own.
    return INLINE.sub(lambda found: f"<span>{convert(found[1])}</span>", text)


def equation(latex: str) -> str:
    """A displayed equation."""
    return f'\n<div class="equation">{convert(latex, display="block")}</div>\n'


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
    if isinstance(value, BaseModel):
        return "its own defaults"
    if value in ({}, ""):
        return "empty"
    if isinstance(value, tuple):
        return ", ".join(map(number, value)) or "empty"
    return f"`{getattr(value, 'value', value)}`"


def number(value: Any) -> str:
    """A number, without a fraction that says nothing."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def range_of(field: Any) -> str:
    """The bounds and choices of a field."""
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    bounds = [
        f"{sign} {number(getattr(rule, name))}"
        for rule in field.metadata
        for name, sign in signs.items()
        if getattr(rule, name, None) is not None
    ]
    members = getattr(field.annotation, "__members__", {}).values()
    choices = [member.value for member in members]
    if get_origin(field.annotation) is Literal:
        choices = list(get_args(field.annotation))
    if choices:
        bounds.append(", ".join(f"`{choice}`" for choice in choices))
    return ", ".join(bounds)


def command_help(name: str) -> str:
    """What a subcommand does, and a table of its options; of all commands where NAME is ``.``."""
    import typer

    from napari_lesion_synth.cli import app

    program: Any = typer.main.get_command(app)
    if name == ".":
        lines = ["| command | what it does |", "|---|---|"]
        lines += [
            f"| [`{k}`](#{k.replace(' ', '-')}) | {first_line(v.help)} |"
            for k, v in all_commands(program)
        ]
        return f"{cleandoc(program.help)}\n\n" + "\n".join(lines)
    name = name.replace("/", " ")
    command = dict(all_commands(program))[name]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    words = [f"{p.metavar or p.name.upper()}{'...' * (p.nargs == -1)}" for p in arguments]
    words += [f"{p.opts[0]} {metavar(p)}" for p in options if p.required]
    usage = " ".join(["napari-lesion-synth", name, *words, "[OPTIONS]"])
    lines = ["| option | default | meaning |", "|---|---|---|"]
    lines += [f"| {named(p)} | {shown(p)} | {p.help or ''} |" for p in options]
    return f"{cleandoc(command.help)}\n\n```text\n{usage}\n```\n\n" + "\n".join(lines)


def all_commands(program: Any) -> list[tuple[str, Any]]:
    """Commands by name, those of groups as in "train gan"."""
    found: list[tuple[str, Any]] = []
    for name, command in program.commands.items():
        inner = getattr(command, "commands", None)
        found += (
            [(name, command)]
            if inner is None
            else [(f"{name} {sub}", one) for sub, one in inner.items()]
        )
    return found


def first_line(text: str) -> str:
    """The sentence that says it all."""
    return cleandoc(text).split("\n\n")[0].replace("\n", " ")


def metavar(option: Any) -> str:
    """What stands for an option's value."""
    if option.is_flag:
        return ""
    return str(option.metavar or option.name.upper())


def named(option: Any) -> str:
    """An option with what stands for its value."""
    names = " / ".join([*option.opts[:1], *option.secondary_opts[:1]])
    return f"`{names} {metavar(option)}`".replace(" `", "`")


def shown(option: Any) -> str:
    """An option's default."""
    if option.required:
        return "required"
    value = option.default
    if value is None or value is False or value == ():
        return ""
    if isinstance(value, tuple | list):
        return " ".join(map(number, value))
    return "on" if value is True else f"`{getattr(value, 'value', value)}`"


def keys(name: str) -> str:
    """A table of keys, in the order of the module's own; the module must do without Qt."""
    module, _, attribute = name.partition(":")
    lines = ["| key | what it does | where |", "|---|---|---|"]
    found = getattr(import_module(module), attribute)
    lines += [f"| <kbd>{k.key}</kbd> | {k.action} | {k.where} |" for k in found]
    return "\n".join(lines)


def arms(name: str) -> str:
    """A table of arms: what each learns from."""
    module, _, attribute = name.partition(":")
    lines = ["| arm | what it learns from |", "|---|---|"]
    found = getattr(import_module(module), attribute)
    lines += [f"| `{arm.name}` | {arm.title} |" for arm in found.values()]
    return "\n".join(lines)


FILLERS = {"parameters": parameters, "help": command_help, "keys": keys, "arms": arms}
