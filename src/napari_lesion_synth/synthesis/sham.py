"""Shams: healthy tissue put into healthy tissue in the way in which lesions are.

A detector may learn the seam instead of the lesion. A sham has the seam and no lesion: shown as
healthy in training, and counted as false alarms in a test, it tells.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.proposal import Seed, propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.errors import DonorError, SiteError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.archive import content_id
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.components import padded, place_in
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.shapes import equivalent_diameter
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.synthesis.transplant import Placement, transplant

__all__ = ["sham", "sham_donor"]

_WITHOUT_CONTRAST: dict[str, dict[str, Any]] = {
    "sigmoid": {"delta_hu": 0.0},
    "cgan": {"sham": True},
}
_MARGIN_MM = 10.0
_MIN_MM = 3.0
"""A piece of tissue smaller than this has no shape to speak of."""


def sham(
    case: Case,
    site: Site,
    *,
    method: str,
    like: Donor | None = None,
    statistics: LesionStatistics | None = None,
    model: GeneratorModel | None = None,
    seed: int = 0,
) -> Sample:
    """Put healthy tissue at a site, as `method` would a lesion.

    A method that transplants gets a piece of the host's own healthy tissue, cut out elsewhere in
    the shape of a lesion; one that draws gets a contrast of 0, and leaves what else it changes:
    texture, and vessels taken away. A learnt generator is asked for a lesion as always, and the
    grain of what it makes is put in.

    Parameters
    ----------
    case, site, method, statistics, model, seed
        As for `synthesize`.
    like : Donor, optional
        Lesion whose shape is cut out, for methods that transplant one.

    Returns
    -------
    Sample
        Its `mask` is where a lesion would be, and no label.

    Raises
    ------
    SiteError
        If there is no healthy place to cut the tissue from.
    DonorError, ParameterError
        As `synthesize`.
    """
    if not get_method(method).needs_donor:
        fixed = _WITHOUT_CONTRAST.get(method, {})
        return synthesize(
            case, site, method=method, statistics=statistics, model=model, seed=seed, **fixed
        )
    if like is None:
        raise DonorError(
            f"a sham of method {method!r} has the shape of a real lesion and none was given",
            remedy="Pass like=... from extract_donors or load_donors",
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    donor = sham_donor(case, like, rng, diameter_mm=site.diameter_mm, avoid=site)
    return synthesize(case, site, method=method, donor=donor, seed=seed)


def sham_donor(
    case: Case,
    like: Donor,
    rng: Seed,
    *,
    diameter_mm: float | None = None,
    avoid: Site | None = None,
) -> Donor:
    """Cut healthy tissue out of a CT in the shape of a lesion.

    Parameters
    ----------
    case : Case
        CT with its organ; its known lesions are kept clear of.
    like : Donor
        The lesion whose shape is taken.
    rng : Generator or seed
        Of the place.
    diameter_mm : float, optional
        Size of the piece; default: the lesion's.
    avoid : Site, optional
        A further place to keep clear of, as where the sham will lie; if there is room elsewhere.

    Returns
    -------
    Donor
        Its `mask` holds no lesion.

    Raises
    ------
    SiteError
        If the organ has no healthy place of this size.
    DonorError
        If nothing of the shape lies in the organ, or it does not fit the CT's dimensions.
    """
    rng = np.random.default_rng(rng)
    volume, organ = case.volume, case.require_organ()
    size = like.diameter_mm if diameter_mm is None else diameter_mm
    site = _healthy_site(case, size, rng, avoid)
    z, y, x = (float(i) for i in site.center)
    moved = transplant(like, volume, Placement((z, y, x), np.eye(3), site.diameter_mm, 0.0))
    box = padded(moved.box, _MARGIN_MM, volume.spacing, volume.shape)
    mask = np.zeros([side.stop - side.start for side in box], bool)
    mask[place_in(moved.box, box)] = moved.mask
    around = organ.mask[box] if case.lesions is None else organ.mask[box] & ~case.lesions[box]
    mask &= around
    if not mask.any():
        raise DonorError(f"nothing of the shape lies in the organ at {site.center}", where=like.id)
    return _cut(case, organ, box, mask, around, site)


def _healthy_site(case: Case, size: float, rng: np.random.Generator, avoid: Site | None) -> Site:
    """A place of this size; a smaller one where there is none."""
    sizes = (min(size, _MIN_MM), size)
    for diameter, kept in ((size, avoid), (size, None)):
        try:
            return propose_sites(
                case, 1, diameter_mm=diameter, seed=rng, avoid=() if kept is None else kept
            )[0]
        except SiteError:
            continue
    return propose_sites(case, 1, diameter_mm=sizes, seed=rng)[0]


def _cut(
    case: Case,
    organ: Organ,
    box: Box,
    mask: NDArray[np.bool_],
    around: NDArray[np.bool_],
    site: Site,
) -> Donor:
    hu = np.ascontiguousarray(case.volume.hu[box])
    tissue = hu[around].astype(np.float64)
    spread = float(np.median(np.abs(tissue - np.median(tissue))) / 0.6745)
    level, noise = round(float(np.median(tissue)), 2), round(spread, 2)
    facts = {"spacing": list(case.volume.spacing), "organ_hu": level, "noise_hu": noise}
    return Donor(
        id=content_id(f"sham-{case.patient}", {"hu": hu, "mask": mask, "organ": around}, facts),
        patient=case.patient,
        hu=hu,
        mask=mask,
        organ=around,
        spacing=case.volume.spacing,
        diameter_mm=equivalent_diameter(mask, case.volume.spacing),
        depth_mm=organ.depth_at(site.center),
        zone=site.zone,
        organ_hu=level,
        noise_hu=noise,
        source=case.volume.sha256,
        center=site.center,
    )
