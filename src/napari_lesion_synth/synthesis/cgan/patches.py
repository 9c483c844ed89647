"""Whole lesions as patches: from donors to what a DCGAN learns, and from its output to a donor.

A patch is free of scale: the lesion's equivalent diameter is always the same part of it, so one
net makes lesions of every size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.cgan.conditions import HU_SCALE, Place
from napari_lesion_synth.synthesis.cgan.examples import Measured
from napari_lesion_synth.synthesis.cgan.grid import Grid, GridSpec
from napari_lesion_synth.synthesis.cgan.latents import Latent
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.outline import measure_outline
from napari_lesion_synth.synthesis.shapes import equivalent_diameter

__all__ = ["donor_of", "patches_of"]

_PART = 0.45
"""The lesion's diameter over the patch's side."""

_LEVEL_HU = 100
_SOFT_VOXELS = 1.0
_CLIP = 4.0

Field = NDArray[np.float32]


def patches_of(lesions: Sequence[Measured], spec: GridSpec) -> tuple[Field, Field]:
    """Real lesions as patches.

    Returns
    -------
    patches : ndarray of float32, shape (n, 3, z, y, x)
        Contrast in units of `HU_SCALE`, without the noise's finest part; lesion and organ from
        -1 to 1.
    rim : ndarray of float32, shape (n,)
        1 at the rim.
    """
    made = [_patch(measured.donor, spec) for measured in lesions]
    rim = [float(measured.donor.zone is Zone.RIM) for measured in lesions]
    return np.stack(made), np.array(rim, np.float32)


def _patch(donor: Donor, spec: GridSpec) -> Field:
    outline = measure_outline(donor.mask, donor.spacing)
    grid = _grid(spec, outline.diameter_mm)
    inside = donor.organ | donor.mask
    hu, organ = Place(donor.hu, inside, donor.spacing, outline.center).on(grid)
    level = float(np.median(donor.hu[inside & ~donor.mask])) if (inside & ~donor.mask).any() else 0
    contrast = np.clip((hu - np.float32(level)) / np.float32(HU_SCALE), -_CLIP, _CLIP) * organ
    mask = Place(donor.hu, donor.mask, donor.spacing, outline.center).on(grid)[1]
    return np.stack([contrast, _soft(mask), _soft(organ)]).astype(np.float32)


def _grid(spec: GridSpec, diameter_mm: float) -> Grid:
    step = diameter_mm / (_PART * spec.shape[2])
    z, y, x = (
        spec.step[0] if axis == spec.flat else step * spec.shape[2] / n
        for axis, n in enumerate(spec.shape)
    )
    return Grid(spec.shape, (z, y, x), 1.0, (0.0, 0.0, 0.0), spec.flat)


def _soft(mask: NDArray[np.bool_]) -> Field:
    sigmas = [0.0 if n == 1 else _SOFT_VOXELS for n in mask.shape]
    return 2 * ndimage.gaussian_filter(mask.astype(np.float32), sigmas, mode="nearest") - 1


def donor_of(model: GeneratorModel, site: Site, latent: Latent, name: str) -> Donor:
    """A generated patch as a donor of the site's diameter.

    Parameters
    ----------
    model : GeneratorModel
        Of mode ``"cgan"`` or ``"dcgan"``.
    site : Site
        Place and size asked for.
    latent : Latent
        Noise.
    name : str
        The donor's id.
    """
    patch = model.patch(site.zone, latent)
    mask = _largest(patch[1])
    organ = (patch[2] > 0) | mask
    if site.zone is Zone.INTERIOR:
        organ[:] = True
    grid = _grid(model.facts.spec, site.diameter_mm)
    across = equivalent_diameter(mask, grid.step)
    z, y, x = (
        s if axis == grid.flat else s * site.diameter_mm / across
        for axis, s in enumerate(grid.step)
    )
    return Donor(
        id=name,
        patient=model.id,
        hu=np.rint(_LEVEL_HU + patch[0] * organ).astype(np.int16),
        mask=mask,
        organ=organ,
        spacing=(z, y, x),
        diameter_mm=site.diameter_mm,
        depth_mm=site.depth_mm,
        zone=site.zone,
        organ_hu=float(_LEVEL_HU),
        noise_hu=model.facts.noise_hu,
    )


def _largest(level: Field) -> NDArray[np.bool_]:
    """The largest part above 0, without holes; of an unlearnt net, the brightest voxels."""
    inside = level > min(0.0, float(np.quantile(level, 0.97)))
    inside = inside if inside.any() else level == level.max()
    parts, _ = ndimage.label(inside)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    found = parts == sizes.argmax()
    if found.shape[0] == 1:
        filled = ndimage.binary_fill_holes(found[0])[None]
    else:
        filled = ndimage.binary_fill_holes(found)
    return np.asarray(filled, bool)
