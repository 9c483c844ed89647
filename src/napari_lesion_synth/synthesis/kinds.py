"""Kinds of lesions, as data.

A lesion is a sum of soft steps (sigmoids of the depth below its surface). Each step brings in an
amount of HU: the lesion's contrast, or that of the feature that makes its kind. A new kind is a
new entry in `COMPOSITIONS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

__all__ = ["COMPOSITIONS", "Composition", "LesionKind", "Step"]


class LesionKind(StrEnum):
    """How a lesion looks."""

    HYPODENSE = "hypodense"
    HYPERDENSE = "hyperdense"
    RING_ENHANCING = "ring-enhancing"
    NECROTIC_CORE = "necrotic-core"
    CALCIFIED = "calcified"

    @classmethod
    def _missing_(cls, value: object) -> LesionKind | None:
        """Accept spaces, underscores and the first word alone, as in ``ring``."""
        text = str(value).strip().lower().replace("_", "-").replace(" ", "-")
        return next((kind for kind in cls if text in (kind.value, kind.value.split("-")[0])), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One sigmoid.

    Parameters
    ----------
    amount : {"delta", "feature"}
        Which HU it brings in.
    sign : int
        1 to bring it in below the surface, -1 to take it out again.
    depth, depth_per_size : float
        Where: depth below the lesion's surface in mean radii, and how it moves with the
        feature's size.
    blur : float
        Width in units of the lesion's edge.
    specks : bool
        Only in scattered grains that fill the feature's size as a fraction of the volume.
    """

    amount: Literal["delta", "feature"]
    sign: int = 1
    depth: float = 0.0
    depth_per_size: float = 0.0
    blur: float = 1.0
    specks: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """What a kind is made of.

    Parameters
    ----------
    steps : tuple of Step
        The first one lies at the outer surface.
    sign : int
        Sign of the lesion's contrast to the parenchyma.
    feature_hu : float
        HU of the feature: of the ring above the host, of the core or the grains above the rest
        of the lesion.
    feature_size : float
        Thickness of the ring in radii, radius of the core in radii, or fraction of the volume
        filled with grains.
    """

    steps: tuple[Step, ...]
    sign: int
    feature_hu: float = 0.0
    feature_size: float = 0.0


COMPOSITIONS: dict[LesionKind, Composition] = {
    LesionKind.HYPODENSE: Composition((Step("delta"),), -1),
    LesionKind.HYPERDENSE: Composition((Step("delta"),), 1),
    LesionKind.RING_ENHANCING: Composition(
        (
            Step("feature"),
            Step("feature", -1, depth_per_size=1.0, blur=0.8),
            Step("delta", depth_per_size=1.0, blur=0.8),
        ),
        -1,
        feature_hu=45.0,
        feature_size=0.25,
    ),
    LesionKind.NECROTIC_CORE: Composition(
        (Step("delta"), Step("feature", depth=1.0, depth_per_size=-1.0, blur=1.5)),
        -1,
        feature_hu=-35.0,
        feature_size=0.55,
    ),
    LesionKind.CALCIFIED: Composition(
        (Step("delta"), Step("feature", depth=0.2, specks=True)),
        -1,
        feature_hu=300.0,
        feature_size=0.12,
    ),
}
