"""How the lesion that is shown looks, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.synthesis.appearance import (
    Appearance,
    Profile,
    appearance_and_profile,
)
from napari_lesion_synth.widgets.workbench.rendering import Rendered

__all__ = ["Look", "look_at"]

_AROUND_MM = 10.0


@dataclass(frozen=True, eq=False)
class Look:
    """A lesion's figures.

    Parameters
    ----------
    rendered : Rendered
        The lesion.
    appearance : Appearance
        HU statistics.
    profile : Profile
        HU by distance from the lesion's surface.
    """

    rendered: Rendered
    appearance: Appearance
    profile: Profile


def look_at(case: Case, rendered: Rendered) -> Look:
    """Measure a lesion in its pristine host; runs in any thread."""
    sample = rendered.sample
    volume, organ = case.volume, case.require_organ()
    box = _wider(sample.bbox, volume.spacing, volume.shape)
    inner = tuple(
        slice(s.start - b.start, s.stop - b.start) for s, b in zip(sample.bbox, box, strict=True)
    )
    before = volume.hu[box]
    after = before.copy()
    after[inner][sample.support] = sample.hu[sample.support]
    mask = np.zeros(before.shape, bool)
    mask[inner] = sample.mask
    args = (before, after, mask, organ.mask[box], volume.spacing)
    return Look(rendered, *appearance_and_profile(*args))


def _wider(box: Box, spacing: tuple[float, ...], shape: tuple[int, ...]) -> Box:
    z, y, x = (
        slice(
            max(0, side.start - int(_AROUND_MM / step)),
            min(size, side.stop + int(_AROUND_MM / step)),
        )
        for side, step, size in zip(box, spacing, shape, strict=True)
    )
    return z, y, x
