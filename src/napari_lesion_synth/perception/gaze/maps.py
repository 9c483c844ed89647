"""Where a photo is looked at: heatmaps, grid histograms and the centre that all photos share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.samples import Bools, Floats, Scanpath

__all__ = [
    "CentrePrior",
    "MapGrid",
    "Weighting",
    "grid_histogram",
    "heatmap",
    "in_photo",
    "weighting_of",
]

Weighting: TypeAlias = Literal["duration", "count"]


def weighting_of(source: str | None) -> Weighting:
    """What a fixation weighs by what recorded it: a click lasts no time that means something."""
    return "count" if source == "bubble_click" else "duration"


@dataclass(frozen=True, slots=True)
class MapGrid:
    """The cells of a map.

    Parameters
    ----------
    width, height : int
        Pixels of the photo.
    step : int
        Pixels of a cell's side; 1 is a map as fine as the photo. Cells at the right and lower
        edge may reach beyond it.

    Raises
    ------
    ParameterError
        If one of them is below 1.
    """

    width: int
    height: int
    step: int = 1

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.step) < 1:
            raise ParameterError("a map has at least one cell of at least one pixel")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return -(-self.height // self.step), -(-self.width // self.step)

    @property
    def centres(self) -> tuple[Floats, Floats]:
        """Pixels of the cells' centres: x of the columns, y of the rows."""
        rows, columns = self.shape
        x: Floats = (np.arange(columns, dtype=np.float64) + 0.5) * self.step
        y: Floats = (np.arange(rows, dtype=np.float64) + 0.5) * self.step
        return x, y

    def cells(self, x: Floats, y: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of the cells that points of the photo lie in."""
        rows, columns = self.shape
        row = np.clip(np.floor(y / self.step), 0, rows - 1).astype(np.int64)
        column = np.clip(np.floor(x / self.step), 0, columns - 1).astype(np.int64)
        return row, column


def in_photo(scanpath: Scanpath, width: int, height: int) -> Scanpath:
    """The fixations that lie on the photo, its edges included."""
    return tuple(f for f in scanpath if 0 <= f.x <= width and 0 <= f.y <= height)


def heatmap(
    scanpath: Scanpath,
    grid: MapGrid,
    sigma_px: tuple[float, float],
    weighting: Weighting = "duration",
) -> Floats:
    """How much each cell was looked at: a Gaussian a fixation, of 1 degree by custom.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels; those beside the photo do not count.
    grid : MapGrid
        Cells of the map.
    sigma_px : tuple of float
        Standard deviation along x and y, as `Viewing.px_per_degree("image")` has it for a degree.
    weighting : "duration" or "count"
        What a fixation weighs.

    Returns
    -------
    ndarray, shape (rows, columns)
        Sums to 1; 0 everywhere where no fixation lies on the photo.

    Raises
    ------
    ParameterError
        If a standard deviation is not positive.
    """
    if min(sigma_px) <= 0:
        raise ParameterError("the width of a heatmap's spots is above 0")
    x, y, weight = _points(scanpath, grid.width, grid.height, weighting)
    columns, rows = grid.centres
    # A Gaussian is a product of its axes: so the map is a product of two small matrices, exact,
    # without a kernel that ends somewhere.
    across = np.exp(-0.5 * ((columns - x[:, None]) / sigma_px[0]) ** 2)
    down = np.exp(-0.5 * ((rows - y[:, None]) / sigma_px[1]) ** 2)
    heat: Floats = (down * weight[:, None]).T @ across
    total = heat.sum()
    return heat / total if total > 0 else heat


def grid_histogram(
    scanpath: Scanpath,
    width: int,
    height: int,
    size: int = 4,
    weighting: Weighting = "duration",
) -> Floats:
    """Share of the looking in each of size x size equal parts of the photo.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels; those beside the photo do not count.
    width, height : int
        Pixels of the photo.
    size : int
        Parts along each side.
    weighting : "duration" or "count"
        What a fixation weighs.

    Returns
    -------
    ndarray, shape (size, size)
        Sums to 1; 0 everywhere where no fixation lies on the photo.
    """
    if size < 1:
        raise ParameterError(f"a grid of {size} x {size} has no parts")
    x, y, weight = _points(scanpath, width, height, weighting)
    row = np.minimum((y / height * size).astype(np.int64), size - 1)
    column = np.minimum((x / width * size).astype(np.int64), size - 1)
    counted = np.bincount(row * size + column, weight, minlength=size * size)
    shares: Floats = counted.reshape(size, size).astype(np.float64)
    return shares / shares.sum() if shares.sum() > 0 else shares


@dataclass(frozen=True, slots=True)
class CentrePrior:
    """People look at the middle of photos, whatever is there.

    Parameters
    ----------
    mean : tuple of float
        Of x and y, as shares of width and height.
    spread : tuple of float
        Standard deviations, likewise.
    """

    mean: tuple[float, float] = (0.5, 0.5)
    spread: tuple[float, float] = (0.22, 0.22)

    @classmethod
    def fitted(
        cls, scanpaths: Sequence[Scanpath], width: int, height: int, weighting: Weighting = "count"
    ) -> Self:
        """The Gaussian of the fixations of other photos of the same size.

        Raises
        ------
        ParameterError
            If there are fewer than 2 fixations on the photos.
        """
        together = tuple(fixation for path in scanpaths for fixation in path)
        x, y, weight = _points(together, width, height, weighting)
        if len(x) < 2:
            raise ParameterError("a centre prior needs fixations to be made from")
        shares = np.stack([x / width, y / height])
        mean = np.average(shares, axis=1, weights=weight)
        spread = np.sqrt(np.average((shares - mean[:, None]) ** 2, axis=1, weights=weight))
        spread = np.maximum(spread, 1e-3)
        return cls((float(mean[0]), float(mean[1])), (float(spread[0]), float(spread[1])))

    def map(self, grid: MapGrid) -> Floats:
        """The prior as a map that sums to 1, shape (rows, columns)."""
        columns, rows = grid.centres
        across = ((columns / grid.width - self.mean[0]) / self.spread[0]) ** 2
        down = ((rows / grid.height - self.mean[1]) / self.spread[1]) ** 2
        prior = np.exp(-0.5 * (across[None, :] + down[:, None]))
        return np.asarray(prior / prior.sum(), np.float64)


def _points(
    scanpath: Scanpath, width: int, height: int, weighting: Weighting
) -> tuple[Floats, Floats, Floats]:
    x = np.array([f.x for f in scanpath], np.float64)
    y = np.array([f.y for f in scanpath], np.float64)
    lasts = np.array([f.duration_s for f in scanpath], np.float64)
    weight = lasts if weighting == "duration" else np.ones_like(lasts)
    on: Bools = (x >= 0) & (x <= width) & (y >= 0) & (y <= height)
    return x[on], y[on], weight[on]
