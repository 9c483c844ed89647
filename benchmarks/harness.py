"""Timing for the benchmarks: medians with spread, as a table or as one JSON object."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "build" / "benchmarks"
"""Where results and what can be computed again are kept; git ignores it."""

DATA = ROOT.parent / "shared" / "data"
"""Real data that are not part of the project, beside the repository."""


def arguments(description: str) -> argparse.ArgumentParser:
    """A parser with the flags that every benchmark has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print one JSON object, no table")
    parser.add_argument("--repeats", type=_several, default=15, help="timed runs a row, 2 or more")
    return parser


def _several(text: str) -> int:
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError("a spread needs 2 runs or more")
    return number


def timed(call: Callable[[], object], repeats: int, warm: int = 2) -> dict[str, float]:
    """Milliseconds: median, quartiles and minimum of `repeats` runs after `warm` untimed ones."""
    for _ in range(warm):
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - start))
    low, middle, high = statistics.quantiles(times, n=4)
    return {"median_ms": middle, "q1_ms": low, "q3_ms": high, "min_ms": min(times)}


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def report(title: str, rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print the rows; every row has the same keys."""
    if as_json:
        print(json.dumps({"benchmark": title, "machine": machine(), "rows": list(rows)}))
        return
    print(f"{title}  ({', '.join(f'{k} {v}' for k, v in machine().items())})")
    keys = list(rows[0])
    table = [keys, *[[_cell(row[key]) for key in keys] for row in rows]]
    widths = [max(len(line[i]) for line in table) for i in range(len(keys))]
    for line in table:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
