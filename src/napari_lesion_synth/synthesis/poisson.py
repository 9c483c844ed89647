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

from napari_lesion_synth.ct.volume import Box, Triple, Volume
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
        bare = _scaled(moved.contrast, _gain(params, donor, host))
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
        if fitted:
            warnings.warn(
                f"a part of the lesion at {context.site.center} has no organ beside it; "
                "its level was set to the organ's",
                LesionSynthWarning,
                stacklevel=2,
            )
        params = params.model_copy(update={"mean_offset": fitted})
        return _tight(moved.box, blended.hu, mask, region, context, params)
