"""Checking what a user fixed against a method's parameter model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from pydantic import BaseModel, ValidationError

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.faults import fault_words, faults_of

__all__ = ["check_parameters", "clipped"]

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
    fault = faults_of(error)[0]
    name, words = str(fault["loc"][0]) if fault["loc"] else "", fault_words(fault)
    if not name:
        return ParameterError(f"method {method!r}: {words}")
    return ParameterError(
        f"parameter {name!r} of method {method!r}: {words}", remedy=_range_of(model, name)
    )


def _range_of(model: type[BaseModel], name: str) -> str | None:
    low, high = _limits(model, name)
    if low is None or high is None:
        return None
    return f"Give a value from {low:g} to {high:g}"


def _limits(model: type[BaseModel], name: str) -> tuple[float | None, float | None]:
    rules = model.model_fields[name].metadata
    low, high = (
        next((float(getattr(rule, side)) for rule in rules if hasattr(rule, side)), None)
        for side in ("ge", "le")
    )
    return low, high


def clipped(model: type[BaseModel], name: str, value: float) -> float:
    """The value, or the end of the parameter's range that is nearest to it."""
    low, high = _limits(model, name)
    return float(np.clip(value, low, high))
