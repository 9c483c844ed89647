"""``scores.csv`` and ``scores.json``: how each lesion of a set was judged, and by what.

The table has one row a lesion; the summary holds the bands, the acceptance by zone and method,
and the set's own metrics. Both are written whole or not at all, the summary last.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import SCORES_CSV, SCORES_JSON
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.selection.band import Band

__all__ = [
    "COLUMNS",
    "FLAGS",
    "TOO_HIGH",
    "TOO_LOW",
    "apply_bands",
    "bands_in",
    "read_scores",
    "read_summary",
    "write_scores",
    "write_summary",
]

COLUMNS = (
    "id",
    "ae_error",
    "ae_rank",
    "in_band",
    "hu_ok",
    "seam",
    "seam_ok",
    "edge_mm",
    "edge_ok",
    "label_ok",
    "passed",
    "reasons",
)
"""Columns of ``scores.csv``.

`ae_error` is in HU, `ae_rank` the error's place among held-out real lesions of the zone (0 to
1); `seam` and `edge_mm` are as in `checks`; the flags are 0 or 1; `passed` is 1 where all of them
are; `reasons` are words joined by ``;``, empty where it passed.
"""

FLAGS = ("in_band", "hu_ok", "seam_ok", "edge_ok", "label_ok")
"""Columns that must all be 1 for a lesion to pass."""

TOO_HIGH, TOO_LOW = "error-high", "error-low"
"""Reasons of lesions above and below the band."""

_INTEGERS = (*FLAGS, "passed")
_REMEDY = "Score the set again (napari-lesion-synth score)"


def write_scores(folder: Path, table: pd.DataFrame, summary: Mapping[str, Any]) -> None:
    """Write both files; those that were there before are replaced.

    Parameters
    ----------
    folder : Path
        The set.
    table : DataFrame
        With `COLUMNS`; others are left out.
    summary : mapping
        JSON types; numbers that are none become null.

    Raises
    ------
    DatasetError
        If a column is missing.
    StorageError
        If they cannot be written.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise DatasetError(
            f"the scores lack the columns {', '.join(missing)}", where=folder / SCORES_CSV
        )
    ordered = table[list(COLUMNS)].astype(dict.fromkeys(_INTEGERS, "int64"))
    text = ordered.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    write_atomic(folder / SCORES_CSV, text.encode(), durable=True)
    write_summary(folder, summary)


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write ``scores.json`` alone.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    text = json.dumps(_plain(summary), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomic(folder / SCORES_JSON, (text + "\n").encode(), durable=True)


def read_scores(folder: Path) -> pd.DataFrame | None:
    """The table of scores, or None where the set was not scored.

    Returns
    -------
    DataFrame or None
        With `COLUMNS` and no others; the flags are integers, ids and reasons text.

    Raises
    ------
    DatasetError
        If the table is damaged.
    """
    path = folder / SCORES_CSV
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatasetError(f"the scores cannot be read ({error.strerror})", where=path) from error
    try:
        table = pd.read_csv(
            io.BytesIO(content),
            dtype={"id": "object", "reasons": "object"},
            keep_default_na=False,
            na_values={name: [""] for name in ("ae_error", "ae_rank", "seam", "edge_mm")},
        )
        return table[list(COLUMNS)].astype(dict.fromkeys(_INTEGERS, "int64"))
    except (ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DatasetError(
            f"the table of scores is damaged ({reason})", where=path, remedy=_REMEDY
        ) from error


def read_summary(folder: Path) -> dict[str, Any] | None:
    """Content of ``scores.json``, or None where the set was not scored.

    Raises
    ------
    DatasetError
        If it is damaged.
    """
    path = folder / SCORES_JSON
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"the summary of the scores is damaged ({error})", where=path, remedy=_REMEDY
        ) from error
    if not isinstance(summary, dict):
        raise DatasetError("the summary of the scores is damaged", where=path, remedy=_REMEDY)
    return summary


def bands_in(summary: Mapping[str, Any]) -> dict[Zone, Band]:
    """The bands of a summary, by zone.

    Raises
    ------
    DatasetError
        If there are none, or they are damaged.
    """
    found = summary.get("bands")
    if not isinstance(found, Mapping):
        raise DatasetError("the summary of the scores holds no bands", remedy=_REMEDY)
    return {Zone(name): Band.from_dict(dict(band)) for name, band in found.items()}


def apply_bands(
    table: pd.DataFrame, zones: pd.Series[str] | NDArray[Any], bands: Mapping[Zone, Band]
) -> pd.DataFrame:
    """The scores as they would be with other bands.

    Parameters
    ----------
    table : DataFrame
        From `read_scores`.
    zones : array of str
        Zone of each row's lesion.
    bands : mapping of Zone to Band
        A zone without a band keeps its scores.

    Returns
    -------
    DataFrame
        A new table: ``ae_rank``, ``in_band``, ``passed`` and ``reasons`` are made again.
    """
    result = table.reset_index(drop=True).copy()
    names = np.asarray(zones, dtype=object)
    errors = result["ae_error"].to_numpy(float)
    place = np.full(len(result), "", object)
    for zone, band in bands.items():
        rows = names == zone.value
        result.loc[rows, "ae_rank"] = np.where(
            np.isfinite(errors[rows]), band.rank(errors[rows]), np.nan
        )
        result.loc[rows, "in_band"] = band.inside(errors[rows]).astype(int)
        place[rows & (errors > band.high)] = TOO_HIGH
        place[rows & (errors < band.low)] = TOO_LOW
    judged = np.isin(names, [zone.value for zone in bands])
    result["passed"] = result[list(FLAGS)].all(axis=1).astype(int)
    result["reasons"] = [
        _reasons(old, new) if mine else old
        for old, new, mine in zip(result["reasons"], place, judged, strict=True)
    ]
    return result


def _reasons(old: str, new: str) -> str:
    words = [word for word in str(old).split(";") if word and word not in (TOO_HIGH, TOO_LOW)]
    return ";".join([new, *words] if new else words)


def _plain(value: Any) -> Any:
    """JSON types, with null for what is no finite number."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
