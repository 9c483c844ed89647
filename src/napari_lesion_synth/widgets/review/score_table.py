"""The scores of a set as a gallery uses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_lesion_synth.dataset.layout import SCORES_CSV, SCORES_JSON

if TYPE_CHECKING:
    from napari_lesion_synth.selection.band import Band

__all__ = ["NO_SCORES", "Scores", "load_scores", "other_checks", "save_bands", "stamp"]


@dataclass(frozen=True, eq=False)
class Scores:
    """What was found of the lesions of a set.

    Parameters
    ----------
    table : DataFrame or None
        Content of ``scores.csv`` by id; None where the set was not scored.
    bands : dict of str to Band
        By zone.
    """

    table: pd.DataFrame | None = None
    bands: dict[str, Band] = field(default_factory=dict)


NO_SCORES = Scores()


def stamp(folder: Path) -> tuple[float, ...]:
    """What changes when the scores do; equal where they are the same."""
    found = []
    for name in (SCORES_CSV, SCORES_JSON):
        try:
            facts = (folder / name).stat()
        except OSError:
            found += [0.0, 0.0]
        else:
            found += [facts.st_mtime, float(facts.st_size)]
    return tuple(found)


def load_scores(folder: Path) -> Scores:
    """The scores of a set.

    Raises
    ------
    DatasetError
        If they are damaged.
    """
    if not (folder / SCORES_CSV).exists():
        return NO_SCORES
    from napari_lesion_synth.selection.scores_file import bands_in, read_scores, read_summary

    table = read_scores(folder)
    if table is None:
        return NO_SCORES
    summary = read_summary(folder)
    bands = {} if summary is None else bands_in(summary)
    by_id = table.drop_duplicates("id", keep="last").set_index("id")
    return Scores(by_id, {zone.value: band for zone, band in bands.items()})


def other_checks(table: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Whether lesions pass everything but the band, and what they fail, joined by ", "."""
    from napari_lesion_synth.selection.scores_file import FLAGS, TOO_HIGH, TOO_LOW

    flags = [name for name in FLAGS if name != "in_band"]
    passing = (table[flags] == 1).all(axis=1).to_numpy(bool)
    words = table["reasons"].fillna("").astype(str)
    for word in (TOO_HIGH, TOO_LOW):
        words = words.str.replace(word, "", regex=False)
    words = words.str.strip(";").str.replace(";", ", ", regex=False)
    return passing, words.to_numpy(object)


def save_bands(
    folder: Path, kinds: Mapping[str, tuple[str, str]], bands: Mapping[str, Band]
) -> None:
    """Write other bands, and the verdicts that follow from them, into the score files.

    Parameters
    ----------
    folder : Path
        The set, with scores.
    kinds : mapping of str to (str, str)
        Zone and method of each lesion, by id.
    bands : mapping of str to Band
        By zone.

    Raises
    ------
    DatasetError, StorageError
        If the files are gone or damaged, or cannot be written.
    """
    from napari_lesion_synth.errors import DatasetError
    from napari_lesion_synth.selection.acceptance import acceptance
    from napari_lesion_synth.selection.scores_file import (
        apply_bands,
        read_scores,
        read_summary,
        write_scores,
    )

    table, summary = read_scores(folder), read_summary(folder)
    if table is None or summary is None:
        raise DatasetError("the set has no scores any more", where=folder, remedy="Score it again")
    own = [kinds.get(name, ("", "")) for name in table["id"]]
    zones, methods = (np.array([kind[place] for kind in own], object) for place in (0, 1))
    judged = apply_bands(table, zones, {band.zone: band for band in bands.values()})
    changed = {
        **summary,
        "bands": {zone: band.to_dict() for zone, band in bands.items()},
        "acceptance": acceptance(judged, zones, methods),
    }
    write_scores(folder, judged, changed)
