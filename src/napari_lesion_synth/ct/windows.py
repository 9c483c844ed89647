"""Display windows: the ranges of HU that radiologists look through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BONE", "LIVER", "LUNG", "SOFT_TISSUE", "WINDOWS", "Window", "liver_window"]


@dataclass(frozen=True, slots=True)
class Window:
    """A display window.

    Parameters
    ----------
    name : str
        For menus.
    level : float
        HU shown as middle grey.
    width : float
        HU between black and white.
    """

    name: str
    level: float
    width: float

    @property
    def limits(self) -> tuple[float, float]:
        """HU shown as black and as white."""
        return self.level - self.width / 2, self.level + self.width / 2

    def apply(self, hu: NDArray[Any]) -> NDArray[np.uint8]:
        """Grey values 0..255 of an array of HU, same shape."""
        black, _ = self.limits
        grey = (np.asarray(hu, np.float32) - np.float32(black)) * np.float32(255 / self.width)
        shown: NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
        return shown


LIVER = Window("liver", 80, 150)
SOFT_TISSUE = Window("soft tissue", 50, 400)
LUNG = Window("lung", -600, 1500)
BONE = Window("bone", 400, 1800)


def liver_window(parenchyma_hu: float) -> Window:
    """The liver window for a liver of this level: parenchyma a little brighter than mid-grey.

    Contrast medium moves the liver from about 50 to about 110 HU; a fixed window would show one
    of the two as black or white.
    """
    return Window("liver", round(parenchyma_hu - 15), LIVER.width)


WINDOWS = (LIVER, SOFT_TISSUE, LUNG, BONE)
"""All windows, narrowest purpose first."""
