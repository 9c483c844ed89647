"""The sigmoid model: a lesion drawn into the host from a handful of numbers.

HU = host + delta * sigmoid((R(direction) - r) / w), all in mm. The host's noise and texture stay,
since the model only adds to them. After the "generation based on CT value distributions" of
"Lesion Image Synthesis Using DCGANs for Metastatic Liver Cancer Detection", Deep Learning in
Medical Image Analysis, Adv. Exp. Med. Biol. 1213, ch. 6, 2020.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.change import Matter, amplitude
from napari_lesion_synth.synthesis.coverage import evaluate, refinement
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS, LesionKind
from napari_lesion_synth.synthesis.painting import (
    draw_numbers,
    label_of,
    lesion_box,
    offsets,
    organ_at,
    outline_of,
    paint,
    reach_beyond,
)
from napari_lesion_synth.synthesis.parameters import check_parameters
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.shapes import flat_axis
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["Sigmoid", "SigmoidParams"]


class Sigmoid:
    """Draw a lesion with a sigmoid edge into the host."""

    name: ClassVar[str] = "sigmoid"
    needs_donor: ClassVar[bool] = False
    needs_model: ClassVar[bool] = False
    Params = SigmoidParams

    def sample(self, context: Context, rng: np.random.Generator) -> SigmoidParams:
        """Draw the parameters that `context.fixed` leaves open; see `SynthesisMethod.sample`.

        Every parameter is drawn whether it is fixed or not, so fixing one does not change the
        others. The kind is not drawn: it is hypodense, or hyperdense where the contrast is
        positive, unless it is fixed.
        """
        fixed = check_parameters(SigmoidParams, context.fixed, self.name)
        statistics = context.statistics or LesionStatistics.default()
        drawn = draw_numbers(context, statistics, rng, SigmoidParams)
        given = {name: getattr(fixed, name) for name in context.fixed}
        delta = given.get("delta_hu", drawn["delta_hu"])
        kind = given.get("kind", LesionKind.HYPERDENSE if delta > 0 else LesionKind.HYPODENSE)
        drawn["kind"] = kind
        drawn["delta_hu"] = COMPOSITIONS[kind].sign * abs(drawn["delta_hu"])
        return check_parameters(SigmoidParams, {**drawn, **given}, self.name)

    def render(self, context: Context, params: SigmoidParams) -> Sample:
        """Make the lesion; see `SynthesisMethod.render`.

        Where the context has a donor, its labelled outline is drawn in place of the one that
        the parameters describe; nothing else of it is used.

        Raises
        ------
        SiteError
            If the site does not lie in the organ.
        ParameterError
            If the outline is one of a single slice and the CT a volume, or the other way round.
        """
        organ = organ_at(context)
        site, volume = context.site, context.case.volume
        flat = flat_axis(volume.shape)
        shape, most = outline_of(context, params, flat), amplitude(params)
        reach = shape.reach(reach_beyond(most, params.edge_mm, volume.spacing))
        box = lesion_box(site, params.offset_voxels, reach, organ)
        axes = offsets(site, params.offset_voxels, box, volume.spacing)
        parts = refinement(shape, volume.spacing, flat)
        levels = evaluate(shape, axes, volume.spacing, parts, flat)
        change = Matter.of(shape, params).change(levels, axes)
        hu, inside = volume.hu[box], organ.mask[box]
        hu, support = paint(hu, inside, volume.spacing, change, most, params.host_structure)
        mask = label_of(levels.at_least_half(), inside, site, box)
        recipe = context.recipe(self.name, params)
        return Sample(box, hu, mask, support | mask, recipe, volume.shape)
