"""What a detector's file says about itself besides its weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import ValidationError

from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.nets.spec import NetSpec
from napari_lesion_synth.errors import CheckpointError

__all__ = ["UNCALIBRATED", "Calibration", "DetectorFacts", "DetectorKind"]

DetectorKind = Literal["cascade", "single"]

Calibration = tuple[float, float, float]
"""A score is ``sigmoid(a * candidate's logit + b * verifier's logit + c)``."""

UNCALIBRATED: Calibration = (1.0, 1.0, 0.0)
"""Both logits as they are."""


@dataclass(frozen=True)
class DetectorFacts:
    """A detector's description.

    Parameters
    ----------
    kind : {"cascade", "single"}
        Candidates and a verifier, or one net in volumes.
    grid : GridSettings
        On which it sees a CT.
    nets : tuple of NetSpec
        Its nets.
    patients : tuple of str
        Whose CTs it was trained on.
    donors : tuple of str
        Ids of the lesions that synthetic ones were made from.
    lineage : tuple of str
        Patients behind the donors, their statistics and the generator's model.
    steps : dict of str to int
        Of training, by the net's role.
    fold : str
        Name of the training fold.
    calibration : tuple of float
        Numbers of the score.
    thresholds : dict of str to float
        By name, as in ``{"candidate": 0.2, "score": 0.5}``.
    validation : dict of str to float
        What was measured on the validation patients.
    training : dict
        JSON types: settings and provenance of the training.
    hosts : dict of str to str
        `Volume.sha256` of each CT that it was trained on or chosen by, and whose CT it is; empty
        for files from before this was kept.
    """

    kind: DetectorKind
    grid: GridSettings
    nets: tuple[NetSpec, ...]
    patients: tuple[str, ...] = ()
    donors: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()
    steps: dict[str, int] = field(default_factory=dict)
    fold: str = ""
    calibration: Calibration = UNCALIBRATED
    thresholds: dict[str, float] = field(default_factory=dict)
    validation: dict[str, float] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)

    @property
    def dims(self) -> int:
        """2: for single slices; 3: for volumes."""
        return self.grid.dims

    def spec(self, role: str) -> NetSpec | None:
        """The net of a role; None where the detector has none."""
        return next((spec for spec in self.nets if spec.role == role), None)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "kind": self.kind,
            "grid": self.grid.model_dump(mode="json"),
            "nets": [spec.to_json() for spec in self.nets],
            "patients": list(self.patients),
            "donors": list(self.donors),
            "lineage": list(self.lineage),
            "steps": dict(self.steps),
            "fold": self.fold,
            "calibration": list(self.calibration),
            "thresholds": dict(self.thresholds),
            "validation": dict(self.validation),
            "training": dict(self.training),
            "hosts": dict(self.hosts),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> DetectorFacts:
        """Inverse of `to_json`.

        Raises
        ------
        CheckpointError
            If something is missing.
        """
        try:
            if data["kind"] not in get_args(DetectorKind):
                raise ValueError(f"there is no kind {data['kind']!r}")
            return cls(
                kind=data["kind"],
                grid=GridSettings(**data["grid"]),
                nets=tuple(NetSpec.from_json(spec) for spec in data["nets"]),
                patients=tuple(data["patients"]),
                donors=tuple(data["donors"]),
                lineage=tuple(data["lineage"]),
                steps={name: int(count) for name, count in data["steps"].items()},
                fold=str(data["fold"]),
                calibration=_three(data["calibration"]),
                thresholds={name: float(value) for name, value in data["thresholds"].items()},
                validation={name: float(value) for name, value in data["validation"].items()},
                training=dict(data["training"]),
                hosts={str(ct): str(patient) for ct, patient in data.get("hosts", {}).items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, ValidationError) as cause:
            raise CheckpointError(
                f"the detector's description is incomplete: {cause}",
                remedy="Train the detector again",
            ) from cause


def _three(numbers: list[float]) -> Calibration:
    a, b, c = (float(number) for number in numbers)
    return a, b, c
