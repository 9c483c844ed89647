"""What a project holds: the case, the sites placed in it, and what a batch is asked for."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.zones import RIM_MM
from napari_lesion_synth.jobs.settings import BatchSettings, Diameter
from napari_lesion_synth.project.case_specs import CaseSpec
from napari_lesion_synth.synthesis.recipe import Recipe

__all__ = [
    "BatchSpec",
    "NextSpec",
    "OrganClicks",
    "Project",
    "SiteSpec",
    "ViewSpec",
    "recipe_dict",
]

Index = Annotated[int, Field(ge=0)]
Voxel = tuple[Index, Index, Index]
Parameters = dict[str, dict[str, Any]]
"""Parameters by name, by method."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SiteSpec(_Spec):
    """A site, and how its lesion is made."""

    id: int = Field(ge=1, description="number of the site in the project")
    center: Voxel = Field(description="voxel (z, y, x) of the lesion's centre")
    diameter_mm: Diameter = Field(description="equivalent diameter in mm")
    method: str = Field(min_length=1, description="the method chosen")
    seed: int = Field(0, ge=0, description="from which open parameters are drawn")
    donor: str | None = Field(None, description="id of the donor, for methods that use one")
    fixed: Parameters = Field({}, description="parameters that the user decided, by method")
    drawn: Parameters = Field(
        {},
        description="the other parameters as they were drawn, by method; those of a method that "
        "is not there are drawn from the seed",
    )
    committed: dict[str, Any] | None = Field(
        None, description="recipe of the lesion that was kept; none: a draft"
    )
    note: str = Field("", description="remark")

    @field_validator("committed")
    @classmethod
    def _is_recipe(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None:
            try:
                Recipe.from_json(json.dumps(value, allow_nan=False))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise ValueError(f"this is not a recipe ({error!r})") from None
        return value

    @property
    def recipe(self) -> Recipe | None:
        """Recipe of the lesion that was kept."""
        return None if self.committed is None else Recipe.from_json(json.dumps(self.committed))


class BatchSpec(BatchSettings):
    """What a batch is asked for."""

    out: str | None = Field(None, description="output folder")


class ViewSpec(_Spec):
    """How the case is looked at."""

    window: tuple[float, Annotated[float, Field(gt=0)]] | None = Field(
        None, description="level and width of the grey values in HU; default: chosen for the CT"
    )
    rim_mm: float = Field(
        RIM_MM, ge=0, le=100, description="a lesion that comes this near to the capsule is at it"
    )


class NextSpec(_Spec):
    """How lesions are made that are placed from now on."""

    method: str = Field("sigmoid", min_length=1, description="their method")
    diameter_mm: Diameter = Field(20.0, description="their diameter in mm")
    own_statistics: bool = Field(
        True,
        description="whether open parameters are drawn from the distribution of the known "
        "lesions, where those can be measured; else from the literature's",
    )


class OrganClicks(_Spec):
    """Voxels (z, y, x) that the organ was outlined from; a record, not an input."""

    inside: tuple[Voxel, ...] = Field((), description="clicks in the organ")
    outside: tuple[Voxel, ...] = Field((), description="clicks beside it")


class Project(_Spec):
    """All that brings a workbench back, and all that the command line needs to do its work.

    Paths are absolute in memory. In the file, those below its folder are relative to it.
    """

    program: str = Field(__version__, description="version of the program that wrote the file")
    case: CaseSpec | None = Field(None, description="the CT, its organ and its known lesions")
    host_sha256: str = Field("", description="`Volume.sha256` of the CT; empty: not checked")
    organ_sha256: str = Field("", description="hash of the organ's mask; empty: not checked")
    donors: str | None = Field(
        None, description="donor library; default: the lesions labelled in the CT"
    )
    model: str | None = Field(
        None,
        description="weights of the learnt generator (generator.pt), for the method cgan; "
        "default: those that come with the program",
    )
    sites: tuple[SiteSpec, ...] = Field((), description="the sites, in the order of placing")
    selected: int | None = Field(None, ge=1, description="id of the site at work")
    next: NextSpec = Field(NextSpec(), description="how the next lesions are made")
    batch: BatchSpec = Field(BatchSpec(), description="what a batch is asked for")
    view: ViewSpec = Field(ViewSpec(), description="how the case is looked at")
    organ_clicks: OrganClicks = Field(OrganClicks(), description="what the organ came from")

    @model_validator(mode="after")
    def _are_told_apart(self) -> Project:
        ids = [site.id for site in self.sites]
        twice = sorted({number for number in ids if ids.count(number) > 1})
        if twice:
            raise ValueError(f"two sites have the id {twice[0]}")
        return self


def recipe_dict(recipe: Recipe) -> dict[str, Any]:
    """A recipe as `SiteSpec.committed` has it."""
    data: dict[str, Any] = json.loads(recipe.to_json())
    return data
