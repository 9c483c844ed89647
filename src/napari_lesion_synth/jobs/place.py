"""Making a set from lesions that were placed by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.layout import sample_id, scene_id
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.rows import Lesion, Origin, lesion_of
from napari_lesion_synth.dataset.writer import SetWriter, refuse_foreign
from napari_lesion_synth.errors import DonorError, ParameterError
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
from napari_lesion_synth.jobs.filling import fill
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.materials import (
    CaseFacts,
    ModelFacts,
    checked_model,
    facts_of,
    load_inputs,
)
from napari_lesion_synth.jobs.record import Teacher, inputs_record, record_of
from napari_lesion_synth.jobs.scene import SceneResult
from napari_lesion_synth.jobs.settings import plain_name
from napari_lesion_synth.project.lesions import (
    changed_inputs,
    donor_of,
    generator_of,
    lesion_at,
)
from napari_lesion_synth.project.model import Project, SiteSpec
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import list_donors, load_donors
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.touching import touching

__all__ = ["PlaceSettings", "place", "scenes_of"]

_SHOWN = 5


class PlaceSettings(BaseModel):
    """Which lesions of a project to make a set from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Project = Field(description="the project")
    out: Path = Field(description="output folder")
    drafts: bool = Field(False, description="take the drafts too, not only the lesions kept")


@dataclass(frozen=True, eq=False)
class _Placed:
    """Lesions that were made, and what they were made from."""

    case: Case
    facts: CaseFacts
    sites: tuple[SiteSpec, ...]
    samples: tuple[Sample, ...]
    donors: Mapping[str, Donor]
    model: ModelFacts | None


def place(
    settings: PlaceSettings,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
    samples: Mapping[int, Sample] | None = None,
) -> EventStream:
    """Make a set of the lesions of a project, or go on with one that was interrupted.

    Each lesion is made in the CT as it is. Lesions that get in each other's way go into
    different scenes, the others share one. The set depends on the project and its inputs alone.

    Parameters
    ----------
    settings : PlaceSettings
        What to make, and where.
    token : StopToken
        Checked at every lesion; what is whole by then stays.
    cases : sequence of Case
        The project's case, if it is in memory already.
    donors : sequence of Donor
        Its donors, if they are in memory already.
    samples : mapping of int to Sample, optional
        Lesions that are in memory already, by the id of their site; used where their recipe is
        the one that was kept.

    Yields
    ------
    Event
        Started, Log, Progress (in lesions: first those made, then those written), Artifact (the
        set), Done.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If there is nothing to place, or an input, a lesion or the output folder cannot be used.
    """
    project = settings.project
    sites = _chosen(settings)
    yield Started("place", len(sites))
    refuse_foreign(settings.out)  # before anything is read, which takes its time
    case = yield from _case(project, cases)
    case.require_organ()
    for text in changed_inputs(project, case):
        yield Log(text, "warning")
    needed = {name for site in sites if (name := donor_of(site)) is not None}
    found = yield from _donors(project, case, needed, donors)
    model = generator_of(project, sites)
    made = yield from _make(project, case, sites, found, samples or {}, model, token)
    placed = _Placed(case, _case_facts(project, case), sites, made, found, model)
    scenes = scenes_of(made)
    order = [number for scene in scenes for number in scene]
    ids = {number: sample_id(k) for k, number in enumerate(order)}
    header = header_of(_facts(project, placed, order, needed), 0)
    with SetWriter(settings.out, header, [[ids[k] for k in scene] for scene in scenes]) as writer:
        results = _encoded(project, placed, scenes, ids, writer.todo, token)
        yield from fill(writer, results, len(sites))
    yield Artifact("generated-set", str(settings.out))
    yield Done({"set": str(settings.out), "lesions": len(sites), "scenes": len(scenes)})


def scenes_of(samples: Sequence[Sample]) -> list[list[int]]:
    """Divide lesions of one CT into scenes in which none reaches into what another changes.

    Returns
    -------
    list of list of int
        Numbers of the samples; each is in the first scene that has room for it.
    """
    scenes: list[list[int]] = []
    for number, sample in enumerate(samples):
        free = (s for s in scenes if not any(touching(sample, samples[k]) for k in s))
        scene = next(free, None)
        if scene is None:
            scenes.append([number])
        else:
            scene.append(number)
    return scenes


def _chosen(settings: PlaceSettings) -> tuple[SiteSpec, ...]:
    sites = settings.project.sites
    chosen = tuple(site for site in sites if settings.drafts or site.committed is not None)
    if not chosen and sites:
        raise ParameterError(
            f"none of the {len(sites)} lesions of the project was kept",
            remedy="Keep some in the workbench, or take the drafts too (--all)",
        )
    if not chosen:
        raise ParameterError(
            "the project has no lesions", remedy="Place some in the workbench, and save it again"
        )
    return chosen


