"""Answers as arrays: which of two photos won, and how high a photo was rated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_lesion_synth.errors import InputError

__all__ = ["Comparisons", "Ratings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Answers to "which of the two?".

    Parameters
    ----------
    items : tuple of str
        All photos, also those that nobody has compared.
    first, second : ndarray of int64, shape (n,)
        Numbers of the two photos among `items`.
    outcome : ndarray of float64, shape (n,)
        1 where the first won, 0 where the second did, 0.5 for a tie.
    rater : ndarray of int64, shape (n,)
        Who answered, as a number among `raters`.
    raters : tuple of str
        All raters.
    first_left : ndarray of bool, shape (n,)
        Whether the first was shown on the left.

    Raises
    ------
    InputError
        If lengths differ, a number names nothing, a photo meets itself, or an outcome is none.
    """

    items: tuple[str, ...]
    first: Ints
    second: Ints
    outcome: Floats
    rater: Ints
    raters: tuple[str, ...]
    first_left: Bools

    def __post_init__(self) -> None:
        _unlike(self.items, "photos")
        _unlike(self.raters, "raters")
        columns = (self.first, self.second, self.outcome, self.rater, self.first_left)
        if any(column.shape != (len(self.first),) for column in columns):
            raise InputError("the columns of the comparisons are not of one length")
        _numbers(self.first, len(self.items), "photo")
        _numbers(self.second, len(self.items), "photo")
        _numbers(self.rater, len(self.raters), "rater")
        if (self.first == self.second).any():
            raise InputError("a photo is compared with itself")
        if not np.isin(self.outcome, (0.0, 0.5, 1.0)).all():
            raise InputError(
                "an outcome is neither 0, 0.5 nor 1",
                remedy="Write 1 where the first won, 0 where the second did, and 0.5 for a tie",
            )

    def __len__(self) -> int:
        return len(self.first)

    @classmethod
    def of(
        cls,
        items: tuple[str, ...],
        pairs: ArrayLike = (),
        outcome: ArrayLike = (),
        *,
        rater: ArrayLike | None = None,
        raters: tuple[str, ...] = ("all",),
        first_left: ArrayLike | None = None,
    ) -> Comparisons:
        """Comparisons from lists; without any, the state before the first answer.

        Parameters
        ----------
        items : tuple of str
            All photos.
        pairs : array_like of int, shape (n, 2)
            First and second photo of each.
        outcome : array_like of float, shape (n,)
            1, 0 or 0.5.
        rater : array_like of int, shape (n,), optional
            Default: the first of `raters` gave all answers.
        raters : tuple of str
            All raters.
        first_left : array_like of bool, shape (n,), optional
            Default: the first was always on the left.
        """
        both = np.asarray(pairs, np.int64).reshape(-1, 2)
        n = len(both)
        return cls(
            items,
            both[:, 0].copy(),
            both[:, 1].copy(),
            np.asarray(outcome, np.float64).reshape(-1),
            np.zeros(n, np.int64) if rater is None else np.asarray(rater, np.int64),
            raters,
            np.ones(n, np.bool_) if first_left is None else np.asarray(first_left, np.bool_),
        )

    def answered(
        self, first: int, second: int, outcome: float, *, rater: int = 0, first_left: bool = True
    ) -> Comparisons:
        """The same with one answer more."""
        return replace(
            self,
            first=np.append(self.first, np.int64(first)),
            second=np.append(self.second, np.int64(second)),
            outcome=np.append(self.outcome, float(outcome)),
            rater=np.append(self.rater, np.int64(rater)),
            first_left=np.append(self.first_left, np.bool_(first_left)),
        )

    def only(self, rows: Bools | Ints | slice) -> Comparisons:
        """Some of the answers; photos and raters stay as they are."""
        return replace(
            self,
            first=self.first[rows],
            second=self.second[rows],
            outcome=self.outcome[rows],
            rater=self.rater[rows],
            first_left=self.first_left[rows],
        )

    @property
    def shown(self) -> Ints:
        """How often each photo was compared, shape (k,)."""
        both = np.concatenate([self.first, self.second])
        return np.bincount(both, minlength=len(self.items)).astype(np.int64)

    @property
    def parts(self) -> Ints:
        """Number of the connected part that each photo lies in, shape (k,).

        Photos are connected that were compared, also by way of others. Between parts, nothing
        but a prior says which photo is the better.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        k = len(self.items)
        links = coo_array((np.ones(len(self)), (self.first, self.second)), shape=(k, k))
        _, part = connected_components(links, directed=False)
        return np.asarray(part, np.int64)


@dataclass(frozen=True, eq=False)
class Ratings:
    """Answers on a scale, one photo at a time.

    Parameters
    ----------
    items : tuple of str
        All photos.
    item : ndarray of int64, shape (n,)
        The photo rated, as a number among `items`.
    value : ndarray of float64, shape (n,)
        0 to 1, the ends of the scale.
    rater : ndarray of int64, shape (n,)
        Who answered, as a number among `raters`.
    raters : tuple of str
        All raters.
    scale : "vas" or "likert"
        A line to point at, or steps. Steps are taken as equally far apart.

    Raises
    ------
    InputError
        If lengths differ, a number names nothing, or a value lies outside the scale.
    """

    items: tuple[str, ...]
    item: Ints
    value: Floats
    rater: Ints
    raters: tuple[str, ...]
    scale: Literal["vas", "likert"] = "vas"

    def __post_init__(self) -> None:
        _unlike(self.items, "photos")
        _unlike(self.raters, "raters")
        if any(column.shape != (len(self.item),) for column in (self.item, self.value, self.rater)):
            raise InputError("the columns of the ratings are not of one length")
        _numbers(self.item, len(self.items), "photo")
        _numbers(self.rater, len(self.raters), "rater")
        if not ((self.value >= 0) & (self.value <= 1)).all():
            raise InputError(
                "a rating lies outside 0 to 1",
                remedy="Divide by the length of the scale; leave out what was not answered",
            )

    def __len__(self) -> int:
        return len(self.item)

    def only(self, rows: Bools | Ints | slice) -> Ratings:
        """Some of the ratings; photos and raters stay as they are."""
        return replace(self, item=self.item[rows], value=self.value[rows], rater=self.rater[rows])

    @property
    def table(self) -> Floats:
        """Mean rating of each photo by each rater, shape (k, raters); NaN where there is none."""
        shape = (len(self.items), len(self.raters))
        cell = np.ravel_multi_index((self.item, self.rater), shape)
        size = shape[0] * shape[1]
        count = np.bincount(cell, minlength=size)
        total = np.bincount(cell, self.value, minlength=size)
        mean = np.full(size, np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return mean.reshape(shape)


def _unlike(names: tuple[str, ...], what: str) -> None:
    if len(set(names)) != len(names):
        raise InputError(f"two {what} have one name", remedy="Give each a name of its own")


def _numbers(column: Ints, n: int, what: str) -> None:
    if len(column) and not (column.min() >= 0 and column.max() < n):
        raise InputError(f"a number names no {what}: there are {n}")
