"""What people look at while a tracker is calibrated, and what it recorded meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.samples import Floats, Samples

__all__ = ["SETTLE_S", "TargetCount", "TargetLook", "steady", "target_points"]

TargetCount: TypeAlias = Literal[5, 9, 13]

SETTLE_S = 0.8
"""What is left out after a target's appearance: the eye is on its way, and settles."""

_CORNERS = ((-1, -1), (1, -1), (-1, 1), (1, 1))
_SIDES = ((0, -1), (-1, 0), (1, 0), (0, 1))


@dataclass(frozen=True, eq=False)
class TargetLook:
    """A look at one target.

    Parameters
    ----------
    x, y : float
        The target, device pixels of the screen.
    samples : Samples
        What was recorded while it was there, in the frame ``"screen"``.

    Raises
    ------
    ParameterError
        If the samples are in another frame.
    """

    x: float
    y: float
    samples: Samples

    def __post_init__(self) -> None:
        if self.samples.frame != "screen":
            raise ParameterError("calibration looks at the screen, not at a photo")


def target_points(screen: Screen, count: TargetCount = 9, margin: float = 0.1) -> Floats:
    """Places of the targets: the middle first, then the corners, sides and inner corners.

    Parameters
    ----------
    screen : Screen
        The screen.
    count : 5, 9 or 13
        5: middle and corners; 9: and sides; 13: and half-way to the corners.
    margin : float
        From the screen's edge to the outer targets, as a share of its width and height.

    Returns
    -------
    ndarray, shape (count, 2)
        x and y, device pixels.

    Raises
    ------
    ParameterError
        If there is no pattern of so many targets, or the margin leaves no room.
    """
    if count not in (5, 9, 13):
        raise ParameterError(f"there is no pattern of {count} targets", remedy="Use 5, 9 or 13")
    if not 0 <= margin < 0.5:
        raise ParameterError("the margin of the targets is 0 to below 0.5")
    places = [(0.0, 0.0), *_CORNERS]
    if count >= 9:
        places += _SIDES
    if count == 13:
        places += [(x / 2, y / 2) for x, y in _CORNERS]
    half = (0.5 - margin) * np.array([screen.width_px, screen.height_px])
    middle = np.array([screen.width_px, screen.height_px]) / 2
    return np.asarray(middle + np.array(places, np.float64) * half, np.float64)


def steady(look: TargetLook, settle_s: float = SETTLE_S) -> Samples:
    """The samples after the eye has settled on the target."""
    if not len(look.samples):
        return look.samples
    start = float(look.samples.t[0])
    return look.samples.between(start + settle_s, np.inf)
