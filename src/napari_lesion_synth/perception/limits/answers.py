"""Answers about changed photos: by how much they are better or worse than the originals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, TIE, Answer, Trial
from napari_lesion_synth.perception.transforms.facts import Change

__all__ = ["DoseAnswers", "DoseKind", "of_trials"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Strings = Sequence[str]

DoseKind: TypeAlias = Literal["choice", "rating"]

_FIRST_CHOSEN = {LEFT: 1.0, RIGHT: 0.0, TIE: 0.5}


@dataclass(frozen=True, eq=False)
class DoseAnswers:
    """Answers about one transform.

    Parameters
    ----------
    transform : str
        Its name.
    kind : "choice" or "rating"
        Whether people chose between original and changed photo, or rated both.
    photos : tuple of str
        Ids of the photos.
    categories : tuple of str
        Category of each photo.
    photo : ndarray of int64, shape (n,)
        Number of each answer's photo.
    raters : tuple of str
        Codes of the raters.
    rater : ndarray of int64, shape (n,)
        Number of each answer's rater.
    magnitude : ndarray of float64, shape (n,)
        Strength of the change.
    value : ndarray of float64, shape (n,)
        Of choices: 1 for the changed photo, 0 for the original, 0.5 for a tie. Of ratings: that
        of the changed photo less that of the original, on a scale of 0 to 1.
    side : ndarray of float64, shape (n,)
        1 where the changed photo was on the left, -1 where it was on the right, 0 where there
        were no sides.

    Raises
    ------
    ParameterError
        If the columns are not of the same length, or a value cannot be.
    """

    transform: str
    kind: DoseKind
    photos: tuple[str, ...]
    categories: tuple[str, ...]
    photo: Ints
    raters: tuple[str, ...]
    rater: Ints
    magnitude: Array
    value: Array
    side: Array

    def __post_init__(self) -> None:
        columns = (self.photo, self.rater, self.magnitude, self.value, self.side)
        if any(column.shape != self.value.shape or column.ndim != 1 for column in columns):
            raise ParameterError("the columns of the answers are not of the same length")
        if len(self.categories) != len(self.photos):
            raise ParameterError("each photo needs its category")
        low = 0.0 if self.kind == "choice" else -1.0
        if not (
            np.isfinite(self.magnitude).all() and ((low <= self.value) & (self.value <= 1)).all()
        ):
            raise ParameterError(
                f"an answer is not one of a {self.kind}: values must lie from {low:g} to 1"
            )

    @classmethod
    def of(
        cls,
        transform: str,
        columns: Mapping[str, Sequence[object] | NDArray[np.generic]],
        categories: Mapping[str, str],
        kind: DoseKind = "choice",
    ) -> DoseAnswers:
        """From a table.

        Parameters
        ----------
        transform : str
            Name of the transform.
        columns : mapping of str to sequence
            ``photo`` and ``rater`` by name, ``magnitude``, ``value``, and ``side`` if there were
            sides.
        categories : mapping of str to str
            Category of each photo.
        kind : "choice" or "rating"
            What the values are.
        """
        names = [str(name) for name in columns["photo"]]
        people = [str(name) for name in columns["rater"]]
        photos, photo = _numbered(names)
        raters, rater = _numbered(people)
        return cls(
            transform,
            kind,
            photos,
            tuple(categories.get(name, "") for name in photos),
            photo,
            raters,
            rater,
            np.asarray(columns["magnitude"], np.float64),
            np.asarray(columns["value"], np.float64),
            np.asarray(columns.get("side", np.zeros(len(names))), np.float64),
        )

    def __len__(self) -> int:
        return len(self.value)

    @cached_property
    def category_names(self) -> tuple[str, ...]:
        """The categories, sorted."""
        return tuple(sorted(set(self.categories)))

    @cached_property
    def category(self) -> Ints:
        """Number of each answer's category among the names, shape (n,)."""
        number = {name: k for k, name in enumerate(self.category_names)}
        return np.array([number[name] for name in self.categories], np.int64)[self.photo]

    def count(self, category: str | None = None) -> int:
        """Answers about photos of a category; of all for None."""
        if category is None:
            return len(self)
        return int((self.category == self.category_names.index(category)).sum())


def _numbered(names: Strings) -> tuple[tuple[str, ...], Ints]:
    distinct = tuple(sorted(set(names)))
    number = {name: k for k, name in enumerate(distinct)}
    return distinct, np.array([number[name] for name in names], np.int64)


def of_trials(
    answered: Iterable[tuple[str, Trial, Answer]], categories: Mapping[str, str]
) -> dict[str, DoseAnswers]:
    """The choices between originals and changed photos in a study, by transform.

    Practice, catch trials and trials without a changed photo are left out.

    Parameters
    ----------
    answered : iterable of (str, Trial, Answer)
        Participant's code, question and answer.
    categories : mapping of str to str
        Category of each photo.
    """
    tables: dict[str, dict[str, list[object]]] = {}
    for rater, trial, answer in answered:
        change = Change.of(trial.facts)
        if change is None or not trial.counts or answer.response not in _FIRST_CHOSEN:
            continue
        first = _FIRST_CHOSEN[str(answer.response)]
        row = {
            "photo": trial.stimuli[change.place],
            "rater": rater,
            "magnitude": change.magnitude,
            "value": first if change.place == 0 else 1 - first,
            "side": 1.0 if change.place == 0 else -1.0,
        }
        table = tables.setdefault(change.transform, {name: [] for name in row})
        for name, value in row.items():
            table[name].append(value)
    return {name: DoseAnswers.of(name, table, categories) for name, table in tables.items()}
