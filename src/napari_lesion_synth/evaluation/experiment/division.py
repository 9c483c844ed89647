"""Folds of an experiment: patients to learn from, to choose by, and to test on."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.experiment.plan_data import (
    Division,
    FixedDivision,
    FoldDivision,
    NamedDivision,
)
from napari_lesion_synth.wording import counted

__all__ = ["Fold", "divide_patients"]


@dataclass(frozen=True, slots=True)
class Fold:
    """One division of the patients; names are sorted, and nobody is in two parts.

    Parameters
    ----------
    number : int
        From 0.
    train, choose, test : tuple of str
        To learn from; on whom weights and threshold are chosen; to test on.
    """

    number: int
    train: tuple[str, ...]
    choose: tuple[str, ...]
    test: tuple[str, ...]

    def part(self, patient: str) -> Part | None:
        """What a patient is for; None where the fold leaves the patient out."""
        for part, names in (
            (Part.TRAIN, self.train),
            (Part.VALIDATION, self.choose),
            (Part.TEST, self.test),
        ):
            if patient in names:
                return part
        return None


def divide_patients(
    division: Division, with_lesions: Iterable[str], without: Iterable[str]
) -> tuple[Fold, ...]:
    """The folds of a plan.

    Parameters
    ----------
    division : Division
        As the plan says.
    with_lesions, without : iterable of str
        The patients who have lesions, and those who have none.

    Returns
    -------
    tuple of Fold

    Raises
    ------
    ParameterError
        If there are fewer patients than are asked for, or one is named who is not there.
    """
    ill, well = (np.array(sorted(set(names)), str) for names in (with_lesions, without))
    if division.fixed is not None:
        return (_fixed(division.fixed, ill, well),)
    if division.folds is not None:
        return _folds(division.folds, ill, well)
    assert division.named is not None
    return (_named(division.named, ill, well),)


def _fixed(asked: FixedDivision, ill: NDArray[np.str_], well: NDArray[np.str_]) -> Fold:
    needed = asked.train + asked.choose + 1
    if needed > len(ill):
        raise ParameterError(
            f"{asked.train} patients with lesions are to train and {asked.choose} to choose, and "
            f"there are {len(ill)} in all: nobody with a lesion is left to test",
            remedy="Ask for fewer, or give more CTs",
        )
    rng = np.random.default_rng(asked.seed)
    drawn, hosts = rng.permutation(ill), rng.permutation(well)
    train = {*drawn[: asked.train], *hosts[: math.floor(len(hosts) * asked.hosts)]}
    choose = set(drawn[asked.train : asked.train + asked.choose])
    return _fold(0, train, choose, {*ill, *well} - train - choose)


def _folds(asked: FoldDivision, ill: NDArray[np.str_], well: NDArray[np.str_]) -> tuple[Fold, ...]:
    """Parts of equal size, patients with and without lesions apart."""
    if len(ill) < asked.k:
        raise ParameterError(
            f"{asked.k} folds are asked for, and {counted(len(ill), 'patient')} with lesions "
            "there: some fold would have nothing to find",
            remedy="Ask for fewer folds",
        )
    rng = np.random.default_rng(asked.seed)
    parts = [rng.permutation(ill), rng.permutation(well)]
    return tuple(_one_of(asked, parts, number, rng) for number in range(asked.k))


def _one_of(
    asked: FoldDivision, groups: Sequence[NDArray[np.str_]], number: int, rng: np.random.Generator
) -> Fold:
    train: set[str] = set()
    choose: set[str] = set()
    test: set[str] = set()
    for names in groups:
        tested = set(names[number :: asked.k])
        others = rng.permutation([name for name in names if name not in tested])
        count = round(len(others) * asked.choose)
        if names is groups[0] and asked.choose > 0:
            count = max(count, 1)
        choose.update(others[:count])
        train.update(others[count:])
        test.update(tested)
    if not train & set(groups[0]):
        raise ParameterError(
            f"nobody with a lesion is left to learn from in fold {number}",
            remedy="Ask for fewer folds, or for a smaller share to choose by",
        )
    return _fold(number, train, choose, test)


def _named(asked: NamedDivision, ill: NDArray[np.str_], well: NDArray[np.str_]) -> Fold:
    known = {*ill.tolist(), *well.tolist()}
    choose, test = set(asked.choose), set(asked.test)
    for name in sorted(choose | test):
        if name not in known:
            raise ParameterError(
                f"the patient {name!r} is not there",
                remedy=f"There are: {', '.join(sorted(known)[:20])}",
            )
    if choose & test:
        raise ParameterError(
            f"the patient {min(choose & test)!r} is named to choose and to test",
            remedy="Name each patient once",
        )
    train = known - choose - test
    for what, names in (("learn from", train), ("test on", test)):
        if not names & set(ill.tolist()):
            raise ParameterError(
                f"there is no patient with a lesion to {what}",
                remedy="Name other patients, or give more CTs",
            )
    return _fold(0, train, choose, test)


def _fold(
    number: int, train: Collection[str], choose: Collection[str], test: Collection[str]
) -> Fold:
    a, b, c = (tuple(sorted(str(name) for name in names)) for names in (train, choose, test))
    return Fold(number, a, b, c)
