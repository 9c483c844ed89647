"""Free-response curves: lesions found against false alarms.

A curve ends where the detector has no more findings. To the right of its end nothing is
extrapolated and nothing interpolated: the sensitivity "at 8 false alarms per CT" of a detector
that never gives more than 3 is that of all its findings, which is within 8, and is marked as not
reached. Between two points the curve is a step.

References
----------
.. [1] P. Bunch et al., "A free response approach to the measurement and characterization of
   radiographic observer performance", Proc. SPIE 127, 1977.
.. [2] A. Setio et al., "Validation, comparison, and combination of algorithms for automatic
   detection of pulmonary nodules in computed tomography images", Med. Image Anal. 42, 2017: the
   seven rates and their mean (CPM).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.evaluation.counts import Counts, Per
from napari_lesion_synth.evaluation.matching import CaseResult

__all__ = ["RATES", "Froc", "Point", "froc"]

RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False alarms per CT at which sensitivities are told."""

Array = NDArray[np.float64]

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Point:
    """The sensitivity within a rate of false alarms.

    Parameters
    ----------
    rate : float
        False alarms allowed, per CT or whatever was asked for.
    sensitivity : float
        Share of lesions found; NaN without lesions.
    threshold : float
        Lowest score of a hit within the rate; infinite where no finding is within it.
    false : float
        Rate at that threshold: less than allowed, as a curve has steps.
    reached : bool
        Whether the detector has findings for that rate at all: False where all of them stay
        below it.
    """

    rate: float
    sensitivity: float
    threshold: float
    false: float
    reached: bool


@dataclass(frozen=True, eq=False)
class Froc:
    """A curve, from its strictest threshold to its last finding; K points.

    Parameters
    ----------
    counts : Counts
        What it was made from.
    thresholds : ndarray, shape (K,)
        Falling. A point stands for findings of at least this score.
    sensitivity : ndarray, shape (K,)
        Share of lesions found; NaN without lesions.
    ct_sensitivity, patient_sensitivity : ndarray, shape (K,)
        Share of CTs, and of patients, with lesions in which at least one was found.
    per_ct, per_patient, per_lesion : ndarray, shape (K,)
        False alarms.
    """

    counts: Counts
    thresholds: Array
    sensitivity: Array
    ct_sensitivity: Array
    patient_sensitivity: Array
    per_ct: Array
    per_patient: Array
    per_lesion: Array

    @property
    def rule(self) -> str:
        """What a hit was, in words."""
        return self.counts.rule

    @property
    def cts(self) -> int:
        """CTs looked at."""
        return int(self.counts.cts.sum())

    @property
    def lesions(self) -> int:
        """Lesions that count."""
        return int(self.counts.lesions.sum())

    @property
    def patients(self) -> int:
        """Patients, with lesions or without."""
        return len(self.counts.patients)

    def false(self, per: Per = "ct") -> Array:
        """False alarms per CT, patient or lesion, at each point."""
        return {"ct": self.per_ct, "patient": self.per_patient, "lesion": self.per_lesion}[per]

    def end(self, per: Per = "ct") -> float:
        """False alarms where the curve ends, with all findings; 0 where nothing was found."""
        false = self.false(per)
        return float(false[-1]) if len(false) else 0.0

    def at(self, rate: float, per: Per = "ct") -> Point:
        """The sensitivity within a rate."""
        sensitivity = float(self.counts.sensitivities([rate], per).values[0])
        false, reached = self.false(per), self.end(per) >= rate - _ROUNDING
        within = int((false <= rate + _ROUNDING).sum())
        if not within:
            return Point(rate, sensitivity, float("inf"), 0.0, reached)
        threshold = float(self.thresholds[within - 1])
        return Point(rate, sensitivity, threshold, float(false[within - 1]), reached)

    def points(self, rates: Sequence[float] = RATES, per: Per = "ct") -> tuple[Point, ...]:
        """Sensitivities within several rates."""
        return tuple(self.at(rate, per) for rate in rates)

    def cpm(self, rates: Sequence[float] = RATES) -> float:
        """Mean sensitivity within the seven rates per CT (competition performance metric)."""
        return float(self.counts.cpm(rates).values[0])


def froc(results: Sequence[CaseResult]) -> Froc:
    """The curve of one detector over some CTs.

    Raises
    ------
    ParameterError
        If there are no results, their rules differ, or a CT is there twice.
    """
    counts = Counts.of(results)
    false = counts.false.sum(axis=0)
    lesions = counts.lesions.sum()
    return Froc(
        counts,
        counts.thresholds,
        _share(counts.hits.sum(axis=0), lesions),
        _share(counts.cts_hit.sum(axis=0), counts.cts_with.sum()),
        _share((counts.hits > 0).sum(axis=0).astype(np.float64), counts.with_lesions),
        false / counts.cts.sum(),
        false / len(counts.patients),
        _share(false, lesions),
    )


def _share(part: Array, whole: float) -> Array:
    return part / whole if whole else np.full(part.shape, np.nan)
