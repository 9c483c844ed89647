"""What a form needs to know of a model's fields, read from the model alone.

Beside its type, default, bounds, title and description, a field may say in `json_schema_extra`

- ``usual``: the lowest and highest value that a slider offers; a number box takes the whole range;
- ``step``: what one press of an arrow key changes;
- ``parts``: names of the numbers of a tuple;
- ``record``: true for a field that a method writes and nobody chooses; forms leave it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

__all__ = ["ChoiceField", "Field", "NumberField", "SwitchField", "TupleField", "fields_of"]

_UNITS = {"mm": "mm", "hu": "HU", "deg": "°", "voxels": "voxels"}
_POSITIONS = 200
_MOST_POSITIONS = 2000
_MOST_NUMBERS = 3
_UNBOUNDED = 1e9


@dataclass(frozen=True, slots=True)
class Field:
    """What every field has.

    Parameters
    ----------
    name : str
        In the model.
    label, help : str
        For people.
    default : object
        The value at first.
    """

    name: str
    label: str
    help: str
    default: Any


@dataclass(frozen=True, slots=True)
class NumberField(Field):
    """A number.

    Parameters
    ----------
    low, high : float
        Everything that the model allows.
    usual : tuple of float or None
        What a slider spans; None: a slider makes no sense.
    step : float
        What one press of an arrow key changes.
    whole : bool
        Whether it is an integer.
    optional : bool
        Whether None is allowed, for "let the program decide".
    """

    low: float
    high: float
    usual: tuple[float, float] | None
    step: float
    whole: bool = False
    optional: bool = False

    @property
    def decimals(self) -> int:
        """Digits after the point that the step needs."""
        exponent = Decimal(str(self.step)).normalize().as_tuple().exponent
        return max(0, -int(exponent))

    def of(self, value: float) -> float | int:
        """A number in the field's type and range, without the dust of a float's arithmetic."""
        value = min(max(value, self.low), self.high)
        return round(value) if self.whole else round(float(value), self.decimals + 6)


@dataclass(frozen=True, slots=True)
class SwitchField(Field):
    """On or off."""


@dataclass(frozen=True, slots=True)
class ChoiceField(Field):
    """One of a few values: members of an enumeration, or literals."""

    choices: tuple[Any, ...]

    @staticmethod
    def text(choice: Any) -> str:
        """A choice as people read it."""
        text = str(getattr(choice, "value", choice)).replace("_", " ")
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class TupleField(Field):
    """Two or three numbers that belong together, each a field of its own."""

    parts: tuple[NumberField, ...]


def fields_of(model: type[BaseModel], names: Sequence[str] | None = None) -> tuple[Field, ...]:
    """The fields that a form can show.

    Parameters
    ----------
    model : type
        The model.
    names : sequence of str, optional
        Which fields, in this order; default: all.

    Returns
    -------
    tuple of Field
        Without records, and without types that no control fits (texts, paths, long tuples).

    Raises
    ------
    ValueError
        If the model has no field of such a name.
    """
    known = model.model_fields
    unknown = sorted(set(names or ()) - set(known))
    if unknown:
        raise ValueError(f"{model.__name__} has no field {unknown[0]!r}; it has {', '.join(known)}")
    found = (_field(name, known[name]) for name in (known if names is None else names))
    return tuple(field for field in found if field is not None)


def _field(name: str, info: FieldInfo) -> Field | None:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    if extra.get("record"):
        return None
    default = info.get_default(call_default_factory=True)
    default = None if default is PydanticUndefined else default
    shared = (name, info.title or _readable(name), info.description or "")
    kind, optional = _without_none(info.annotation)
    if kind is bool:
        return SwitchField(*shared, bool(default))
    choices = _choices(kind)
    if choices:
        return ChoiceField(*shared, choices[0] if default is None else default, choices)
    if kind in (int, float):
        return _number(shared, default, kind, info.metadata, extra, optional)
    if get_origin(kind) is tuple:
        return _tuple(shared, default, get_args(kind), extra)
    return None


def _readable(name: str) -> str:
    """A field's name as a label: ``edge_mm`` becomes ``Edge (mm)``."""
    first, _, last = name.rpartition("_")
    unit = _UNITS.get(last) if first else None
    words = (first if unit else name).replace("_", " ")
    return words[:1].upper() + words[1:] + (f" ({unit})" if unit else "")


