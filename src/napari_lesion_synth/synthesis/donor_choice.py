"""Which donor a site gets."""

from __future__ import annotations

import numpy as np

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["draw_donors"]


def draw_donors(donors: tuple[Donor, ...], site: Site, rng: np.random.Generator) -> list[Donor]:
    """All donors in random order; those near to the site in size and zone tend to come first.

    A donor of twice or half the diameter is drawn half as often as one of the same size, one of
    four times the diameter a fifth as often; one from the other zone half as often.

    Parameters
    ----------
    donors : tuple of Donor
        In a fixed order.
    site : Site
        Where one is needed.
    rng : numpy.random.Generator
        Source of randomness.
    """
    octaves = np.log2([donor.diameter_mm / site.diameter_mm for donor in donors])
    same_zone = np.array([donor.zone is site.zone for donor in donors])
    weights = np.where(same_zone, 1.0, 0.5) / (1 + octaves**2)
    keys = rng.random(len(donors)) ** (1 / weights)  # Efraimidis and Spirakis 2006
    return [donors[k] for k in np.argsort(-keys, kind="stable")]
