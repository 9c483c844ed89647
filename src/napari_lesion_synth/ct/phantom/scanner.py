"""What the scanner does to the anatomy: blur, noise, the table.

Noise is that of filtered back projection (Kak and Slaney, 1988, chapter 3): every direction of
rays adds noise whose waves run across the rays, with a power that rises with frequency until
the reconstruction kernel cuts it off, and whose strength at a voxel grows with the attenuation
along the ray through it. It is therefore strongest in the middle of the body, longer from
side to side than from front to back, and streaky beside bone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage

from napari_lesion_synth.ct.phantom.canvas import Canvas
from napari_lesion_synth.ct.phantom.frame import Array, Floats, Frame, Sampled, resample
from napari_lesion_synth.ct.volume import Triple

__all__ = ["Scanner", "attenuation_by_direction", "blur", "noise", "paint_table"]


@dataclass(frozen=True, slots=True)
class Scanner:
    """Properties of the simulated scanner."""

    fwhm_mm: float = 1.25
    """In-plane width of a point."""
    slice_fwhm: float = 1.0
    """Width of a point across the slices, as a multiple of the slice spacing."""
    cutoff: float = 0.34
    """Frequency (1/mm) at which the kernel has cut the noise to 1/e."""
    floor: float = 0.08
    """Frequency (1/mm) below which the noise power no longer falls."""
    directions: int = 4
    """Number of ray directions whose noise differs."""
    modulation: float = 1.1
    """Exponent of attenuation in the noise's variance; 1 without tube current modulation."""
    noise_mm: float = 1.0
    """Standard deviation of the blur of the noise across slices."""


def blur(hu: Array, voxel: Triple, scanner: Scanner) -> Array:
    """Blur by the point spread function; the first and last slice must be spare."""
    sigma = [scanner.fwhm_mm / 2.355 / v for v in voxel[1:]]
    hu = ndimage.gaussian_filter1d(hu, sigma[0], axis=1, truncate=3.5, mode="nearest")
    hu = ndimage.gaussian_filter1d(hu, sigma[1], axis=2, truncate=3.5, mode="nearest")
    side = np.float32(0.11 * scanner.slice_fwhm)
    out = hu[1:-1] * (1 - 2 * side)
    out += side * hu[:-2]
    out += side * hu[2:]
    return out


def attenuation_by_direction(hu: Array, voxel: Triple, directions: int) -> Array:
    """Line integral of attenuation through every voxel, for each direction of rays.

    Returns
    -------
    ndarray of float32, shape (directions, z', y', x')
        On a grid of about 9 mm (z' slices, about 20 mm apart).
    """
    every = [max(round(size / v), 1) for size, v in zip((20.0, 9.0, 9.0), voxel, strict=True)]
    coarse = hu[:: every[0]]
    coarse = ndimage.uniform_filter1d(coarse, every[1], axis=1)[:, :: every[1]]
    coarse = ndimage.uniform_filter1d(coarse, every[2], axis=2)[:, :, :: every[2]]
    mu = 0.0195 * (1 + np.clip(coarse, -1000, 1200) / 1000)
    length = every[2] * voxel[2]
    result = []
    for k in range(directions):
        angle = 180.0 * k / directions
        turned = ndimage.rotate(mu, angle, axes=(1, 2), reshape=False, order=1)
        rays = np.repeat(turned.sum(axis=2, keepdims=True) * length, turned.shape[2], axis=2)
        back = ndimage.rotate(rays, -angle, axes=(1, 2), reshape=False, order=1, mode="nearest")
        result.append(back)
    return np.asarray(result, np.float32)


