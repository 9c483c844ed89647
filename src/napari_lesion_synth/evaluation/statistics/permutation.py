"""Is a difference more than chance? Results are swapped between two arms, and compared again.

Two questions, with an answer each; neither answers the other.

Over trainings (`permute_trainings`, `flip_trainings`): the test patients are fixed. Would other
trainings of the two arms, on these same patients, differ so? The unit is a training (all its
folds together), and its figure is one number. This is the comparison of PI-CAI [1]_, whose
library does it with ranks and to one side; here with means and to both. It says nothing of other
patients: with these few test lesions, both arms may have been lucky or not.

Over patients (`swap_patients`): the trained nets are fixed. Would these nets differ so on other
patients? The unit is a patient, with all CTs and lesions, and all trainings go along. It says
nothing of other trainings beyond those that were averaged.

Few units cannot prove anything: 3 trainings against 3 have 20 arrangements, of which two are the
most extreme, so no p is below 0.1; 3 pairs of trainings have 8, so no p is below 0.25. Each
result says how small its p could have been.

Where there are too many arrangements to go through, some are drawn, and the observed one counts
as one of them (p = (1 + b) / (1 + n)), without which p could be 0 and the test too bold [2]_.

References
----------
.. [1] A. Saha et al., "Artificial intelligence and radiologists in prostate cancer detection on
   MRI (PI-CAI)", Lancet Oncol. 25, 2024.
.. [2] B. Phipson, G. K. Smyth, "Permutation p-values should never be zero", Stat. Appl. Genet.
   Mol. Biol. 9, 2010.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.counts import Counts
from napari_lesion_synth.evaluation.matching import CaseResult
from napari_lesion_synth.evaluation.statistics.bootstrap import Figure, average
from napari_lesion_synth.evaluation.statistics.one_scale import side_by_side
from napari_lesion_synth.evaluation.statistics.p_value import LEVEL, p_words
from napari_lesion_synth.wording import counted

__all__ = ["PERMUTATIONS", "Permuted", "flip_trainings", "permute_trainings", "swap_patients"]

PERMUTATIONS = 4999
"""Arrangements drawn, where there are too many; with the observed one, 5000."""

Array = NDArray[np.float64]

_MOST = 20_000
"""Arrangements that are gone through one by one."""

_BLOCK = 200
"""Arrangements worked out together; more would only take more memory."""

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Permuted:
    """A test of a difference by permutation, to both sides.

    Parameters
    ----------
    question : str
        What it answers, in words.
    units : str
        What was swapped, in words, as in "3 against 3 trainings".
    difference : float
        The first arm less the other.
    p : float
        Share of the arrangements with a difference at least as large, to either side.
    smallest_p : float
        What `p` could have come down to with these units, whatever the difference.
    arrangements : int
        How many were looked at, the observed one among them.
    exact : bool
        Whether these were all that there are.
    """

    question: str
    units: str
    difference: float
    p: float
    smallest_p: float
    arrangements: int
    exact: bool

    def words(self) -> str:
        """Result, how it was had, and what it could not have shown."""
        how = "all" if self.exact else "a draw of"
        told = (
            f"{self.question} Difference {self.difference:+.3f}, {p_words(self.p)} "
            f"({self.units}, {how} {self.arrangements} arrangements)."
        )
        if self.smallest_p > LEVEL:
            return (
                f"{told} With so few, p cannot fall below {self.smallest_p:.3g}, whatever the "
                f"difference: this test can show nothing at the level {LEVEL:g}."
            )
        return f"{told} The smallest p that it can reach is {self.smallest_p:.2g}."


_TRAININGS = "Would other trainings of both arms, on these same patients, differ so?"
_PATIENTS = "Would these same trained detectors, on other patients, differ so?"


def permute_trainings(
    one: Sequence[float],
    other: Sequence[float],
    rng: np.random.Generator,
    *,
    permutations: int = PERMUTATIONS,
) -> Permuted:
    """Compare the means of two arms over trainings that have nothing to do with each other.

    Parameters
    ----------
    one, other : sequence of float
        A figure of each training, on the same patients; the two may differ in number.
    rng : numpy.random.Generator
        Source of the draws, where there are too many arrangements.
    permutations : int
        How many are drawn then.

    Raises
    ------
    ParameterError
        If an arm has no training, or a figure does not exist.
    """
    first, second = _figures(one), _figures(other)
    n, m = len(first), len(second)
    pooled = np.concatenate([first, second])
    pooled = pooled - pooled.mean()  # which leaves differences alone, and rounding small
    total = math.comb(n + m, n)
    exact = total <= _MOST
    if exact:
        chosen = np.array(list(itertools.combinations(range(n + m), n)))
        sums = pooled[chosen].sum(axis=1)
    else:
        drawn = rng.permuted(np.tile(pooled, (permutations, 1)), axis=1)
        sums = drawn[:, :n].sum(axis=1)
    differences = sums / n - (pooled.sum() - sums) / m
    observed = float(first.mean() - second.mean())
    # The mirror image of the most extreme arrangement is one too where both arms have as many.
    smallest = (2 if n == m else 1) / total
    units = f"{n} against {m} trainings"
    return _permuted(_TRAININGS, units, observed, differences, exact, smallest)


def flip_trainings(
    one: Sequence[float],
    other: Sequence[float],
    rng: np.random.Generator,
    *,
    permutations: int = PERMUTATIONS,
) -> Permuted:
    """Compare two arms over trainings that come in pairs, as those of one seed do.

    Trainings of one seed are a pair where the seed gave both the same first weights and order
    of CTs, or where both share a fold. Where it gave them nothing in common, pairing only costs
    power: then `permute_trainings`.

    Parameters
    ----------
    one, other : sequence of float
        A figure of each training, in the same order of seeds.
    rng, permutations
        As in `permute_trainings`.

    Raises
    ------
    ParameterError
        If there is no pair, one lacks its other half, or a figure does not exist.
    """
    first, second = _figures(one), _figures(other)
    n = len(first)
    if n != len(second):
        raise ParameterError(
            f"{n} and {len(second)} trainings are no pairs",
            remedy="Give both arms' figures of the same seeds",
        )
    less = first - second
    signs, exact = _signs(n, rng, permutations)
    units = counted(n, "pair") + " of trainings"
    smallest = _smallest_of_signs(n)
    return _permuted(_TRAININGS, units, float(less.mean()), signs @ less / n, exact, smallest)


def swap_patients(
    one: Sequence[Sequence[CaseResult]],
    other: Sequence[Sequence[CaseResult]],
    metric: Callable[[Counts], Figure],
    rng: np.random.Generator,
    *,
    permutations: int = PERMUTATIONS,
) -> tuple[Permuted, ...]:
    """Compare two arms by swapping their results of whole patients.

    A swapped patient takes all CTs, lesions and false alarms along, in all trainings, and the
    metric is worked out anew. Scores of two nets are no common scale, so each finding first gets
    in place of its score the number of its own training's false alarms that reach that score.
    That changes neither arm's curve.

    Parameters
    ----------
    one, other : sequence of sequences of CaseResult
        The trainings of each arm, each with all its CTs (of all folds); as many of both, on the
        same CTs. Trainings at the same place are compared with each other, and averaged.
    metric : callable
        From counts to what is compared, which may depend on the order of scores alone, such as
        ``lambda counts: counts.sensitivities([0.5])`` or ``lambda counts: counts.cpm(RATES)``.
    rng : numpy.random.Generator
        Source of the draws, where there are too many arrangements.
    permutations : int
        How many are drawn then.

    Returns
    -------
    tuple of Permuted
        One a value of the metric, each by itself (see `evaluation.statistics.multiplicity`).

    Raises
    ------
    ParameterError
        If there is no training, the arms differ in number or in CTs, rules differ, or the
        metric does not exist.
    """
    if not one or len(one) != len(other):
        raise ParameterError(
            f"{len(one)} and {len(other)} trainings cannot be swapped with each other",
            remedy="Give both arms' results of the same seeds",
        )
    both = average([metric(Counts.of(side_by_side(a, b))) for a, b in zip(one, other, strict=True)])
    patients = len(both.patients) // 2

    def difference(kept: Array) -> Array:
        first = np.concatenate([kept, 1 - kept], axis=1)
        return both.of(first) - both.of(1 - first)

    observed = difference(np.ones((1, patients)))[0]
    if not np.isfinite(observed).all():
        raise ParameterError(
            "what is to be compared does not exist here",
            remedy="Compare arms on CTs with lesions, and with findings",
        )
    signs, exact = _signs(patients, rng, permutations)
    blocks = [(signs[k : k + _BLOCK] + 1) / 2 for k in range(0, len(signs), _BLOCK)]
    differences = np.concatenate([difference(block) for block in blocks])
    units = counted(patients, "patient")
    smallest = _smallest_of_signs(patients)
    return tuple(
        _permuted(_PATIENTS, units, float(value), differences[:, column], exact, smallest)
        for column, value in enumerate(observed)
    )


def _figures(values: Sequence[float]) -> Array:
    figures = np.asarray(values, np.float64)
    if not len(figures) or not np.isfinite(figures).all():
        raise ParameterError(
            "a training has no figure to compare",
            remedy="Give at least one training of each arm, and a number for each",
        )
    return figures


def _signs(n: int, rng: np.random.Generator, permutations: int) -> tuple[Array, bool]:
    """All ways to swap n units, or a draw of them, shape (ways, n); and whether it is all."""
    exact = 2**n <= _MOST
    if exact:
        swapped = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    else:
        swapped = rng.integers(0, 2, (permutations, n))
    return 1 - 2 * swapped.astype(np.float64), exact


def _smallest_of_signs(n: int) -> float:
    return 2.0 ** (1 - n)


def _permuted(
    question: str,
    units: str,
    observed: float,
    differences: Array,
    exact: bool,
    smallest: float,
) -> Permuted:
    close = _ROUNDING * max(1.0, abs(observed))
    extreme = int((np.abs(differences) >= abs(observed) - close).sum())
    seen = len(differences)
    if exact:
        return Permuted(question, units, observed, extreme / seen, smallest, seen, exact)
    p = (1 + extreme) / (1 + seen)
    smallest = max(smallest, 1 / (1 + seen))
    return Permuted(question, units, observed, p, smallest, 1 + seen, exact)
