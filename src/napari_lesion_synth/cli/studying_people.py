"""Commands for a study's participants: `study run`, `resume`, `export`, `delete`."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.cli.showing import Screen, require_display
from napari_lesion_synth.cli.studying_making import Folder
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Done, EventStream, Started, StopToken
from napari_lesion_synth.jobs.study_export import ExportStudy
from napari_lesion_synth.jobs.study_people import may_begin, may_go_on, tracker_for
from napari_lesion_synth.perception.gaze.sources.lsl_channels import LslSettings

__all__ = ["delete", "export", "resume", "run"]

_WINDOW = "napari_lesion_synth.widgets.study.standalone"
"""By name: the command line and the windows do not know each other."""

Code = Annotated[
    str,
    typer.Argument(
        metavar="CODE", help="Pseudonym of letters, digits, - and _, as in P012; never a name."
    ),
]


@with_options(LslSettings, into="tracker", optional=True)
def run(
    folder: Folder,
    code: Code,
    tracker: dict[str, Any],
    lang: Annotated[
        Literal["ja", "en"] | None,
        typer.Option(help="Language of the texts; not given: the study's first."),
    ] = None,
    screen: Screen = 0,
    as_json: Json = False,
) -> None:
    """Run a new participant: opens the participant's window on a screen.

    Every answer is on the disk before the next question comes. Esc pauses. A window that was
    closed, or a computer that failed, goes on with: study resume. Options of a tracker that are not
    given are as in the last sitting of the study, else the usual ones.
    """

    def job(token: StopToken) -> EventStream:
        token.check()
        language = may_begin(folder, code, lang)
        yield from _window(folder, code, language, screen, tracker)

    perform(job, as_json=as_json)


@with_options(LslSettings, into="tracker", optional=True)
def resume(
    folder: Folder,
    code: Code,
    tracker: dict[str, Any],
    screen: Screen = 0,
    as_json: Json = False,
) -> None:
    """Go on with a participant, from the question that was open.

    Options of a tracker that are not given are as in the participant's last sitting.
    """

    def job(token: StopToken) -> EventStream:
        token.check()
        language = may_go_on(folder, code)
        yield from _window(folder, code, language, screen, tracker)

    perform(job, as_json=as_json)


def _window(
    folder: Path, code: str, language: str, screen: int, tracker: dict[str, Any]
) -> EventStream:
    settings = tracker_for(folder, code, tracker)
    require_display(_WINDOW, "try the study with: study simulate")
    yield Started("study run")
    window = import_module(_WINDOW)
    yield from window.takes_part(folder, code, language, screen, settings)
    yield Done({"folder": str(folder), "code": code})


@with_options(ExportStudy, leave_out=("folder", "out", "form", "anonymise", "authors", "gaze"))
def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help=field_help(ExportStudy, "out"))],
    given: dict[str, Any],
    bids: Annotated[
        bool, typer.Option("--bids/--tidy", help="A BIDS 1.11 dataset, or CSV tables.")
    ] = False,
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help=field_help(ExportStudy, "anonymise"))
    ] = False,
    gaze: Annotated[bool | None, typer.Option(help=field_help(ExportStudy, "gaze"))] = None,
    author: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=field_help(ExportStudy, "authors", "Once for each.")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Export answers and gaze: tidy CSV tables, or a BIDS dataset.

    Tables come with a data dictionary and the paragraph of methods. --anonymise drops codes,
    renumbers participants, makes times and ages coarser, and says which k-anonymity that gives.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_export import export_study

        asked = ExportStudy(
            folder=folder,
            out=out,
            form="bids" if bids else "tidy",
            anonymise=anonymise,
            gaze=gaze,
            authors=tuple(author or ()),
            **given,
        )
        return export_study(asked, token)

    perform(job, as_json=as_json)


def delete(
    folder: Folder,
    code: Code,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a participant: answers, gaze, and all results that rest on them.

    The study keeps that the participant of this number was deleted, and nothing else. Exports
    with codes that were made before are named; they have to be deleted by hand.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_delete import DeleteParticipant, delete_participant

        if not (yes or _agreed(code, as_json=as_json)):
            raise ParameterError(
                "nothing was deleted", remedy="Say --yes to delete without being asked"
            )
        return delete_participant(DeleteParticipant(folder=folder, code=code), token)

    perform(job, as_json=as_json)


def _agreed(code: str, *, as_json: bool) -> bool:
    """Whether somebody at the terminal says yes."""
    if as_json or not sys.stdin.isatty():
        return False
    return typer.confirm(f"Delete all that is kept under the code {code}? It cannot be undone.")
