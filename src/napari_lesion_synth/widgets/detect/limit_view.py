"""A map as it is looked at: read from its folder, told at a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.evaluation.limits.analysis import LimitMap
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.limits.settings import Cell
from napari_lesion_synth.evaluation.limits.words import contrast_words
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.jobs.evaluate_record import TestedCt
from napari_lesion_synth.jobs.limit_reading import LimitAbout, read_limit_map
from napari_lesion_synth.widgets.detect.evaluate_view import Place
from napari_lesion_synth.widgets.detect.rows import MISSED

__all__ = ["LimitView", "read_view"]

_DRAWS = 200
"""For intervals of a map that is looked at; its report draws more often."""


@dataclass(frozen=True, eq=False)
class LimitView:
    """A map that was read.

    Parameters
    ----------
    folder : Path
        From where.
    made : LimitMap
        The map.
    about : LimitAbout
        What it was made from.
    """

    folder: Path
    made: LimitMap
    about: LimitAbout

    def rows(self, cell: Cell) -> tuple[Insertion, ...]:
        """The lesions of a cell that were made, missed ones first."""
        threshold = self.made.searched.threshold
        own = [row for row in self.made.insertions if row.cell == cell and row.made]
        return tuple(sorted(own, key=lambda row: (row.found(threshold), row.ct, row.spot)))

    def place(self, row: Insertion) -> Place:
        """A lesion as a place on the canvas."""
        found = row.found(self.made.searched.threshold)
        words = (
            f"{row.measured_mm:.1f} mm and {contrast_words(round(row.measured_hu, 1))} in the CT "
            f"(asked: {row.diameter_mm:g} mm, {contrast_words(row.contrast_hu)}), surface "
            f"{row.surface_mm:.1f} mm deep"
        )
        if row.by_chance(self.made.searched.threshold):
            words += "; a finding lies there without it, too"
        return Place(
            Outcome.HIT.value if found else MISSED,
            row.ct,
            (float(row.z), float(row.y), float(row.x)),
            row.measured_mm,
            Zone(row.zone) if row.zone else None,
            math.nan if row.score is None else row.score,
            words,
        )

    def ct(self, name: str) -> TestedCt:
        """A CT of the map."""
        known = next(ct for ct in self.about.cts if ct.name == name)
        return TestedCt(known.name, known.patient, known.sha256, known.inputs)


def read_view(folder: Path, threshold: float | None = None) -> LimitView:
    """Read a map, finished or not; raises as `read_limit_map`."""
    made, about = read_limit_map(folder, threshold, draws=_DRAWS)
    return LimitView(folder, made, about)
