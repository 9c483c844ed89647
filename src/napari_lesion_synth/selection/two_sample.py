"""Whether a classifier can tell synthetic lesions from real ones.

References
----------
.. [1] D. Lopez-Paz, M. Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.intervals import Interval, over_patients, patient_numbers

__all__ = ["Classifier", "TwoSampleTest", "auc_over_patients", "two_sample_test"]

Classifier = Literal["logistic", "forest"]

_FOLDS = 5
_REPEATS: dict[Classifier, int] = {"logistic": 5, "forest": 1}
_FEWEST = 4
_TREES = 50


@dataclass(frozen=True, slots=True)
class TwoSampleTest:
    """Result of the test.

    Parameters
    ----------
    auc : Interval
        Chance that a synthetic lesion gets a higher score than a real one; 0.5 for sets that
        cannot be told apart. The interval is over the patients that were tested. Other patients
        to train on would move the figure as well, so it is rather too narrow.
    scored : tuple of int
        How many synthetic and how many real lesions were compared with one of the other kind.
    grouped : bool
        Whether training and test share no patient; False where a set has a single patient.
    """

    auc: Interval
    scored: tuple[int, int]
    grouped: bool


def two_sample_test(
    synthetic: NDArray[np.float64],
    real: NDArray[np.float64],
    patients: tuple[Sequence[tuple[str, ...]], Sequence[tuple[str, ...]]],
    seed: int,
    classifier: Classifier = "logistic",
) -> TwoSampleTest | None:
    """Train a classifier to tell two sets apart, and test it on patients it has not seen.

    Patients are dealt into folds. A synthetic lesion is compared with the real ones of its own
    folds, by a classifier that was trained without these folds: neither the host's tissue nor a
    donor's lesion is on both sides. Scores of different classifiers are never compared; in small
    sets that alone would move the figure.

    Parameters
    ----------
    synthetic, real : ndarray, shape (n, k) and (m, k)
        Features.
    patients : pair of sequence of tuple of str
        Of each lesion the patient in whose CT it lies, and its donor where it has one.
    seed : int
        Of the folds, the forest and the bootstrap.
    classifier : str
        ``"logistic"``: standardised logistic regression, five divisions into folds;
        ``"forest"``: 50 extremely randomised trees, one division.

    Returns
    -------
    TwoSampleTest or None
        None where too few lesions can be compared.
    """
    first, second = (_owners(side, name) for side, name in zip(patients, "sr", strict=True))
    owners = [*first[0], *second[0]]
    table = np.concatenate([synthetic, real])
    kind = np.arange(len(table)) < len(synthetic)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 2]))
    wins, pairs = np.zeros((2, len(synthetic), len(real)))
    for _ in range(_REPEATS[classifier]):
        folds = _folds(owners, kind, rng)
        for out in sorted(set(folds[: len(synthetic)])):
            _compare(wins, pairs, table, kind, folds, out, classifier, rng)
    counts = int(pairs.any(axis=1).sum()), int(pairs.any(axis=0).sum())
    if min(counts) < _FEWEST:
        return None
    sources = [[owner[-1] for owner in side] for side in (first[0], second[0])]
    auc = _area(wins, pairs, sources[0], sources[1], rng)
    return TwoSampleTest(auc, counts, first[1] and second[1])


def auc_over_patients(
    scores: NDArray[np.float64],
    positive: NDArray[np.bool_],
    patients: Sequence[str],
    rng: np.random.Generator,
) -> Interval:
    """Area under the ROC curve, with a bootstrap interval over patients.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Higher for positive items.
    positive : ndarray of bool, shape (n,)
        Which items are; at least one is and one is not.
    patients : sequence of str
        Of each item.
    rng : numpy.random.Generator
        For the bootstrap.
    """
    wins = _wins(scores[positive], scores[~positive])
    sides = [[p for p, is_ in zip(patients, positive, strict=True) if is_ == k] for k in (1, 0)]
    return _area(wins, np.ones_like(wins), sides[0], sides[1], rng)


def _wins(high: NDArray[np.float64], low: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 where a positive item has the higher score, a half for ties; (positive, negative)."""
    gap = high[:, None] - low[None, :]
    return np.asarray((np.sign(gap) + 1) / 2)


