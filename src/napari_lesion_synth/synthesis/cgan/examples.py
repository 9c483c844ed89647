"""Real lesions as the nets see them, and the same places with the lesion taken out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.synthesis.cgan.conditions import (
    DEPTH_MM,
    HU_SCALE,
    Condition,
    Lesion,
    Place,
    look_at,
)
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.fit import fit_sigmoid
from napari_lesion_synth.synthesis.host import organ_core
from napari_lesion_synth.synthesis.lesion_records import LesionRecord
from napari_lesion_synth.synthesis.outline import measure_outline
from napari_lesion_synth.synthesis.painting import EDGE_PER_DIAMETER

__all__ = ["Example", "Measured", "examples_of", "measure"]

_SMOOTH = 1.2
"""Blur, in voxels of the grid, that parts a lesion's body from the noise that it lies under."""

_DELTA_HU = (-300.0, 600.0)
_EDGE_MM = (0.3, 8.0)

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Measured:
    """A donor and its numbers.

    Parameters
    ----------
    donor : Donor
        The lesion.
    record : LesionRecord
        The sigmoid model's numbers, for the statistics.
    lesion : Lesion
        In the terms of the nets.
    center : tuple of float
        Of the outline, in voxels of the donor's box.
    level_hu : float
        The parenchyma around it.
    """

    donor: Donor
    record: LesionRecord
    lesion: Lesion
    center: Triple
    level_hu: float


@dataclass(frozen=True, eq=False)
class Example:
    """A real lesion on the grid.

    Parameters
    ----------
    donor, patient : str
        Which, and whose.
    condition : Condition
        The place with the lesion erased: its slow part is taken out, and the noise stays.
    image : ndarray of float32
        The real one, in the units of the condition's host.
    change : ndarray of float32
        `image` less the condition's host: what the generator is to add.
    """

    donor: str
    patient: str
    condition: Condition
    image: Field
    change: Field


def measure(donor: Donor) -> Measured:
    """Measure a donor: its contrast and edge by a fit, its outline from the label.

    Raises
    ------
    DonorError
        If it has no parenchyma around it.
    """
    fit = fit_sigmoid(donor)
    # People label more than the surface of half the contrast. The nets are given the label, so
    # that what they make lies in its label as real lesions lie in theirs.
    outline = measure_outline(donor.mask, donor.spacing)
    draw = replace(fit.draw(), diameter_mm=outline.diameter_mm)
    level = fit.background_hu
    if not fit.reliable:
        around = donor.organ & ~donor.mask
        level = float(np.median(donor.hu[around])) if around.any() else donor.organ_hu
        draw = replace(draw, delta_hu=float(donor.hu[donor.mask].mean()) - level)
    widest = max(EDGE_PER_DIAMETER * draw.diameter_mm, _EDGE_MM[0])
    draw = replace(
        draw,
        delta_hu=float(np.clip(draw.delta_hu, *_DELTA_HU)),
        edge_mm=float(np.clip(draw.edge_mm, _EDGE_MM[0], min(widest, _EDGE_MM[1]))),
    )
    shape = outline.shape()
    lesion = Lesion(
        shape, draw.delta_hu, draw.edge_mm, draw.texture_hu, draw.diameter_mm, donor.zone
    )
    record = LesionRecord(donor.id, donor.patient, draw)
    return Measured(donor, record, lesion, outline.center, level)


def examples_of(
    donors: Sequence[Donor], spec: GridSpec | None = None, *, copies: int = 1, seed: int = 0
) -> list[Example]:
    """Lay real lesions on the training grid.

    Parameters
    ----------
    donors : sequence of Donor
        All of single slices, or all of volumes. Those without parenchyma around them are left
        out.
    spec : GridSpec, optional
        Default: the one that suits these donors.
    copies : int
        Of each lesion, at different parts of a voxel.
    seed : int
        Of these parts.

    Returns
    -------
    list of Example
    """
    if spec is None:
        dims = 2 if all(donor.mask.shape[0] == 1 for donor in donors) else 3
        spec = GridSpec.of([donor.spacing for donor in donors], dims)
    rng = np.random.default_rng([seed, 3])
    found: list[Example] = []
    for donor in donors:
        try:
            measured = measure(donor)
        except DonorError:
            continue
        found.extend(example_of(measured, spec, rng) for _ in range(copies))
    return found


def example_of(measured: Measured, spec: GridSpec, rng: np.random.Generator) -> Example:
    """One real lesion on the grid, shifted by a part of a voxel."""
    z, y, x = (
        0.0 if axis == spec.flat else float(part) for axis, part in enumerate(rng.uniform(-1, 1, 3))
    )
    donor, lesion = measured.donor, measured.lesion
    grid = spec.around(lesion.shape, (z, y, x))
    place = Place(donor.hu, donor.organ | donor.mask, donor.spacing, measured.center)
    hu, organ = place.on(grid)
    real = look_at(hu, organ, lesion, grid, level_hu=measured.level_hu)
    change = _slow_part(hu, organ, real, grid.step, lesion)
    # Of voxels at the capsule the lesion has the organ's share, which their own HU would tell
    # wrongly while the lesion is in them: it is judged with the lesion taken out.
    erased = look_at(hu - change, organ, lesion, grid, level_hu=real.level_hu)
    image = erased.maps[0] + change / np.float32(HU_SCALE)
    return Example(
        donor.id,
        donor.patient,
        erased,
        image.astype(np.float32),
        (change / np.float32(HU_SCALE)).astype(np.float32),
    )


def _slow_part(
    hu: Field, organ: NDArray[np.bool_], seen: Condition, step: Triple, lesion: Lesion
) -> Field:
    """What a lesion adds to its parenchyma, without noise.

    The sigmoid model, whose edge is sharp, and a local mean of what it leaves; a mean over
    neighbours on the same side of the capsule, since fat is no part of it.
    """
    core = organ_core(organ, step)
    known = (core if core.any() else organ).astype(np.float32)
    model = np.float32(lesion.delta_hu) * seen.maps[1]
    sigmas = [0.0 if n == 1 else _SMOOTH for n in hu.shape]
    weight = ndimage.gaussian_filter(known, sigmas)
    left = ndimage.gaussian_filter((hu - np.float32(seen.level_hu) - model) * known, sigmas)
    left = left / np.maximum(weight, np.float32(1e-3)) * np.minimum(weight / 0.05, 1)
    edge = lesion.edge_mm
    gate = np.clip((seen.depth_mm + 2 * edge) / max(edge, 0.5), 0, 1)
    # At the capsule a voxel takes part with its share of organ.
    share = np.where(core, 1.0, np.clip(0.5 + seen.maps[2] * DEPTH_MM / max(step[1], 1.0), 0, 1))
    return np.asarray((model + left * gate) * organ * share, np.float32)
