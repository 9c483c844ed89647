"""What a sequence of fixations is like, and how alike two are.

References
----------
.. [1] C. M. Privitera, L. W. Stark, "Algorithms for defining visual regions-of-interest", IEEE
   Trans. Pattern Anal. Mach. Intell. 22, 2000: sequences as strings, compared by edits.
.. [2] F. Cristino, S. Mathot, J. Theeuwes, I. D. Gilchrist, "ScanMatch", Behavior Research Methods
   42, 2010: long fixations count several times.
.. [3] S. Mathot, F. Cristino, I. D. Gilchrist, J. Theeuwes, "A simple way to estimate similarity
   between pairs of eye movement sequences", J. Eye Movement Research 5, 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.geometry import Viewing
from napari_lesion_synth.perception.gaze.maps import grid_histogram, in_photo
from napari_lesion_synth.perception.gaze.samples import Floats, Frame, Scanpath

__all__ = ["ScanpathFacts", "cells_of", "edit_similarity", "nearest_distance", "scanpath_facts"]

_ENTROPY_GRID = 8


@dataclass(frozen=True, slots=True)
class ScanpathFacts:
    """Figures of one scanpath; NaN where there are too few fixations for one.

    Parameters
    ----------
    fixations : int
        How many.
    fixating_s, mean_fixation_s, longest_fixation_s : float
        Sum, mean and maximum of their durations.
    first_latency_s : float
        From the photo's appearance to the first fixation that begins after it.
    mean_saccade_deg, path_deg : float
        Mean and sum of the angles from one fixation to the next.
    spread_deg : float
        Root mean square distance of the fixations from their mean.
    entropy_bits : float
        Of the looking over 8 x 8 parts of the photo, 0 to 6.
    """

    fixations: int
    fixating_s: float
    mean_fixation_s: float
    longest_fixation_s: float
    first_latency_s: float
    mean_saccade_deg: float
    path_deg: float
    spread_deg: float
    entropy_bits: float


def scanpath_facts(
    scanpath: Scanpath, viewing: Viewing, size: tuple[int, int], onset_s: float = 0.0
) -> ScanpathFacts:
    """Figures of a scanpath on a photo.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels.
    viewing : Viewing
        With the rectangle in which the photo was shown.
    size : tuple of int
        Width and height of the photo.
    onset_s : float
        When it appeared, on the clock of the fixations.
    """
    nan = float("nan")
    if not scanpath:
        return ScanpathFacts(0, 0.0, nan, nan, nan, nan, nan, nan, nan)
    lasts = np.array([f.duration_s for f in scanpath])
    later = [f.start_s - onset_s for f in scanpath if f.start_s > onset_s]
    steps = _steps(scanpath, viewing, "image")
    azimuth, elevation = viewing.degrees(*_places(scanpath), "image")
    spread = np.sqrt(azimuth.var() + elevation.var())
    return ScanpathFacts(
        fixations=len(scanpath),
        fixating_s=float(lasts.sum()),
        mean_fixation_s=float(lasts.mean()),
        longest_fixation_s=float(lasts.max()),
        first_latency_s=later[0] if later else nan,
        mean_saccade_deg=float(steps.mean()) if len(steps) else nan,
        path_deg=float(steps.sum()),
        spread_deg=float(spread),
        entropy_bits=_entropy(scanpath, size),
    )


def cells_of(
    scanpath: Scanpath, size: tuple[int, int], parts: int = 5, bin_s: float | None = None
) -> tuple[int, ...]:
    """A scanpath as a sequence of the photo's parts.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels; those beside the photo are left out.
    size : tuple of int
        Width and height of the photo.
    parts : int
        Parts along each side; they are numbered by rows.
    bin_s : float, optional
        A fixation counts once for every so many seconds [2]_, once at least. Default: once.
    """
    width, height = size
    sequence: list[int] = []
    for fixation in in_photo(scanpath, width, height):
        row = min(int(fixation.y / height * parts), parts - 1)
        column = min(int(fixation.x / width * parts), parts - 1)
        times = 1 if bin_s is None else max(1, round(fixation.duration_s / bin_s))
        sequence += [row * parts + column] * times
    return tuple(sequence)


def edit_similarity(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """1 less the edits that make one sequence the other, as a share of the longer one [1]_.

    1 for the same sequence, 0 where nothing agrees; NaN where both are empty.
    """
    longer = max(len(one), len(other))
    if not longer:
        return float("nan")
    row = np.arange(len(other) + 1)
    target = np.array(other, np.int64)
    for i, item in enumerate(one, start=1):
        above = np.minimum(row[1:] + 1, row[:-1] + (target != item))
        # Insertions run along the row: the running minimum of the cost less its place.
        whole = np.concatenate([[i], above]) - np.arange(len(row))
        row = np.minimum.accumulate(whole) + np.arange(len(row))
    return 1 - int(row[-1]) / longer


def nearest_distance(one: Scanpath, other: Scanpath, viewing: Viewing, frame: Frame) -> float:
    """Mean angle from each fixation to the nearest one of the other scanpath, degrees [3]_.

    In both directions, so that it is the same either way; divided by the number of all
    fixations. The order plays no part.

    Raises
    ------
    ParameterError
        If one of them is empty.
    """
    if not one or not other:
        raise ParameterError("a scanpath without fixations is at no distance from another")
    a, b = _on_screen(one, viewing, frame), _on_screen(other, viewing, frame)
    apart = viewing.screen.angle((a[0][:, None], a[1][:, None]), (b[0][None, :], b[1][None, :]))
    total = apart.min(axis=1).sum() + apart.min(axis=0).sum()
    return float(total / (len(one) + len(other)))


def _places(scanpath: Scanpath) -> tuple[Floats, Floats]:
    return np.array([f.x for f in scanpath]), np.array([f.y for f in scanpath])


def _on_screen(scanpath: Scanpath, viewing: Viewing, frame: Frame) -> tuple[Floats, Floats]:
    return viewing.on_screen(*_places(scanpath), frame)


def _steps(scanpath: Scanpath, viewing: Viewing, frame: Frame) -> Floats:
    x, y = _on_screen(scanpath, viewing, frame)
    return viewing.screen.angle((x[:-1], y[:-1]), (x[1:], y[1:]))


def _entropy(scanpath: Scanpath, size: tuple[int, int]) -> float:
    shares = grid_histogram(scanpath, *size, _ENTROPY_GRID)
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum()) + 0.0 if len(some) else float("nan")
