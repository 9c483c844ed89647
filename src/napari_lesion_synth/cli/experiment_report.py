"""The command that reports on an experiment: `experiment report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.experiment_report_settings import ReportSettings

__all__ = ["report"]


def report(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=field_help(ReportSettings, "out"))],
    plan: Annotated[Path | None, typer.Option(help=field_help(ReportSettings, "plan"))] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help=field_help(ReportSettings, "pictures"))
    ] = True,
    as_json: Json = False,
) -> None:
    """Write the report on an experiment, finished or not: a page, tables and drawings.

    report.html opens offline. It holds every figure with its interval, goals reached and missed,
    and what cannot be concluded; tables/ and figures/ hold the same as CSV and SVG. The same runs
    give the same report. For research only.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.experiment_report import report_experiment

        return report_experiment(ReportSettings(out=out, plan=plan, pictures=pictures), token)

    perform(job, as_json=as_json)