def noise(
    shape: tuple[int, int, int],
    voxel: Triple,
    attenuation: Array,
    scanner: Scanner,
    rng: np.random.Generator,
) -> Array:
    """Noise of unit strength where attenuation is average; scale it afterwards.

    Parameters
    ----------
    shape : tuple of int
        Voxels, (z, y, x).
    voxel : tuple of float
        mm.
    attenuation : ndarray of float32
        From `attenuation_by_direction`.
    scanner : Scanner
        Kernel and modulation.
    rng : numpy.random.Generator
        Source of randomness.
    """
    nz, ny, nx = shape
    my, mx = (fft.next_fast_len(n + 8, real=True) for n in (ny, nx))
    fy, fx = np.fft.fftfreq(my, voxel[1])[:, None], np.fft.rfftfreq(mx, voxel[2])[None]
    f = np.hypot(fy, fx)
    power = (f + scanner.floor) * np.exp(-((f / scanner.cutoff) ** 1.7))
    power[0, 0] = 0
    amplitude = np.sqrt(power / (power.mean() * 2)) * np.sqrt(my * mx)
    along = np.arctan2(fy, fx)
    strength = np.exp(0.5 * scanner.modulation * (attenuation - attenuation.mean()))
    step = np.pi / scanner.directions
    wedges = [
        (
            amplitude
            * np.cos(np.clip(_turn(along - _normal(k, step)), -step, step) * np.pi / (2 * step))
        ).astype(np.float32)
        for k in range(scanner.directions)
    ]
    sigma = scanner.noise_mm / voxel[0]
    spare = int(np.ceil(2.5 * sigma))
    out = np.empty((nz + 2 * spare, ny, nx), np.float32)
    rows = np.clip((np.arange(nz + 2 * spare) - spare) / max(nz - 1, 1), 0, 1)
    maps = [_enlarge(s, rows, (ny, nx)) for s in strength]
    for i in range(nz + 2 * spare):
        parts = rng.standard_normal((2, my, mx // 2 + 1), dtype=np.float32)
        white = parts[0] + 1j * parts[1]
        total = np.zeros((ny, nx), np.float32)
        for wedge, strong in zip(wedges, maps, strict=True):
            total += strong[i] * fft.irfft2(white * wedge, s=(my, mx))[:ny, :nx]
        out[i] = total
    return ndimage.gaussian_filter1d(out, sigma, axis=0, radius=spare)[spare : spare + nz]


def _normal(k: int, step: float) -> float:
    """Direction in which the noise waves of the k-th set of rays run."""
    return k * step + np.pi / 2


def _turn(angle: Floats) -> Floats:
    """Angle between two lines: wrapped to -90..90 degrees."""
    return (angle + np.pi / 2) % np.pi - np.pi / 2


def _enlarge(coarse: Array, rows: Floats, shape: tuple[int, int]) -> Sampled:
    """A coarse map at these heights (0 lowest, 1 highest) and in so many pixels."""
    low = Frame(*(np.linspace(0, 1, n, dtype=np.float32) for n in coarse.shape))
    high = Frame(rows.astype(np.float32), *(np.linspace(0, 1, n, dtype=np.float32) for n in shape))
    return resample(coarse, low, high)


def paint_table(canvas: Canvas, back: float) -> None:
    """A curved table top under the patient, whose skin ends at y = `back` mm."""
    y, x = canvas.frame.y[:, None], canvas.frame.x[None, :]
    sag = np.float32(back + 9) - (x * x) * np.float32(1 / 900)
    top = np.abs(y - sag) - np.float32(1.1)
    shell = np.abs(y - sag - np.float32(26) + (x * x) * np.float32(1 / 2600)) - np.float32(0.9)
    foam = np.maximum(sag - y, y - sag - np.float32(26))
    width = np.float32(canvas.voxel[1])
    wide = np.abs(x) < 205
    table = np.full(foam.shape, -1000, np.float32)
    for field, hu in ((foam, -930.0), (top, 260.0), (shell, 160.0)):
        share = np.clip(np.float32(0.5) - field / width, 0, 1) * wide
        table += share * (np.float32(hu) - table)
    for image in canvas.hu:
        np.maximum(image, table, out=image)
