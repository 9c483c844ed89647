"""What somebody else can find, as a curve beside a detector's: a threshold of contrast by size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError

__all__ = ["ReaderLimit", "read_reader_limits"]

_NEEDED = ("diameter_mm", "contrast_hu")
_ENDS = ("low_hu", "high_hu")
_POINTS = 60

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReaderLimit:
    """A curve of contrasts that are just enough, such as a reader's limit of visibility.

    Parameters
    ----------
    name : str
        What it is, for the plot.
    diameters_mm : tuple of float
        Growing.
    contrasts_hu : tuple of float
        Magnitude that is needed at each.
    low_hu, high_hu : tuple of float
        Its interval; empty where there is none.
    band : str
        Depth that it is of; empty: all.
    """

    name: str
    diameters_mm: tuple[float, ...]
    contrasts_hu: tuple[float, ...]
    low_hu: tuple[float, ...] = ()
    high_hu: tuple[float, ...] = ()
    band: str = ""

    def __post_init__(self) -> None:
        if len(self.diameters_mm) != len(self.contrasts_hu) or len(self.diameters_mm) < 2:
            raise InputError(f"the curve {self.name!r} needs two points or more")
        if np.any(np.diff(self.diameters_mm) <= 0) or min(self.diameters_mm) <= 0:
            raise InputError(f"the diameters of the curve {self.name!r} do not grow")
        if min(self.contrasts_hu) <= 0:
            raise InputError(f"a contrast of the curve {self.name!r} is 0")
        for ends in (self.low_hu, self.high_hu):
            if ends and len(ends) != len(self.diameters_mm):
                raise InputError(f"the interval of the curve {self.name!r} has gaps")

    def between(self, first_mm: float, last_mm: float) -> tuple[Array, Array, Array, Array] | None:
        """The curve from one diameter to another, as far as it goes; straight in logarithms.

        Parameters
        ----------
        first_mm, last_mm : float
            The diameters.

        Returns
        -------
        diameters_mm, contrasts_hu, low_hu, high_hu : ndarray of float64, shape (60,)
            Without an interval, its ends are the curve itself. None where no part of it lies
            between.
        """
        first, last = max(self.diameters_mm[0], first_mm), min(self.diameters_mm[-1], last_mm)
        if first >= last:
            return None
        diameters = np.geomspace(first, last, _POINTS)
        middle, low, high = (
            np.exp(np.interp(np.log(diameters), np.log(self.diameters_mm), np.log(values)))
            for values in (
                self.contrasts_hu,
                self.low_hu or self.contrasts_hu,
                self.high_hu or self.contrasts_hu,
            )
        )
        return diameters, middle, low, high


def read_reader_limits(path: Path) -> tuple[ReaderLimit, ...]:
    """Read curves from a table (CSV), or the one in a ``reader_limit.json``.

    A table's columns are ``diameter_mm`` and ``contrast_hu`` (signs do not count); if known
    ``low_hu`` and ``high_hu``, the interval; ``name``, where there are several curves, which are
    called after the file otherwise; and ``band`` where a curve is of one depth.

    Raises
    ------
    InputError
        If the file cannot be read, or lacks a column or a number.
    """
    if path.suffix.lower() == ".json":
        return (_from_json(path),)
    try:
        table = pd.read_csv(path)
    except OSError as error:
        raise InputError(
            f"the curve cannot be read ({error.strerror})", where=path, remedy="Check the path"
        ) from error
    except ValueError as error:
        raise InputError(
            f"the curve cannot be read ({str(error).splitlines()[0][:120]})",
            where=path,
            remedy="Give a table (CSV) with the columns diameter_mm and contrast_hu",
        ) from error
    table.columns = pd.Index([str(name).strip().lower() for name in table.columns])
    missing = [name for name in _NEEDED if name not in table]
    if missing or table.empty:
        raise InputError(
            f"the table lacks {' and '.join(missing)}" if missing else "the table is empty",
            where=path,
            remedy="Give a table (CSV) with the columns diameter_mm and contrast_hu",
        )
    for name, other in (("name", path.stem), ("band", "")):
        # A column without any name or band is read as one of numbers.
        known = table[name].astype(object).fillna(other).astype(str) if name in table else other
        table[name] = known
    try:
        groups = table.groupby(["name", "band"], sort=False)
        return tuple(_curve(str(name), str(band), own) for (name, band), own in groups)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"the table holds something else than numbers ({error})", where=path
        ) from error
    except InputError as error:
        raise InputError(error.what, where=path) from error


def _from_json(path: Path) -> ReaderLimit:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        names = ("diameters_mm", "contrasts_hu", "low_hu", "high_hu")
        sizes, middle, low, high = (tuple(map(float, content[name])) for name in names)
        return ReaderLimit(str(content["name"]), sizes, middle, low, high, str(content["band"]))
    except OSError as error:
        raise InputError(
            f"the curve cannot be read ({error.strerror})", where=path, remedy="Check the path"
        ) from error
    except InputError as error:
        raise InputError(error.what, where=path) from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "this is no reader's limit",
            where=path,
            remedy="Give reader_limit.json as reader-limit writes it, or a table (CSV)",
        ) from error


def _curve(name: str, band: str, table: pd.DataFrame) -> ReaderLimit:
    ordered = table.sort_values("diameter_mm")
    columns = {
        column: tuple(abs(float(value)) for value in ordered[column])
        for column in (*_NEEDED, *_ENDS)
        if column in ordered
    }
    if not all(np.isfinite(values).all() for values in columns.values()):
        raise ValueError("a number is missing")
    low, high = columns.get("low_hu", ()), columns.get("high_hu", ())
    if low and high:  # of negative contrasts the ends change places
        pairs = [sorted(ends) for ends in zip(low, high, strict=True)]
        low, high = tuple(ends[0] for ends in pairs), tuple(ends[1] for ends in pairs)
    return ReaderLimit(name, columns["diameter_mm"], columns["contrast_hu"], low, high, band)
