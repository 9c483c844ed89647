"""How far gaze lies from where it should, and how much it trembles, in degrees.

References
----------
.. [1] K. Holmqvist, M. Nystrom, F. Mulvey, "Eye tracker data quality: what it is and how to
   measure it", Proc. Eye Tracking Research & Applications, 2012.
.. [2] R. M. Steinman, "Effect of target size, luminance, and color on monocular fixation", J. Opt.
   Soc. Am. 55, 1965: the bivariate contour ellipse.
"""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.samples import Floats, Samples

__all__ = ["bcea", "mean_offset", "rms_s2s", "spread"]


def mean_offset(samples: Samples, screen: Screen, x: float, y: float) -> tuple[float, float]:
    """Mean gaze less the target: degrees to the right and downwards; NaN without samples.

    Parameters
    ----------
    samples : Samples
        On the screen.
    screen : Screen
        The screen and the eye.
    x, y : float
        The target, device pixels.
    """
    azimuth, elevation = _known(samples, screen)
    if not len(azimuth):
        return float("nan"), float("nan")
    aim = screen.to_degrees(np.array([x]), np.array([y]))
    flat = float(np.cos(np.deg2rad(aim[1][0])))
    return float((azimuth.mean() - aim[0][0]) * flat), float(elevation.mean() - aim[1][0])


def rms_s2s(samples: Samples, screen: Screen) -> float:
    """Root mean square of the angles from each sample to the next [1]_.

    Only between samples that follow each other without a gap; NaN where there are none.
    """
    step = np.diff(samples.t) <= 1.5 / samples.rate_hz
    both = samples.valid[:-1] & samples.valid[1:] & step
    if not both.any():
        return float("nan")
    x, y = samples.x, samples.y
    angles = screen.angle((x[:-1][both], y[:-1][both]), (x[1:][both], y[1:][both]))
    return float(np.sqrt(np.mean(angles**2)))


def spread(samples: Samples, screen: Screen) -> float:
    """Standard deviation: root of the summed variances of both axes [1]_; NaN below 2 samples."""
    azimuth, elevation = _flat(samples, screen)
    if len(azimuth) < 2:
        return float("nan")
    return float(np.sqrt(azimuth.var(ddof=1) + elevation.var(ddof=1)))


def bcea(samples: Samples, screen: Screen, share: float = 0.682) -> float:
    """Area of the ellipse that holds a share of the samples, square degrees [2]_.

    ``2 k pi s_x s_y sqrt(1 - r^2)`` with ``share = 1 - exp(-k)``; NaN below 3 samples.
    """
    azimuth, elevation = _flat(samples, screen)
    if len(azimuth) < 3:
        return float("nan")
    k = -np.log1p(-share)
    covariance = np.cov(azimuth, elevation)
    return float(2 * k * np.pi * np.sqrt(max(0.0, float(np.linalg.det(covariance)))))


def _known(samples: Samples, screen: Screen) -> tuple[Floats, Floats]:
    return screen.to_degrees(samples.x[samples.valid], samples.y[samples.valid])


def _flat(samples: Samples, screen: Screen) -> tuple[Floats, Floats]:
    """Azimuth and elevation in degrees of arc."""
    azimuth, elevation = _known(samples, screen)
    if not len(elevation):
        return azimuth, elevation
    return azimuth * np.cos(np.deg2rad(elevation.mean())), elevation
