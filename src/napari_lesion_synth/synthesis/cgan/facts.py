"""What a generator's file says about itself besides its weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["GeneratorFacts", "Mode"]

Mode = Literal["residual", "cgan", "dcgan"]


@dataclass(frozen=True)
class GeneratorFacts:
    """A generator's description.

    Parameters
    ----------
    mode : {"residual", "cgan", "dcgan"}
        What it makes, and from what.
    spec : GridSpec
        Its grid.
    width, latent : int
        Of the net, and of its noise.
    hu_scale, amplitude : float
        Normalisation: HU of one unit, and units that are learnt at most.
    lesions : dict of Zone to int
        Training lesions by zone.
    donors, patients : tuple of str
        Whose lesions, and whose CTs, went in.
    statistics : LesionStatistics
        Of the training lesions.
    noise_hu : float
        Median noise of their CTs.
    fold : str
        Name of the training fold.
    steps : int
        Of training.
    """

    mode: Mode
    spec: GridSpec
    width: int
    latent: int
    hu_scale: float
    amplitude: float
    lesions: dict[Zone, int]
    donors: tuple[str, ...]
    patients: tuple[str, ...]
    statistics: LesionStatistics
    noise_hu: float
    fold: str = ""
    steps: int = 0

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Zones of which it has seen lesions."""
        return tuple(zone for zone in Zone if self.lesions.get(zone, 0) > 0)

    def after(self, steps: int) -> GeneratorFacts:
        """The same, after so many steps."""
        return replace(self, steps=steps)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "mode": self.mode,
            "grid": self.spec.to_json(),
            "width": self.width,
            "latent": self.latent,
            "hu_scale": self.hu_scale,
            "amplitude": self.amplitude,
            "lesions": {str(zone): count for zone, count in self.lesions.items()},
            "donors": list(self.donors),
            "patients": list(self.patients),
            "statistics": self.statistics.to_json(),
            "noise_hu": self.noise_hu,
            "fold": self.fold,
            "steps": self.steps,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> GeneratorFacts:
        """Inverse of `to_json`.

        Raises
        ------
        CheckpointError
            If something is missing.
        """
        try:
            return cls(
                mode=data["mode"],
                spec=GridSpec.from_json(data["grid"]),
                width=int(data["width"]),
                latent=int(data["latent"]),
                hu_scale=float(data["hu_scale"]),
                amplitude=float(data["amplitude"]),
                lesions={Zone(name): int(count) for name, count in data["lesions"].items()},
                donors=tuple(data["donors"]),
                patients=tuple(data["patients"]),
                statistics=LesionStatistics.from_json(data["statistics"]),
                noise_hu=float(data["noise_hu"]),
                fold=str(data["fold"]),
                steps=int(data["steps"]),
            )
        except (KeyError, TypeError, ValueError) as cause:
            raise CheckpointError(
                f"the generator's description is incomplete: {cause}",
                remedy="Train the generator again",
            ) from cause
