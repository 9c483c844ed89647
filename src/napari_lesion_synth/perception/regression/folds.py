"""Who is tested by whom: rows divided so that what belongs together stays together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import patient_numbers
from napari_lesion_synth.perception.regression.table import Array, Ints, Table

__all__ = ["By", "Fold", "Plan", "divided", "plan"]

By: TypeAlias = Literal["dish", "photo", "rater", "dish and rater"]

_MOST = 10


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from, and rows to be tested on."""

    train: Ints
    test: Ints


@dataclass(frozen=True, eq=False)
class Plan:
    """A cross-validation.

    Parameters
    ----------
    folds : tuple of Fold
        Every judged row is tested once.
    groups : ndarray of int, shape (n,)
        What stays together when models tune themselves.
    by : str
        What training and test have nothing in common of.
    """

    folds: tuple[Fold, ...]
    groups: Ints
    by: By

    @property
    def text(self) -> str:
        """In words, for tables."""
        return f"{len(self.folds)} folds, no {self.by} on both sides of a test"


def plan(table: Table, by: By = "dish", most: int = _MOST) -> Plan:
    """Divide the rows of a table.

    Parameters
    ----------
    table : Table
        The rows.
    by : str
        ``"dish"``: a test is on dishes that were not learnt from. ``"photo"``: on other photos of
        any dish. ``"rater"``: on people. ``"dish and rater"``: on dishes and people at once.
    most : int
        Folds, at most; fewer where there are fewer groups.

    Raises
    ------
    ParameterError
        If there are fewer than 2 groups.
    """
    names = _groups(table, by)
    numbers = [patient_numbers(each)[1] for each in names]
    parts = [divided(number, most, table.judged) for number in numbers]
    folds = []
    for cell in sorted(set(zip(*(part.tolist() for part in parts), strict=True))):
        same = [part == k for part, k in zip(parts, cell, strict=True)]
        test = np.flatnonzero(np.all(same, axis=0) & table.judged)
        train = np.flatnonzero(~np.any(same, axis=0))
        if len(test) and len(train):
            folds.append(Fold(train, test))
    return Plan(tuple(folds), numbers[0], by)


def divided(groups: Ints, most: int, counted: np.ndarray | None = None) -> Ints:
    """The part of each row: groups whole, parts about equally large.

    Larger groups are placed first, each into the smallest part so far: the same every time.

    Parameters
    ----------
    groups : ndarray of int, shape (n,)
        Group of each row.
    most : int
        Parts; fewer where there are fewer groups.
    counted : ndarray of bool, shape (n,), optional
        Rows that count for the size. Default: all.

    Raises
    ------
    ParameterError
        If there are fewer than 2 groups.
    """
    names, number = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ParameterError(
            "rows of one group cannot be divided into training and test",
            remedy="Use photos of more dishes, or divide by photo",
        )
    weight: Array = np.ones(len(groups)) if counted is None else counted.astype(np.float64)
    sizes = np.bincount(number, weight, minlength=len(names))
    filled = np.zeros(min(most, len(names)))
    place = np.zeros(len(names), np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        part = int(np.argmin(filled))
        place[group] = part
        filled[part] += sizes[group] + 1e-6
    return np.asarray(place[number], np.int64)


def _groups(table: Table, by: By) -> list[Sequence[str]]:
    if by == "photo":
        return [table.items]
    if by == "dish":
        return [table.dishes]
    if not table.raters:
        raise ParameterError("the table does not say who judged", remedy="Divide by dish")
    return [table.raters] if by == "rater" else [table.dishes, table.raters]
