"""What is predicted from what: rows, groups of columns, and who belongs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import patient_numbers

__all__ = ["Array", "Block", "Bools", "Ints", "Source", "Table"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Source(Protocol):
    """A group of columns that enters a model together."""

    @property
    def name(self) -> str:
        """What it is called in tables and sentences."""
        ...

    def values(self, train: Ints) -> Array:
        """Columns of all rows, shape (n, p).

        What has to be learnt for them, such as where people would look, is learnt from the rows
        `train` alone, and the columns of these rows are made as those of the others: by models
        that have not seen them.
        """
        ...


@dataclass(frozen=True, eq=False)
class Block:
    """Columns that nothing has to be learnt for.

    Parameters
    ----------
    name : str
        What it is called.
    numbers : ndarray of float64, shape (n, p)
        All finite.
    columns : tuple of str
        Their names; empty: they have none.

    Raises
    ------
    ParameterError
        If it is no table of finite numbers, or has another number of columns than of names.
    """

    name: str
    numbers: Array
    columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.numbers.ndim != 2 or not np.isfinite(self.numbers).all():
            raise ParameterError(f"the columns '{self.name}' are no table of finite numbers")
        if self.columns and len(self.columns) != self.numbers.shape[1]:
            raise ParameterError(f"the columns '{self.name}' are not as many as their names")

    def values(self, train: Ints) -> Array:  # noqa: ARG002
        """The numbers, whatever the rows are that are learnt from."""
        return self.numbers

    def within(self, dishes: Sequence[str]) -> Block:
        """The columns less each dish's average: how a view differs from the dish's other views.

        For choosing among views of a dish. Photos of the dish are needed for it, judgements are
        not; so it gives away nothing of a dish that is tested.

        Parameters
        ----------
        dishes : sequence of str
            The dish of each row.
        """
        names, number = patient_numbers(dishes)
        counts = np.bincount(number, minlength=len(names))[:, None]
        sums = np.zeros((len(names), self.numbers.shape[1]))
        np.add.at(sums, number, self.numbers)
        less = self.numbers - (sums / counts)[number]
        return Block(f"{self.name}, within the dish", less, self.columns)


@dataclass(frozen=True, eq=False)
class Table:
    """Rows to learn from and to be judged by.

    Parameters
    ----------
    items : tuple of str
        The photo of each row; several rows may be of one.
    target : ndarray of float64, shape (n,)
        Attractiveness, 0 to 1.
    dishes : tuple of str
        The dish of each row: rows of one are never on both sides of a test.
    inputs : tuple of Source
        What is known of each row.
    raters : tuple of str
        Whose judgement the row is; empty: of all together.
    judged : ndarray of bool, shape (n,)
        Rows that predictions are judged by; augmented copies are not. Default: all.

    Raises
    ------
    ParameterError
        If lengths differ, or the target is not finite.
    """

    items: tuple[str, ...]
    target: Array
    dishes: tuple[str, ...]
    inputs: tuple[Source, ...] = ()
    raters: tuple[str, ...] = ()
    judged: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))

    def __post_init__(self) -> None:
        n = len(self.items)
        if not len(self.judged):
            object.__setattr__(self, "judged", np.ones(n, np.bool_))
        lengths = {len(self.target), len(self.dishes), len(self.judged)}
        if lengths != {n} or len(self.raters) not in (0, n):
            raise ParameterError("the columns of the table are not of one length")
        if not np.isfinite(self.target).all():
            raise ParameterError(
                "a photo has no attractiveness", remedy="Leave out what nobody has judged"
            )

    def __len__(self) -> int:
        return len(self.items)

    def with_inputs(self, *inputs: Source) -> Table:
        """The same rows, known by other columns."""
        return replace(self, inputs=inputs)

    def taken(self, rows: Sequence[int] | Ints) -> Table:
        """Some of the rows; only columns that nothing has to be learnt for can be cut.

        Raises
        ------
        ParameterError
            If other columns are among the inputs.
        """
        at = np.asarray(rows, np.int64)
        cut = []
        for source in self.inputs:
            if not isinstance(source, Block):
                raise ParameterError(f"the columns '{source.name}' cannot be cut")
            cut.append(Block(source.name, source.numbers[at], source.columns))
        return Table(
            tuple(self.items[k] for k in at),
            self.target[at],
            tuple(self.dishes[k] for k in at),
            tuple(cut),
            tuple(self.raters[k] for k in at) if self.raters else (),
            self.judged[at],
        )
