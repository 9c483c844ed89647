"""What is asked before the trials, and which answers can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.settings import StudyDesign

__all__ = ["AGE_BANDS", "asked_before", "check_covariates"]

AGE_BANDS = ("18-19", "20-29", "30-39", "40-49", "50-59", "60-69", "70+")
HUNGER, MEAL, AGE = "hunger", "minutes_since_meal", "age_band"

_MOST = {HUNGER: 100, MEAL: 7 * 24 * 60}


def asked_before(design: StudyDesign) -> tuple[str, ...]:
    """Names of the covariates that the design asks for."""
    return tuple(name for name, wanted in design.covariates if wanted)


def check_covariates(design: StudyDesign, values: Mapping[str, Any]) -> dict[str, Any]:
    """The covariates as they are kept.

    Parameters
    ----------
    design : StudyDesign
        What is asked for.
    values : mapping
        ``hunger`` from 0 to 100, ``minutes_since_meal``, ``age_band`` from `AGE_BANDS` or None.

    Raises
    ------
    ParameterError
        If one is missing, unknown, or cannot be. Age alone may be left out.
    """
    wanted = asked_before(design)
    unknown = sorted(set(values) - set(wanted))
    missing = [name for name in wanted if values.get(name) is None and name != AGE]
    if unknown or missing:
        what = f"{unknown[0]} is not asked for" if unknown else f"{missing[0]} is missing"
        raise ParameterError(what, remedy=f"The design asks for: {', '.join(wanted) or 'nothing'}")
    for name, most in _MOST.items():
        if name in wanted and not _within(values[name], most):
            raise ParameterError(f"{name} is {values[name]!r}", remedy=f"Give 0 to {most}")
    age = values.get(AGE)
    if age is not None and age not in AGE_BANDS:
        raise ParameterError(f"{AGE} is {age!r}", remedy=f"Give one of {', '.join(AGE_BANDS)}")
    return {name: values.get(name) for name in wanted}


def _within(value: Any, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
