"""A detection-limit map read back from its folder, while it is made or when it is finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.evaluation.limits.analysis import LimitMap, Searched, analyse
from napari_lesion_synth.evaluation.limits.contours import DRAWS
from napari_lesion_synth.evaluation.limits.design import Shortage
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs.limit_folder import Kept, kept_in, plan_of

__all__ = ["LimitAbout", "MapCt", "about_from", "about_to_json", "read_limit_map", "searched_of"]


@dataclass(frozen=True, slots=True)
class MapCt:
    """A CT of a map.

    Parameters
    ----------
    name, patient : str
        Which, and whose.
    sha256 : str
        `Volume.sha256`.
    inputs : mapping
        `Case.inputs`: where it can be read again; empty where it cannot.
    """

    name: str
    patient: str
    sha256: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LimitAbout:
    """What is known of a map besides its results.

    Parameters
    ----------
    detector : str
        Who searches, in words.
    cts : tuple of MapCt
        The CTs.
    known_lesions : bool
        Whether their lesions are known.
    shortages : tuple of (str, Shortage)
        Where a CT has too few places.
    copies : int
        How many are planned.
    donors, model : str
        Files that the lesions are made from; empty: none, or what comes with the program.
    """

    detector: str
    cts: tuple[MapCt, ...]
    known_lesions: bool
    shortages: tuple[tuple[str, Shortage], ...]
    copies: int
    donors: str = ""
    model: str = ""


def about_to_json(about: LimitAbout) -> dict[str, Any]:
    """As JSON types."""
    content = asdict(about)
    content["cts"] = [{**asdict(ct), "inputs": dict(ct.inputs)} for ct in about.cts]
    content["shortages"] = [[name, asdict(short)] for name, short in about.shortages]
    return content


def about_from(data: Mapping[str, Any]) -> LimitAbout:
    """Inverse of `about_to_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is something else.
    """
    return LimitAbout(
        str(data["detector"]),
        tuple(MapCt(**ct) for ct in data["cts"]),
        bool(data["known_lesions"]),
        tuple((str(name), Shortage(**short)) for name, short in data["shortages"]),
        int(data["copies"]),
        str(data["donors"]),
        str(data["model"]),
    )


def searched_of(
    about: LimitAbout,
    grid: LimitSettings,
    rule: HitRule,
    kept: Kept,
    threshold: float | None,
) -> Searched:
    """What was done so far.

    Parameters
    ----------
    about : LimitAbout
        The map.
    grid : LimitSettings
        Its grid.
    rule : HitRule
        What a hit is.
    kept : Kept
        What was searched.
    threshold : float or None
        From which score on findings count; None: the detector's own.
    """
    own = max(kept.own.values(), default=0.0)
    return Searched(
        grid,
        rule,
        about.detector,
        own if threshold is None else threshold,
        threshold is None,
        tuple(kept.untouched[ct.name] for ct in about.cts if ct.name in kept.untouched),
        about.known_lesions,
        about.shortages,
        len(kept.rows),
        about.copies,
    )


def read_limit_map(
    folder: Path, threshold: float | None = None, *, draws: int = DRAWS
) -> tuple[LimitMap, LimitAbout]:
    """Read a map, finished or not, and tell it at a threshold.

    Parameters
    ----------
    folder : Path
        What limit-map wrote.
    threshold : float, optional
        From which score on findings count; default: the detector's own.
    draws : int
        Of the places, for intervals.

    Raises
    ------
    DatasetError
        If the folder holds no map, or nothing was searched yet.
    """
    plan = plan_of(folder)
    try:
        about = about_from(plan["about"])
        grid = LimitSettings.model_validate(plan["asked"]["grid"])
        rule = HitRule.model_validate(plan["asked"]["rule"])
    except (KeyError, TypeError, ValueError, ValidationError) as error:
        raise DatasetError(
            "the folder holds no detection-limit map",
            where=folder,
            remedy="Choose a folder that limit-map wrote",
        ) from error
    kept = kept_in(folder, rule)
    if not kept.untouched:
        raise DatasetError(
            "nothing has been searched yet", where=folder, remedy="Wait, or run the map again"
        )
    known = {*grid.cells}
    rows = [row for row in kept.insertions if row.cell in known]
    done = searched_of(about, grid, rule, kept, threshold)
    return analyse(rows, done, seed=grid.seed, draws=draws), about
