"""Findings and lesions made by hand and at random, and detectors simulated from known curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.evaluation.matching import CaseResult, LesionResult, Mark, Outcome
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth, TruthLesion
from napari_lesion_synth.synthesis.components import lesion_components

SHAPE = (6, 24, 24)
SPACING = (2.0, 1.0, 1.0)
RULE = HitRule()


def _finding(mask: np.ndarray, score: float, number: int = 1, center=None) -> Finding:
    """Make a finding of a region; its centre is that of the region."""
    index = np.argwhere(mask)
    low, high = index.min(axis=0), index.max(axis=0) + 1
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    center = tuple(float(i) for i in (index.mean(axis=0) if center is None else center))
    return Finding(number, center, center, 5.0, score, None, np.nan, box, mask[box])


def _detection(findings: Sequence[Finding], shape=SHAPE, spacing=SPACING, patient="p"):
    return Detection(tuple(findings), None, shape, spacing, patient, "by hand")


def _truth(mask: np.ndarray, organ=None, *, spacing=SPACING, patient="p", case="a") -> Truth:
    """Every component a lesion, wholly in the organ."""
    lesions = tuple(
        TruthLesion(number, component, None, np.nan, np.nan, 1.0)
        for number, component in enumerate(lesion_components(mask, spacing), start=1)
    )
    return Truth(patient, case, mask.shape, spacing, organ, lesions)


def _result(
    hits: Sequence[float | None] = (),
    false: Sequence[float] = (),
    *,
    patient: str = "p",
    case: str = "a",
    healthy: bool | None = None,
    **facts: object,
) -> CaseResult:
    """Make a CT with a lesion a hit (None: missed), and a false alarm a score."""
    about = {"diameter_mm": 12.0, "depth_mm": 20.0, "contrast_hu": -30.0, "zone": None, **facts}
    lesions = tuple(
        LesionResult(k, (0, 0, 0), **about, score=score, finding=None if score is None else k)
        for k, score in enumerate(hits, start=1)
    )
    scored = [(s, Outcome.HIT, k) for k, s in enumerate(hits, start=1) if s is not None]
    scored += [(s, Outcome.FALSE, None) for s in false]
    marks = tuple(
        Mark(number, outcome, lesion, score, (0.0, 0.0, 0.0), 5.0, None)
        for number, (score, outcome, lesion) in enumerate(
            sorted(scored, key=lambda each: -each[0]), start=1
        )
    )
    free = not lesions if healthy is None else healthy
    return CaseResult(patient, case, "by hand", RULE, lesions, marks, free)


def _simulated(
    rng: np.random.Generator,
    patients: int,
    *,
    gain: float = 1.5,
    alarms: float = 2.0,
    between: float = 0.5,
    cts: int = 1,
) -> list[CaseResult]:
    """Patients from a population of which the curve is known.

    False alarms of a patient's CT: Poisson of a gamma rate, scores normal. Lesions: 0 to 4 a
    CT, each scored normal around the gain and the patient's own shift. So at `rate` false
    alarms per CT the threshold is that which a normal score exceeds in `rate / alarms`.
    """
    results = []
    for patient in range(patients):
        shift, rate = rng.normal(0, between), rng.gamma(2, alarms / 2)
        results += [
            _result(
                [float(s) for s in rng.normal(gain + shift, 1, rng.integers(0, 5))],
                [float(s) for s in rng.normal(0, 1, rng.poisson(rate))],
                patient=f"p{patient:03d}",
                case=f"ct{number}",
            )
            for number in range(cts)
        ]
    return results


def _rivals(
    rng: np.random.Generator,
    patients: int,
    gains: tuple[float, float],
    *,
    trainings: int = 1,
    alarms: float = 2.0,
    between: float = 0.5,
) -> tuple[list[list[CaseResult]], list[list[CaseResult]]]:
    """Trainings of two arms on the same patients, each by itself as in `_simulated`.

    Half the variance of a lesion's score is the lesion's own, the same in all trainings; so is
    the patient's shift, and the rate of false alarms.
    """
    arms: tuple[list[list[CaseResult]], ...] = tuple([[] for _ in range(trainings)] for _ in "ab")
    for patient in range(patients):
        shift, rate = rng.normal(0, between), rng.gamma(2, alarms / 2)
        lesion = rng.normal(shift, np.sqrt(0.5), rng.integers(0, 5))
        for arm, gain in zip(arms, gains, strict=True):
            for results in arm:
                hits = gain + rng.normal(lesion, np.sqrt(0.5))
                false = rng.normal(0, 1, rng.poisson(rate))
                results.append(_result(hits.tolist(), false.tolist(), patient=f"p{patient:03d}"))
    return arms[0], arms[1]


@pytest.fixture(scope="session")
def finding() -> Callable[..., Finding]:
    """Maker of findings."""
    return _finding


@pytest.fixture(scope="session")
def detection() -> Callable[..., Detection]:
    """Maker of detections."""
    return _detection


@pytest.fixture(scope="session")
def truth() -> Callable[..., Truth]:
    """Maker of truths from a mask."""
    return _truth


@pytest.fixture(scope="session")
def result() -> Callable[..., CaseResult]:
    """Maker of judged CTs."""
    return _result


@pytest.fixture(scope="session")
def simulated() -> Callable[..., list[CaseResult]]:
    """Maker of samples from a population of patients."""
    return _simulated


@pytest.fixture(scope="session")
def rivals() -> Callable[..., tuple[list[list[CaseResult]], list[list[CaseResult]]]]:
    """Maker of two arms' trainings on the same patients."""
    return _rivals


@pytest.fixture(scope="session")
def scene() -> Callable[[int], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Lesions, findings (numbered regions that do not touch) and their scores, by seed."""

    def make(seed: int):
        rng = np.random.default_rng(seed)
        lesions, regions = np.zeros(SHAPE, bool), np.zeros(SHAPE, int)
        for y in range(0, SHAPE[1], 8):
            for x in range(0, SHAPE[2], 8):
                _fill(rng, lesions, (y, x), 0.6, 1)
                # Two findings side by side may lie on the same lesion.
                columns = [x, x + 4] if rng.random() < 0.4 else [x]
                size = 3 if len(columns) == 2 else 7
                for column in columns:
                    _fill(rng, regions, (y, column), 0.6, regions.max() + 1, size)
        count = int(regions.max())
        scores = rng.permutation(np.arange(1, 200))[:count] / 256  # exact in single precision
        return lesions, regions, scores

    return make


def _fill(rng, target, corner, chance, value, size=7) -> None:
    """Fill a random box within `size` voxels of a corner."""
    if rng.random() > chance:
        return
    sides = []
    for start, room in zip((0, *corner), (target.shape[0], 7, size), strict=True):
        low = int(rng.integers(0, room))
        high = int(rng.integers(low + 1, room + 1))
        if rng.random() < 0.5:  # else hardly any would overlap by much
            low, high = 0, room
        sides.append(slice(start + low, start + high))
    target[tuple(sides)] = value
