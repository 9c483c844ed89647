"""Commands for experiments: `experiment run` and `experiment power`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_lesion_synth.cli.experiment_report import report
from napari_lesion_synth.cli.making import Json
from napari_lesion_synth.cli.model_options import field_help, with_options
from napari_lesion_synth.cli.output import perform
from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.events import EventStream, StopToken
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings

__all__ = ["experiment"]

experiment = typer.Typer(
    no_args_is_help=True,
    help="Whether synthetic lesions help: arms x folds x seeds, with equal steps.",
)

_OWN = ("plan", "out", "arms")


@with_options(ExperimentSettings, leave_out=_OWN)
def run(
    plan: Annotated[
        Path, typer.Argument(metavar="PLAN", help=field_help(ExperimentSettings, "plan"))
    ],
    out: Annotated[Path, typer.Option(help=field_help(ExperimentSettings, "out"))],
    given: dict[str, Any],
    arms: Annotated[
        str | None,
        typer.Option(
            metavar="A,B", help=field_help(ExperimentSettings, "arms", "Separated by commas.")
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run the plan of an experiment, or go on with it.

    Every arm is trained with the same steps and seeds and tested once, on patients from whom
    nothing was made; weights and thresholds are chosen on others. Finished runs are not repeated:
    the same command goes on after a stop, a crash or a kill. For research only.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.experiment import run_experiment

        names = tuple(name.strip() for name in (arms or "").split(",") if name.strip())
        asked = ExperimentSettings(plan=plan, out=out, arms=names, **given)
        return run_experiment(asked, token)

    perform(job, as_json=as_json)


_FROM_PLAN = ("lesions", "lesions_per_patient", "cts", "false_alarms", "comparisons")
"""What a plan says by itself."""


@with_options(PowerSettings, leave_out=("aims", *_FROM_PLAN))
def power(
    given: dict[str, Any],
    plan: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PLAN]", help="A plan, whose numbers are taken where none is given."
        ),
    ] = None,
    lesions: Annotated[int | None, typer.Option(help=field_help(PowerSettings, "lesions"))] = None,
    lesions_per_patient: Annotated[
        float | None, typer.Option(help=field_help(PowerSettings, "lesions_per_patient"))
    ] = None,
    cts: Annotated[int | None, typer.Option(help=field_help(PowerSettings, "cts"))] = None,
    false_alarms: Annotated[
        float | None, typer.Option(help=field_help(PowerSettings, "false_alarms"))
    ] = None,
    comparisons: Annotated[
        int | None, typer.Option(help=field_help(PowerSettings, "comparisons"))
    ] = None,
    aim: Annotated[
        list[float] | None,
        typer.Option(
            metavar="SHARE",
            help=field_help(PowerSettings, "aims", "Once for each; default: 0.8, 0.95."),
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what an experiment can show, before it is run.

    With few test lesions most gains cannot be seen, however many trainings are made: trainings do
    not add lesions.
    """

    def job(token: StopToken) -> EventStream:
        from napari_lesion_synth.jobs.experiment_power import tell_power

        numbers = (lesions, lesions_per_patient, cts, false_alarms, comparisons)
        asked = {
            **given,
            **dict(zip(_FROM_PLAN, numbers, strict=True)),
            "aims": tuple(aim) if aim else None,
        }
        return tell_power(asked, token, plan)

    perform(job, as_json=as_json)


# Further commands of the group (`report` and others) are registered below these.
experiment.command("run")(run)
experiment.command("power")(power)
experiment.command("report")(report)
