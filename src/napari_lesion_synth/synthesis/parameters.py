"""Checking what a user fixed against a method's parameter model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from napari_lesion_synth.errors import ParameterError

__all__ = ["check_parameters"]

M = TypeVar("M", bound=BaseModel)


def check_parameters(model: type[M], values: Mapping[str, Any], method: str) -> M:
    """Build a parameter model, with errors for people.

    Parameters
    ----------
    model : type
        The method's parameter model.
    values : mapping
        Parameters by name; the others take their defaults.
    method : str
        Name of the method, for the message.

    Returns
    -------
    BaseModel
        The model.

    Raises
    ------
    ParameterError
        If a name is unknown (the message lists the valid ones), or a value cannot be used (the
        message names the range).
    """
    known = model.model_fields
    unknown = sorted(set(values) - set(known))
    if unknown:
        names = ", ".join(repr(name) for name in unknown)
        raise ParameterError(
            f"method {method!r} has no parameter {names}",
            remedy=f"Use any of: {', '.join(sorted(known))}",
        )
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise _readable(error, model, method) from error


def _readable(error: ValidationError, model: type[BaseModel], method: str) -> ParameterError:
    """The first fault, with the range that the model allows."""
    fault = error.errors()[0]
    name = str(fault["loc"][0]) if fault["loc"] else ""
    text = str(fault["msg"]).removeprefix("Value error, ")
    if not name:
        return ParameterError(f"method {method!r}: {text}")
    given = fault.get("input")
    return ParameterError(
        f"parameter {name!r} of method {method!r} cannot be {given!r}: {text[:1].lower()}{text[1:]}",
        remedy=_range_of(model, name),
    )


def _range_of(model: type[BaseModel], name: str) -> str | None:
    field = model.model_fields[name]
    limits = {
        side: getattr(rule, side)
        for rule in field.metadata
        for side in ("ge", "le", "gt", "lt")
        if getattr(rule, side, None) is not None
    }
    low, high = limits.get("ge", limits.get("gt")), limits.get("le", limits.get("lt"))
    if low is None or high is None:
        return None
    return f"Give a value from {low:g} to {high:g}"
