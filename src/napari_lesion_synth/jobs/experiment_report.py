"""The report on an experiment: one page, tables and drawings, from its finished runs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.errors import DatasetError, LesionSynthError, ParameterError
from napari_lesion_synth.evaluation.drawing.svg import free_standing
from napari_lesion_synth.evaluation.experiment.comparison import Comparison, comparing
from napari_lesion_synth.evaluation.experiment.measures import DRAWS
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan, plan_differences
from napari_lesion_synth.evaluation.experiment.run_result import read_runs
from napari_lesion_synth.evaluation.experiment.trainings import Harvest, gather
from napari_lesion_synth.evaluation.report.columns import columns_text
from napari_lesion_synth.evaluation.report.looks import galleries
from napari_lesion_synth.evaluation.report.page import experiment_figures, experiment_page
from napari_lesion_synth.evaluation.report.pictures import (
    Place,
    false_alarm_places,
    miss_places,
    place_sheet,
)
from napari_lesion_synth.evaluation.report.tables import experiment_tables
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import TEMPORARY, write_atomic, writing
from napari_lesion_synth.jobs.experiment_cts import facts_of, with_cts
from napari_lesion_synth.jobs.experiment_model import Experiment, open_ct
from napari_lesion_synth.jobs.experiment_plan import PLAN_YAML, read_plan
from napari_lesion_synth.jobs.experiment_report_settings import ReportSettings

__all__ = ["REPORT_HTML", "report_experiment"]

REPORT_HTML, FIGURES, TABLES, COLUMNS_MD = "report.html", "figures", "tables", "columns.md"

_JOB = "report"
_MOST_PICTURES = 8


def report_experiment(settings: ReportSettings, token: StopToken) -> EventStream:
    """Write the report on an experiment, finished or not.

    The page, the tables and the drawings depend on the runs and the plan alone: the same runs
    give the same bytes, but for pictures of CTs that are or are not at hand.

    Parameters
    ----------
    settings : ReportSettings
        Of which experiment.
    token : StopToken
        Checked at every step.

    Yields
    ------
    Event
        Started, Progress, Log, Artifact (page, tables, drawings), Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the plan is missing or cannot be used.
    DatasetError
        If there is no run, or one is damaged or another plan's.
    StorageError
        If a file cannot be written.
    """
    harvest = _harvest(settings)
    arms = len(harvest.arms)
    steps = arms + max(0, arms - (harvest.plan.baseline in harvest.arms)) + 2
    yield Started(_JOB, steps)
    if not harvest.complete:
        yield Log(
            f"not finished: {len(harvest.missing)} of {harvest.planned} runs are missing",
            "warning",
        )
    comparison = yield from _compared(harvest, steps, token)
    figures = experiment_figures(comparison)
    pictures = {}
    if settings.pictures:
        pictures = yield from _pictures(settings, comparison, token)
    token.check()
    yield Progress(steps - 1, steps, "writing")
    tables = experiment_tables(comparison)
    _write(settings.out / TABLES, {name: text.encode() for name, text in tables.items()}, "*.csv")
    words = columns_text(comparison.plan.name, comparison.rule, DRAWS)
    write_atomic(settings.out / TABLES / COLUMNS_MD, words.encode())
    drawings = {f"{name}.svg": free_standing(svg) for name, svg in figures.items()}
    _write(settings.out / FIGURES, drawings, "*.svg")
    _write(settings.out / FIGURES, {f"{name}.png": png for name, png in pictures.items()}, "*.png")
    page = settings.out / REPORT_HTML
    write_atomic(page, experiment_page(comparison, figures, pictures).encode())
    yield Progress(steps, steps)
    yield Artifact("tables", str(settings.out / TABLES))
    yield Artifact("figures", str(settings.out / FIGURES))
    yield Artifact("report", str(page))
    yield Done(
        {
            "report": str(page),
            "runs": len(harvest.finished),
            "missing": len(harvest.missing),
            "goals": {
                goal.verdict.value if harvest.complete else "not finished": sum(
                    other.verdict is goal.verdict for other in comparison.goals
                )
                for goal in comparison.goals
            },
        }
    )


def _harvest(settings: ReportSettings) -> Harvest:
    """The runs of the folder, put together by its plan."""
    kept = settings.out / PLAN_YAML
    plan = read_plan(kept)
    if settings.plan is not None:
        different = plan_differences(plan, read_plan(settings.plan))
        if different:
            raise ParameterError(
                f"the folder is of another plan: {'; '.join(different[:5])}",
                where=settings.plan,
                remedy="Give the plan that was run, or none",
            )
    runs = read_runs(settings.out)
    if not runs:
        raise DatasetError(
            "no run is finished: there is nothing to report",
            where=settings.out,
            remedy="Run the experiment first, or wait until its first run is finished",
        )
    return gather(plan, runs)


def _compared(harvest: Harvest, steps: int, token: StopToken) -> Generator[Event, None, Comparison]:
    working = comparing(harvest)
    done = 0
    while True:
        token.check()
        try:
            text = next(working)
        except StopIteration as end:
            comparison: Comparison = end.value
            return comparison
        yield Progress(done, steps, text)
        done += 1


def _pictures(
    settings: ReportSettings, comparison: Comparison, token: StopToken
) -> Generator[Event, None, dict[str, bytes]]:
    """Sheets of misses and false alarms; none, and a word why, where the CTs are not at hand."""
    pictures: dict[str, bytes] = {}
    try:
        open_case = _opener(settings, comparison)
        for gallery in galleries(comparison):
            name = gallery.arm.name
            missed = gallery.misses[:_MOST_PICTURES]
            false = gallery.false_alarms[:_MOST_PICTURES]
            sheets: list[tuple[str, str, list[Place]]] = [
                ("misses", "missed by every training", miss_places(missed)),
                ("false_alarms", "false alarms", false_alarm_places(false, gallery.arm.seeds)),
            ]
            for kind, words, places in sheets:
                token.check()
                if places:
                    sheet = place_sheet(places, f"{name}: {words}", open_case)
                    pictures[f"{kind}_{name}"] = png_bytes(sheet)
    except LesionSynthError as error:
        yield Log(f"no pictures of CTs, tables alone: {error}", "warning")
        return {}
    return pictures


def _opener(settings: ReportSettings, comparison: Comparison) -> Callable[[str], Case]:
    """From the name of a test CT to the CT."""
    experiment = _with_cts(settings, comparison.plan)
    by_name = {ct.name: ct for ct in experiment.cts}

    def opened(name: str) -> Case:
        if name not in by_name:
            raise DatasetError("the plan has no such CT", where=name)
        case = open_ct(by_name[name])
        if case.volume.sha256 != facts_of(experiment, name).sha256:
            raise DatasetError("this is not the CT that was tested on", where=name)
        return case

    return opened


def _with_cts(settings: ReportSettings, plan: ExperimentPlan) -> Experiment:
    """The experiment's CTs; paths begin at the plan, or where it is likely to have been."""
    folder = settings.out.expanduser().resolve()
    bases = [folder.parent, folder]
    if settings.plan is not None:
        bases = [settings.plan.expanduser().resolve().parent]
    for number, base in enumerate(bases, start=1):
        experiment = Experiment(plan, folder, base)
        try:
            cts, _ = with_cts(experiment)
        except LesionSynthError:
            if number == len(bases):
                raise
        else:
            return replace(experiment, cts=tuple(cts))
    raise AssertionError  # there is at least one place


def _write(folder: Path, files: Mapping[str, bytes], old: str) -> None:
    """Write files, and take away those of an earlier report that are no more."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob(old):
            if path.name not in files and not path.name.startswith(TEMPORARY):
                path.unlink()
    for name, data in files.items():
        write_atomic(folder / name, data)
