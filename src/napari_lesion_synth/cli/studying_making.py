"""Commands that make a study: `study new`, `freeze`, `simulate`, `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.study_demo import DemoStudy
from napari_lesion_synth.jobs.study_new import NewStudy
from napari_lesion_synth.jobs.study_observers import Crowd
from napari_lesion_synth.jobs.study_simulate import SimulateStudy
from napari_lesion_synth.perception.design.action_settings import ActionSettings
from napari_lesion_synth.perception.design.sections import (
    Checks,
    GazeSource,
    Judgement,
    JudgementKind,
    Order,
    Selection,
    Texts,
    TrialCounts,
    Viewing,
)
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.stimuli.plates.settings import PlateSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules

__all__ = ["Folder", "amend", "demo", "freeze", "new", "simulate"]

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the study.")]

_NOT_GIVEN = "Not given: as in --design, else the usual."


def _help(model: Any, name: str) -> str:
    return field_help(model, name)


def _cost(name: str) -> str:
    return field_help(ActionSettings, name, "With --judgement mixed.")


_PLATES = PlateSettings(azimuths=12)


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=_help(NewStudy, "folder"))],
    photos: Annotated[
        Path | None, typer.Option(metavar="DIR", help=_help(NewStudy, "photos"))
    ] = None,
    plates: Annotated[bool, typer.Option("--plates", help=_help(NewStudy, "plates"))] = False,
    dishes: Annotated[
        str,
        typer.Option(
            metavar="A,B", help=field_help(PlateSettings, "dishes", "With commas between them.")
        ),
    ] = "curry",
    azimuths: Annotated[int, typer.Option(help=_help(PlateSettings, "azimuths"))] = 12,
    size: Annotated[int, typer.Option(help=_help(PlateSettings, "size"))] = 512,
    copy: Annotated[bool, typer.Option("--copy", help=_help(NewStudy, "copy_photos"))] = False,
    table: Annotated[str, typer.Option(metavar="CSV", help=_help(ScanRules, "table"))] = "",
    min_side: Annotated[int, typer.Option(help=_help(ScanRules, "min_side"))] = 256,
    design: Annotated[
        Path | None, typer.Option(metavar="YAML", help=_help(NewStudy, "design"))
    ] = None,
    name: Annotated[str | None, typer.Option(help=_help(StudyDesign, "name"))] = None,
    judgement: Annotated[JudgementKind | None, typer.Option(help=_help(Judgement, "kind"))] = None,
    ties: Annotated[bool | None, typer.Option(help=_help(Judgement, "ties"))] = None,
    mode: Annotated[
        Literal["self-paced", "fixed"] | None, typer.Option(help=_help(Viewing, "mode"))
    ] = None,
    seconds: Annotated[float | None, typer.Option(help=_help(Viewing, "seconds"))] = None,
    gaze: Annotated[GazeSource | None, typer.Option(help=_help(Viewing, "gaze_source"))] = None,
    participants: Annotated[
        int | None, typer.Option(help=_help(TrialCounts, "participants"))
    ] = None,
    trials: Annotated[int | None, typer.Option(help=_help(TrialCounts, "trials"))] = None,
    practice: Annotated[int | None, typer.Option(help=_help(TrialCounts, "practice"))] = None,
    blocks: Annotated[
        Literal["mixed", "category"] | None, typer.Option(help=_help(Order, "blocks"))
    ] = None,
    spacing: Annotated[int | None, typer.Option(help=_help(Order, "spacing"))] = None,
    catch_share: Annotated[float | None, typer.Option(help=_help(Checks, "catch_share"))] = None,
    repeat_share: Annotated[float | None, typer.Option(help=_help(Checks, "repeat_share"))] = None,
    rule: Annotated[
        Literal["random", "gain"] | None, typer.Option(help=_help(Selection, "rule"))
    ] = None,
    feature_prior: Annotated[
        bool | None, typer.Option(help=_help(Selection, "feature_prior"))
    ] = None,
    stop_at: Annotated[
        Literal["trials", "width", "gain"] | None, typer.Option(help=_help(Selection, "stop_at"))
    ] = None,
    stop_value: Annotated[float | None, typer.Option(help=_help(Selection, "stop_value"))] = None,
    pair_s: Annotated[float | None, typer.Option(help=_cost("pair_s"))] = None,
    rating_s: Annotated[float | None, typer.Option(help=_cost("rating_s"))] = None,
    rating_noise: Annotated[float | None, typer.Option(help=_cost("rating_noise"))] = None,
    gaze_share: Annotated[float | None, typer.Option(help=_cost("gaze_share"))] = None,
    languages: Annotated[
        str | None,
        typer.Option(metavar="ja,en", help=field_help(StudyDesign, "languages")),
    ] = None,
    contact: Annotated[str | None, typer.Option(help=_help(Texts, "contact"))] = None,
    ethics: Annotated[str | None, typer.Option(help=_help(Texts, "ethics"))] = None,
    seed: Annotated[int | None, typer.Option(help=_help(StudyDesign, "seed"))] = None,
    limits: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help=field_help(NewStudy, "limits", "With commas between them.")
        ),
    ] = None,
    freeze: Annotated[bool, typer.Option("--freeze", help=_help(NewStudy, "freeze"))] = False,
    as_json: Json = False,
) -> None:
    """Begin a study: its folder, its design, the list of its photos, its consent texts.

    Settings that are not among the options are in design.yaml, which may be changed until the
    design is frozen. Freezing writes the preregistration, frozen.json, with its hash. Photos that
    change afterwards are refused.
    """
    changes = {
        "name": name,
        "seed": seed,
        "languages": None if languages is None else _names(languages),
        "judgement.kind": judgement,
        "judgement.ties": ties,
        "viewing.mode": mode,
        "viewing.seconds": seconds,
        "viewing.gaze_source": gaze,
        "counts.participants": participants,
        "counts.trials": trials,
        "counts.practice": practice,
        "order.blocks": blocks,
        "order.spacing": spacing,
        "checks.catch_share": catch_share,
        "checks.repeat_share": repeat_share,
        "selection.rule": rule,
        "selection.feature_prior": feature_prior,
        "selection.stop_at": stop_at,
        "selection.stop_value": stop_value,
        "actions.pair_s": pair_s,
        "actions.rating_s": rating_s,
        "actions.rating_noise": rating_noise,
        "actions.gaze_share": gaze_share,
        "texts.contact": contact,
        "texts.ethics": ethics,
    }

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_new import new_study

        rendered = None
        if plates:
            rendered = PlateSettings.model_validate(
                {"dishes": _names(dishes), "azimuths": azimuths, "size": size, "varied": True}
                | ({} if seed is None else {"seed": seed})
            )
        tried = None
        if limits is not None:
            tried = LimitSettings(transforms=tuple(_names(limits)))
        asked = NewStudy(
            folder=folder,
            photos=photos,
            plates=rendered,
            copy_photos=copy,
            scan=ScanRules(table=table, min_side=min(min_side, size) if plates else min_side),
            design=design,
            changes={key: value for key, value in changes.items() if value is not None},
            limits=tried,
            freeze=freeze,
        )
        return new_study(asked, token)

    perform(job, as_json=as_json)


def freeze(folder: Folder, as_json: Json = False) -> None:
    """Freeze the design: write the preregistration, with hashes of photos and consent texts.

    Whoever begins afterwards finds design and photos unchanged, or an error that names what was.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_new import freeze_study

        return freeze_study(folder, token)

    perform(job, as_json=as_json)


