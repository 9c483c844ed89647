"""Commands that analyse a study: `study scale`, `limits`, `regress`, `attribute`, `report`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.cli.studying_making import Folder
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.study_attribution import AttributeStudy
from napari_lesion_synth.jobs.study_limits import LimitsOfStudy
from napari_lesion_synth.jobs.study_limits_ucurve import Retraining
from napari_lesion_synth.jobs.study_regress import RegressStudy
from napari_lesion_synth.jobs.study_scaled import ScaleSettings
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings
from napari_lesion_synth.perception.regression.models.registry import MODELS
from napari_lesion_synth.perception.scaling.scale01 import Anchors
from napari_lesion_synth.perception.scaling.settings import ScalingSettings

__all__ = ["attribute", "limits", "regress", "report", "scale"]

_MODELS = ",".join(RegressStudy.model_fields["models"].default)


@with_options(ScaleSettings, leave_out=("scaling", "anchors"))
def scale(
    folder: Folder,
    given: dict[str, Any],
    model: Annotated[
        Literal["thurstone", "bradley-terry"],
        typer.Option(help=field_help(ScalingSettings, "model")),
    ] = "thurstone",
    ties: Annotated[
        Literal["model", "half"], typer.Option(help=field_help(ScalingSettings, "ties"))
    ] = "model",
    side_bias: Annotated[
        bool, typer.Option("--side-bias", help=field_help(ScalingSettings, "side_bias"))
    ] = False,
    anchors: Annotated[
        Literal["minmax", "range", "reference"], typer.Option(help=field_help(Anchors, "rule"))
    ] = "minmax",
    low: Annotated[str | None, typer.Option(help=field_help(Anchors, "low"))] = None,
    high: Annotated[str | None, typer.Option(help=field_help(Anchors, "high"))] = None,
    as_json: Json = False,
) -> None:
    """Scale the answers: attractiveness from 0 to 1 with intervals.

    With it agreement, test-retest, circular triads, raters needed, and a screen of raters, which
    removes nobody. Who failed the catch trials is left out, as the design says. What was judged
    or viewed in different ways is scaled by itself. Writes scale.json, ranking.csv and
    ranking.svg into the results.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study

        how = ScaleSettings(
            scaling=ScalingSettings(model=model, ties=ties, side_bias=side_bias),
            anchors=Anchors(rule=anchors, low=low, high=high),
            **given,
        )
        return scale_study(ScaleStudy(folder=folder, how=how), token)

    perform(job, as_json=as_json)


@with_options(LimitsOfStudy, leave_out=("folder",))
def limits(folder: Folder, given: dict[str, Any], as_json: Json = False) -> None:
    """Find how strong transforms may be: curves, equivalence (TOST), and the policy.

    For studies made with --limits. Writes policy.json, which trainings obey, limits.json and a
    drawing of each curve into the results.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_limits import limits_of_study

        return limits_of_study(LimitsOfStudy(folder=folder, **given), token)

    perform(job, as_json=as_json)


@with_options(Retraining, into="retraining")
@with_options(GazeInputSettings, into="inputs")
@with_options(RegressStudy, leave_out=("folder", "models", "by", "gaze_inputs", "retraining"))
def regress(
    folder: Folder,
    given: dict[str, Any],
    inputs: dict[str, Any],
    retraining: dict[str, Any],
    models: Annotated[
        str,
        typer.Option(
            metavar="A,B",
            help=field_help(RegressStudy, "models", f"With commas, from: {', '.join(MODELS)}."),
        ),
    ] = _MODELS,
    by: Annotated[
        Literal["dish", "photo"] | None, typer.Option(help=field_help(RegressStudy, "by"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Predict attractiveness from the photos, tested on dishes that were not learnt from.

    Each error has its interval (dishes drawn again) and stands beside the labels' noise and the
    mean. Where gaze was recorded, it has to beat its controls: the centre, computed saliency,
    gaze of another photo. With --policy, trainings at 0 to 2 times its limits say whether these are
    right. Writes regression.json, predictions.csv and mae.svg into the results, and ucurve.svg.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_regress import regress_study

        names = [name.strip() for name in models.split(",") if name.strip()]
        if unknown := [name for name in names if name not in MODELS]:
            raise ParameterError(
                f"there is no model {', '.join(unknown)}",
                remedy=f"Choose from: {', '.join(MODELS)}",
            )
        asked = RegressStudy.model_validate(
            {
                **given,
                "folder": folder,
                "models": names,
                "by": by,
                "gaze_inputs": GazeInputSettings(**inputs),
                "retraining": Retraining(**retraining),
            }
        )
        return regress_study(asked, token)

    perform(job, as_json=as_json)


@with_options(AttributeStudy, leave_out=("folder", "model", "photos"))
def attribute(
    folder: Folder,
    given: dict[str, Any],
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help=field_help(AttributeStudy, "model", f"One of: {', '.join(MODELS[1:])}."),
        ),
    ] = "ridge",
    photo: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help=field_help(AttributeStudy, "photos", "Once for each.")),
    ] = None,
    as_json: Json = False,
) -> None:
    """Find which parts of each photo a model's prediction rests on.

    Each part in turn is hidden by a blur; what the prediction loses is the part's. The tab Review
    of the dock shows it beside where people looked. Writes attribution-NAME.json into the results;
    what was found from the same answers is not done again.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_attribution import attribute_study

        if model not in MODELS:
            raise ParameterError(
                f"there is no model {model}", remedy=f"Choose from: {', '.join(MODELS[1:])}"
            )
        asked = AttributeStudy.model_validate(
            {**given, "folder": folder, "model": model, "photos": tuple(photo or ())}
        )
        return attribute_study(asked, token)

    perform(job, as_json=as_json)


def report(folder: Folder, as_json: Json = False) -> None:
    """Write the report: one page that opens offline.

    Design, participants, data quality, ranking with intervals, agreement, limits, regression, the
    paragraph of methods, and what all this does not show. Scaling and limits are computed first
    where they are missing or rest on other answers.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.study_report import ReportStudy, report_study

        return report_study(ReportStudy(folder=folder), token)

    perform(job, as_json=as_json)
