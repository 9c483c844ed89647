"""The people's half, all its goals in one table: what is wanted, what was measured, met or missed.

Parts are measured one after the other, each by its own program's functions, and kept in
`results.json` of the folder `--out` as they end: what was stopped goes on with the parts that are
missing, and a part that was measured with as much or more is not measured again (`--again` does).
`--quick` takes small sizes: intervals are wide then, and the table says so. BUSY marks what was
measured beside other work, whose times say little. A part that fails is
told, and the others go on; the end is 1 where one failed. Real photographs are no part of the
project: where they do not lie beside it, nothing is said of them.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import DATA, WORK, arguments, machine
from perception_goals import Goal
from perception_parts import PARTS, Part
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from napari_lesion_synth.files import write_atomic

RESULTS = "results.json"
COMMAND = "OMP_NUM_THREADS=1 python benchmarks/perception.py --again --only"
_WIDTH = 150


class Results:
    """The file of what was measured; each part is written as it ends."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / RESULTS
        self.parts: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            self.parts = json.loads(self.path.read_text(encoding="utf-8"))["parts"]

    def has(self, part: Part, size: int) -> bool:
        """Whether it was measured with so much, or more."""
        return part.name in self.parts and self.parts[part.name]["size"] >= size

    def add(
        self, part: Part, size: int, goals: list[Goal], spent: tuple[float, float | None]
    ) -> None:
        """Keep a part that has ended; `spent` is seconds, and processes at work meanwhile."""
        seconds, busy = spent
        self.parts[part.name] = {
            "size": size,
            "unit": part.unit,
            "quick": size < part.full,
            "seconds": round(seconds, 1),
            "busy": busy,
            "made_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "command": command(part, quick=size < part.full),
            "goals": [goal.to_json() for goal in goals],
        }
        text = json.dumps({"benchmark": "perception", "parts": self.parts}, indent=1)
        write_atomic(self.path, (text + "\n").encode())


def command(part: Part, *, quick: bool) -> str:
    """What measures a part again."""
    return f"{COMMAND} {part.name}{' --quick' if quick else ''}"


def measure(part: Part, size: int, results: Results, work: Path) -> str:
    """Measure a part and keep it; what went wrong, or nothing."""
    print(f"{part.name}: {size} {part.unit}", file=sys.stderr, flush=True)
    begun = time.perf_counter()
    try:
        goals = part.measure(size, work)
    except Exception as error:  # the other parts are measured all the same
        traceback.print_exc()
        return f"{type(error).__name__}: {error}"
    results.add(part, size, goals, (time.perf_counter() - begun, processes_at_work()))
    return ""


def processes_at_work() -> float | None:
    """How many wanted a core in the last five minutes; None where the system does not tell."""
    return round(os.getloadavg()[1], 1) if hasattr(os, "getloadavg") else None


def lacks(part: Part) -> str:
    """Which real data a part needs that are not here; nothing where it can be measured."""
    folder = DATA / part.data
    return f"needs real data that are not here: {folder}" if not folder.is_dir() else ""


def table(results: Mapping[str, dict[str, Any]], failed: Mapping[str, str]) -> Table:
    """One row a goal, in the order of the parts."""
    drawn = Table("goal", "measured", "wanted", "verdict", "remade by --only", show_lines=True)
    for name, part in PARTS.items():
        if name in results:
            found = results[name]
            size = f"{found['size']} {found['unit']}, {found['seconds']:.0f} s"
            if (found["busy"] or 0) > 1.5 * found["machine"]["cores"]:
                size += f"; BUSY: load {found['busy']:.0f} on {found['machine']['cores']} cores"
            again = f"{name}{' --quick' if found['quick'] else ''}"
            for number, row in enumerate(found["goals"]):
                goal = Goal(**row)
                cells = (goal.goal, goal.measured, goal.wanted, goal.verdict)
                drawn.add_row(*map(escape, cells), again if number else f"{again}\n({size})")
        elif name in failed:
            drawn.add_row(part.name, escape(failed[name]), "", "NOT MEASURED", name)
    return drawn


def counts(results: Mapping[str, dict[str, Any]]) -> str:
    """How many goals were met."""
    met = [Goal(**row).met for found in results.values() for row in found["goals"]]
    missed, reached = met.count(False), met.count(True)
    return f"{reached} goals met, {missed} MISSED, {met.count(None)} figures without a goal"


def main() -> int:
    """Measure what is asked and missing, and print all that is known."""
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=WORK / "perception", help="folder of results")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--again", action="store_true", help="also what was measured before")
    given = parser.parse_args()
    results, failed, absent = Results(given.out), dict[str, str](), dict[str, str]()
    for name in given.only:
        part = PARTS[name]
        size = part.quick if given.quick else part.full
        if results.has(part, size) and not given.again:
            continue
        if part.data and (why := lacks(part)):
            absent[name] = why
        elif wrong := measure(part, size, results, given.out / "work"):
            failed[name] = wrong
    if given.json:
        print(
            json.dumps(
                {"benchmark": "perception", "parts": results.parts, "failed": failed | absent}
            )
        )
    else:
        console = Console()
        console.width = max(console.width, _WIDTH)
        console.print(table(results.parts, failed | absent))
        console.print(f"{counts(results.parts)}. To measure a part again: {COMMAND} NAME")
        console.print(f"These figures are in {results.path}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
