"""The command for lesions that were placed by hand: `place`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.events import EventStream, StopToken

__all__ = ["place"]


def place(
    project: Annotated[
        Path,
        typer.Argument(
            metavar="PROJECT",
            help="The project file, as the workbench saves it.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Output folder.")],
    drafts: Annotated[
        bool, typer.Option("--all", help="Take the drafts too, not only the lesions kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a set of the lesions that were placed in a project.

    The lesions kept are made from their recipes; drafts, where asked for, as the workbench shows
    them. Lesions that touch go into different scenes. A run that was interrupted goes on when the
    same command is given again.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.place import PlaceSettings
        from napari_lesion_synth.jobs.place import place as run
        from napari_lesion_synth.project.file import open_project

        settings = PlaceSettings(project=open_project(project), out=out, drafts=drafts)
        return run(settings, token)

    perform(job, as_json=as_json)
