"""What was done to a photo, and whether a policy allowed it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["Applied", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change that was made.

    Parameters
    ----------
    transform : str
        Its name.
    magnitude : float
        How strong it was.
    override : str
        Why it was outside of the policy; empty where it was not.
    """

    transform: str
    magnitude: float
    override: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Applied:
    """A changed picture.

    Parameters
    ----------
    image : ndarray
        Of the shape and type of the original.
    steps : tuple of Step
        What was done, in order.
    """

    image: NDArray[Any]
    steps: tuple[Step, ...]

    @property
    def overridden(self) -> tuple[Step, ...]:
        """Changes outside of the policy."""
        return tuple(step for step in self.steps if step.override)
