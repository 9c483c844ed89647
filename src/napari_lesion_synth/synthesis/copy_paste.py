"""A real lesion pasted as it is, with nothing blended: what better methods are compared with."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.graft import prepare
from napari_lesion_synth.synthesis.poisson import Poisson
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN, Sample

__all__ = ["CopyPaste"]

_PLAIN = {"margin_mm": 0.0, "match_noise": False, "mixed_gradients": False}


class CopyPaste:
    """Paste a real lesion with its own HU, turned and resized; its outline is a hard edge.

    After G. Ghiasi et al., "Simple copy-paste is a strong data augmentation method for instance
    segmentation", CVPR 2021.
    """

    name: ClassVar[str] = "copy-paste"
    needs_donor: ClassVar[bool] = True
    needs_model: ClassVar[bool] = False
    Params = PoissonParams

    def sample(self, context: Context, rng: np.random.Generator) -> PoissonParams:
        """Draw turn, mirroring and shift; see `Poisson.sample`."""
        return Poisson().sample(context, rng).model_copy(update=_PLAIN)

    def render(self, context: Context, params: PoissonParams) -> Sample:
        """Make the lesion; see `SynthesisMethod.render`.

        Raises
        ------
        SiteError, DonorError
            As `Poisson.render`.
        """
        graft = prepare(context, params)
        level = 0.0 if context.donor is None else context.donor.organ_hu
        lesion = np.clip(np.rint(graft.bare + np.float32(level)), HU_MIN, HU_MAX)
        hu = np.where(graft.mask, lesion, graft.hu).astype(np.int16)
        recipe = context.recipe(self.name, params)
        return Sample(
            graft.box, hu, graft.mask, graft.mask.copy(), recipe, context.case.volume.shape
        )