def amend(
    folder: Folder,
    reason: Annotated[
        str,
        typer.Option(help="Why the design is changed; stands in the report.", show_default=False),
    ],
    as_json: Json = False,
) -> None:
    """Put on record what was changed in a frozen design, and why.

    Change design.yaml, limits.yaml or the consent texts first. Nobody can begin until the change is
    on record; whoever has begun goes on with the design that they began with. Photos cannot change.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_new import amend_study

        return amend_study(folder, reason, token)

    perform(job, as_json=as_json)


@with_options(Crowd, into="crowd")
@with_options(SimulateStudy, leave_out=("folder", "crowd"))
def simulate(
    folder: Folder, given: dict[str, Any], crowd: dict[str, Any], as_json: Json = False
) -> None:
    """Let simulated participants take part, for dry runs, power and teaching.

    They go through the same session as people, with the codes sim-01, sim-02 and so on, and are
    never pooled with people. The same command goes on after a stop, a crash or a kill.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_simulate import simulate_study

        asked = SimulateStudy(folder=folder, crowd=Crowd(**crowd), **given)
        return simulate_study(asked, token)

    perform(job, as_json=as_json)


@with_options(DemoStudy, leave_out=("out",))
def demo(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=_help(DemoStudy, "out"))],
    given: dict[str, Any],
    as_json: Json = False,
) -> None:
    """A whole study from design to report: 36 rendered photos, 12 simulated participants.

    Pairs are chosen by expected gain; then scaling with intervals, regression with and without
    gaze, exports and the report. Needs no display. Takes some minutes.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_demo import demo_study

        return demo_study(DemoStudy(out=out, **given), token)

    perform(job, as_json=as_json)


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
