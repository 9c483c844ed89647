"""Commands for sets that exist: `replay`, `export`, `sheet`, `blind-sheet`; and `doctor`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.dataset.decisions import Keep
from napari_lesion_synth.events import EventStream, StopToken

__all__ = ["blind_sheet", "doctor", "export", "replay", "sheet"]

Set = Annotated[Path, typer.Argument(metavar="SET", help="The generated set.")]
Root = Annotated[
    Path | None,
    typer.Option(help="Folder that the CTs, masks and donors were moved into since."),
]
Workers = Annotated[int, typer.Option(help="Processes on this machine.")]


class Format(StrEnum):
    """What a set can be exported to."""

    NNUNET = "nnunet"


def replay(
    folder: Set,
    root: Root = None,
    donors: Annotated[
        Path | None, typer.Option(help="The donor library, where it was moved.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The generator's weights, where they were moved.")
    ] = None,
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """Remake a set from its recipes and compare every lesion, bit for bit.

    Nothing is written. The exit code is 1 where a lesion comes out differently.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.replay import ReplaySettings
        from napari_lesion_synth.jobs.replay import replay as run

        settings = ReplaySettings(
            folder=folder, root=root, donors=donors, model=model, workers=workers
        )
        return run(settings, token)

    perform(job, as_json=as_json)


def export(
    folder: Set,
    out: Annotated[
        Path, typer.Option(help="Folder for the export; for nnU-Net its nnUNet_raw folder.")
    ],
    to: Annotated[Format, typer.Option(help="Format.")] = Format.NNUNET,
    number: Annotated[int, typer.Option(help="Number of the nnU-Net dataset.")] = 501,
    name: Annotated[str, typer.Option(help="Name of the nnU-Net dataset.")] = "LesionSynth",
    keep: Annotated[
        Keep,
        typer.Option(
            help="Lesions to use; auto: the accepted ones where anything was decided, else all."
        ),
    ] = Keep.AUTO,
    hosts: Annotated[
        bool, typer.Option(help="Export the CTs as they are too; the splits need them.")
    ] = True,
    root: Root = None,
    workers: Workers = 1,
    as_json: Json = False,
) -> None:
    """Write a set as a raw dataset of nnU-Net, with splits that keep patients apart.

    Labels: 0 background, 1 liver, 2 lesion. An export that was interrupted goes on when the same
    command is given again.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.export import ExportSettings
        from napari_lesion_synth.jobs.export import export as run

        assert to is Format.NNUNET
        settings = ExportSettings(
            folder=folder,
            out=out,
            number=number,
            name=name,
            keep=keep,
            hosts=hosts,
            root=root,
            workers=workers,
        )
        return run(settings, token)

    perform(job, as_json=as_json)


def sheet(
    folder: Set,
    out: Annotated[Path, typer.Option(help="Picture to write, PNG.")],
    n: Annotated[int, typer.Option("--n", help="Lesions on the sheet.")] = 12,
    verdict: Annotated[
        str, typer.Option(help="all, accepted or rejected: by a person, else by the selection.")
    ] = "all",
    as_json: Json = False,
) -> None:
    """Draw a contact sheet: each lesion before, after, difference and label."""

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.sheets import SheetSettings, make_contact_sheet

        settings = SheetSettings(folder=folder, out=out, n=n, verdict=verdict)
        return make_contact_sheet(settings, token)

    perform(job, as_json=as_json)


def blind_sheet(
    folder: Set,
    out: Annotated[Path, typer.Option(help="Folder for the picture and its key.")],
    pairs: Annotated[
        int, typer.Option(help="Real lesions, each beside a synthetic one of its size.")
    ] = 8,
    fov: Annotated[float, typer.Option(help="Side of each picture in mm.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Seed of the shuffle.")] = 0,
    as_json: Json = False,
) -> None:
    """Draw real and synthetic lesions in random order, and write the key to a file of its own.

    The set must have been made with --lesions: they are the real ones.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.sheets import BlindSheetSettings, make_blind_sheet

        settings = BlindSheetSettings(folder=folder, out=out, pairs=pairs, fov_mm=fov, seed=seed)
        return make_blind_sheet(settings, token)

    perform(job, as_json=as_json)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say which versions, display and devices are there: paste it into a bug report."""
    from napari_lesion_synth.jobs.doctor import as_text, diagnose

    findings = diagnose()
    sys.stdout.write((json.dumps(findings) if as_json else as_text(findings)).rstrip() + "\n")
