"""Remaking a set from its recipes, to see that it comes out the same."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError, DonorError
from napari_lesion_synth.events import (
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.jobs.hearing import hear, tell
from napari_lesion_synth.jobs.materials import Materials
from napari_lesion_synth.jobs.reopen import moved, reopen
from napari_lesion_synth.jobs.runner import Place, run_jobs
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.replay import render_recipe

__all__ = ["ReplayJob", "ReplaySettings", "remake", "replay"]


class ReplaySettings(BaseModel):
    """Which set to remake, and where its inputs are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Field(description="the generated set")
    root: Path | None = Field(
        None, description="folder that the CTs, masks and donors were moved into since"
    )
    donors: Path | None = Field(None, description="the donor library, where it was moved")
    model: Path | None = Field(None, description="the generator's weights, where they were moved")
    workers: int = Field(1, ge=1, le=1024, description="processes on this machine")


@dataclass(frozen=True, slots=True)
class ReplayJob:
    """Lesions of one scene.

    Parameters
    ----------
    case : int
        Number of the host.
    lesions : tuple of (str, str, str)
        Id, recipe as JSON, and expected `Sample.sha256`.
    """

    case: int
    lesions: tuple[tuple[str, str, str], ...]


def remake(materials: Materials, job: ReplayJob) -> list[tuple[str, bool]]:
    """Render the lesions of one scene again: id, and whether it has the same bytes."""
    case = materials.case(job.case)
    results = []
    for name, text, expected in job.lesions:
        recipe = Recipe.from_json(text)
        donor = None if recipe.donor is None else materials.donor(recipe.donor)
        model = materials.generator()
        sample, _ = hear(partial(render_recipe, case, recipe, donor, model))
        results.append((name, sample.sha256 == expected))
    return results


def replay(
    settings: ReplaySettings,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> EventStream:
    """Remake every lesion of a set and compare it with the one that was made.

    Parameters
    ----------
    settings : ReplaySettings
        Which set.
    token : StopToken
        Checked at every scene.
    cases, donors : sequence
        The set's hosts and donors, where they did not come from files.

    Yields
    ------
    Event
        Started, Log, Progress (in lesions), Done.

    Raises
    ------
    Stopped
        If the token was set.
    DatasetError
        If a lesion comes out differently, or an input is not the one that the set was made from.
    """
    opened = GeneratedSet.open(settings.folder)
    total = len(opened.ids)
    yield Started("replay", total)
    found = list(donors)
    if not found and opened.info["donors"]["lesions"]:
        found = yield from _find_donors(opened, settings)
    materials = reopen(opened, root=settings.root, cases=cases, donors=found, model=settings.model)
    done, differ = 0, []
    for results in run_jobs(remake, materials, _jobs(opened), Place(settings.workers), token):
        done += len(results)
        differ += [name for name, same in results if not same]
        yield Progress(done, total)
    if differ:
        raise DatasetError(
            f"{len(differ)} of {total} lesions come out differently: {_listed(sorted(differ))}",
            where=settings.folder,
            remedy="Use the versions of the libraries that the set was made with",
        )
    yield Log(f"all {total} lesions come out with the same bytes")
    yield Done({"set": str(settings.folder), "same": total, "total": total})


def _jobs(opened: GeneratedSet) -> list[ReplayJob]:
    names = [case["name"] for case in opened.info["cases"]]
    return [
        ReplayJob(
            names.index(str(rows["case"].iloc[0])),
            tuple(zip(rows["id"], rows["recipe"], rows["sha256"], strict=True)),
        )
        for _, rows in opened.table.groupby("scene", sort=True)
    ]


def _find_donors(
    opened: GeneratedSet, settings: ReplaySettings
) -> Generator[Event, None, list[Donor]]:
    """The donors that the set names, from their library or from the CTs' lesion labels.

    Raises
    ------
    DonorError
        If one that a recipe needs is not there.
    """
    needed = {str(name) for name in opened.table["donor"] if name}
    source = Path(opened.info["donors"]["source"])
    library = settings.donors or (moved(source, settings.root) if settings.root else source)
    if not needed:
        return []
    found: list[Donor] = []
    if settings.donors or library.is_dir():
        found = load_donors(library)
    else:
        materials = reopen(opened, root=settings.root)
        for number, facts in enumerate(materials.facts):
            if facts.lesions:
                found += yield from tell(partial(_extract, materials, number))
    missing = sorted(needed - {donor.id for donor in found})
    if missing:
        raise DonorError(
            f"{len(missing)} donors of the set are not there: {_listed(missing)}",
            where=library,
            remedy="Give the donor library that the set was made with (--donors)",
        )
    return found


def _extract(materials: Materials, number: int) -> list[Donor]:
    return list(extract_donors(materials.case(number)))


def _listed(names: Sequence[Any], most: int = 10) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more
