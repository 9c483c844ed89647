"""How long, how soon and how often each area of a photo is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from napari_lesion_synth.perception.gaze.samples import Fixation, Scanpath
from napari_lesion_synth.perception.stimuli.areas import Areas

__all__ = ["ELSEWHERE", "AreaDwell", "dwell"]

ELSEWHERE = "elsewhere"
"""Name of what belongs to no area, and of what lies beside the photo."""


@dataclass(frozen=True, slots=True)
class AreaDwell:
    """What an area got of the looking.

    Parameters
    ----------
    name : str
        The area, or `ELSEWHERE`.
    dwell_s : float
        Time of the fixations in it.
    share : float
        Of the time of all fixations, 0 to 1; NaN where there are none.
    area_share : float
        Share of the photo that it covers: what chance would give it.
    fixations, visits : int
        Fixations in it; runs of them without one in between that lies elsewhere.
    first_fixation_s : float or None
        From the photo's appearance to the first fixation in it, 0 for one that had begun
        before; None where there was none.
    """

    name: str
    dwell_s: float
    share: float
    area_share: float
    fixations: int
    visits: int
    first_fixation_s: float | None


def dwell(scanpath: Scanpath, areas: Areas, onset_s: float = 0.0) -> tuple[AreaDwell, ...]:
    """The looking, by areas.

    Parameters
    ----------
    scanpath : tuple of Fixation
        In the photo's pixels, in order of time.
    areas : Areas
        Label image of the photo.
    onset_s : float
        When the photo appeared, on the clock of the fixations.

    Returns
    -------
    tuple of AreaDwell
        One an area that has pixels, then `ELSEWHERE`.
    """
    where = [_area_at(fixation, areas) for fixation in scanpath]
    covered = {name: areas.share(name) for name in areas.present}
    covered[ELSEWHERE] = 1 - sum(covered.values())
    total = sum(fixation.duration_s for fixation in scanpath)
    return tuple(_dwell(name, covered[name], where, scanpath, total, onset_s) for name in covered)


def _dwell(
    name: str,
    area_share: float,
    where: list[str],
    scanpath: Scanpath,
    total: float,
    onset_s: float,
) -> AreaDwell:
    inside = [place == name for place in where]
    chosen = [f for f, here in zip(scanpath, inside, strict=True) if here]
    lasts = sum(fixation.duration_s for fixation in chosen)
    visits = sum(
        here and not before for before, here in zip([False, *inside], inside, strict=False)
    )
    return AreaDwell(
        name=name,
        dwell_s=float(lasts),
        share=lasts / total if total > 0 else float("nan"),
        area_share=area_share,
        fixations=len(chosen),
        visits=visits,
        first_fixation_s=max(0.0, chosen[0].start_s - onset_s) if chosen else None,
    )


def _area_at(fixation: Fixation, areas: Areas) -> str:
    rows, columns = areas.labels.shape
    if not (0 <= fixation.y <= rows and 0 <= fixation.x <= columns):
        return ELSEWHERE
    row, column = min(int(fixation.y), rows - 1), min(int(fixation.x), columns - 1)
    number = int(areas.labels[row, column])
    return areas.names.get(number, f"area {number}") if number else ELSEWHERE
