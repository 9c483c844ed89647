"""What a parameter model refuses, in words for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

__all__ = ["fault_words", "faults_of", "faults_text"]

_LIST = "must be a list of values"
_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_KEYS = "must have keys of its own"
_TRUTH = "must be true or false"
_TEXT = "must be a text"

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "there is no such setting",
    "finite_number": "must be a finite number",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": _TEXT,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "path_type": "must be a path",
}
"""Of faults that need no number."""

_BOUNDS = {
    "greater_than_equal": ("ge", "must be {} or more"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be {} or less"),
    "less_than": ("lt", "must be less than {}"),
    "string_pattern_mismatch": ("pattern", "must match {}"),
    "string_too_long": ("max_length", "must have {} letters or fewer"),
    "literal_error": ("expected", "must be {}"),
    "enum": ("expected", "must be {}"),
}
"""Of faults with a bound: its name, and the words around it."""

_SAID = frozenset({*_BOUNDS, "finite_number"} - {"string_too_long"}) | {
    kind for kind, words in _WORDS.items() if words in (_NUMBER, _WHOLE, _TRUTH)
}
"""Where it helps to say what was given."""

_LONGEST = 40


def faults_of(error: ValidationError) -> list[Any]:
    """The faults, without those that only follow from others.

    A list of which one value is refused is then too short as well: that is nothing to mend.

    Parameters
    ----------
    error : ValidationError
        What the model found.

    Returns
    -------
    list of dict
        As pydantic has them.
    """
    faults = error.errors()
    places = [tuple(fault["loc"]) for fault in faults]
    return [
        fault
        for fault, place in zip(faults, places, strict=True)
        if fault["type"] != "too_short"
        or not any(len(other) > len(place) and other[: len(place)] == place for other in places)
    ]


def fault_words(fault: Mapping[str, Any]) -> str:
    """One fault in words that follow the name of a setting.

    Parameters
    ----------
    fault : mapping
        One of `faults_of`.

    Returns
    -------
    str
        As in ``must be 200 or less, not 500``.
    """
    kind, context = str(fault["type"]), fault.get("ctx", {})
    if kind in _COUNTS:
        return _COUNTS[kind](context)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        said = words.format(_plain(context[name]))
    elif kind in _WORDS:
        said = _WORDS[kind]
    else:
        text = str(fault["msg"]).removeprefix("Value error, ")
        return f"{text[:1].lower()}{text[1:]}"
    given = fault.get("input")
    if kind in _SAID and isinstance(given, str | int | float) and len(str(given)) <= _LONGEST:
        return (
            f"{said}, not {given!r}" if isinstance(given, str) else f"{said}, not {_plain(given)}"
        )
    return said


def faults_text(error: ValidationError, *, whole: str = "", most: int | None = None) -> str:
    """The faults of a model with the names of its settings.

    Parameters
    ----------
    error : ValidationError
        What the model found.
    whole : str
        How the whole is called, where a fault is of no setting.
    most : int, optional
        So many are told at most; default: all.

    Returns
    -------
    str
        As in ``counts.trials: must be 1 or more, not 0; name: is missing``.
    """
    texts = []
    for fault in faults_of(error)[:most]:
        place = ".".join(str(part) for part in fault["loc"]) or whole
        words = fault_words(fault)
        texts.append(f"{place}: {words}" if place else words)
    return "; ".join(texts)


def _plain(value: Any) -> str:
    """Numbers without an idle fraction."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _too_few(context: Mapping[str, Any]) -> str:
    wanted, given = int(context["min_length"]), int(context["actual_length"])
    if wanted == 1:
        return "needs a value"
    return f"needs at least {wanted} values, and {given or 'none'} {_are(given)} given"


def _too_many(context: Mapping[str, Any]) -> str:
    most, given = int(context["max_length"]), context.get("actual_length")
    told = "more" if given is None else str(given)
    return f"takes {most} values at most, and {told} are given"


def _are(number: int) -> str:
    return "is" if number < 2 else "are"


_COUNTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "too_short": _too_few,
    "too_long": _too_many,
    "string_too_short": lambda _: "must not be empty",
}
"""Of faults of number."""
