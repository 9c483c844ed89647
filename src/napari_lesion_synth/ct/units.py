"""From stored values to int16 HU: rounding, padding, and pictures that are not in HU."""

from __future__ import annotations

import warnings
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError, LesionSynthWarning, ParameterError

__all__ = ["AIR", "HuConverter", "parse_units"]

AIR = -1024
"""HU that stands for air and for everything outside the scanned circle."""

_INT16 = np.iinfo(np.int16)
_PICTURE = (0.0, 255.0)


def parse_units(units: str) -> tuple[float, float] | None:
    """The window that 0..255 was mapped from, or None where values are HU.

    Parameters
    ----------
    units : str
        ``"auto"``, ``"hu"``, or ``"LOW:HIGH"`` in HU, as in ``"-160:240"``.

    Raises
    ------
    ParameterError
        If it is none of these.
    """
    if units in ("auto", "hu"):
        return None
    low, colon, high = units.partition(":")
    try:
        window = float(low), float(high)
    except ValueError:
        window = (0.0, 0.0)
    if not colon or not np.isfinite(window).all() or not window[0] < window[1]:
        raise ParameterError(
            f"units are 'auto', 'hu' or 'LOW:HIGH', not {units!r}",
            remedy="Give the HU of black and of white, as in --units=-160:240",
        )
    return window


class HuConverter:
    """Converts a CT block by block, and remembers what the blocks had in common.

    Values below `AIR` are padding (-2048, -3024, whatever the scanner writes outside its circle)
    and become `AIR`.

    Parameters
    ----------
    units : str
        See `parse_units`.
    """

    def __init__(self, units: str = "auto") -> None:
        self._units = units
        self._window = parse_units(units)
        self._low = np.inf
        self._high = -np.inf
        self._not_finite = 0
        self._clipped = 0

    def __call__(self, values: NDArray[Any]) -> NDArray[np.int16]:
        """HU of one block of stored values (any integer or float type), same shape."""
        floating = values.dtype.kind == "f"
        if floating:
            values = self._finite(values)
        low, high = float(values.min()), float(values.max())
        self._low, self._high = min(self._low, low), max(self._high, high)
        if self._window is not None:
            black, white = self._window
            values = black + values.astype(np.float32) * ((white - black) / _PICTURE[1])
            low, high, floating = float(values.min()), float(values.max()), True
        if low < _INT16.min or high > _INT16.max:
            self._clipped += int(((values < _INT16.min) | (values > _INT16.max)).sum())
            # One bound at a time: an unsigned type cannot hold the lower one.
            values = np.minimum(values, _INT16.max) if high > _INT16.max else values
            values = np.maximum(values, _INT16.min) if low < _INT16.min else values
        hu: NDArray[np.int16] = (np.rint(values) if floating else values).astype(
            np.int16, copy=False
        )
        return hu if low >= AIR else np.maximum(hu, np.int16(AIR))

    def _finite(self, values: NDArray[Any]) -> NDArray[Any]:
        finite = np.isfinite(values)
        if finite.all():
            return values
        self._not_finite += int(values.size - finite.sum())
        empty = AIR if self._window is None else _PICTURE[0]
        filled: NDArray[Any] = np.nan_to_num(values, nan=empty, posinf=_INT16.max, neginf=empty)
        return filled

    def finish(self, where: str | PathLike[str]) -> None:
        """Say what was odd about the CT as a whole, after its last block.

        Raises
        ------
        InputError
            If a window was given and the values are not those of an 8-bit picture.
        """
        picture = _PICTURE[0] <= self._low and self._high <= _PICTURE[1]
        span = f"{self._low:g} to {self._high:g}"
        if self._window is not None and not picture:
            raise InputError(
                f"units={self._units!r} maps values 0..255 to HU, but these run from {span}",
                where=where,
                remedy="Leave units out, or say units='hu' (command line: --units hu)",
            )
        if self._units == "auto" and picture:
            _warn(
                f"{where}: all values lie within 0..255 ({span}); this looks like an 8-bit "
                "picture, not like HU. If they are HU, say units='hu' (command line: --units hu); "
                "if black and white stand for HU, give those: units='LOW:HIGH' (--units=-160:240)"
            )
        if self._not_finite:
            _warn(f"{where}: {self._not_finite} values are not finite; taken as air, or clipped")
        if self._clipped:
            _warn(
                f"{where}: {self._clipped} values do not fit 16 bits ({span}) and were clipped; "
                "check that the file holds HU"
            )


def _warn(message: str) -> None:
    warnings.warn(message, LesionSynthWarning, stacklevel=3)
