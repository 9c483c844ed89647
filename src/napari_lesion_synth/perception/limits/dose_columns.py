"""What a dose-response curve is made of: lines, splines, and deviations from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.limits.shrinkage import Group

__all__ = ["DoseColumns", "spline"]

Array = NDArray[np.float64]

_KNOTS = 5

# Standard deviations at the end of an arm, in utilities.
_LINE, _BEND = 3.0, 1.2
_CATEGORY_LINE, _CATEGORY_BEND = 0.4, 0.2
_PHOTO, _RATER, _SIDE = 0.4, 0.4, 0.5

# Few answers look like lines. A spline that follows them is too stiff where a curve bends early: it
# calls weak changes smaller than they are, and does so ever more surely with more answers.
_LEAST_BEND = _BEND


@dataclass(frozen=True, eq=False)
class DoseColumns:
    """Where the coefficients are: lines and splines of arms and categories, photos, raters, side.

    Parameters
    ----------
    reaches : tuple of float
        The strongest magnitude of each arm, with its sign.
    categories : tuple of str
        Names of the categories.
    photos, raters : int
        How many there are.
    scale : float
        Typical size of a change: 1 in utilities.
    """

    reaches: tuple[float, ...]
    categories: tuple[str, ...]
    photos: int
    raters: int
    scale: float

    @property
    def own(self) -> int:
        """Categories with coefficients of their own: none where there is one category."""
        return len(self.categories) if len(self.categories) > 1 else 0

    @property
    def groups(self) -> tuple[Group, ...]:
        """All coefficients in their order."""
        arms = len(self.reaches)
        least = {"bend": _LEAST_BEND * self.scale}
        sizes = (
            ("line", arms, _LINE, True),
            ("bend", arms * _KNOTS, _BEND, False),
            ("category line", arms * self.own, _CATEGORY_LINE, False),
            ("category bend", arms * self.own * _KNOTS, _CATEGORY_BEND, False),
            ("photo", arms * self.photos, _PHOTO, False),
            ("rater", arms * self.raters, _RATER, False),
            ("side", 1, _SIDE, True),
        )
        groups, start = [], 0
        for name, size, typical, fixed in sizes:
            columns = slice(start, start + size)
            scaled = typical * self.scale
            groups.append(Group(name, columns, scaled, fixed, least.get(name, 0.0)))
            start += size
        return tuple(groups)

    def where(self, name: str) -> slice:
        """Columns of a group."""
        return next(group.columns for group in self.groups if group.name == name)

    def arm(self, magnitude: Array) -> tuple[Array, Array]:
        """Number of each magnitude's arm, and how far it lies along it (1 at its reach)."""
        signs = np.array([np.sign(reach) for reach in self.reaches])
        arm = np.argmax(np.sign(magnitude)[:, None] == signs, axis=1)
        return arm, np.abs(magnitude) / np.abs(np.array(self.reaches))[arm]

    def curve(self, magnitude: Array, shares: Array) -> Array:
        """Design of the arms, shape (n, q), with shares of the categories, shape (n, c)."""
        arm, x = self.arm(magnitude)
        n, rows = len(x), np.arange(len(x))
        bends = spline(x)
        design = np.zeros((n, self.groups[-1].columns.stop))
        design[rows, self.where("line").start + arm] = x
        first = self.where("bend").start + arm * _KNOTS
        design[rows[:, None], first[:, None] + np.arange(_KNOTS)] = bends
        for c in range(self.own):
            cell = arm * self.own + c
            design[rows, self.where("category line").start + cell] = shares[:, c] * x
            first = self.where("category bend").start + cell * _KNOTS
            design[rows[:, None], first[:, None] + np.arange(_KNOTS)] = shares[:, c, None] * bends
        return design

    def whole(self, answers: DoseAnswers) -> Array:
        """Design of the answers, shape (n, q)."""
        shares = np.eye(len(self.categories))[answers.category]
        design = self.curve(answers.magnitude, shares)
        arm, x = self.arm(answers.magnitude)
        rows = np.arange(len(x))
        design[rows, self.where("photo").start + arm * self.photos + answers.photo] = x
        design[rows, self.where("rater").start + arm * self.raters + answers.rater] = x
        design[:, self.where("side").start] = answers.side
        return design


def spline(x: Array) -> Array:
    """Columns of the spline, shape (n, knots): with unit normal coefficients, sd 1 at x = 1."""
    knots = np.arange(1, _KNOTS + 1) / _KNOTS
    root = np.linalg.cholesky(_kernel(knots[:, None], knots[None, :]))
    return np.asarray(np.linalg.solve(root, _kernel(knots[:, None], x[None, :])).T)


def _kernel(a: Array, b: Array) -> Array:
    """Covariance of an integrated Wiener process that starts at 0 at rest; 1 at (1, 1)."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.asarray(low**2 * (3 * high - low) / 2)
