"""Between coded values and light, and the colours of daylight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.transforms.transform import Colours

__all__ = ["DAYLIGHT_MIRED", "LUMA", "daylight", "from_linear", "to_linear"]

Array = NDArray[np.float64]

LUMA = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in luma (ITU-R BT.709)."""

DAYLIGHT_MIRED = 1e6 / 6504
"""Colour temperature of sRGB's white, in mired: a million by the temperature in kelvin."""

_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ]
)


def to_linear(coded: Colours) -> Colours:
    """From sRGB's values to light, both 0 to 1 (IEC 61966-2-1)."""
    light: Colours = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    return light.astype(coded.dtype)


def from_linear(light: Colours) -> Colours:
    """Inverse of `to_linear`; light beyond white goes on growing."""
    positive = np.maximum(light, 0)
    coded: Colours = np.where(
        positive <= 0.0031308, positive * 12.92, 1.055 * positive ** (1 / 2.4) - 0.055
    )
    return coded.astype(light.dtype)


def daylight(mired: float) -> Array:
    """Colour of daylight of a temperature, as linear red, green and blue.

    Parameters
    ----------
    mired : float
        40 to 250: 25000 to 4000 K.

    Returns
    -------
    ndarray of float64, shape (3,)
        Of luminance 1.

    References
    ----------
    .. [1] CIE 015:2018, Colorimetry, section 4.1.2: chromaticity of the daylight illuminants.
    """
    inverse = mired / 1000  # 1000 K / T
    if mired >= 1000 / 7:
        x = 0.244063 + 0.09911 * inverse + 2.9678 * inverse**2 - 4.6070 * inverse**3
    else:
        x = 0.237040 + 0.24748 * inverse + 1.9018 * inverse**2 - 2.0064 * inverse**3
    y = -3.000 * x**2 + 2.870 * x - 0.275
    return np.asarray(_XYZ_TO_RGB @ np.array([x / y, 1, (1 - x - y) / y]))
