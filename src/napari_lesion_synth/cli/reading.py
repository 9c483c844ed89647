"""The command that measures what a person sees: `reader-limit`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from napari_lesion_synth.cli.arguments import case_files, listed_numbers
from napari_lesion_synth.cli.making import (
    Json,
    LesionLabel,
    OrganLabel,
    Resample,
    Series,
    Units,
)
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.cli.showing import Screen, require_display
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.reader_job import PictureSettings, ReaderJob, SimulatedReader
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings

__all__ = ["reader_limit"]

_WINDOW = "napari_lesion_synth.widgets.reader.standalone"
"""By name: the command line and the windows do not know each other."""

_USUAL = VisibilitySettings()


@with_options(PictureSettings, into="shown")
@with_options(VisibilitySettings, leave_out=("diameters_mm", "contrasts_hu"))
def reader_limit(
    ct: Annotated[
        Path, typer.Argument(metavar="CT", help=field_help(CaseFiles, "ct"), show_default=False)
    ],
    organ: Annotated[str, typer.Option(help=field_help(CaseFiles, "organ"))],
    out: Annotated[Path, typer.Option(help=field_help(ReaderJob, "out"))],
    given: dict[str, Any],
    shown: dict[str, Any],
    organ_label: OrganLabel = None,
    lesions: Annotated[str | None, typer.Option(help=field_help(CaseFiles, "lesions"))] = None,
    lesion_label: LesionLabel = None,
    simulate: Annotated[
        str | None,
        typer.Option(
            metavar="HU,HU,...",
            help=field_help(SimulatedReader, "limits_hu", "No window is opened then."),
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(help=field_help(ReaderJob, "name", "Not given: reader, or simulated reader.")),
    ] = None,
    diameters: Annotated[
        str,
        typer.Option(metavar="MM,MM,...", help=field_help(VisibilitySettings, "diameters_mm")),
    ] = ",".join(f"{size:g}" for size in _USUAL.diameters_mm),
    contrasts: Annotated[
        tuple[float, float],
        typer.Option(metavar="MIN MAX", help=field_help(VisibilitySettings, "contrasts_hu")),
    ] = _USUAL.contrasts_hu,
    donors: Annotated[Path | None, typer.Option(help=field_help(ReaderJob, "donors"))] = None,
    model: Annotated[Path | None, typer.Option(help=field_help(ReaderJob, "model"))] = None,
    lang: Annotated[Literal["en", "ja"], typer.Option(help="Language of the window.")] = "en",
    screen: Screen = 0,
    series: Series = None,
    units: Units = "auto",
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Measure from which contrast on a person sees synthetic lesions in your CT, by diameter.

    Opens a full-screen window: of two pictures of one place, which has the lesion? Keys F and J,
    or the arrows; Esc pauses. Each contrast is chosen so that its answer teaches most. Writes
    reader_limit.json and reader_limit.csv: give one of them to limit-map --reader, and the curve
    is drawn beside the detector's. Every answer is on the disk before the next question; the same
    command goes on where it was stopped or killed. For research only. Not a medical device.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.reader_limit import reader_limit as run

        simulated = (
            None
            if simulate is None
            else SimulatedReader(limits_hu=listed_numbers("--simulate", simulate))
        )
        cases = case_files(
            [ct],
            organs=[organ],
            lesions=[lesions] if lesions else (),
            organ_label=organ_label,
            lesion_label=lesion_label,
            series=series,
            units=units,
            resample=resample,
        )
        asked = ReaderJob(
            cases=cases,
            out=out,
            donors=donors,
            model=model,
            name=name or ("simulated reader" if simulated else "reader"),
            asked=VisibilitySettings(
                **given,
                diameters_mm=listed_numbers("--diameters", diameters),
                contrasts_hu=contrasts,
            ),
            pictures=PictureSettings(**shown),
            simulated=simulated,
        )
        if simulated is not None:
            return run(asked, token)
        require_display(_WINDOW, "let a simulated reader answer: --simulate 20")
        window = import_module(_WINDOW)
        return run(asked, token, person=lambda study: window.run_reader(study, lang, screen))

    perform(job, as_json=as_json)
