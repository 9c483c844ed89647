"""Commands that train: `train gan`, `train autoencoder`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.arguments import case_files
from napari_lesion_synth.cli.making import (
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
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.learning_settings import AutoEncoderJob, GanJob, LessonFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

__all__ = ["train"]

train = typer.Typer(
    no_args_is_help=True,
    help="Learn from real lesions: a generator (gan), and what selects (autoencoder).",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_ONCE = "Once for each CT, or one pattern with {case} and {folder}."

MaybeCts = Annotated[
    list[Path] | None,
    typer.Argument(metavar="CT", help=field_help(LessonFiles, "cases"), show_default=False),
]
MaybeOrgan = Annotated[list[str] | None, typer.Option(help=field_help(CaseFiles, "organ", _ONCE))]
MaybeLesions = Annotated[
    list[str] | None,
    typer.Option(help=field_help(CaseFiles, "lesions", f"{_ONCE} none: a CT without.")),
]
Library = Annotated[Path | None, typer.Option(help=field_help(LessonFiles, "donors"))]
HoldOut = Annotated[
    list[str] | None,
    typer.Option(metavar="PATIENT", help=field_help(LessonFiles, "hold_out", "Once for each.")),
]


@train.command("gan")
@with_options(GanSettings)
def gan(
    out: Annotated[Path, typer.Option(help=field_help(GanJob, "out"))],
    given: dict[str, Any],
    ct: MaybeCts = None,
    organ: MaybeOrgan = None,
    organ_label: OrganLabel = None,
    lesions: MaybeLesions = None,
    lesion_label: LesionLabel = None,
    donors: Library = None,
    hold_out: HoldOut = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Train a generator of lesions, or go on with a training that was interrupted.

    It learns from the lesions of --donors, or else from those labelled in the CTs, and practises
    in the healthy parts of the CTs. 15 lesions are the least; below, use Poisson and sigmoid.
    The same command goes on where it was stopped or killed; more --steps go on from the end.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.train_gan import learn_gan

        files = _lessons(
            ct, organ, lesions, patient, donors, hold_out,
            organ_label=organ_label, lesion_label=lesion_label,
            series=series, units=units, resample=resample,
        )  # fmt: skip
        return learn_gan(GanJob(lessons=files, out=out, settings=GanSettings(**given)), token)

    perform(job, as_json=as_json)


@train.command("autoencoder")
@with_options(AutoEncoderSettings)
def autoencoder(
    out: Annotated[Path, typer.Option(help=field_help(AutoEncoderJob, "out"))],
    given: dict[str, Any],
    ct: MaybeCts = None,
    organ: MaybeOrgan = None,
    organ_label: OrganLabel = None,
    lesions: MaybeLesions = None,
    lesion_label: LesionLabel = None,
    donors: Library = None,
    hold_out: HoldOut = None,
    series: Series = None,
    units: Units = "auto",
    patient: Patient = None,
    resample: Resample = False,
    as_json: Json = False,
) -> None:
    """Train the auto-encoder that selects, or go on with a training that was interrupted.

    Its band comes from real lesions of patients that its nets have not seen.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.train_autoencoder import learn_autoencoder

        files = _lessons(
            ct, organ, lesions, patient, donors, hold_out,
            organ_label=organ_label, lesion_label=lesion_label,
            series=series, units=units, resample=resample,
        )  # fmt: skip
        settings = AutoEncoderSettings(**given)
        return learn_autoencoder(AutoEncoderJob(lessons=files, out=out, settings=settings), token)

    perform(job, as_json=as_json)


def _lessons(
    cts: list[Path] | None,
    organs: list[str] | None,
    lesions: list[str] | None,
    patients: list[str] | None,
    donors: Path | None,
    hold_out: list[str] | None,
    **common: Any,
) -> LessonFiles:
    cases = case_files(
        cts or [], organs=organs or (), lesions=lesions or (), patients=patients or (), **common
    )
    return LessonFiles(cases=cases, donors=donors, hold_out=tuple(hold_out or ()))
