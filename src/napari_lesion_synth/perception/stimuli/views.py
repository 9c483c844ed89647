"""From which angle a photo was taken, as its name or a table says."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["View", "view_in_name"]

_ANGLES = re.compile(r"az(?P<azimuth>-?\d+)[ _-]*el(?P<elevation>-?\d+)", re.IGNORECASE)
_ANGLE = re.compile(r"(?:angle|view|az)[ _-]?(?P<azimuth>\d+)(?!\d)", re.IGNORECASE)
_DEGREES = re.compile(r"(?P<azimuth>\d+) ?(?:deg|°)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stood.

    Parameters
    ----------
    azimuth_deg : float
        Around the dish, 0 to 360.
    elevation_deg : float or None
        Above the table: 0 is level with it, 90 looks straight down. None: not known.
    """

    azimuth_deg: float
    elevation_deg: float | None = None

    @property
    def name(self) -> str:
        """As file names have it: ``az030_el45``, or ``az030``."""
        azimuth = f"az{round(self.azimuth_deg) % 360:03d}"
        if self.elevation_deg is None:
            return azimuth
        return f"{azimuth}_el{round(self.elevation_deg):02d}"

    @classmethod
    def of(cls, text: str) -> View | None:
        """The view that a stimulus' `view` stands for; None where it is no angle."""
        if found := _ANGLES.search(text):
            return cls(float(found["azimuth"]) % 360, float(found["elevation"]))
        for pattern in (_ANGLE, _DEGREES):
            if found := pattern.search(text):
                return cls(float(found["azimuth"]) % 360)
        return None


def view_in_name(stem: str) -> str:
    """The view that a file's name tells, or nothing.

    A number alone is a number, not an angle: an angle is marked as in ``curry_az030_el45``,
    ``curry_angle30`` or ``curry_30deg``.

    Parameters
    ----------
    stem : str
        Name of the file without its ending.
    """
    view = View.of(stem)
    return "" if view is None else view.name
