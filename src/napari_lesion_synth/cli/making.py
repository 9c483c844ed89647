"""Commands that make things: `generate`, `extract-donors`, `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files, fixed_parameters, method_weights
from napari_lesion_synth.cli.model_options import field_help
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings

__all__ = ["demo", "extract_donors", "generate"]

Json = Annotated[
    bool, typer.Option("--json", help="Print events as JSON, one object a line, and nothing else.")
]


def _default(name: str) -> Any:
    return GenerateSettings.model_fields[name].default


_PER_CT = "Once for each CT, or one pattern with {case} and {folder}."

Cts = Annotated[
    list[Path],
    typer.Argument(metavar="CT", help=field_help(CaseFiles, "ct"), show_default=False),
]
Organ = Annotated[list[str], typer.Option(help=field_help(CaseFiles, "organ", _PER_CT))]
OrganLabel = Annotated[int | None, typer.Option(help=field_help(CaseFiles, "organ_label"))]
Lesions = Annotated[
    list[str] | None,
    typer.Option(help=field_help(CaseFiles, "lesions", f"{_PER_CT} none: a CT without.")),
]
LesionLabel = Annotated[int | None, typer.Option(help=field_help(CaseFiles, "lesion_label"))]
Patient = Annotated[
    list[str] | None, typer.Option(help=field_help(CaseFiles, "patient", "Once for each CT."))
]
Series = Annotated[str | None, typer.Option(help=field_help(CaseFiles, "series"))]
Units = Annotated[str, typer.Option(help=field_help(CaseFiles, "units"))]
Resample = Annotated[bool, typer.Option("--resample", help=field_help(CaseFiles, "resample"))]


def generate(
    ct: Cts,
    organ: Organ,
    out: Annotated[Path, typer.Option(help=field_help(GenerateSettings, "out"))],
    organ_label: OrganLabel = None,
    lesions: Lesions = None,
    lesion_label: LesionLabel = None,
    donors: Annotated[
        Path | None, typer.Option(help=field_help(GenerateSettings, "donors"))
    ] = None,
    method: Annotated[
        str,
        typer.Option(
            help=field_help(
                GenerateSettings,
                "methods",
                "As in poisson:2,sigmoid:1. Poisson needs --lesions or --donors.",
            )
        ),
    ] = ",".join(_default("methods")),
    n: Annotated[int, typer.Option("--n", help=field_help(GenerateSettings, "n"))] = _default("n"),
    rim: Annotated[float, typer.Option(help=field_help(GenerateSettings, "rim"))] = _default("rim"),
    diameter: Annotated[
        tuple[float, float],
        typer.Option(metavar="MIN MAX", help=field_help(GenerateSettings, "diameter_mm")),
    ] = _default("diameter_mm"),
    seed: Annotated[int, typer.Option(help=field_help(GenerateSettings, "seed"))] = _default(
        "seed"
    ),
    per_scene: Annotated[
        int, typer.Option(help=field_help(GenerateSettings, "per_scene"))
    ] = _default("per_scene"),
    fixed: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="METHOD.PARAMETER=VALUE",
            help="A parameter to fix, as in sigmoid.delta_hu=-45; the others are drawn. "
            "May be given several times.",
        ),
    ] = None,
    context: Annotated[
        float, typer.Option(help=field_help(GenerateSettings, "context_mm"))
    ] = _default("context_mm"),
    model: Annotated[Path | None, typer.Option(help=field_help(GenerateSettings, "model"))] = None,
    select: Annotated[
        bool, typer.Option("--select", help=field_help(GenerateSettings, "select"))
    ] = False,
    autoencoder: Annotated[
        Path | None, typer.Option(help=field_help(GenerateSettings, "autoencoder"))
    ] = None,
    volumes: Annotated[
        bool, typer.Option("--volumes", help=field_help(GenerateSettings, "volumes"))
    ] = False,
    workers: Annotated[int, typer.Option(help=field_help(GenerateSettings, "workers"))] = _default(
        "workers"
    ),
    scheduler: Annotated[
        str | None, typer.Option(help=field_help(GenerateSettings, "scheduler"))
    ] = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Make a set of synthetic lesions in one CT or several.

    The set depends on the inputs and the seed alone. A run that was interrupted, even killed,
    goes on when the same command is given again; --workers and --scheduler may differ then.

    Methods that transplant real lesions take them from --donors, or else from --lesions.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.generate import generate as run

        settings = GenerateSettings(
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
            out=out,
            methods=method_weights(method),
            n=n,
            rim=rim,
            diameter_mm=diameter,
            seed=seed,
            per_scene=per_scene,
            context_mm=context,
            donors=donors,
            model=model,
            select=select,
            autoencoder=autoencoder,
            fixed=fixed_parameters(fixed or ()),
            volumes=volumes,
            workers=workers,
            scheduler=scheduler,
        )
        return run(settings, token)

    perform(job, as_json=as_json)


def extract_donors(
    ct: Cts,
    organ: Organ,
    lesions: Annotated[list[str], typer.Option(help=field_help(CaseFiles, "lesions", _PER_CT))],
    out: Annotated[Path, typer.Option(help="The library; donors are added to those it holds.")],
    organ_label: OrganLabel = None,
    lesion_label: LesionLabel = None,
    min_diameter: Annotated[
        float, typer.Option(help="Diameter of the smallest lesion to take, in mm.")
    ] = 3.0,
    margin: Annotated[float, typer.Option(help="Surroundings to keep, in mm.")] = 10.0,
    split: Annotated[
        bool, typer.Option("--split", help="Part labels that are two lesions grown together.")
    ] = False,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Cut the labelled lesions out of CTs and keep them as a donor library."""

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.donors import DonorSettings, collect_donors

        cases = case_files(
            ct,
            organs=organ,
            lesions=lesions,
            patients=patient or (),
            organ_label=organ_label,
            lesion_label=lesion_label,
            series=series,
            units=units,
            resample=resample,
        )
        settings = DonorSettings(
            cases=cases, out=out, min_diameter_mm=min_diameter, margin_mm=margin, split=split
        )
        return collect_donors(settings, token)

    perform(job, as_json=as_json)


def demo(
    out: Annotated[Path, typer.Option(help="Output folder.")] = Path("demo-output"),
    n: Annotated[int, typer.Option("--n", help="Lesions for each of the two CTs.")] = 24,
    seed: Annotated[int, typer.Option(help="Root of all random choices.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes on this machine.")] = 2,
    experiment: Annotated[
        bool,
        typer.Option(
            "--experiment/--no-experiment",
            help="End with a small experiment: whether detectors gain. Takes minutes.",
        ),
    ] = True,
    as_json: Json = False,
) -> None:
    """Try everything on the CTs that come with the package; writes a report to look at."""

    def job(token: StopToken) -> EventStream:
        try:
            from napari_lesion_synth.jobs.demo import DemoSettings
            from napari_lesion_synth.jobs.demo import demo as run
        except ImportError as error:
            raise ParameterError(f"the demo cannot be loaded ({error})") from error

        asked = DemoSettings(out=out, n=n, seed=seed, workers=workers, experiment=experiment)
        return run(asked, token)

    perform(job, as_json=as_json)
