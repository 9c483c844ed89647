"""The command that finds lesions: `detect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files
from napari_lesion_synth.cli.making import (
    Cts,
    Json,
    OrganLabel,
    Patient,
    Resample,
    Series,
    Units,
)
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.detect_settings import DetectJob, DetectSettings
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["detect"]

_ONCE = "Once for each CT, or one pattern with {case} and {folder}."


@with_options(DetectSettings)
def detect(
    ct: Cts,
    out: Annotated[Path, typer.Option(help=field_help(DetectJob, "out"))],
    given: dict[str, Any],
    organ: Annotated[
        list[str] | None, typer.Option(help=field_help(CaseFiles, "organ", _ONCE))
    ] = None,
    organ_label: OrganLabel = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Find lesions in one CT or several. For research only. Not a medical device.

    Each CT gets a folder: findings.csv and findings.json (position in mm, diameter, score, zone,
    depth), detection_map.nii.gz (scores) and findings.nii.gz (numbers), on the grid of the CT.
    CTs that are finished are passed over when the same command is given again.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.detect import detect as run

        cases = case_files(
            ct,
            organs=organ or (),
            patients=patient or (),
            organ_label=organ_label,
            series=series,
            units=units,
            resample=resample,
        )
        return run(DetectJob(cases=cases, out=out, settings=DetectSettings(**given)), token)

    perform(job, as_json=as_json)