def _area(
    wins: NDArray[np.float64],
    pairs: NDArray[np.float64],
    positive: Sequence[str],
    negative: Sequence[str],
    rng: np.random.Generator,
) -> Interval:
    """Share of the pairs that were won, with an interval over the patients of both sides."""
    names, number = patient_numbers([*positive, *negative])
    member = np.eye(len(names))[number]
    rows, columns = member[: len(positive)], member[len(positive) :]
    sums = [rows.T @ table @ columns for table in (wins, pairs)]

    def areas(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        over, under = (((weights @ table) * weights).sum(axis=1) for table in sums)
        area = np.full(len(weights), np.nan)
        np.divide(over, under, out=area, where=under > 0)
        return area

    return over_patients(float(wins.sum() / pairs.sum()), areas, len(names), rng)


def _owners(patients: Sequence[tuple[str, ...]], side: str) -> tuple[list[tuple[str, ...]], bool]:
    """The patients of each lesion; each lesion its own where all lie in one patient."""
    if len({owner[0] for owner in patients}) > 1:
        return list(patients), True
    return [(f"{side}{index}", *owner[1:]) for index, owner in enumerate(patients)], False


def _folds(
    owners: Sequence[tuple[str, ...]], kind: NDArray[np.bool_], rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """Folds of each lesion's patients, dealt so that each fold has its part of everything.

    What is shared out: the real lesions, the synthetic ones by host, and those by donor.
    """
    names = sorted({name for owner in owners for name in owner})
    load = {name: np.zeros(3) for name in names}
    for owner, synthetic in zip(owners, kind, strict=True):
        load[owner[0]][int(synthetic)] += 1 / np.count_nonzero(kind == synthetic)
        for name in owner[1:]:
            load[name][2] += 1 / len(owners)
    order = rng.permutation(len(names))
    names = sorted((names[i] for i in order), key=lambda name: -load[name].max())
    hosts = [len({o[0] for o, k in zip(owners, kind, strict=True) if k == side}) for side in (0, 1)]
    full = np.zeros((min(_FOLDS, *hosts), 3))
    fold_of = {}
    for name in names:
        # The growth of the sum of squares, but for what is the same in all folds.
        fold_of[name] = int(np.argmin(full @ load[name]))
        full[fold_of[name]] += load[name]
    return [tuple(sorted({fold_of[name] for name in owner})) for owner in owners]


def _compare(
    wins: NDArray[np.float64],
    pairs: NDArray[np.float64],
    table: NDArray[np.float64],
    kind: NDArray[np.bool_],
    folds: list[tuple[int, ...]],
    out: tuple[int, ...],
    classifier: Classifier,
    rng: np.random.Generator,
) -> None:
    """Add the pairs of the folds `out`, and who won them, judged without these folds."""
    left = set(out)
    train = np.array([not set(fold) & left for fold in folds])
    if min(np.count_nonzero(train & kind), np.count_nonzero(train & ~kind)) < _FEWEST:
        return
    count = np.count_nonzero(kind)
    mine = np.flatnonzero([fold == out for fold in folds[:count]])
    theirs = np.flatnonzero([set(fold) <= left for fold in folds[count:]])
    if not theirs.size:
        return
    model = _model(classifier, int(rng.integers(2**31)))
    model.fit(table[train], kind[train])
    scores = model.predict_proba(table[np.concatenate([mine, theirs + count])])[:, 1]
    wins[np.ix_(mine, theirs)] += _wins(scores[: mine.size], scores[mine.size :])
    pairs[np.ix_(mine, theirs)] += 1


def _model(classifier: Classifier, seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if classifier == "forest":
        return ExtraTreesClassifier(
            _TREES, min_samples_leaf=3, class_weight="balanced", random_state=seed
        )
    regression = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000)
    return make_pipeline(StandardScaler(), regression)
