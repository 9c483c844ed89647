"""The program: its commands and what they have in common."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated

import typer

from napari_lesion_synth import __version__
from napari_lesion_synth.cli import (
    detecting,
    evaluating,
    experimenting,
    judging,
    learning,
    learning_detector,
    limits,
    making,
    placing,
    reading,
    studying,
    using,
)
from napari_lesion_synth.training.kept_memory import keep_memory

__all__ = ["app", "main"]

app = typer.Typer(
    name="napari-lesion-synth",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"napari-lesion-synth {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Synthetic lesions at the organ's rim and inside it, made from few real ones.

    Exit codes: 0 done, 1 failed on the work, 2 bad usage, 130 stopped.
    """


_COMMANDS: tuple[Callable[..., None], ...] = (
    making.demo,
    making.generate,
    making.extract_donors,
    placing.place,
    judging.score,
    judging.review,
    detecting.detect,
    evaluating.evaluate,
    limits.limit_map,
    reading.reader_limit,
    using.replay,
    using.export,
    using.sheet,
    using.blind_sheet,
    using.doctor,
)

for _command in _COMMANDS:
    app.command(_command.__name__.replace("_", "-"))(_command)


learning.train.command("detector")(learning_detector.detector)
app.add_typer(learning.train, name="train")
app.add_typer(experimenting.experiment, name="experiment")
app.add_typer(studying.study, name="study")


def main() -> None:
    """Entry point of the command."""
    # Threads of torch that spin while they wait make each other slow on a busy machine: an image
    # through a small net took 63 ms (up to 460) on two busy cores, and 46 (up to 75) without.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    keep_memory()
    app(prog_name="napari-lesion-synth")
