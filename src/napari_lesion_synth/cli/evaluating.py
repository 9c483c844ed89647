"""The command that measures detectors: `evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files, filled_paths
from napari_lesion_synth.cli.making import (
    Cts,
    Json,
    LesionLabel,
    OrganLabel,
    Patient,
    Resample,
    Series,
    Units,
)
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.evaluate_settings import (
    EvaluateJob,
    EvaluateSettings,
    FindingsFiles,
)
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["evaluate"]

_PER_CT = "Once for each CT, or one pattern with {case} and {folder}."


@with_options(EvaluateSettings)
@with_options(HitRule, into="rule")
def evaluate(
    ct: Cts,
    lesions: Annotated[
        list[str],
        typer.Option(
            help="Labels of the lesions that are to be found; none, or a mask without any: a "
            f"healthy CT. {_PER_CT}"
        ),
    ],
    out: Annotated[Path, typer.Option(help=field_help(EvaluateJob, "out"))],
    given: dict[str, Any],
    rule: dict[str, Any],
    organ: Annotated[
        list[str] | None, typer.Option(help=field_help(CaseFiles, "organ", _PER_CT))
    ] = None,
    organ_label: OrganLabel = None,
    lesion_label: LesionLabel = None,
    findings: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help=field_help(
                EvaluateJob,
                "findings",
                "Once for each detector; of files for each CT, a pattern with {case} and {folder}.",
            ),
        ),
    ] = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help=field_help(EvaluateJob, "detectors", "Once for each.")),
    ] = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Measure a detector, ours or any other: hold its findings against the truth.

    Prints sensitivities at 1/8 to 8 false alarms per CT, their mean (CPM), the area under the
    AFROC, and what a threshold gives over lesions, CTs and patients and in strata, all with 95 %
    intervals; several detectors are compared on the same CTs. Writes report.html, froc.svg, and
    tables (figures, lesions, false_alarms, froc, strata, differences). Tells whether tested
    patients stand behind the detector. For research only. Not a medical device.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.evaluate import evaluate as run
        from napari_lesion_synth.jobs.evaluate_sources import named

        cases = case_files(
            ct,
            organs=organ or (),
            lesions=lesions,
            patients=patient or (),
            organ_label=organ_label,
            lesion_label=lesion_label,
            series=series,
            units=units,
            resample=resample,
        )
        files = tuple(
            FindingsFiles(name=name, files=filled_paths("--findings", path, ct))
            for name, path in named(findings or ()).items()
        )
        asked = EvaluateJob(
            cases=cases,
            findings=files,
            detectors=tuple(detector or ()),
            out=out,
            rule=HitRule(**rule),
            settings=EvaluateSettings(**given),
        )
        return run(asked, token)

    perform(job, as_json=as_json)
