"""The command that trains a detector: `train detector`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files, method_weights
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
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob

__all__ = ["detector"]

_OWN = ("methods", "diameter_mm", "per_scene")


def _default(name: str) -> Any:
    return DataSettings.model_fields[name].default


@with_options(DetectorSettings)
@with_options(DataSettings, leave_out=_OWN, into="mixture")
def detector(
    ct: Cts,
    organ: Organ,
    out: Annotated[Path, typer.Option(help=field_help(DetectorJob, "out"))],
    given: dict[str, Any],
    mixture: dict[str, Any],
    organ_label: OrganLabel = None,
    lesions: Lesions = None,
    lesion_label: LesionLabel = None,
    sets: Annotated[
        list[Path] | None,
        typer.Option(
            "--set", metavar="DIR", help=field_help(DetectorFiles, "sets", "Once for each.")
        ),
    ] = None,
    donors: Annotated[Path | None, typer.Option(help=field_help(DetectorFiles, "donors"))] = None,
    model: Annotated[Path | None, typer.Option(help=field_help(DetectorFiles, "model"))] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATIENT", help=field_help(DetectorFiles, "validation", "Once for each.")
        ),
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(metavar="PATIENT", help=field_help(DetectorFiles, "test", "Once for each.")),
    ] = None,
    hard_negatives: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help=field_help(DetectorFiles, "hard_negatives", "Once for each.")
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(help=field_help(DataSettings, "methods", "As in poisson:2,sets:1.")),
    ] = ",".join(f"{name}:{weight:g}" for name, weight in _default("methods").items()),
    diameter: Annotated[
        tuple[float, float],
        typer.Option(metavar="MIN MAX", help=field_help(DataSettings, "diameter_mm")),
    ] = _default("diameter_mm"),
    per_scene: Annotated[
        tuple[int, int],
        typer.Option(metavar="MIN MAX", help=field_help(DataSettings, "per_scene")),
    ] = _default("per_scene"),
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Train a detector, or go on with a training that was interrupted.

    It learns from the labelled lesions of the CTs, and from synthetic ones: those of --set that
    were accepted, and new ones made by --method while it learns. Patients are kept apart: none
    is both trained on and tested on, nor is what was made from one. The same command goes on
    where it was stopped or killed. For research only. Not a medical device.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.train_detector import learn_detector

        files = DetectorFiles(
            cases=case_files(
                ct,
                organs=organ,
                lesions=lesions or (),
                patients=patient or (),
                organ_label=organ_label,
                lesion_label=lesion_label,
                series=series,
                units=units,
                resample=resample,
            ),
            sets=tuple(sets or ()),
            donors=donors,
            model=model,
            validation=tuple(validation or ()),
            test=tuple(test or ()),
            hard_negatives=tuple(hard_negatives or ()),
        )
        data = DataSettings(
            **mixture,
            methods=method_weights(method),
            diameter_mm=diameter,
            per_scene=per_scene,
        )
        asked = DetectorJob(files=files, out=out, data=data, settings=DetectorSettings(**given))
        return learn_detector(asked, token)

    perform(job, as_json=as_json)
