"""What a net is called in a file, from which it is built again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from napari_lesion_synth.errors import CheckpointError

__all__ = ["NAMES", "CandidateName", "NetSpec", "Role"]

Role = Literal["candidate", "verifier", "single"]
"""Finds candidates slice by slice; verifies one; or does both at once, in volumes."""

CandidateName = Literal["small", "lite"]

NAMES: dict[str, tuple[str, ...]] = {
    "candidate": ("small", "lite"),
    "verifier": ("verifier",),
    "single": ("dynunet",),
}
"""Nets that there are, by role; the usual one first."""


@dataclass(frozen=True, slots=True)
class NetSpec:
    """A net without its weights.

    Parameters
    ----------
    role : {"candidate", "verifier", "single"}
        What it does.
    name : str
        Which of the nets for this role.
    width : int
        Channels of its first level (of the decoder, where the encoder is given).
    dims : int
        2: it sees slices; 3: volumes.
    """

    role: Role
    name: str
    width: int
    dims: int

    def to_json(self) -> dict[str, Any]:
        """As plain JSON types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> NetSpec:
        """Inverse of `to_json`.

        Raises
        ------
        CheckpointError
            If something is missing or no net is like that.
        """
        try:
            spec = cls(data["role"], str(data["name"]), int(data["width"]), int(data["dims"]))
        except (KeyError, TypeError, ValueError) as cause:
            raise CheckpointError(f"the net's description is incomplete: {cause}") from cause
        known = spec.name in NAMES.get(spec.role, ())
        if not known or spec.dims not in (2, 3) or spec.width < 1:
            raise CheckpointError(f"there is no net like {data}")
        return spec
