"""A whole study at once, of rendered dishes and simulated participants: from design to report."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.events import (
    Artifact,
    Done,
    EventStream,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.jobs.study_export import ExportStudy, export_study
from napari_lesion_synth.jobs.study_new import NewStudy, new_study
from napari_lesion_synth.jobs.study_observers import Crowd
from napari_lesion_synth.jobs.study_regress import RegressStudy, regress_study
from napari_lesion_synth.jobs.study_report import ReportStudy, report_study
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.jobs.study_steps import relayed
from napari_lesion_synth.perception.design.layout import DESIGN_YAML
from napari_lesion_synth.perception.regression.models.registry import ModelName
from napari_lesion_synth.perception.stimuli.plates import PlateSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules

__all__ = ["DemoStudy", "demo_study"]

_STEPS = 6
_MODELS: tuple[ModelName, ...] = ("mean", "ridge", "GP")


class DemoStudy(BaseModel):
    """What the demonstration makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    out: Path = Field(description="Output folder; the study is made in it.")
    participants: int = Field(
        12, ge=1, le=1000, description="How many simulated participants take part."
    )
    trials: int = Field(50, ge=10, le=1000, description="Trials a participant.")
    size: int = Field(256, ge=64, le=1024, description="Width and height of the plates in px.")
    views: int = Field(
        9, ge=3, le=72, multiple_of=3, description="Views of each of four dishes, a multiple of 3."
    )
    jobs: int = Field(
        1, ge=1, le=256, description="How many simulated participants take part at the same time."
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, description="Of everything.")


def demo_study(settings: DemoStudy, token: StopToken) -> EventStream:
    """Design, freeze, simulate, scale, learn, export, report; go on where it was stopped.

    Four dishes are rendered from nine sides each and compared in pairs, chosen by expected gain,
    while a simulation looks at them as people do through a window that the mouse moves.

    Parameters
    ----------
    settings : DemoStudy
        How much.
    token : StopToken
        Checked at every step.

    Yields
    ------
    Event
        Started (total: steps), Progress, Log, Artifact, Done.

    Raises
    ------
    Stopped
        If the token was set; the same call goes on.
    LesionSynthError
        If something cannot be written, or a package for the regression is not installed.
    """
    folder = settings.out.expanduser().absolute() / "study"
    yield Started("study demo", _STEPS)
    yield Progress(0, _STEPS, "rendering four dishes, designing and freezing the study")
    if not (folder / DESIGN_YAML).exists():
        yield from relayed(new_study(_new(settings, folder), token))
    token.check()
    yield Progress(1, _STEPS, "simulating participants")
    simulated = SimulateStudy(
        folder=folder,
        participants=settings.participants,
        jobs=settings.jobs,
        crowd=Crowd(seed=settings.seed),
    )
    yield from relayed(simulate_study(simulated, token))
    token.check()
    yield Progress(2, _STEPS, "scaling")
    yield from relayed(scale_study(ScaleStudy(folder=folder), token))
    token.check()
    yield Progress(3, _STEPS, "learning attractiveness from the photos, with and without gaze")
    regress = RegressStudy(folder=folder, models=_MODELS, seed=settings.seed)
    yield from relayed(regress_study(regress, token))
    token.check()
    yield Progress(4, _STEPS, "exporting")
    for form in ("tidy", "bids"):
        out = folder.parent / form
        if not out.exists():
            export = ExportStudy.model_validate(
                {"folder": folder, "out": out, "form": form, "anonymise": True, "gaze": True}
            )
            yield from relayed(export_study(export, token))
    token.check()
    yield Progress(5, _STEPS, "writing the report")
    told = yield from relayed(report_study(ReportStudy(folder=folder), token))
    yield Progress(_STEPS, _STEPS)
    yield Artifact("study", str(folder))
    yield Done({"study": str(folder), "report": told["report"]})


def _new(settings: DemoStudy, folder: Path) -> NewStudy:
    plates = PlateSettings(
        dishes=("curry", "eel", "salad", "tempura"),
        azimuths=settings.views // 3,
        size=settings.size,
        varied=True,
        seed=settings.seed,
    )
    changes = {
        "name": "Demonstration: four dishes",
        "seed": settings.seed,
        "counts.participants": settings.participants,
        "counts.trials": settings.trials,
        "counts.practice": 2,
        "order.spacing": 2,
        "checks.repeat_share": 0.12,
        "selection.rule": "gain",
        "viewing.gaze_source": "mouse_aperture",
        "covariates.age_band": True,
        "texts.hypotheses": "Dishes differ more than the views of one dish do.",
        "texts.analysis": "Thurstone's case V with intervals; regression by ridge and Gaussian "
        "process, tested on dishes that were not learnt from; gaze against its controls.",
    }
    return NewStudy(
        folder=folder,
        plates=plates,
        scan=ScanRules(min_side=64),
        changes=changes,
        freeze=True,
    )
