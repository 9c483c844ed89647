"""How good a set is: what is known of it, and of each method and zone in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from napari_lesion_synth.selection.figures import Figure

__all__ = ["Copy", "GroupQuality", "Profile", "SetQuality"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Mean boundary profiles, for a plot; HU minus the parenchyma."""

    depth_mm: tuple[float, ...]
    real: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    synthetic: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """A synthetic lesion that resembles a training lesion too much."""

    id: str
    nearest: str
    distance: float
    limit: float


@dataclass(frozen=True, slots=True)
class GroupQuality:
    """The figures of one group.

    Parameters
    ----------
    method, zone : str or None
        Which lesions; None: of all methods, of both zones.
    n, real : int
        How many synthetic lesions, and real ones of the zone.
    patients, real_patients : int
        In whose CTs they lie.
    figures : dict
        Figures by name; `figures.FIGURES` says what they mean.
    missing : dict
        Why others could not be computed, by name.
    features : dict
        Kolmogorov-Smirnov distance of each feature, by name: what gives the set away.
    profile : Profile or None
        Mean boundary profiles.
    """

    method: str | None
    zone: str | None
    n: int
    real: int
    patients: int
    real_patients: int
    figures: dict[str, Figure]
    missing: dict[str, str]
    features: dict[str, float]
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class SetQuality:
    """What is known of a set.

    Parameters
    ----------
    seed : int
        Of all randomness.
    groups : tuple of GroupQuality
        All lesions first, then those of each method, of each zone, and of each method and zone.
    copies : tuple of Copy
        Lesions too near to a training lesion.
    zone_accuracy : Figure or None
        Of the blinded judge of zones, on real lesions of patients that it had not seen.
    notes : tuple of str
        What a reader of the figures must know.
    """

    seed: int
    groups: tuple[GroupQuality, ...]
    copies: tuple[Copy, ...]
    zone_accuracy: Figure | None
    notes: tuple[str, ...]

    def group(self, method: str | None = None, zone: str | None = None) -> GroupQuality:
        """The group of a method and a zone.

        Raises
        ------
        KeyError
            If there is none.
        """
        for group in self.groups:
            if (group.method, group.zone) == (method, zone):
                return group
        raise KeyError((method, zone))

    def as_dict(self) -> dict[str, Any]:
        """As JSON types."""
        result: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return result
