"""Settings chosen on groups left out, and the packages that models come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import TypeVar

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.folds import divided
from napari_lesion_synth.perception.regression.models.protocol import Fitted, Training

__all__ = ["best_of", "inner_error", "sklearn_part"]

Setting = TypeVar("Setting")

_PARTS = 4


def best_of(
    settings: Sequence[Setting], fit: Callable[[Setting, Training], Fitted], data: Training
) -> Setting:
    """The setting with the least mean absolute error on groups left out; the first, if tied.

    With a single group nothing can be chosen: then it is the first.
    """
    if len(settings) == 1 or not data.divisible:
        return settings[0]
    errors = [inner_error(partial(fit, one), data) for one in settings]
    return settings[int(np.argmin(errors))]


def inner_error(fit: Callable[[Training], Fitted], data: Training) -> float:
    """Mean absolute error on groups left out, within the rows that are learnt from."""
    parts = divided(data.groups, _PARTS, data.judged)
    off = []
    for part in range(int(parts.max()) + 1):
        test = (parts == part) & data.judged
        if test.any():
            found = fit(data.taken(parts != part)).predict([b[test] for b in data.blocks])
            off.append(np.abs(found - data.target[test]))
    return float(np.concatenate(off).mean())


def sklearn_part(name: str) -> ModuleType:
    """A module of scikit-learn.

    Raises
    ------
    ParameterError
        If it is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"sklearn.{name}")
    except ImportError as cause:
        raise ParameterError(
            "this model needs scikit-learn, which is not installed",
            remedy='pip install "napari-lesion-synth[learn]", or use ridge',
        ) from cause
