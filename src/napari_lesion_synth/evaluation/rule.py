"""When a finding is a hit: a rule that is stated beside every figure."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["HitRule"]


class HitRule(BaseModel):
    """When a finding counts as a hit on a lesion, and what counts as nothing.

    Findings are taken by score, the highest first (greedy). Each takes, of the lesions that it
    hits and that no other finding has taken, the one that it fits best; so a finding finds one
    lesion. A finding that hits only lesions already taken is a duplicate, and no false alarm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["centre", "distance", "iou"] = Field(
        "centre",
        title="Hit",
        description="centre: the finding's centre lies in the lesion. distance: the centres of "
        "both are near. iou: their regions overlap.",
    )
    radius_mm: float | None = Field(
        None,
        gt=0,
        le=200,
        title="Distance",
        description="Largest distance of the centres in mm; without a value, half the lesion's "
        "diameter.",
    )
    iou: float = Field(
        0.1,
        gt=0,
        le=1,
        title="Overlap",
        description="Smallest overlap: intersection of the regions over their union (areas in "
        "single slices).",
    )
    outside: Literal["ignored", "false"] = Field(
        "ignored",
        title="Outside the organ",
        description="Findings that hit nothing and lie outside the organ are ignored, as are "
        "lesions of which less than half lies in it; or they are false alarms, and such lesions "
        "count.",
    )
    outside_mm: float = Field(
        5.0,
        ge=0,
        le=100,
        title="Outside by",
        description="A finding lies outside where its centre is farther than this from the "
        "organ, in mm; nearer ones are false alarms.",
    )
    smallest_mm: float = Field(
        0.0,
        ge=0,
        le=200,
        title="Smallest lesion",
        description="Lesions of a smaller diameter in mm are ignored: neither missed nor found, "
        "and findings on them are no false alarms.",
    )

    @property
    def text(self) -> str:
        """The rule in words, for plots and tables."""
        parts = [
            f"Hit: {self._hit()}; by score, one lesion a finding",
            "further hits on a lesion are no false alarms",
            self._outside(),
        ]
        if self.smallest_mm:
            parts.append(f"lesions below {self.smallest_mm:g} mm are ignored")
        return "; ".join(parts) + "."

    def _hit(self) -> str:
        if self.kind == "centre":
            return "centre in the lesion"
        if self.kind == "iou":
            return f"IoU of at least {self.iou:g}"
        if self.radius_mm is None:
            return "centres no farther apart than the lesion's radius"
        return f"centres at most {self.radius_mm:g} mm apart"

    def _outside(self) -> str:
        if self.outside == "false":
            return "findings outside the organ are false alarms"
        return f"findings more than {self.outside_mm:g} mm outside the organ are ignored"
