"""Remake the figures and the two sheets of docs/selection.md.

    python -m docs.selection_sheets

Makes sets in the phantom that comes with the program, by every method, judges them by the
auto-encoder that comes with it, prints the acceptance, and draws lesions of the first set that
passed and lesions that did not. The seeds are fixed (0, 1, ...), so the figures change with the
methods and models alone. Run it from the project's folder; a set takes about a minute.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image
from rich.console import Console

import napari_lesion_synth as nls
from napari_lesion_synth.cli.tables import shown_results
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.jobs.sheets import Verdict, sheet_of
from napari_lesion_synth.selection.acceptance import acceptance
from napari_lesion_synth.selection.scores_file import read_scores

IMAGES = Path(__file__).resolve().parent / "images"
METHODS = ("cgan", "poisson", "sigmoid")
ROWS = 8
SHEETS = {"accepted": Verdict.ACCEPTED, "rejected": Verdict.REJECTED}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the sets, print their acceptance, write the sheets; return the exit code."""
    asked = parser().parse_args(arguments)
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory(prefix="selection-") as folder:
        sets = [made(Path(folder) / str(seed), asked.n, seed) for seed in range(asked.sets)]
        whole = pd.concat([judged(one) for one in sets], ignore_index=True)
        rows = acceptance(whole, list(whole["zone"]), list(whole["method"]))
        for part in shown_results({"acceptance": rows}):
            console.print(part)
        for line in by_set(whole):
            print(line)
        asked.out.mkdir(parents=True, exist_ok=True)
        for name, picture in sheets(sets[0]).items():
            path = asked.out / f"selection-{name}.png"
            write_atomic(path, png_bytes(picture))
            print(path)
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m docs.selection_sheets", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--n", metavar="N", type=int, default=90, help="lesions of a set")
    made.add_argument("--sets", metavar="N", type=int, default=5, help="sets, each of its own seed")
    made.add_argument("--out", metavar="DIR", type=Path, default=IMAGES, help="where to write")
    return made


def made(out: Path, n: int, seed: int) -> GeneratedSet:
    """Make and judge a set."""
    settings = GenerateSettings(
        out=out,
        n=n,
        methods=dict.fromkeys(METHODS, 1.0),
        diameter_mm=(8.0, 24.0),
        seed=seed,
        select=True,
    )
    phantom = nls.phantom(seed=0, lesions=6)
    for _ in generate(settings, StopToken(), cases=[phantom]):
        pass
    return GeneratedSet.open(out)


def judged(opened: GeneratedSet) -> pd.DataFrame:
    """Zone, method and scores of each lesion."""
    scores: Any = read_scores(opened.folder)
    kinds = opened.table[["id", "zone", "method"]]
    return kinds.merge(scores, on="id").assign(set=opened.folder.name)


def by_set(whole: pd.DataFrame) -> Iterator[str]:
    """How much passed in each set: how far one set may lie from another."""
    yield "passed, by method and set:"
    for method, own in whole.groupby("method"):
        counts = own.groupby("set")["passed"].agg(["sum", "size"])
        yield f"  {method}: " + ", ".join(
            f"{row['sum']}/{row['size']}" for _, row in counts.iterrows()
        )


def sheets(opened: GeneratedSet) -> dict[str, Image.Image]:
    """A sheet of each verdict that was given."""
    given = set(opened.passed.values())
    wanted = {name: v for name, v in SHEETS.items() if (v is Verdict.ACCEPTED) in given}
    return {name: sheet_of(opened, ROWS, verdict) for name, verdict in wanted.items()}


if __name__ == "__main__":
    sys.exit(main())
