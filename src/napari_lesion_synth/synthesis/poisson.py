"""Poisson blending that knows the capsule: a real lesion transplanted into another organ.

After P. Perez, M. Gangnet, A. Blake, "Poisson image editing", SIGGRAPH 2003, with another boundary
condition where the lesion meets the capsule (see `solver`), and on the exact region, so that
voxels outside it stay as they are.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box, Volume
from napari_lesion_synth.errors import DonorError, LesionSynthWarning, SiteError
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.blending import blend
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.gradients import mixed_source
from napari_lesion_synth.synthesis.grain import match_grain
from napari_lesion_synth.synthesis.orientation import draw_rotation, orientation
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.reach import within_reach
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.shapes import flat_axis
from napari_lesion_synth.synthesis.solver import bounding_box
from napari_lesion_synth.synthesis.transplant import Placement, Transplant, transplant

__all__ = ["Poisson", "PoissonParams"]

_RATIOS = (0.25, 4.0)


class Poisson:
    """Transplant a real lesion."""

    name: ClassVar[str] = "poisson"
    needs_donor: ClassVar[bool] = True
    Params = PoissonParams

    def sample(self, context: Context, rng: np.random.Generator) -> PoissonParams:
        """Draw the parameters that `context.fixed` leaves open; see `SynthesisMethod.sample`.

        The donor's turn, mirroring and shift are drawn; the others have their defaults. Each is
        drawn whether it is fixed or not, so fixing one does not change the others.
        """
        fixed = check_parameters(PoissonParams, context.fixed, self.name)
        flat = flat_axis(context.case.volume.shape)
        turn = draw_rotation(rng, context.donor, flat)
        shift = rng.uniform(-0.5, 0.5, 3)
        drawn: dict[str, Any] = {
            "rotation_deg": tuple(round(angle, 2) for angle in turn),
            "mirror": bool(rng.integers(2)),
            "offset_voxels": tuple(
                0.0 if axis == flat else round(float(part), 3) for axis, part in enumerate(shift)
            ),
        }
        given = {name: getattr(fixed, name) for name in context.fixed}
        return check_parameters(PoissonParams, {**drawn, **given}, self.name)

    def render(self, context: Context, params: PoissonParams) -> Sample:
        """Make the lesion; see `SynthesisMethod.render`.

        Raises
        ------
        SiteError
            If the site does not lie in the organ.
        DonorError
            If there is no donor, it is a single slice and the CT a volume, it replaces the whole
            organ, or nothing of it is left inside the organ.

        Warns
        -----
        LesionSynthWarning
            If some part of the lesion has no organ beside it and is fitted by a mean offset.
        """
        volume = context.case.volume
        donor = _donor(context)
        moved = transplant(donor, volume, _placement(context, donor, params))
        host = _look(context, moved.box, params.capsule_mm)
        mask = _label(moved, host, context)
        region = within_reach(mask, params.margin_mm, volume.spacing) & host.organ
        bare = moved.contrast * np.float32(_gain(params, donor, host))
        contrast = bare
        if params.match_noise:
            contrast = match_grain(bare, region, host.values, host.core, volume.spacing)
        source = None
        if params.mixed_gradients:
            source = mixed_source(host.values, contrast, region, host.organ, volume.spacing)
        blended = blend(
            host.hu,
            contrast,
            region,
            host.organ,
            volume.spacing,
            core=host.core,
            bare=bare,
            source=source,
        )
        fitted = False
        for part in blended.isolated:
            if (part & mask).any():
                fitted = True
            else:  # a sliver of the margin beyond a fissure: nothing to blend there
                region &= ~part
                blended.hu[part] = host.hu[part]
        if fitted:
            warnings.warn(
                f"a part of the lesion at {context.site.center} has no organ beside it; "
                "its level was set to the organ's",
                LesionSynthWarning,
                stacklevel=2,
            )
        params = params.model_copy(update={"mean_offset": fitted})
        box, hu, mask, region = _tight(moved.box, blended.hu, mask, region)
        return Sample(box, hu, mask, region, context.recipe(self.name, params))


@dataclass(frozen=True, eq=False)
class _Host:
    """The box of the host that a transplant falls into."""

    hu: NDArray[np.int16]
    values: NDArray[np.float32]
    organ: NDArray[np.bool_]
    core: NDArray[np.bool_]


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


def _look(context: Context, box: Box, capsule_mm: float) -> _Host:
    """The host in a box; its capsule is looked for beyond the box as well."""
    volume, organ = context.case.volume, context.case.require_organ()
    wide, inner = _grown(box, capsule_mm, volume)
    inside = organ.mask[wide]
    core = inside
    if capsule_mm > 0 and not inside.all():
        core = inside & ~within_reach(~inside, capsule_mm, volume.spacing)
    hu = np.ascontiguousarray(volume.hu[box])
    return _Host(hu, hu.astype(np.float32), inside[inner].copy(), core[inner].copy())


def _grown(box: Box, margin_mm: float, volume: Volume) -> tuple[Box, Box]:
    """The box with a margin inside the volume, and where in that it lies."""
    wide, inner = [], []
    for side, step, n in zip(box, volume.spacing, volume.shape, strict=True):
        margin = int(np.ceil(margin_mm / step))
        low = max(side.start - margin, 0)
        wide.append(slice(low, min(side.stop + margin, n)))
        inner.append(slice(side.start - low, side.stop - low))
    return (wide[0], wide[1], wide[2]), (inner[0], inner[1], inner[2])


def _label(moved: Transplant, host: _Host, context: Context) -> NDArray[np.bool_]:
    """The lesion's voxels in the organ."""
    mask = moved.mask & host.organ
    donor, site = _donor(context), context.site
    if not mask.any():
        raise DonorError(
            f"nothing of the donor is left inside the organ at {site.center}",
            where=donor.id,
            remedy="Choose a site deeper in the organ, or a larger diameter",
        )
    if not (host.organ & ~mask).any():
        raise DonorError(
            f"the donor ({site.diameter_mm:.0f} mm) is larger than the organ at {site.center}",
            where=donor.id,
            remedy="Choose a smaller diameter or donor",
        )
    return mask


def _gain(params: PoissonParams, donor: Donor, host: _Host) -> float:
    """Factor on the donor's contrast."""
    if params.contrast_transfer == "difference":
        return params.contrast_gain
    level = float(np.median(host.values[host.core if host.core.any() else host.organ]))
    ratio = level / donor.organ_hu if donor.organ_hu > 0 else 1.0
    return params.contrast_gain * float(np.clip(ratio, *_RATIOS))


def _tight(
    box: Box,
    hu: NDArray[np.int16],
    mask: NDArray[np.bool_],
    support: NDArray[np.bool_],
) -> tuple[Box, NDArray[np.int16], NDArray[np.bool_], NDArray[np.bool_]]:
    """Everything cut to the support's box."""
    inner = bounding_box(support)
    z, y, x = (
        slice(side.start + part.start, side.start + part.stop)
        for side, part in zip(box, inner, strict=True)
    )
    return (z, y, x), hu[inner].copy(), mask[inner].copy(), support[inner].copy()
