"""Mixed gradients: the donor's lesion with the host's vessels running through it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple

__all__ = ["mixed_source"]

_SMOOTH_MM = 0.8
_BEYOND_NOISE = 3.0
_MAD_TO_SD = 1.4826


def mixed_source(
    host: NDArray[np.float32],
    donor: NDArray[np.float32],
    region: NDArray[np.bool_],
    organ: NDArray[np.bool_],
    spacing: Triple,
) -> NDArray[np.float32]:
    """Right-hand side that follows the host's gradient on faces where it is the stronger one.

    Both images are smoothed a little to decide, face by face; the host's gradient counts only
    where it is beyond the noise. Elsewhere the donor's gradient guides, and the source is 0.

    Parameters
    ----------
    host, donor : ndarray of float32, shape (z, y, x)
        HU; the donor up to a constant.
    region : ndarray of bool, shape (z, y, x)
        Where the donor replaces the host.
    organ : ndarray of bool, shape (z, y, x)
        Faces to voxels outside it are left out.
    spacing : tuple of float
        mm, (z, y, x).

    Returns
    -------
    ndarray of float32, shape (z, y, x)
        HU per mm squared, for `solve_correction`.
    """
    sigma = [_SMOOTH_MM / s for s in spacing]
    clipped = np.where(organ, host, np.median(host[organ])).astype(np.float32)
    smooth_host = ndimage.gaussian_filter(clipped, sigma, truncate=3)
    smooth_donor = ndimage.gaussian_filter(donor, sigma, truncate=3)
    source = np.zeros_like(host)
    for axis, step in enumerate(spacing):
        if host.shape[axis] < 2:
            continue
        low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        theirs = np.abs(smooth_host[high] - smooth_host[low])
        face = organ[low] & organ[high] & (region[low] | region[high])
        noise = _MAD_TO_SD * float(np.median(theirs[face])) if face.any() else 0.0
        face &= theirs > np.float32(_BEYOND_NOISE * noise)
        face &= theirs > np.abs(smooth_donor[high] - smooth_donor[low])
        change = (host[low] - host[high]) - (donor[low] - donor[high])
        change *= face
        change /= np.float32(step**2)
        source[low] += change
        source[high] -= change
    source *= region
    return source
