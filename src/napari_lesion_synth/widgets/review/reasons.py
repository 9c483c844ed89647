"""Why a person rejects a lesion: a key for each reason."""

from __future__ import annotations

__all__ = ["REASONS", "SHORT", "reason_of"]

REASONS = (
    "seam",
    "too sharp",
    "blurred",
    "wrong place",
    "wrong shape",
    "wrong HU",
    "artefact",
    "copy of a real one",
    "other",
)
"""In the order of the keys 1 to 9."""

SHORT = ("seam", "sharp", "blurred", "place", "shape", "HU", "artefact", "copy", "other")
"""The same for a legend in a narrow dock."""


def reason_of(number: int) -> str:
    """The reason of a key, 1 to 9."""
    return REASONS[number - 1]
