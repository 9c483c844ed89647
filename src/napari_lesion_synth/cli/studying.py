"""Commands for studies with people: `study new`, `run`, `scale` and the others."""

from __future__ import annotations

import typer

from napari_lesion_synth.cli.studying_analysis import attribute, limits, regress, report, scale
from napari_lesion_synth.cli.studying_making import amend, demo, freeze, new, simulate
from napari_lesion_synth.cli.studying_people import delete, export, resume, run

__all__ = ["study"]

study = typer.Typer(
    no_args_is_help=True,
    help="How attractive are food photos? Studies with people: design, run, scale, report.",
)

for _command in (
    *(new, freeze, amend, run, resume, simulate),
    *(scale, limits, regress, attribute, report),
    *(export, delete, demo),
):
    study.command(_command.__name__)(_command)
