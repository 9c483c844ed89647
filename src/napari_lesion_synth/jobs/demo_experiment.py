"""The demo's experiment: whether synthetic lesions help, asked so that it takes minutes."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from napari_lesion_synth.dataset.report import (
    Section,
    bullets,
    drawing,
    folded,
    link,
    paragraph,
    preformatted,
    table,
)
from napari_lesion_synth.evaluation.experiment.comparison import Comparison, compare
from napari_lesion_synth.evaluation.experiment.run_result import read_runs
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.report.choice import chosen_arms
from napari_lesion_synth.evaluation.report.figure_words import (
    at_rate,
    difference_words,
    figure_words,
)
from napari_lesion_synth.evaluation.report.froc import froc_overlay
from napari_lesion_synth.evaluation.report.means import power_section
from napari_lesion_synth.evaluation.report.prose import prose
from napari_lesion_synth.evaluation.report.prose_limits import limits
from napari_lesion_synth.events import Artifact, Event, EventStream, Log, StopToken
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.jobs.experiment_report import REPORT_HTML, report_experiment
from napari_lesion_synth.jobs.experiment_report_settings import ReportSettings

__all__ = ["TITLE", "ask_whether_it_helps", "left_out"]

TITLE = "Does it help? A small experiment"

_NO_FIGURE = "\N{EN DASH}"


def ask_whether_it_helps(
    plan: Path, out: Path, token: StopToken, workers: int = 1
) -> Generator[Event, None, Section]:
    """Run a plan, or go on with it; write its report, and tell of it in short.

    Parameters
    ----------
    plan : Path
        A small one.
    out : Path
        Folder of the experiment, inside that of the demo's page.
    token : StopToken
        Checked at every step; what is finished is kept.
    workers : int
        Trainings at once.

    Yields
    ------
    Event
        What the steps say, without their progress.

    Returns
    -------
    Section

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If a step fails, or the folder holds another plan's experiment.
    """
    asked = ExperimentSettings(plan=plan, out=out, workers=workers)
    yield from _quietly(run_experiment(asked, token))
    yield from _quietly(report_experiment(ReportSettings(out=out, plan=plan), token))
    token.check()
    return _section(compare(gather(read_plan(out / PLAN_YAML), read_runs(out))), out)


def left_out(why: str) -> Section:
    """In place of the experiment."""
    return Section(TITLE, (paragraph(f"Left out: {why}."),))


def _section(comparison: Comparison, out: Path) -> Section:
    return Section(
        TITLE,
        (
            paragraph(
                "Detectors were trained with the same steps on the same few simulated lesions, "
                "with synthetic ones made from them and without, and tested once on other "
                "simulated patients. These detectors are small and their trainings short; the one "
                "above is not among them."
            ),
            link(f"{out.name}/{REPORT_HTML}", "The whole report of this experiment"),
            table(_rows(comparison)),
            *(paragraph(text) for text in prose(comparison)),
            drawing(
                froc_overlay(comparison, chosen_arms(comparison)),
                "Free-response curves of the arms.",
            ),
            paragraph("What this does not show:"),
            bullets(limits(comparison)),
            folded(
                "What an experiment of this size can see", "".join(power_section(comparison).parts)
            ),
            paragraph("The same for your own CTs, with a plan of your own:"),
            preformatted(
                "napari-lesion-synth experiment power plan.yaml\n"
                "napari-lesion-synth experiment run plan.yaml --out experiment\n"
                "napari-lesion-synth experiment report experiment"
            ),
        ),
    )


def _rows(comparison: Comparison) -> list[dict[str, object]]:
    plan, per = comparison.plan, comparison.harvest.per
    less = {each.arm: difference_words(each.main.patients) for each in comparison.differences}
    return [
        {
            "arm": arm.name,
            "what it learns from": plan.arm(arm.name).title,
            f"lesions found {at_rate(plan.rate, per)}": figure_words(arm.at(plan.rate).patients),
            f"less {plan.baseline}": less.get(arm.name, _NO_FIGURE),
        }
        for arm in comparison.arms
    ]


def _quietly(events: EventStream) -> EventStream:
    """What a step says, without its start, end and progress, which are the demo's own."""
    for event in events:
        if isinstance(event, (Log, Artifact)):
            yield event
