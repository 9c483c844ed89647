"""Making a set: read the inputs, have the scenes made, write them in order."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.writer import SetWriter, refuse_foreign
from napari_lesion_synth.events import Artifact, Done, Event, EventStream, Started, StopToken
from napari_lesion_synth.jobs.filling import fill
from napari_lesion_synth.jobs.inputs import Inputs, gather
from napari_lesion_synth.jobs.judging_settings import ScoreSettings
from napari_lesion_synth.jobs.materials import forget_cases
from napari_lesion_synth.jobs.models import require_fit
from napari_lesion_synth.jobs.plan import plan_scenes
from napari_lesion_synth.jobs.record import record_of
from napari_lesion_synth.jobs.runner import Place, run_jobs
from napari_lesion_synth.jobs.scene import render_scene
from napari_lesion_synth.jobs.score import score
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.jobs.volumes import write_volumes
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["generate"]


def generate(
    settings: GenerateSettings,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> EventStream:
    """Make a set of synthetic lesions, or go on with one that was interrupted.

    The set depends on the settings and inputs alone: any number of workers, a cluster, and any
    number of interruptions give the same bytes.

    Parameters
    ----------
    settings : GenerateSettings
        What to make, from what, and where.
    token : StopToken
        Checked at every step; what is whole by then stays.
    cases : sequence of Case
        Hosts that are in memory already, in place of ``settings.cases``.
    donors : sequence of Donor
        Donors that are in memory already, in place of ``settings.donors``.

    Yields
    ------
    Event
        Started, Log, Progress (in lesions), Artifact (the set), Done.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If an input, the output folder or a parameter cannot be used.
    """
    yield Started("generate", settings.n)
    refuse_foreign(settings.out)  # before anything is read, which takes its time
    inputs = yield from gather(settings, cases, donors, token)
    plans = plan_scenes(
        settings.n,
        cases=len(inputs.materials.cases),
        rim=settings.rim,
        methods=settings.methods,
        per_scene=settings.per_scene,
        seed=settings.seed,
    )
    require_fit(inputs.materials, plans)
    header = header_of(_facts(settings, inputs), len(plans) if settings.volumes else 0)
    place = Place(settings.workers, settings.scheduler)
    if settings.workers > 1 or settings.scheduler:
        forget_cases()  # they are read where they are used
    with SetWriter(settings.out, header, [plan.ids for plan in plans]) as writer:
        missing = [plans[k] for k in writer.todo]
        scenes = run_jobs(render_scene, inputs.materials, missing, place, token)
        redrawn = yield from fill(writer, scenes, settings.n)
    if settings.volumes:
        yield from write_volumes(settings.out, inputs.materials, settings.workers, token)
    yield Artifact("generated-set", str(settings.out))
    result = {"set": str(settings.out), "lesions": settings.n, "redrawn": redrawn}
    if settings.select:
        result |= yield from _selected(settings, token)
    yield Done(result)


def _selected(
    settings: GenerateSettings, token: StopToken
) -> Generator[Event, None, dict[str, Any]]:
    """Judge the set; how much of each zone passed."""
    judging = ScoreSettings(
        folder=settings.out, autoencoder=settings.autoencoder, seed=settings.seed
    )
    for event in score(judging, token):
        if isinstance(event, Done):
            return {"acceptance": event.result["acceptance"]}
        yield event
    return {}


def _facts(settings: GenerateSettings, inputs: Inputs) -> dict[str, Any]:
    asked = settings.model_dump(
        mode="json",
        include={"n", "rim", "diameter_mm", "methods", "fixed", "seed", "per_scene", "context_mm"},
    )
    return record_of(asked, inputs.facts())
