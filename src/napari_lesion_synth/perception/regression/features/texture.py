"""Complexity and texture: entropy, how well a photo compresses, its spectrum, its patterns.

References
----------
.. [1] R. M. Haralick, K. Shanmugam, I. Dinstein, "Textural features for image classification",
   IEEE Trans. Syst. Man Cybern. 3, 1973.
.. [2] T. Ojala, M. Pietikainen, T. Maenpaa, "Multiresolution gray-scale and rotation invariant
   texture classification with local binary patterns", IEEE Trans. Pattern Anal. Mach. Intell. 24,
   2002.
.. [3] D. J. Field, "Relations between the statistics of natural images and the response properties
   of cortical cells", J. Opt. Soc. Am. A 4, 1987: the spectrum's slope.
.. [4] S. A. Amirshahi, M. Koch, J. Denzler, C. Redies, "PHOG analysis of self-similarity in
   aesthetic images", Proc. SPIE 8291, 2012.
.. [5] P. Machado et al., "Computerized measures of visual complexity", Acta Psychologica 160, 2015:
   compression as a measure of complexity.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.perception.regression.features.prepared import Gradient, Plane, Prepared

__all__ = ["fourier_slope", "grey_entropy", "texture"]

_LEVELS = 16
_STEPS = (1, 4)
_ORIENTATIONS = 9
_PARTS = 4
_QUALITY = 75
_SPECTRUM = 128


def texture(photo: Prepared) -> dict[str, float]:
    """Complexity and texture of the whole photo."""
    return {
        "entropy": grey_entropy(photo.grey),
        **_compression(photo),
        **_spectrum(photo.grey),
        **_cooccurrence(photo.grey),
        **_binary_patterns(photo.grey),
        **_orientations(photo.gradient),
    }


def grey_entropy(values: Plane) -> float:
    """Entropy of the 64 grey levels, bits: 0 to 6."""
    counts = np.bincount(np.minimum((values.ravel() * 64).astype(np.int64), 63), minlength=64)
    some = counts[counts > 0] / counts.sum()
    return float(-(some * np.log2(some)).sum()) + 0.0


def fourier_slope(grey: Plane) -> tuple[float, float]:
    """How fast the spectrum falls, and how much it depends on the direction.

    Returns
    -------
    slope : float
        Of log power over log frequency; about -2 for natural photos [3]_, 0 for white noise.
    anisotropy : float
        Standard deviation over four directions of the mean log power, once the slope is taken
        off.
    """
    side = min(_SPECTRUM, *grey.shape)
    size = side, side
    plane = np.asarray(Image.fromarray(grey, "F").resize(size, Image.Resampling.BOX), np.float64)
    window = np.hanning(side)
    plane = (plane - plane.mean()) * window[:, None] * window[None, :]
    power = np.abs(np.fft.rfft2(plane)) ** 2
    y, x = np.fft.fftfreq(side)[:, None] * side, np.fft.rfftfreq(side)[None, :] * side
    radius = np.hypot(y, x)
    # From 3 cycles, which the window leaves alone, to where the pixels' own shape begins.
    kept = (radius >= 3) & (radius <= side / 2.5)
    log_power, log_radius = np.log(power[kept] + 1e-12), np.log(radius[kept])
    # Rings hold more cells the wider they are: each frequency counts the same.
    slope, level = np.polyfit(log_radius, log_power, 1, w=1 / np.sqrt(radius[kept]))
    left = log_power - slope * log_radius - level
    sector = (np.arctan2(y, x)[kept] % np.pi / np.pi * 4).astype(np.int64) % 4
    return float(slope), float(np.std([left[sector == k].mean() for k in range(4)]))


def _compression(photo: Prepared) -> dict[str, float]:
    """Bytes per pixel: lossless (PNG) and lossy (JPEG), and their ratio [5]_."""
    image = Image.fromarray(photo.small)
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.save(png, "PNG", compress_level=1)
    image.save(jpeg, "JPEG", quality=_QUALITY)
    pixels = photo.grey.size
    lossless, lossy = png.tell() / pixels, jpeg.tell() / pixels
    return {"png_bytes": lossless, "jpeg_bytes": lossy, "png_over_jpeg": lossless / lossy}


def _spectrum(grey: Plane) -> dict[str, float]:
    slope, anisotropy = fourier_slope(grey)
    return {"fourier_slope": slope, "fourier_anisotropy": anisotropy}


def _cooccurrence(grey: Plane) -> dict[str, float]:
    """Grey levels of neighbours [1]_, in four directions together, at two distances."""
    levels = np.minimum((grey * _LEVELS).astype(np.int64), _LEVELS - 1)
    found: dict[str, float] = {}
    for step in _STEPS:
        pairs = [_pairs(levels, dy * step, dx * step) for dy, dx in _DIRECTIONS]
        table = np.sum(pairs, axis=0)
        p = (table + table.T) / (2 * table.sum())
        i, j = np.indices(p.shape)
        mean = float((i * p).sum())
        variance = float(((i - mean) ** 2 * p).sum())
        agreement = float(((i - mean) * (j - mean) * p).sum())
        found |= {
            f"glcm_contrast_{step}": float(((i - j) ** 2 * p).sum()),
            f"glcm_homogeneity_{step}": float((p / (1 + (i - j) ** 2)).sum()),
            f"glcm_energy_{step}": float(np.sqrt((p**2).sum())),
            f"glcm_correlation_{step}": agreement / variance if variance > 0 else 1.0,
        }
    return found


_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


def _pairs(levels: NDArray[np.int64], dy: int, dx: int) -> NDArray[np.int64]:
    """How often level i has level j at (dy, dx) from it; dy is not negative."""
    height, width = levels.shape
    one = levels[: height - dy, max(0, -dx) : width - max(0, dx)]
    other = levels[dy:, max(0, dx) : width - max(0, -dx)]
    counts = np.bincount((one * _LEVELS + other).ravel(), minlength=_LEVELS**2)
    return np.asarray(counts.reshape(_LEVELS, _LEVELS), np.int64)


def _binary_patterns(grey: Plane) -> dict[str, float]:
    """Rotation-invariant uniform patterns of 8 neighbours [2]_: shares of the ten kinds.

    The neighbours are the eight pixels around, not points on a circle.
    """
    levels = np.rint(grey * 255).astype(np.int16)
    middle = levels[1:-1, 1:-1]
    height, width = levels.shape
    around = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    bits = [levels[y : height - 2 + y, x : width - 2 + x] >= middle for y, x in around]
    ones = np.sum(bits, axis=0, dtype=np.int8)
    turns = np.sum([a != b for a, b in zip(bits, [*bits[1:], bits[0]], strict=True)], axis=0)
    kind = np.where(turns <= 2, ones, 9)
    shares = np.bincount(kind.ravel(), minlength=10) / kind.size
    return {f"lbp_{k}": float(share) for k, share in enumerate(shares)}


def _orientations(gradient: Gradient) -> dict[str, float]:
    """Directions of edges: their entropy, and how alike the parts are to the whole [4]_."""
    strength, angle = gradient.magnitude, gradient.angle
    bins = np.minimum((angle / np.pi * _ORIENTATIONS).astype(np.int64), _ORIENTATIONS - 1)
    rows, columns = strength.shape
    row = np.arange(rows)[:, None] * _PARTS // rows
    column = np.arange(columns)[None, :] * _PARTS // columns
    place = (row * _PARTS + column) * _ORIENTATIONS + bins
    counts = np.bincount(place.ravel(), strength.ravel(), minlength=_PARTS**2 * _ORIENTATIONS)
    parts = counts.reshape(_PARTS**2, _ORIENTATIONS)
    whole = parts.sum(axis=0)
    shares = whole / max(float(whole.sum()), 1e-12)
    each = parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-12)
    alike = np.minimum(each, shares).sum(axis=1)
    some = shares[shares > 0]
    return {
        "hog_entropy": float(-(some * np.log2(some)).sum()) + 0.0,
        "hog_similarity_mean": float(alike.mean()),
        "hog_similarity_sd": float(alike.std()),
        "hog_strength_spread": float(
            parts.sum(axis=1).std() / max(parts.sum(axis=1).mean(), 1e-12)
        ),
        "hog_upright": float(shares[[0, -1]].sum()),
        "hog_level": float(shares[_ORIENTATIONS // 2]),
    }
