"""Which parts of a photo a prediction rests on, to be laid over where people looked.

Each part in turn is hidden, and the prediction that is left is compared with the whole photo's
[1]_. A part is hidden by a strong blur whose edge fades, so that its mean colour stays and no
new edge is made; what a model sees in details alone is what the map shows.

References
----------
.. [1] M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014:
   occlusion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.map_metrics import correlation, nss
from napari_lesion_synth.perception.gaze.maps import CentrePrior, MapGrid
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.regression.table import Array
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["Agreement", "Attribution", "against_fixations", "occluded", "part_by_part"]

Predict = Callable[[Sequence[Picture]], Array]


@dataclass(frozen=True, eq=False)
class Attribution:
    """What hiding each part of a photo does.

    Parameters
    ----------
    fall : ndarray of float64, shape (rows, columns)
        Prediction of the whole photo less that without the part: positive where the part makes
        it more attractive.
    whole : float
        Prediction of the whole photo.
    """

    fall: Array
    whole: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How an attribution goes with where people looked, and how the middle of the photo does.

    Parameters
    ----------
    correlation, nss : float
        Of the strength of the attribution with the fixation map, and at the fixations. NaN where
        the attribution is the same everywhere.
    centre_correlation, centre_nss : float
        The same of the centre prior, which knows nothing of the photo: what is to be beaten.
    fixations : int
        How many there are.
    """

    correlation: float
    nss: float
    centre_correlation: float
    centre_nss: float
    fixations: int


def part_by_part(picture: Picture, predict: Predict, parts: int = 8) -> Attribution:
    """Hide each part of a photo.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        The photo.
    predict : callable
        Attractiveness of pictures.
    parts : int
        Along the longer side.

    Raises
    ------
    ParameterError
        If there are fewer than 2 parts.
    """
    if parts < 2:
        raise ParameterError("a map of what a prediction rests on has 2 parts or more")
    height, width = picture.shape[:2]
    step = max(height, width) / parts
    shape = max(1, round(height / step)), max(1, round(width / step))
    blurred = _blurred(picture, step / 2)
    whole = float(predict([picture])[0])
    left = [
        float(predict([_without(picture, blurred, (row, column), shape)])[0])
        for row in range(shape[0])
        for column in range(shape[1])
    ]
    return Attribution(whole - np.array(left).reshape(shape), whole)


def occluded(picture: Picture, part: tuple[int, int], shape: tuple[int, int]) -> Picture:
    """A photo with one of its parts hidden.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        The photo.
    part : tuple of int
        Row and column of the part.
    shape : tuple of int
        Rows and columns of all parts.
    """
    step = max(picture.shape[0] / shape[0], picture.shape[1] / shape[1])
    return _without(picture, _blurred(picture, step / 2), part, shape)


def against_fixations(
    attribution: Attribution, looked: Array, fixated: tuple[Array, Array]
) -> Agreement:
    """Compare the strength of an attribution, whatever its sign, with where people looked.

    All maps are taken on the parts of the attribution: a finer prior would have it easier.

    Parameters
    ----------
    attribution : Attribution
        Of a photo.
    looked : ndarray, shape (any rows, any columns)
        How much people looked at each cell of it.
    fixated : tuple of ndarray, each of shape (n,)
        x and y of the fixations, as shares of the photo's width and height.
    """
    strength = np.abs(attribution.fall)
    rows, columns = strength.shape
    grid = MapGrid(columns, rows)
    centre = CentrePrior().map(grid)
    plane = regridded(looked, strength.shape)
    cells = grid.cells(fixated[0] * columns, fixated[1] * rows)
    return Agreement(
        correlation(strength, plane),
        nss(strength, cells),
        correlation(centre, plane),
        nss(centre, cells),
        len(cells[0]),
    )


def _without(
    picture: Picture, blurred: Array, part: tuple[int, int], shape: tuple[int, int]
) -> Picture:
    share = [
        _fading(size, index, number)
        for size, index, number in zip(picture.shape[:2], part, shape, strict=True)
    ]
    # Only what the part's fading edge reaches: most of the photo stays as it is.
    rows, columns = (_reached(each) for each in share)
    hidden = (share[0][rows, None] * share[1][None, columns])[..., None]
    result = picture.copy()
    result[rows, columns] = np.rint(
        picture[rows, columns] * (1 - hidden) + blurred[rows, columns] * hidden
    )
    return result


def _reached(share: Array) -> slice:
    """From the first to the last place with a share; a part finer than a pixel has none."""
    at = np.flatnonzero(share)
    return slice(int(at[0]), int(at[-1]) + 1) if len(at) else slice(0)


def _fading(size: int, index: int, parts: int) -> Array:
    """1 within the part, 0 beyond it, and a ramp between, a quarter of a part wide."""
    place = (np.arange(size) + 0.5) / size * parts - index
    return np.asarray(np.clip(0.5 + 4 * np.minimum(place, 1 - place), 0, 1))


def _blurred(picture: Picture, sigma: float) -> Array:
    from scipy.ndimage import gaussian_filter

    return np.asarray(
        gaussian_filter(picture.astype(np.float64), (sigma, sigma, 0), mode="nearest")
    )
