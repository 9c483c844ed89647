"""Poisson blending that knows the capsule: a real lesion transplanted into another organ.

After P. Perez, M. Gangnet, A. Blake, "Poisson image editing", SIGGRAPH 2003, with another boundary
condition where the lesion meets the capsule (see `solver`), and on the exact region, so that
voxels outside it stay as they are.
"""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.errors import LesionSynthWarning
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.blending import blend
from napari_lesion_synth.synthesis.graft import prepare
from napari_lesion_synth.synthesis.orientation import draw_rotation
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.shapes import flat_axis
from napari_lesion_synth.synthesis.solver import bounding_box

__all__ = ["Poisson", "PoissonParams"]


class Poisson:
    """Transplant a real lesion."""

    name: ClassVar[str] = "poisson"
    needs_donor: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False
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
        graft = prepare(context, params)
        blended = blend(
            graft.hu,
            graft.contrast,
            graft.region,
            graft.organ,
            graft.spacing,
            core=graft.core,
            bare=graft.bare,
            source=graft.source,
        )
        hu, support, fitted = blended.hu, graft.region, False
        for part in blended.isolated:
            if (part & graft.mask).any():
                fitted = True
            else:  # a sliver of the margin beyond a fissure: nothing to blend there
                support = support & ~part
                hu[part] = graft.hu[part]
        if fitted:
            warnings.warn(
                f"a part of the lesion at {context.site.center} has no organ beside it; "
                "its level was set to the organ's",
                LesionSynthWarning,
                stacklevel=2,
            )
        box, inner = _tight(graft.box, support)
        recipe = context.recipe(self.name, params.model_copy(update={"mean_offset": fitted}))
        return Sample(
            box,
            hu[inner].copy(),
            graft.mask[inner].copy(),
            support[inner].copy(),
            recipe,
            context.case.volume.shape,
        )


def _tight(box: Box, support: NDArray[np.bool_]) -> tuple[Box, Box]:
    """The support's box in the host, and in the box given."""
    inner = bounding_box(support)
    z, y, x = (
        slice(side.start + part.start, side.start + part.stop)
        for side, part in zip(box, inner, strict=True)
    )
    return (z, y, x), inner
