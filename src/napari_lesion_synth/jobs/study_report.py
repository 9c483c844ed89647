"""The report of a study: one page that opens offline."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.dataset.report import page
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.jobs.study_facts import fresh_result, methods_facts
from napari_lesion_synth.jobs.study_files import (
    LIMITS_JSON,
    REGRESSION_JSON,
    REPORT_HTML,
    SCALE_JSON,
    read_result,
    results_folder,
)
from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_limits import LimitsOfStudy, limits_of_study
from napari_lesion_synth.jobs.study_report_parts import ReportOf
from napari_lesion_synth.jobs.study_report_sections import report_sections
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.jobs.study_steps import relayed
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.export.people import Cohort, gather

__all__ = ["ReportStudy", "report_study"]

_PEOPLE = "Judgements of photos by the people of one study. For research."
_SIMULATED = (
    "All participants on this page are simulated: it shows how the program works, and says nothing "
    "about people or food."
)


class ReportStudy(BaseModel):
    """Which study is reported."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="Folder of the study.")


def report_study(settings: ReportStudy, token: StopToken) -> EventStream:
    """Write the report, and first what of it rests on other answers than there are now.

    Scaling and limits are computed again where that is so; a regression is not, and the report
    says so.

    Parameters
    ----------
    settings : ReportStudy
        Which study.
    token : StopToken
        Checked before each step.

    Yields
    ------
    Event
        Started, Progress, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set.
    InputError
        If the study or a ledger cannot be read.
    StorageError
        If it cannot be written.
    """
    study = open_study(settings.folder)
    cohort = gather(study)
    yield Started("study report", 3)
    yield Progress(0, 3, "scaling")
    yield from _scaled(cohort, token)
    token.check()
    yield Progress(1, 3, "limits")
    yield from _limits(study, cohort, token)
    token.check()
    yield Progress(2, 3, "writing")
    regression = read_result(study.folder, REGRESSION_JSON)
    stale = regression is not None and regression.get("answers_sha256") != cohort.sha256
    if stale:
        yield Log("the regression rests on other answers than there are now", "warning")
    what = ReportOf(
        cohort,
        methods_facts(cohort),
        fresh_result(cohort, SCALE_JSON),
        fresh_result(cohort, LIMITS_JSON),
        regression,
        stale,
    )
    path = results_folder(study.folder) / REPORT_HTML
    lead = f"napari-lesion-synth {PROGRAM}, design {study.design.sha256[:16]}"
    disclaimer = _SIMULATED if cohort.simulated else _PEOPLE
    html = page(study.design.name, lead, report_sections(what), disclaimer)
    write_atomic(path, html.encode())
    yield Progress(3, 3)
    yield Artifact("report", str(path))
    yield Done({"report": str(path), "participants": len(cohort.used)})


def _scaled(cohort: Cohort, token: StopToken) -> EventStream:
    if fresh_result(cohort, SCALE_JSON) is not None:
        return
    try:
        yield from relayed(scale_study(ScaleStudy(folder=cohort.study.folder), token))
    except InputError as error:
        yield Log(f"nothing was scaled: {error.what}")


def _limits(study: Study, cohort: Cohort, token: StopToken) -> EventStream:
    if read_limit_settings(study.folder) is None:
        return
    if fresh_result(cohort, LIMITS_JSON) is not None:
        return
    try:
        yield from relayed(limits_of_study(LimitsOfStudy(folder=study.folder), token))
    except InputError as error:
        yield Log(f"no limits were found: {error.what}")
