"""Remake the figures and the two sheets of docs/selection.md.

    python -m docs.selection_sheets

Makes a set in the phantom that comes with the program, by every method, judges it by the
auto-encoder that comes with it, prints the acceptance, and draws lesions that passed and lesions
that did not. The seeds are fixed, so the figures change with the methods and models alone. Run it
from the project's folder; it takes a minute or two.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from rich.console import Console

import napari_lesion_synth as nls
from napari_lesion_synth.cli.tables import shown_results
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import Done, StopToken
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.jobs.sheets import Verdict, sheet_of

IMAGES = Path(__file__).resolve().parent / "images"
METHODS = ("cgan", "poisson", "sigmoid")
ROWS = 8
SHEETS = {"accepted": Verdict.ACCEPTED, "rejected": Verdict.REJECTED}


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set, print its acceptance, write the sheets; return the exit code."""
    asked = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="selection-") as folder:
        out = Path(folder) / "set"
        result = made(out, asked.n)
        console = Console(highlight=False)
        for part in shown_results({"acceptance": result["acceptance"]}):
            console.print(part)
        asked.out.mkdir(parents=True, exist_ok=True)
        for name, picture in sheets(out).items():
            path = asked.out / f"selection-{name}.png"
            write_atomic(path, png_bytes(picture))
            print(path)
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m docs.selection_sheets", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--n", metavar="N", type=int, default=90, help="lesions, of all methods")
    made.add_argument("--out", metavar="DIR", type=Path, default=IMAGES, help="where to write")
    return made


def made(out: Path, n: int) -> dict[str, object]:
    """Make and judge the set; what `generate` says of it at its end."""
    settings = GenerateSettings(
        out=out,
        n=n,
        methods=dict.fromkeys(METHODS, 1.0),
        diameter_mm=(8.0, 24.0),
        seed=0,
        select=True,
    )
    phantom = nls.phantom(seed=0, lesions=6)
    for event in generate(settings, StopToken(), cases=[phantom]):
        if isinstance(event, Done):
            return event.result
    raise RuntimeError("the set was not finished")


def sheets(folder: Path) -> dict[str, Image.Image]:
    """A sheet of each verdict that was given."""
    opened = GeneratedSet.open(folder)
    given = set(opened.passed.values())
    wanted = {name: v for name, v in SHEETS.items() if (v is Verdict.ACCEPTED) in given}
    return {name: sheet_of(opened, ROWS, verdict) for name, verdict in wanted.items()}


if __name__ == "__main__":
    sys.exit(main())
