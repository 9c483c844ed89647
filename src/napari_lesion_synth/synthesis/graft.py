"""A donor laid over its host: everything that Poisson blending starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Triple, Volume
from napari_lesion_synth.errors import DonorError, SiteError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.gradients import mixed_source
from napari_lesion_synth.synthesis.grain import match_grain
from napari_lesion_synth.synthesis.orientation import orientation
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.reach import within_reach
from napari_lesion_synth.synthesis.transplant import Placement, Transplant, transplant

__all__ = ["Graft", "prepare"]

_RATIOS = (0.25, 4.0)


_LARGEST_SHARE = 0.9
"""Part of the organ that a lesion may replace."""


@dataclass(frozen=True, eq=False)
class Graft:
    """A box of the host and the donor in it. All arrays have the shape of the box.

    Parameters
    ----------
    box : tuple of slice
        In the host.
    spacing : tuple of float
        mm, (z, y, x).
    hu : ndarray of int16
        The host.
    organ : ndarray of bool
        Its organ.
    core : ndarray of bool
        The organ without the voxels that share their volume with what lies outside.
    mask : ndarray of bool
        The lesion, clipped by the organ.
    region : ndarray of bool
        The lesion and its margin, clipped by the organ.
    bare : ndarray of float32
        HU above the donor's parenchyma, with the gain, without added noise.
    contrast : ndarray of float32
        The same with the host's grain.
    source : ndarray of float32 or None
        Right-hand side of mixed gradients.
    """

    box: Box
    spacing: Triple
    hu: NDArray[np.int16]
    organ: NDArray[np.bool_]
    core: NDArray[np.bool_]
    mask: NDArray[np.bool_]
    region: NDArray[np.bool_]
    bare: NDArray[np.float32]
    contrast: NDArray[np.float32]
    source: NDArray[np.float32] | None


def prepare(context: Context, params: PoissonParams) -> Graft:
    """Lay the donor over its host.

    Raises
    ------
    SiteError
        If the site does not lie in the organ.
    DonorError
        If there is no donor, it is a single slice and the CT a volume, it replaces the whole
        organ, or nothing of it is left inside the organ.
    """
    volume, donor = context.case.volume, _donor(context)
    moved = transplant(donor, volume, _placement(context, donor, params))
    organ, core = _look(context, moved.box, params.capsule_mm)
    hu = np.ascontiguousarray(volume.hu[moved.box])
    values = hu.astype(np.float32)
    mask = _label(moved, organ, context)
    region = within_reach(mask, params.margin_mm, volume.spacing) & organ
    level = values[core if core.any() else organ] if params.contrast_transfer == "ratio" else None
    bare = contrast = moved.contrast * np.float32(_gain(params, donor, level))
    if params.match_noise:
        contrast, bare = match_grain(bare, region, values, core, volume.spacing)
    source = None
    if params.mixed_gradients:
        source = mixed_source(values, contrast, region, organ, volume.spacing)
    return Graft(
        box=moved.box,
        spacing=volume.spacing,
        hu=hu,
        organ=organ,
        core=core,
        mask=mask,
        region=region,
        bare=bare,
        contrast=contrast,
        source=source,
    )


def _donor(context: Context) -> Donor:
    if context.donor is None:
        raise DonorError(
            "Poisson blending transplants a real lesion and no donor was given",
            remedy="Pass donor=... from extract_donors or load_donors",
        )
    return context.donor


def _placement(context: Context, donor: Donor, params: PoissonParams) -> Placement:
    organ, site = context.case.require_organ(), context.site
    if not organ.contains(site.center):
        raise SiteError(
            f"the site {site.center} does not lie in the organ",
            where=context.case.patient,
            remedy="Take sites from propose_sites or site_at",
        )
    z, y, x = (c + part for c, part in zip(site.center, params.offset_voxels, strict=True))
    return Placement(
        center=(z, y, x),
        turn=orientation(donor, site, organ, params),
        diameter_mm=site.diameter_mm if params.scale is None else params.scale * donor.diameter_mm,
        margin_mm=params.margin_mm,
    )


def _look(
    context: Context, box: Box, capsule_mm: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The organ and its core in a box; the capsule is looked for beyond the box as well."""
    volume, organ = context.case.volume, context.case.require_organ()
    wide, inner = _grown(box, capsule_mm, volume)
    inside = organ.mask[wide]
    core = inside
    if capsule_mm > 0 and not inside.all():
        reach = max(capsule_mm, *volume.spacing[1:])  # one voxel at least
        core = inside & ~within_reach(~inside, reach, volume.spacing)
    return np.ascontiguousarray(inside[inner]), np.ascontiguousarray(core[inner])


def _grown(box: Box, margin_mm: float, volume: Volume) -> tuple[Box, Box]:
    """The box with a margin inside the volume, and where in that it lies."""
    wide, inner = [], []
    for side, step, n in zip(box, volume.spacing, volume.shape, strict=True):
        margin = int(np.ceil(margin_mm / step))
        low = max(side.start - margin, 0)
        wide.append(slice(low, min(side.stop + margin, n)))
        inner.append(slice(side.start - low, side.stop - low))
    return (wide[0], wide[1], wide[2]), (inner[0], inner[1], inner[2])


def _label(moved: Transplant, organ: NDArray[np.bool_], context: Context) -> NDArray[np.bool_]:
    """The lesion's voxels in the organ."""
    mask = moved.mask & organ
    donor, site = _donor(context), context.site
    if not mask.any():
        raise DonorError(
            f"nothing of the donor is left inside the organ at {site.center}",
            where=donor.id,
            remedy="Choose a site deeper in the organ, or a larger diameter",
        )
    if mask.sum() > _LARGEST_SHARE * context.case.require_organ().voxels:
        raise DonorError(
            f"the donor, as large as asked for, is larger than the organ at {site.center}",
            where=donor.id,
            remedy="Choose a smaller diameter, a smaller `scale` or another donor",
        )
    return mask


def _gain(params: PoissonParams, donor: Donor, tissue: NDArray[np.float32] | None) -> float:
    """Factor on the donor's contrast, given the host's tissue where the ratio is to be kept."""
    if tissue is None:
        return params.contrast_gain
    ratio = float(np.median(tissue)) / donor.organ_hu if donor.organ_hu > 0 else 1.0
    return params.contrast_gain * float(np.clip(ratio, *_RATIOS))
