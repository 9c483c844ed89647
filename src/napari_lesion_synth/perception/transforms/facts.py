"""What a trial says of a changed photo: an original beside its transformed self.

Both places of such a trial have the same photo; the trial's facts say which of them is changed,
and how. Who shows the photos, who answers in a simulation and who analyses the answers agree on
these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.transforms.registry import get_transform

__all__ = ["Change", "mirrored_facts"]

_TRANSFORM, _MAGNITUDE, _PLACE, _SEED = "transform", "magnitude", "transformed", "transform_seed"


@dataclass(frozen=True, slots=True)
class Change:
    """The changed photo of a trial.

    Parameters
    ----------
    transform : str
        Name of the transform.
    magnitude : float
        How strong it is.
    place : int
        Where it is shown: 0 is the leftmost.
    seed : int
        Of what chance decides in the transform.
    """

    transform: str
    magnitude: float
    place: int
    seed: int = 0

    def to_facts(self) -> dict[str, Any]:
        """As facts of a trial, of JSON types."""
        return {
            _TRANSFORM: self.transform,
            _MAGNITUDE: self.magnitude,
            _PLACE: self.place,
            _SEED: self.seed,
        }

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Change | None:
        """What a trial's facts say; None where no photo is changed."""
        if _TRANSFORM not in facts:
            return None
        return cls(
            str(facts[_TRANSFORM]),
            float(facts[_MAGNITUDE]),
            int(facts[_PLACE]),
            int(facts.get(_SEED, 0)),
        )

    def picture(self, image: NDArray[Any]) -> NDArray[Any]:
        """The changed photo; the same every time.

        Raises
        ------
        ParameterError
            If there is no such transform, or it is not defined at this magnitude.
        """
        rng = np.random.default_rng(self.seed)
        return get_transform(self.transform)(image, self.magnitude, rng)


def mirrored_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's facts with left and right swapped."""
    change = Change.of(facts)
    if change is None:
        return dict(facts)
    return {**facts, **replace(change, place=1 - change.place).to_facts()}
