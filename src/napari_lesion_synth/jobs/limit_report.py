"""What a detection-limit map leaves behind: the drawing, tables, JSON, and a page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.dataset.report import Section, drawing, page, paragraph, table
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.limits.analysis import LimitMap
from napari_lesion_synth.evaluation.limits.reader_limit import ReaderLimit
from napari_lesion_synth.evaluation.limits.results import insertion_rows
from napari_lesion_synth.evaluation.limits.rows import cell_rows, limit_table, map_json
from napari_lesion_synth.evaluation.limits.svg import limit_svg
from napari_lesion_synth.evaluation.limits.words import (
    cautions,
    contrast_words,
    difference_sentence,
    map_notes,
    operating_words,
)
from napari_lesion_synth.evaluation.rows import to_csv
from napari_lesion_synth.files import write_atomic

__all__ = ["CELLS", "FIGURE", "INSERTIONS", "MAP_JSON", "REPORT", "result_of", "write_all"]

FIGURE, CELLS, INSERTIONS = "limit_map.svg", "limit_map.csv", "insertions.csv"
MAP_JSON, REPORT = "limit_map.json", "report.html"


def write_all(
    made: LimitMap, folder: Path, readers: Sequence[ReaderLimit] = ()
) -> Iterator[tuple[str, Path]]:
    """Write everything, the page last.

    Yields
    ------
    str, Path
        What a file is, and the file.

    Raises
    ------
    StorageError
        If one cannot be written.
    """
    drawn = limit_svg(made, readers)
    content = json.dumps(map_json(made), indent=1, ensure_ascii=False, allow_nan=False)
    files = {
        "cells": (CELLS, to_csv(cell_rows(made)).encode()),
        "insertions": (
            INSERTIONS,
            insertion_rows(made.insertions, made.searched.threshold).encode(),
        ),
        "figure": (FIGURE, svg.free_standing(drawn)),
        "json": (MAP_JSON, f"{content}\n".encode()),
        "report": (REPORT, _page(made, drawn).encode()),
    }
    for role, (name, data) in files.items():
        write_atomic(folder / name, data)
        yield role, folder / name


def result_of(made: LimitMap, folder: Path) -> dict[str, Any]:
    """What the job ends with, as JSON types."""
    content = map_json(made)
    names = ("cts", "copies", "threshold", "false_alarms_per_ct", "found_by_chance")
    sentences = {
        "methods_compared": [difference_sentence(each) for each in made.differences],
        "cautions": content["cautions"],
    }
    return {
        **{name: content[name] for name in names},
        "lesions": sum(each.made for each in made.cells),
        "not_made": sum(not row.made for row in made.insertions),
        "detection_limits": limit_table(made),
        **{name: lines for name, lines in sentences.items() if lines},
        "report": str(folder / REPORT),
    }


def _page(made: LimitMap, drawn: str) -> str:
    searched = made.searched
    warned = cautions(made)
    sections = [
        Section("The map", (drawing(drawn, " ".join(map_notes(made)[:1])),)),
        *([Section("Beware", tuple(map(paragraph, warned)))] if warned else []),
        Section(
            "From which diameter on lesions are found",
            (table(limit_table(made)), paragraph(_LIMITS)),
        ),
    ]
    if made.differences:
        words = tuple(paragraph(difference_sentence(each)) for each in made.differences)
        sections.append(Section("Methods at the same places", (*words, paragraph(_PAIRED))))
    sections += [
        Section("What was asked for, and what the lesions measure", _measured(made)),
        Section(
            "What this does not show", tuple(map(paragraph, (_NOT_LESIONS, _ONE_PATIENT, _FEW)))
        ),
    ]
    cts = ", ".join(made.cts)
    lead = f"{searched.detector} in {cts}. {operating_words(made)}"
    return page("Detection limits", lead, sections)


_LIMITS = (
    "By the surface fitted to all cells of a method; in brackets 95 % intervals, places drawn "
    "again with all their lesions. Above or below: outside of the grid, where nothing was tried "
    "and nothing is claimed."
)
_PAIRED = (
    "Each place was tried with each method at each contrast, in copies of their own. Brackets: "
    "95 % intervals, places drawn again; not corrected for how many there are."
)
_NOT_LESIONS = (
    "Synthetic lesions are not lesions. A detector trained on such lesions may find these more "
    "easily than real ones, and one that was not may find them harder. The map says how detection "
    "changes with size, contrast and depth when all else is the same, not how many of a patient's "
    "lesions are found."
)
_ONE_PATIENT = (
    "One CT is one patient: another phase of contrast, dose, slice thickness or liver has another "
    "map. The intervals are over places in this organ, not over patients, unless several CTs were "
    "given."
)
_FEW = (
    "A single cell says little: of 8 found of 10, the interval is 49 to 94 %. The lines use all "
    "cells of a method, as far as the surface describes them."
)


def _lacks() -> tuple[str, ...]:
    return tuple(paragraph(words) for words in (_NOT_LESIONS, _ONE_PATIENT, _FEW))


def _measured(made: LimitMap) -> tuple[str, ...]:
    rows = [
        {
            "method": each.cell.method,
            "depth": each.cell.band,
            "diameter asked": f"{each.cell.diameter_mm:g} mm",
            "measured": f"{each.measured_mm:.1f} mm",
            "contrast asked": contrast_words(each.cell.contrast_hu),
            "measured in the CT": f"{each.measured_hu:+.1f} HU".replace("-", "\N{MINUS SIGN}"),
        }
        for each in made.cells
        if each.made and each.cell.contrast_hu in _ends(made)
    ]
    words = (
        "Medians, for the faintest and the most marked contrast; limit_map.csv has all cells, and "
        "insertions.csv all lesions. The contrast of each lesion was set by its mean against the "
        "tissue that would be there without it. Measured against the organ around it, vessels and "
        "noise of the place come in, as they do in a patient. At the rim the organ cuts lesions "
        "off, so that they are smaller."
    )
    return (paragraph(words), table(rows))


def _ends(made: LimitMap) -> tuple[float, float]:
    contrasts = made.searched.settings.contrasts_hu
    return contrasts[0], contrasts[-1]
