"""What a judged set got, as tables for a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from napari_lesion_synth.cli.evaluation_tables import EVALUATION_TABLES
from napari_lesion_synth.cli.limit_tables import LIMIT_TABLES
from napari_lesion_synth.cli.study_tables import STUDY_TABLES
from napari_lesion_synth.cli.table_parts import titled_table as _table
from napari_lesion_synth.intervals import wilson

__all__ = ["shown_results"]

_SHARES = ("checks_passed", "coverage", "memorised", "profile_in_band", "zone_agreement")
_SMALL, _LARGE = 0.1, 10.0
_UNITS = {"hu_wasserstein": "HU", "profile_rms": "HU"}


def shown_results(result: Mapping[str, Any]) -> Iterator[RenderableType]:
    """A job's result: tables for what is known to be one, and a line for each of the rest.

    Parameters
    ----------
    result : mapping
        Of the event `Done`; JSON types.

    Yields
    ------
    rich renderable
        In the order of the result.
    """
    for name, value in result.items():
        show = _TABLES.get(name)
        if show is not None and isinstance(value, dict | list):
            yield show(value)
        else:
            yield Text(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")


def _acceptance(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("Passed, by zone and method", "zone", "method", "n", "in band", "passed")
    for row in rows:
        share = _interval(row["share"], row["low"], row["high"], _percent)
        counts = (str(row[key]) for key in ("n", "in_band"))
        table.add_row(*_kind(row), *counts, f"{row['passed']}  {share}")
    table.caption = "95 % intervals (Wilson)"
    return table


def _held_out(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What real lesions get by the same bands."""
    table = _table("Real lesions, held out", "zone", "n", "in band")
    for row in rows:
        share = _interval(row["share"], row["low"], row["high"], _percent)
        table.add_row(str(row["zone"]), str(row["n"]), f"{row['in_band']}  {share}")
    return table


def _counts(rows: Sequence[Mapping[str, Any]]) -> Table:
    kinds = ("accept", "reject", "open", "person")
    heads = ("rejected", "open", "person")
    table = _table("Verdicts", "zone", "method", "n", "accepted", *heads)
    total = {key: sum(row[key] for row in rows) for key in ("n", *kinds)}
    for row in (*rows, {"zone": "", "method": "", **total}):
        judged = row["accept"] + row["reject"]
        accepted = str(row["accept"])
        if judged:
            share = wilson(row["accept"], judged)
            accepted += f"  {_interval(share.value, share.low, share.high, _percent)}"
        rest = (str(row[key]) for key in kinds[1:])
        table.add_row(*_kind(row), str(row["n"]), accepted, *rest)
    table.caption = "accepted: of those judged; person: judged by a person; 95 % intervals (Wilson)"
    return table


def _bands(bands: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("Bands of errors (HU)", "zone", "from", "to", "stands on")
    table.columns[-1].justify = "left"
    for zone, band in bands.items():
        ends = (_number(band[key]) if band[key] is not None else "no end" for key in _ENDS)
        table.add_row(zone, *ends, escape(str(band["note"])))
    return table


_ENDS = ("low", "high")


def _quality(sides: Mapping[str, Mapping[str, Any]]) -> Group:
    """The figures of the set and of what passed, of each method, and what has to be known."""
    whole = {f"{name}, n {group['n']}": group for name, group in _wholes(sides)}
    parts: list[RenderableType] = [_figures("Against real lesions", whole, reference=True)]
    methods = {
        f"{group['method']}, n {group['n']}": group
        for group in sides.get("all", {}).get("groups", ())
        if group["method"] and not group["zone"]
    }
    if len(methods) > 1:
        parts.append(_figures("All lesions, by method", methods, reference=False))
    parts += [Text(f"not computed: {line}") for line in _missing(whole)]
    notes = {note: None for side in sides.values() for note in side["notes"]}
    parts += [Text(f"note: {note}") for note in notes]
    parts.append(Text("95 % intervals in brackets; zones, features and profiles: scores.json"))
    return Group(*parts)


def _wholes(sides: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, side in sides.items():
        yield name, next(g for g in side["groups"] if not g["method"] and not g["zone"])


def _figures(title: str, groups: Mapping[str, Mapping[str, Any]], *, reference: bool) -> Table:
    table = _table(title, "figure", *groups, *(("real ones",) if reference else ()))
    names = {name: None for group in groups.values() for name in group["figures"]}
    for name in names:
        write = _percent if name in _SHARES else _number
        found = [group["figures"].get(name) for group in groups.values()]
        cells = [_interval(f["value"], f["low"], f["high"], write) if f else "" for f in found]
        if reference:
            known = next((f["reference"] for f in found if f and f["reference"] is not None), None)
            cells.append("" if known is None else write(known))
        unit = f" ({_UNITS[name]})" if name in _UNITS else ""
        table.add_row(f"{name}{unit}", *cells)
    return table


def _missing(groups: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for title, group in groups.items():
        for name, why in group["missing"].items():
            yield f"{name} ({title}): {why}"


def _limits(limits: Mapping[str, Any]) -> Table:
    table = _table("Limits of the checks", "limit", "value")
    for name, value in limits.items():
        pair = value if isinstance(value, list) else [value]
        words = " to ".join(_number(v) if isinstance(v, int | float) else str(v) for v in pair)
        table.add_row(name, words)
    return table


def _autoencoder(facts: Mapping[str, Any]) -> Text:
    return Text(
        f"autoencoder: {str(facts['sha256'])[:8]}, {facts['dims']}-D, "
        f"{len(facts['patients'])} patients"
    )


def _kind(row: Mapping[str, Any]) -> tuple[str, str]:
    return escape(str(row["zone"])) or "all", escape(str(row["method"])) or "all"


def _interval(
    value: float, low: float | None, high: float | None, write: Callable[[float], str]
) -> str:
    if low is None or high is None:
        return write(value)
    return f"{write(value)} ({write(low).removesuffix(' %')} to {write(high).removesuffix(' %')})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _number(value: float) -> str:
    """Two places for most, one for large figures; small ones, such as p, with two digits."""
    size = abs(value)
    if size < _SMALL:
        return f"{value:.2g}"
    return f"{value:.1f}" if size >= _LARGE else f"{value:.2f}"


_TABLES: dict[str, Callable[[Any], RenderableType]] = {
    "acceptance": _acceptance,
    "held_out": _held_out,
    "bands": _bands,
    "limits": _limits,
    "autoencoder": _autoencoder,
    "quality": _quality,
    "counts": _counts,
    **EVALUATION_TABLES,
    **LIMIT_TABLES,
    **STUDY_TABLES,
}
"""By the name of a part of a result."""
