"""The command that maps what a detector can find: `limit-map`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files, listed_numbers
from napari_lesion_synth.cli.making import (
    Cts,
    Json,
    LesionLabel,
    Lesions,
    Organ,
    OrganLabel,
    Patient,
    Resample,
    Series,
    Units,
)
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob

__all__ = ["limit_map"]

_LISTS = ("diameters_mm", "contrasts_hu", "depth_edges_mm", "methods")
_NONE = "none"


def _default(name: str) -> str:
    return ",".join(
        f"{value:g}" if isinstance(value, float) else str(value)
        for value in LimitSettings.model_fields[name].default
    )


def _help(name: str, more: str = "") -> str:
    return field_help(LimitSettings, name, f"With commas between them. {more}".strip())


@with_options(LimitDetector, into="search")
@with_options(HitRule, leave_out=("smallest_mm",), into="rule")
@with_options(LimitSettings, leave_out=_LISTS)
def limit_map(
    ct: Cts,
    organ: Organ,
    out: Annotated[Path, typer.Option(help=field_help(LimitJob, "out"))],
    given: dict[str, Any],
    rule: dict[str, Any],
    search: dict[str, Any],
    organ_label: OrganLabel = None,
    lesions: Lesions = None,
    lesion_label: LesionLabel = None,
    method: Annotated[str, typer.Option(help=_help("methods"))] = _default("methods"),
    diameters: Annotated[
        str, typer.Option(metavar="MM,MM,...", help=_help("diameters_mm"))
    ] = _default("diameters_mm"),
    contrasts: Annotated[
        str,
        typer.Option(metavar="HU,HU,...", help=_help("contrasts_hu", "As in --contrasts=-20,-40.")),
    ] = _default("contrasts_hu"),
    depths: Annotated[
        str, typer.Option(metavar="MM,...", help=_help("depth_edges_mm", "none: no bands."))
    ] = _default("depth_edges_mm"),
    donors: Annotated[Path | None, typer.Option(help=field_help(LimitJob, "donors"))] = None,
    model: Annotated[Path | None, typer.Option(help=field_help(LimitJob, "model"))] = None,
    reader: Annotated[Path | None, typer.Option(help=field_help(LimitJob, "reader"))] = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Map which lesions a detector finds in your CT: by diameter, contrast and depth.

    Puts synthetic lesions of every cell of a grid into copies of the CT, searches them, and shows
    how many were found, with the diameters and contrasts from which on half and 9 of 10 are. Any
    detector will do: --detector, --command, or --export and --findings for one that is run by
    hand. Writes report.html, limit_map.svg, limit_map.csv, limit_map.json and insertions.csv.
    The same command goes on where it was stopped or killed. For research only. Not a medical
    device.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.limit_map import limit_map as run

        cases = case_files(
            ct,
            organs=organ,
            lesions=lesions or (),
            patients=patient or (),
            organ_label=organ_label,
            lesion_label=lesion_label,
            series=series,
            units=units,
            resample=resample,
        )
        grid = LimitSettings(
            **given,
            diameters_mm=listed_numbers("--diameters", diameters),
            contrasts_hu=listed_numbers("--contrasts", contrasts),
            depth_edges_mm=() if depths == _NONE else listed_numbers("--depths", depths),
            methods=tuple(name.strip() for name in method.split(",")),
        )
        asked = LimitJob(
            cases=cases,
            out=out,
            donors=donors,
            model=model,
            reader=reader,
            grid=grid,
            rule=HitRule(**rule),
            search=LimitDetector(**search),
        )
        return run(asked, token)

    perform(job, as_json=as_json)
