"""What a synthesis method is.

A method splits in two: `sample` draws every random choice and returns a parameter model,
`render` turns the same parameters into the same bytes. Live preview, batch generation,
training on the fly and replay all call `render`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.synthesis.recipe import Recipe
from napari_lesion_synth.synthesis.sample import Sample

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
    from napari_lesion_synth.synthesis.donors import Donor
    from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["Context", "MethodParams", "SynthesisMethod"]


class MethodParams(BaseModel):
    """Base of every method's parameter model.

    Each field has a default, a range and a description; the description is the tooltip in the
    widget, the help on the command line and the text in the docs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Context:
    """Where a lesion is to be made, and what it can be made from.

    Parameters
    ----------
    case : Case
        Host CT with its organ.
    site : Site
        Place and size.
    donor : Donor or None
        Real lesion to transplant, for methods that use one.
    statistics : LesionStatistics or None
        Distribution of the user's own lesions; None: the literature's.
    model : GeneratorModel or None
        Learnt generator, for methods that use one.
    fixed : mapping
        Parameters that the user decided; `sample` draws only the others.
    seed : int
        For the record in the recipe.
    """

    case: Case
    site: Site
    donor: Donor | None = None
    statistics: LesionStatistics | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    model: GeneratorModel | None = None

    def recipe(self, method: str, params: MethodParams) -> Recipe:
        """The recipe of a sample rendered here with `params`."""
        return Recipe(
            method=method,
            params=params.model_dump(mode="json"),
            site=self.site,
            donor=None if self.donor is None else self.donor.id,
            seed=self.seed,
            host=self.case.volume.sha256,
        )


P = TypeVar("P", bound=MethodParams)


class SynthesisMethod(Protocol[P]):
    """One way to make a lesion. Instances hold no state."""

    name: ClassVar[str]
    needs_donor: ClassVar[bool]
    needs_model: ClassVar[bool]
    Params: type[P]

    def sample(self, context: Context, rng: np.random.Generator) -> P:
        """Draw the parameters that `context.fixed` leaves open.

        Raises
        ------
        ParameterError
            If a fixed parameter is unknown or outside its range.
        """
        ...

    def render(self, context: Context, params: P) -> Sample:
        """Make the lesion. Deterministic: the same arguments give the same bytes."""
        ...