def _without_none(kind: Any) -> tuple[Any, bool]:
    """A type without its None, and whether it had one."""
    if get_origin(kind) not in (Union, UnionType):
        return kind, False
    others = [one for one in get_args(kind) if one is not NoneType]
    return (others[0] if len(others) == 1 else None), len(others) < len(get_args(kind))


def _choices(kind: Any) -> tuple[Any, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def _number(
    shared: tuple[str, str, str],
    default: Any,
    kind: Any,
    rules: Iterable[Any],
    extra: dict[str, Any],
    optional: bool,
) -> NumberField:
    whole = kind is int
    low, high, open_low, open_high = _bounds(rules)
    bounded = math.isfinite(low) and math.isfinite(high)
    usual = extra.get("usual") or ((low, high) if bounded else None)
    if whole and usual and usual[1] - usual[0] > _MOST_POSITIONS:
        usual = None  # a seed, say: nobody can aim at one number among so many
    step = extra.get("step") or _step(usual, whole)
    smallest = 10.0 ** math.floor(math.log10(step))  # an open bound itself is not allowed
    low = max(low, -_UNBOUNDED) + smallest * open_low
    high = min(high, _UNBOUNDED) - smallest * open_high
    if usual:
        usual = (max(float(usual[0]), low), min(float(usual[1]), high))
    if default is None and not optional:
        default = usual[0] if usual else min(max(0.0, low), high)
    return NumberField(*shared, default, low, high, usual, float(step), whole, optional)


def _bounds(rules: Iterable[Any]) -> tuple[float, float, bool, bool]:
    """Lowest and highest value, and whether each is itself excluded."""
    low, high, open_low, open_high = -math.inf, math.inf, False, False
    for rule in _flat(rules):
        for side, excluded in (("ge", False), ("gt", True)):
            if (value := getattr(rule, side, None)) is not None:
                low, open_low = float(value), excluded
        for side, excluded in (("le", False), ("lt", True)):
            if (value := getattr(rule, side, None)) is not None:
                high, open_high = float(value), excluded
    return low, high, open_low, open_high


def _flat(rules: Iterable[Any]) -> Iterator[Any]:
    """Rules, those inside an `Annotated` field's own information among them."""
    for rule in rules:
        yield from rule.metadata if isinstance(rule, FieldInfo) else (rule,)


def _step(usual: Sequence[float] | None, whole: bool) -> float:
    """A round step of which a slider has about `_POSITIONS`."""
    if usual is None or usual[1] <= usual[0]:
        return 1.0 if whole else 0.1
    rough = (usual[1] - usual[0]) / _POSITIONS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999)
    step = float(f"{step:.3g}")
    return max(1.0, step) if whole else step


def _tuple(
    shared: tuple[str, str, str], default: Any, kinds: tuple[Any, ...], extra: dict[str, Any]
) -> TupleField | None:
    if not 2 <= len(kinds) <= _MOST_NUMBERS or Ellipsis in kinds:
        return None
    name, label, text = shared
    names = extra.get("parts") or [str(number + 1) for number in range(len(kinds))]
    values = default or [None] * len(kinds)
    parts = []
    for kind, part, value in zip(kinds, names, values, strict=True):
        plain, *rules = get_args(kind) if get_origin(kind) is Annotated else (kind,)
        if plain not in (int, float):
            return None
        parts.append(_number((name, str(part), text), value, plain, rules, extra, optional=False))
    return TupleField(name, label, text, tuple(part.default for part in parts), tuple(parts))
