"""What became of every lesion of a detection-limit map, as rows of a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import DatasetError, InputError
from napari_lesion_synth.evaluation.limits.design import PlannedLesion
from napari_lesion_synth.evaluation.limits.insertion import Inserted, LimitCopy
from napari_lesion_synth.evaluation.limits.settings import Cell
from napari_lesion_synth.evaluation.matching import CaseResult

__all__ = ["Insertion", "insertion_rows", "read_insertions", "rows_of_copy"]

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Insertion:
    """One lesion that was put into a copy of a CT.

    Parameters
    ----------
    ct, copy : str
        Patient's pseudonym, and name of the copy.
    spot : int
        Number of the place in the CT: the same for all contrasts and methods tried there.
    method, band : str
        How it was made, and the depth that was asked for.
    diameter_mm, contrast_hu : float
        As asked for.
    z, y, x : int
        Voxel of the site.
    zone : str
        Rim or interior, by its own outline; empty where it was not made.
    surface_mm, set_hu, measured_mm, measured_hu, noise_hu : float
        Depth of its surface; its contrast by construction; its diameter, and its contrast to the
        organ around it as measured in the CT, and the standard deviation of that organ. NaN
        where it was not made.
    score : float or None
        Of the finding that hit it; None where none did.
    chance : float or None
        Of the finding in the untouched CT that would have hit it; None where none would.
    problem : str
        Why it could not be made; empty where it was.
    recipe : str
        JSON from which it can be made again; empty where it was not made.
    """

    ct: str
    copy: str
    spot: int
    method: str
    band: str
    diameter_mm: float
    contrast_hu: float
    z: int
    y: int
    x: int
    zone: str = ""
    surface_mm: float = math.nan
    set_hu: float = math.nan
    measured_mm: float = math.nan
    measured_hu: float = math.nan
    noise_hu: float = math.nan
    score: float | None = None
    chance: float | None = None
    problem: str = ""
    recipe: str = ""

    @property
    def cell(self) -> Cell:
        """Square of the map."""
        return Cell(self.method, self.band, self.diameter_mm, self.contrast_hu)

    @property
    def made(self) -> bool:
        """Whether it was there to be found."""
        return not self.problem

    def found(self, threshold: float) -> bool:
        """Whether a finding of at least this score hit it."""
        return self.score is not None and self.score >= threshold

    def by_chance(self, threshold: float) -> bool:
        """Whether a finding of at least this score lies there without it, too."""
        return self.chance is not None and self.chance >= threshold

    def to_json(self) -> dict[str, Any]:
        """As JSON types; NaN as null."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Insertion:
        """Inverse of `to_json`.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        return cls(**{each.name: _KINDS[str(each.type)](data[each.name]) for each in fields(cls)})


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS) if math.isfinite(value) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float:
    return math.nan if value is None or value == "" else float(value)


def _optional(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)


_KINDS: Mapping[str, Any] = {
    "str": _text,
    "int": int,
    "float": _number,
    "float | None": _optional,
}


def rows_of_copy(
    ct: str, made: LimitCopy, result: CaseResult, chances: Mapping[int, float | None]
) -> tuple[Insertion, ...]:
    """What became of the lesions of a copy.

    Parameters
    ----------
    ct : str
        The patient's pseudonym.
    made : LimitCopy
        The copy.
    result : CaseResult
        Findings in it, judged.
    chances : mapping of int to float or None
        Score of the finding in the untouched CT that would hit each lesion, by its number.
    """
    scores = {lesion.number: lesion.score for lesion in result.lesions}
    rows = [
        _inserted(ct, made, each, scores.get(each.truth.number), chances[each.truth.number])
        for each in made.inserted
    ]
    rows += [
        Insertion(**_place(ct, made, each.planned), problem=each.problem) for each in made.refused
    ]
    return tuple(sorted(rows, key=lambda row: row.spot))


def _inserted(
    ct: str, made: LimitCopy, each: Inserted, score: float | None, chance: float | None
) -> Insertion:
    seen, zone = each.appearance, each.truth.zone
    return Insertion(
        **_place(ct, made, each.planned),
        zone="" if zone is None else zone.value,
        surface_mm=each.surface_mm,
        set_hu=each.contrast_hu,
        measured_mm=seen.diameter_mm,
        measured_hu=seen.contrast_hu,
        noise_hu=seen.around_sd,
        score=score,
        chance=chance,
        recipe=each.sample.recipe.to_json(),
    )


def _place(ct: str, made: LimitCopy, planned: PlannedLesion) -> dict[str, Any]:
    spot, plan = planned.spot, made.plan
    return {
        "ct": ct,
        "copy": plan.name,
        "spot": spot.number,
        "method": plan.method,
        "band": spot.band,
        "diameter_mm": spot.diameter_mm,
        "contrast_hu": planned.contrast_hu,
        **dict(zip("zyx", spot.site.center, strict=True)),
    }


def insertion_rows(rows: Iterable[Insertion], threshold: float) -> str:
    """A table (CSV) of insertions, and whether each was found at a threshold."""
    names = [each.name for each in fields(Insertion)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*names, "found"])
    for row in rows:
        content = row.to_json()
        cells = ["" if content[name] is None else content[name] for name in names]
        writer.writerow([*cells, int(row.found(threshold)) if row.made else ""])
    return text.getvalue()


def read_insertions(path: Path) -> tuple[Insertion, ...]:
    """Read a table of insertions back.

    Raises
    ------
    InputError
        If there is no such file.
    DatasetError
        If it is no such table.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the table cannot be read ({error.strerror})", where=path, remedy="Check the path"
        ) from error
    rows: Sequence[dict[str, Any]] = list(csv.DictReader(io.StringIO(text)))
    try:
        return tuple(Insertion.from_json(row) for row in rows)
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(
            f"this is no table of a detection-limit map ({error!r})",
            where=path,
            remedy="Give insertions.csv, as limit-map writes it",
        ) from error
