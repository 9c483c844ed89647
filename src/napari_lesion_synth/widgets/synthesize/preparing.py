"""What is measured of a case before anyone clicks in it; runs in a worker thread."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.errors import DonorError, LesionSynthError
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.cutout import cut_out
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.fit import SigmoidFit, fit_sigmoid
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.poisson_params import PoissonParams
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = [
    "Donors",
    "donor_text",
    "donors_of_case",
    "donors_of_library",
    "donors_of_phantom",
    "measured",
]

PHANTOM_SEED, PHANTOM_LESIONS = 7, 8

_TRIAL_MM = 10.0
_AT_HAND = 24
_MARGIN_MM = float(PoissonParams().margin_mm)


@dataclass(frozen=True, eq=False)
class Donors:
    """Real lesions to transplant and to learn from.

    Parameters
    ----------
    donors : tuple of Donor
        The lesions.
    fits : tuple of SigmoidFit
        Their fits, of those that could be fitted.
    statistics : LesionStatistics or None
        What was learnt; None without fits.
    source : str
        Where they come from, for the user: a folder, or words.
    library : Path or None
        The library's folder, for the project file.
    warnings : tuple of str
        What was left out, and why.
    """

    donors: tuple[Donor, ...] = ()
    fits: tuple[SigmoidFit, ...] = ()
    statistics: LesionStatistics | None = None
    source: str = ""
    library: Path | None = None
    warnings: tuple[str, ...] = ()


def donor_text(count: int, source: str) -> str:
    """How many donors there are, and where they come from; empty without any."""
    return f"{count} donor{'s' * (count != 1)}: {source}" if count else ""


def measured(case: Case) -> Case:
    """Compute what placing and previewing need, so that the first click does not wait for it."""
    _ = case.volume.sha256
    if case.organ is not None:
        organ = case.organ
        deepest = np.unravel_index(int(organ.depth_map.argmax()), organ.depth_map.shape)
        center = [int(i) + side.start for i, side in zip(deepest, organ.bbox, strict=True)]
        z, y, x = (slice(max(0, s.start - 1), max(0, s.start - 1) + 1) for s in organ.bbox)
        organ.distance_in((z, y, x))
        synthesize(case, site_at(case, center, _TRIAL_MM), method="sigmoid")
    return case


def donors_of_case(case: Case) -> Donors:
    """Donors from the CT's own labelled lesions; none, with the reason, where none can be used."""
    if case.lesions is None or case.organ is None:
        return Donors()
    try:
        found, texts = hear(lambda: extract_donors(case))
    except DonorError as error:
        return Donors(warnings=(str(error),))
    return _learnt(tuple(found), "lesions of this CT", None, texts)


def donors_of_library(folder: Path) -> Donors:
    """Donors from a library on disk.

    Raises
    ------
    DonorError
        If the folder is no donor library.
    """
    found, texts = hear(lambda: load_donors(folder))
    return _learnt(tuple(found), str(folder), folder, texts)


def donors_of_phantom() -> Donors:
    """Lesions of a simulated abdomen, to try Poisson blending without real ones."""
    case = phantom(seed=PHANTOM_SEED, lesions=PHANTOM_LESIONS)
    found, texts = hear(lambda: extract_donors(case))
    return _learnt(tuple(found), "simulated lesions of the phantom", None, texts)


def _learnt(
    donors: tuple[Donor, ...], source: str, library: Path | None, texts: tuple[str, ...]
) -> Donors:
    fits = []
    for donor in donors:
        try:
            fits.append(fit_sigmoid(donor))
        except LesionSynthError:
            continue  # it can be transplanted all the same
    for donor in donors[:_AT_HAND]:
        with suppress(DonorError):  # it is explained when it is used
            cut_out(donor, _MARGIN_MM, planar=donor.mask.shape[0] == 1)
    statistics = None
    if fits:
        statistics, more = hear(lambda: LesionStatistics.fit(fits))
        texts = (*texts, *more)
    return Donors(donors, tuple(fits), statistics, source, library, texts)
