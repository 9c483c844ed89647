"""A synthesis method of your own: simple cysts, filled with water.

CONTRIBUTING.md describes how a method is registered. This file shows all that it consists of, and
tries it on the shipped CT.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

import napari_lesion_synth as nls
from napari_lesion_synth.sample_data import sample_case
from napari_lesion_synth.synthesis.base import Context, MethodParams
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN, Sample


class CystParams(MethodParams):
    """What `Cyst` draws; the diameter is the site's."""

    cyst_hu: float = Field(8.0, ge=-10, le=25, description="HU of the fluid.")


class Cyst:
    """A ball of fluid that keeps the host's noise."""

    name: ClassVar[str] = "cyst"
    needs_donor: ClassVar[bool] = False
    Params = CystParams

    def sample(self, context: Context, rng: np.random.Generator) -> CystParams:
        """Draw the fluid's HU, unless it is fixed."""
        drawn = {"cyst_hu": round(rng.uniform(0, 15), 1)}
        return check_parameters(CystParams, {**drawn, **context.fixed}, self.name)

    def render(self, context: Context, params: CystParams) -> Sample:
        """Shift the voxels of a ball from the parenchyma's level to the fluid's."""
        volume, organ, site = context.case.volume, context.case.require_organ(), context.site
        box, squares = [], []
        for center, step, n in zip(site.center, volume.spacing, volume.shape, strict=True):
            reach = int(np.ceil(site.diameter_mm / 2 / step))
            part = slice(max(center - reach, 0), min(center + reach + 1, n))
            box.append(part)
            squares.append(((np.arange(part.start, part.stop) - center) * step) ** 2)
        distance2 = squares[0][:, None, None] + squares[1][:, None] + squares[2]
        bbox = (box[0], box[1], box[2])
        cyst = (distance2 <= (site.diameter_mm / 2) ** 2) & organ.mask[bbox]
        hu = volume.hu[bbox].astype(float)
        hu[cyst] += params.cyst_hu - np.median(hu[cyst])
        filled = np.clip(np.rint(hu), HU_MIN, HU_MAX).astype(np.int16)
        return Sample(bbox, filled, cyst, cyst, context.recipe(self.name, params))


if __name__ == "__main__":
    case = sample_case()
    site = nls.propose_sites(case, n=1, zone="interior", diameter_mm=25, seed=0)[0]
    context, method = Context(case, site), Cyst()
    cyst = method.render(context, method.sample(context, np.random.default_rng(0)))
    undo = cyst.paste(case.volume)
    print(f"{cyst.mask.sum()} voxels at {case.volume.hu[cyst.bbox][cyst.mask].mean():.1f} HU")
    undo()
