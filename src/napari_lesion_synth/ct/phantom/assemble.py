"""From a seed to a scan."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from napari_lesion_synth.ct.phantom.scan import PhantomScan
from napari_lesion_synth.ct.phantom.settings import PhantomSettings
from napari_lesion_synth.ct.volume import Triple, Volume
from napari_lesion_synth.errors import SiteError

__all__ = ["make_phantom"]


def make_phantom(
    seed: int = 0,
    lesions: int = 6,
    spacing: Triple = (2.5, 1.0, 1.0),
    **options: Any,
) -> PhantomScan:
    """Simulate an abdominal CT with liver lesions (first, coarse version)."""
    s = PhantomSettings.checked(lesions=lesions, spacing=spacing, **options)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    nz = s.slices or round(200 / s.spacing[0])
    ny, nx = (round(s.fov_mm / v) for v in s.spacing[1:])
    z, y, x = np.meshgrid(
        *[
            ((np.arange(n) - (n - 1) / 2) * v).astype(np.float32)
            for n, v in zip((nz, ny, nx), s.spacing, strict=True)
        ],
        indexing="ij",
        sparse=True,
    )
    z = z + s.center_mm
    hu = np.full((nz, ny, nx), -1000, np.float32)
    body = (x / 165) ** 2 + (y / 115) ** 2 < 1
    hu[np.broadcast_to(body, hu.shape)] = -100
    inner = (x / 145) ** 2 + (y / 95) ** 2 + 0 * z < 1
    hu[np.broadcast_to((x / 152) ** 2 + (y / 102) ** 2 + 0 * z < 1, hu.shape)] = 60
    hu[inner] = -100
    liver = inner & (((x + 60) / 90) ** 2 + ((y + 5) / 85) ** 2 + (z / 85) ** 2 < 1)
    hu[liver] = 110
    instances = np.zeros(hu.shape, np.uint16)
    truth: list[dict[str, Any]] = []
    n_rim = round(s.lesions * s.rim_fraction)
    two_d = nz == 1
    depth = ndimage.distance_transform_edt(
        liver[0] if two_d else liver, sampling=s.spacing[1:] if two_d else s.spacing
    ).reshape(hu.shape)
    free = liver.copy()
    for k in range(s.lesions):
        d = float(np.exp(rng.uniform(*np.log(s.diameter_mm))))
        gap = depth - d / 2
        ok = free & ((gap < 3.5) & (depth > d * 0.25) if k < n_rim else gap > 7)
        spots = np.argwhere(ok)
        if not len(spots):
            raise SiteError(
                f"no room for {s.lesions} lesions; {k} fit",
                remedy="Ask for fewer or smaller lesions, or more slices",
            )
        c = spots[rng.integers(len(spots))]
        dist2 = sum(
            ((np.arange(n) - i) * v).reshape([-1 if a == j else 1 for j in range(3)]) ** 2
            for a, (n, i, v) in enumerate(zip(hu.shape, c, s.spacing, strict=True))
        )
        where = (dist2 <= d * d / 4) & liver
        delta = float(rng.uniform(*s.delta_hu))
        hu[where] += delta
        instances[where] = k + 1
        free &= dist2 > (d / 2 + s.diameter_mm[1] / 2 + 4) ** 2
        truth.append(
            {
                "id": k + 1,
                "center": [int(i) for i in c],
                "diameter_mm": d,
                "delta_hu": delta,
                "edge_mm": 1.0,
                "depth_mm": float(depth[tuple(c)]),
                "zone": "rim" if k < n_rim else "interior",
                "kind": "solid",
                "voxels": int(where.sum()),
            }
        )
    noise = ndimage.gaussian_filter(rng.standard_normal(hu.shape, dtype=np.float32), (0, 0.7, 0.7))
    hu += noise * (s.noise_hu / noise.std())
    volume = Volume(np.clip(np.rint(hu), -1024, 3071).astype(np.int16), s.spacing)
    return PhantomScan(volume, liver, instances > 0, instances, tuple(truth))
