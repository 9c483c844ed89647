"""Remake docs/results/people.md, the figures of the food study, from what was measured.

    python -m docs.people                       from docs/results/people/results.json
    python -m docs.people --take results.json   first take over what `benchmarks/perception.py` kept

No figure on the page is written by hand. Run it from the project's folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.wording import counted

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
KEPT = Path("people") / "results.json"
BUSY = 1.5
"""Processes that wanted a core, per core, from which times say little."""

GROUPS = {
    "Nothing is lost": ("kill", "stream"),
    "Gaze": ("fixations", "accuracy", "gaze-maps"),
    "Values from few trials": ("choix", "pairs-36", "pairs-100", "mixed", "choice-time"),
    "Augmentations that change nothing": ("quest", "ranges", "safety", "ucurve"),
    "On the screen": ("window",),
    "Regression": ("features", "food", "control"),
    "Export": ("bids",),
}
"""Parts of the benchmark under their headings; a part that is not here comes last."""

MADE = "<!-- Made by `python -m docs.people`: what is changed here by hand is lost. -->"
FIRST = """\
# The food study, measured

What the half of the program that asks people was to reach, and what it reached. People are
simulated; photos of *food*, *ucurve* and *gaze-maps* are real, rated and looked at by others. A
range in brackets is a 95 % interval, or quartiles where it says so. A goal that was missed is
printed as missed. [The guide](../study.md) tells what the words mean.

The published report had a mean absolute error of 0.114 without gaze and of 0.101 with it. Beside
it stand errors on the same scale of 0 to 1, of other photos, other raters, other dishes, and gaze
that is predicted: whether errors are of one size can be compared, the gain by gaze cannot."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Take results over where asked, make the page; return the exit code."""
    asked = parser().parse_args(arguments)
    kept = asked.out / KEPT
    source = asked.take or kept
    try:
        data = source.read_bytes()
        text = page(json.loads(data)["parts"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{source} holds no results of benchmarks/perception.py: {error}", file=sys.stderr)
        return 1
    kept.parent.mkdir(parents=True, exist_ok=True)
    if asked.take:
        write_atomic(kept, data)
    write_atomic(asked.out / "people.md", text.encode())
    print(asked.out / "people.md")
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m docs.people", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--take", metavar="FILE", type=Path, help="results to take over first")
    made.add_argument("--out", metavar="DIR", type=Path, default=RESULTS, help="where to write")
    return made


def page(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """The page as Markdown, of the parts that were measured."""
    told = {name for names in GROUPS.values() for name in names}
    rest = tuple(name for name in parts if name not in told)
    found = [MADE, FIRST, state(parts)]
    for title, names in {**GROUPS, "Further": rest}.items():
        measured = [name for name in names if name in parts]
        if measured:
            found += [f"## {title}", table({name: parts[name] for name in measured})]
    found += ["## How it was made", made(parts)]
    return "\n\n".join(found) + "\n"


def state(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """How many goals were met, and what was not measured."""
    verdicts = [goal["met"] for part in parts.values() for goal in part["goals"]]
    missing = [name for names in GROUPS.values() for name in names if name not in parts]
    text = f"**{verdicts.count(True)} goals met, {verdicts.count(False)} missed**"
    text += f"; {counted(verdicts.count(None), 'figure')} without a goal."
    return text + (f" Not measured: {', '.join(missing)}." if missing else "")


def table(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Goals of some parts, a row each."""
    rows = ["| part | goal | wanted | measured | |", "|---|---|---|---|---|"]
    for name, part in parts.items():
        for goal in part["goals"]:
            verdict = {True: "met", False: "**missed**", None: ""}[goal["met"]]
            cells = (f"`{name}`", goal["goal"], goal["wanted"], goal["measured"], verdict)
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)


def made(parts: Mapping[str, Mapping[str, Any]]) -> str:
    """Sizes, days, and beside how much other work each part was measured."""
    rows = ["| part | size | day | seconds | |", "|---|---|---|---|---|"]
    for name, part in parts.items():
        cores = part["machine"]["cores"]
        busy = (part["busy"] or 0) > BUSY * cores
        note = f"busy: load {part['busy']:.0f} on {cores} cores" if busy else ""
        note = "; ".join([*(["small size"] if part["quick"] else []), *([note] if note else [])])
        size = f"{part['size']} {part['unit']}"
        cells = (f"`{name}`", size, part["made_utc"][:10], f"{part['seconds']:.0f}", note)
        rows.append(f"| {' | '.join(cells)} |")
    commands = (
        "```bash\npython benchmarks/perception.py --out people\n"
        "python -m docs.people --take people/results.json\n```"
    )
    return "\n".join([*rows, "", commands])


if __name__ == "__main__":
    sys.exit(main())
