"""How a detector answers to shams: healthy tissue put in as a lesion would be.

A detector that has learnt the seam of what was put in, and not the lesion, marks shams. Each
place is looked at twice, with the sham and as it was, since some places look suspicious by
themselves: what counts is the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.detection.measuring import diameter_of
from napari_lesion_synth.detection.placed import common
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.shams.sites import shams_for
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, bootstrap, paired_difference
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.intervals import Interval, patient_numbers
from napari_lesion_synth.synthesis.components import place_in
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = [
    "ShamDifference",
    "ShamPair",
    "sham_answers",
    "sham_difference",
    "sham_pairs",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShamPair:
    """One site of a test CT, with a sham and as it was.

    Parameters
    ----------
    patient, case : str
        Whose CT, and which.
    method : str
        By which the sham was put in.
    zone : str
        Where it lies: ``"rim"`` or ``"interior"``.
    diameter_mm : float
        Of the sham.
    sham : float
        Highest score of a finding at the site in the CT with the sham; 0 where there is none.
    untouched : float
        The same at the same site in the CT as it was.
    """

    patient: str
    case: str
    method: str
    zone: str
    diameter_mm: float
    sham: float
    untouched: float


@dataclass(frozen=True, slots=True)
class ShamDifference:
    """What shams do to a detector, over all of them.

    Intervals draw whole patients, see `evaluation.statistics.bootstrap`; with one patient there
    are none.

    Parameters
    ----------
    threshold : float
        Of the score.
    shams, patients : int
        How many.
    marked, marked_before : int
        Sites with a finding of at least the threshold, with the sham and without it.
    sham, untouched : Interval
        The same as shares.
    difference : Interval
        One share less the other, on the same draws.
    score : Interval
        Mean of the differences of the scores; without ends where it is the same in every draw,
        as where nothing is found at any site: that says nothing of other patients.
    """

    threshold: float
    shams: int
    patients: int
    marked: int
    marked_before: int
    sham: Interval
    untouched: Interval
    difference: Interval
    score: Interval


def sham_pairs(
    detector: Detector,
    case: Case,
    *,
    methods: Sequence[str],
    donors: Sequence[Donor] = (),
    statistics: LesionStatistics | None = None,
    model: GeneratorModel | None = None,
    n: int = 6,
    seed: int = 0,
) -> tuple[ShamPair, ...]:
    """Put shams into a test CT, and search it as it is and with all of them.

    Parameters
    ----------
    detector : Detector
        Who is asked.
    case, methods, donors, statistics, model, n, seed
        As for `shams_for`.

    Returns
    -------
    tuple of ShamPair
        One a sham.

    Raises
    ------
    ParameterError
        As `shams_for`.
    LesionSynthError
        If the detector cannot search the CT.
    """
    shams = shams_for(
        case, methods=methods, donors=donors, statistics=statistics, model=model, n=n, seed=seed
    )
    return sham_answers(detector, case, shams)


def sham_answers(
    detector: Detector,
    case: Case,
    shams: Sequence[Sample],
    *,
    untouched: Detection | None = None,
    name: str = "",
    token: StopToken | None = None,
) -> tuple[ShamPair, ...]:
    """What a detector makes of shams, and of the same places without them.

    Parameters
    ----------
    detector : Detector
        Who is asked.
    case : Case
        The CT as it is.
    shams : sequence of Sample
        From `shams_for`, for this CT.
    untouched : Detection, optional
        All that this detector finds in the CT as it is, where that is known already.
    name : str
        Of the CT; the patient's where it is left out.
    token : StopToken, optional
        As for `Detector.detect`.

    Returns
    -------
    tuple of ShamPair
        One a sham.
    """
    if not shams:
        return ()
    before = detector.detect(case, token) if untouched is None else untouched
    volume = replace(case.volume, hu=case.volume.hu.copy())
    for each in shams:
        each.paste(volume)
    after = detector.detect(replace(case, volume=volume), token)
    flat = volume.shape[0] == 1
    return tuple(
        ShamPair(
            case.patient,
            name or case.patient,
            each.recipe.method,
            each.recipe.site.zone.value,
            diameter_of(each.mask, volume.spacing, flat=flat),
            _score(after, each),
            _score(before, each),
        )
        for each in shams
    )


def sham_difference(
    pairs: Sequence[ShamPair], threshold: float, rng: np.random.Generator | None = None
) -> ShamDifference:
    """Compare the scores at all sites with and without shams.

    Those of several trainings of one arm may be given together: a patient's are drawn together.

    Parameters
    ----------
    pairs : sequence of ShamPair
        Of test patients.
    threshold : float
        From which score on a finding counts.
    rng : numpy.random.Generator, optional
        Of the draws; default: seed 0.

    Raises
    ------
    ParameterError
        If there are no pairs.
    """
    if not pairs:
        raise ParameterError("there are no shams to compare", remedy="Put some into test CTs")
    rng = np.random.default_rng(0) if rng is None else rng
    names, owner = patient_numbers([pair.patient for pair in pairs])
    with_, without = np.array([[pair.sham, pair.untouched] for pair in pairs], np.float64).T

    def mean(values: Array, trials: int) -> Figure:
        sums = np.bincount(owner, weights=values, minlength=len(names))
        counts = np.bincount(owner, minlength=len(names)).astype(np.float64)

        def of(weights: Array) -> Array:
            return ((weights @ sums) / (weights @ counts))[:, None]

        return Figure(tuple(names), of, trials)

    shares = [mean((v >= threshold).astype(np.float64), len(names)) for v in (with_, without)]
    (one,), (other,) = (bootstrap(share, rng) for share in shares)
    (less,) = paired_difference(shares[0], shares[1], rng)
    (score,) = bootstrap(mean(with_ - without, 0), rng)
    if score.low == score.high:
        score = Interval(score.value)
    return ShamDifference(
        threshold,
        len(pairs),
        len(names),
        int((with_ >= threshold).sum()),
        int((without >= threshold).sum()),
        one,
        other,
        less,
        score,
    )


def _score(detection: Detection, site: Sample) -> float:
    """The highest score at a site; 0 where nothing was found."""
    return max((f.score for f in detection.findings if _is_at(f, site)), default=0.0)


def _is_at(finding: Finding, site: Sample) -> bool:
    """Whether its centre lies in the box around the sham, or its region in the sham."""
    inside = np.argwhere(site.mask)
    first = np.array([side.start for side in site.bbox])
    center = np.array(finding.center)
    low, high = first + inside.min(axis=0) - 0.5, first + inside.max(axis=0) + 0.5
    if ((low <= center) & (center <= high)).all():
        return True
    shared = common(finding.bbox, site.bbox)
    if shared is None:
        return False
    region, mask = finding.region[place_in(shared, finding.bbox)], site.mask
    return bool((region & mask[place_in(shared, site.bbox)]).any())
