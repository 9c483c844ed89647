"""How many lesions passed, by zone and method: always with the number and an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from napari_lesion_synth.intervals import wilson

__all__ = ["LOW_SHARE", "acceptance", "starved_zones"]

LOW_SHARE = 0.1
"""Share of a zone's lesions below which its selection is called out."""


def acceptance(
    scores: pd.DataFrame, zones: Sequence[str], methods: Sequence[str]
) -> list[dict[str, Any]]:
    """Lesions that passed: all of them, by zone, by method, and by both.

    Parameters
    ----------
    scores : DataFrame
        With ``in_band`` and ``passed``.
    zones, methods : sequence of str
        Of each row.

    Returns
    -------
    list of dict
        JSON types: ``zone`` and ``method`` (empty: all), ``n``, ``in_band``, ``passed``,
        ``share`` (of `passed`), and ``low`` and ``high``, Wilson's 95 % interval of it.
    """
    flags = pd.DataFrame(
        {
            "zone": list(zones),
            "method": list(methods),
            "in_band": scores["in_band"].to_numpy(),
            "passed": scores["passed"].to_numpy(),
        }
    )
    rows = [_row("", "", flags)]
    for columns in (["zone"], ["method"], ["zone", "method"]):
        for key, group in flags.groupby(columns, sort=True):
            named = dict(zip(columns, key, strict=True))
            rows.append(_row(str(named.get("zone", "")), str(named.get("method", "")), group))
    return rows


def starved_zones(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of whole zones of which under a tenth passed."""
    return [row for row in rows if row["zone"] and not row["method"] and row["share"] < LOW_SHARE]


def _row(zone: str, method: str, group: pd.DataFrame) -> dict[str, Any]:
    n, passed = len(group), int(group["passed"].sum())
    share = wilson(passed, n)
    return {
        "zone": str(zone),
        "method": str(method),
        "n": n,
        "in_band": int(group["in_band"].sum()),
        "passed": passed,
        "share": share.value,
        "low": share.low,
        "high": share.high,
    }