def _case(project: Project, cases: Sequence[Case]) -> Generator[Event, None, Case]:
    if len(cases) > 1:
        raise ParameterError(f"a project has one case, and {len(cases)} are given")
    if cases:
        return cases[0]
    if project.case is None:
        raise ParameterError(
            "the project names no CT", remedy="Give one (case: in the file), with its organ's mask"
        )
    inputs = project.case.inputs()
    yield Log(f"reading {inputs.get('ct') or 'the phantom'}")
    return (yield from tell(partial(load_inputs, inputs)))


def _donors(
    project: Project, case: Case, needed: set[str], given: Sequence[Donor]
) -> Generator[Event, None, dict[str, Donor]]:
    """The donors that the lesions need, by id.

    Raises
    ------
    DonorError
        If one of them is not there.
    """
    found = list(given)
    if needed and not found:
        if project.donors is not None:
            found = load_donors(project.donors)
        elif case.lesions is not None:
            found = yield from tell(partial(extract_donors, case))
    known = {donor.id: donor for donor in found if donor.id in needed}
    missing = sorted(needed - set(known))
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise DonorError(
            f"{len(missing)} donors of the project are not there: "
            f"{', '.join(missing[:_SHOWN])}{more}",
            where=project.donors or case.inputs.get("lesions") or case.patient,
            remedy="Give the donor library (donors: in the project file), or the lesion labels, "
            "that the lesions were placed with",
        )
    return known


def _make(
    project: Project,
    case: Case,
    sites: Sequence[SiteSpec],
    donors: Mapping[str, Donor],
    known: Mapping[int, Sample],
    model: ModelFacts | None,
    token: StopToken,
) -> Generator[Event, None, tuple[Sample, ...]]:
    """Make the lesions, but for those that are known."""
    made: list[Sample] = []
    for site in sites:
        yield Progress(len(made), len(sites), "making")
        token.check()
        sample = known.get(site.id)
        if sample is None or sample.recipe != site.recipe:
            call = partial(
                lesion_at,
                case,
                site,
                donors,
                rim_mm=project.view.rim_mm,
                model=None if model is None else checked_model(model),
            )
            sample = yield from tell(call)
        made.append(sample)
    return tuple(made)


def _case_facts(project: Project, case: Case) -> CaseFacts:
    """What the set remembers of its case; the project says best how to read it again."""
    facts = facts_of(case, plain_name(case.patient))
    return facts if project.case is None else replace(facts, inputs=project.case.inputs())


def _facts(
    project: Project, placed: _Placed, order: Sequence[int], needed: set[str]
) -> dict[str, object]:
    """The record of the set. Of a library all donors count: they may have lent statistics."""
    recipes = "\n".join(placed.samples[k].recipe.to_json() for k in order)
    asked = {
        "n": len(order),
        "context_mm": project.batch.context_mm,
        "sites": [placed.sites[k].id for k in order],
        "recipes": hashlib.sha256(recipes.encode()).hexdigest(),
    }
    teachers: list[Teacher] = [placed.donors[name] for name in sorted(needed)]
    source = "lesions of the cases" if needed else "none"
    if project.donors is not None:
        teachers, source = list(list_donors(project.donors)), project.donors
    return record_of(asked, inputs_record([placed.facts], teachers, source, placed.model))


def _encoded(
    project: Project,
    placed: _Placed,
    scenes: Sequence[Sequence[int]],
    ids: Mapping[int, str],
    todo: Sequence[int],
    token: StopToken,
) -> Iterator[SceneResult]:
    """The scenes that the set lacks."""
    for index in todo:
        token.check()
        lesions = tuple(
            _lesion(placed, k, ids[k], scene_id(index), project.batch.context_mm)
            for k in scenes[index]
        )
        yield SceneResult(index, lesions, 0, ())


def _lesion(placed: _Placed, number: int, name: str, scene: str, context_mm: float) -> Lesion:
    sample = placed.samples[number]
    donor = placed.donors.get(sample.recipe.donor or "")
    origin = Origin(
        id=name,
        case=placed.facts.name,
        patient=placed.case.patient,
        scene=scene,
        donor_patient="" if donor is None else donor.patient,
    )
    case = placed.case
    organ = case.require_organ().mask
    patch = Patch.cut(sample, case.volume, context_mm, organ, case.lesions)
    return lesion_of(sample, patch, origin)
