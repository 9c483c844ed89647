"""What is wrong in a project file, in words, with the line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml
from pydantic import ValidationError

from napari_lesion_synth.faults import fault_words, faults_of

__all__ = ["describe"]

_MOST = 3
_WORDS = {"extra_forbidden": "there is no such key", "missing": "this key is missing"}
_CASE_KINDS = ("files", "phantom", "sample")


def describe(error: ValidationError, text: str) -> str:
    """The first faults of a file.

    Parameters
    ----------
    error : ValidationError
        What the model found.
    text : str
        The file's YAML.

    Returns
    -------
    str
        As in ``sites[2].diameter_mm (line 34): must be more than 0, not -3``.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    faults = faults_of(error)
    texts = []
    for fault in faults[:_MOST]:
        place = _place(fault["loc"])
        message = _WORDS.get(fault["type"]) or fault_words(fault)
        texts.append(f"{_written(place)} (line {_line(root, place)}): {message}")
    more = f"; and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
    return "; ".join(texts) + more


def _place(found: Sequence[str | int]) -> tuple[str | int, ...]:
    """Where the fault lies in the file: the model also names the kind of the case."""
    if len(found) > 1 and found[0] == "case" and found[1] in _CASE_KINDS:
        return (found[0], *found[2:])
    return tuple(found)


def _written(place: Sequence[str | int]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).removeprefix(".") or "the file"


def _line(root: yaml.Node | None, place: Sequence[str | int]) -> int:
    """Line of the part of the file that is nearest to a place."""
    line = 1
    for mark in _marks(root, place):
        line = mark.line + 1
    return line


def _marks(node: yaml.Node | None, place: Sequence[str | int]) -> Iterator[yaml.Mark]:
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if pair is None:
                return
            yield pair[0].start_mark
            node = pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                return
            node = node.value[part]
            yield node.start_mark
        else:
            return
