"""When to stop asking: a rule that is fixed before the study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.perception.choice.gain import pair_gains
from napari_lesion_synth.perception.scaling.utilities import Z95, Posterior
from napari_lesion_synth.wording import counted

__all__ = ["Progress", "Stop", "StoppingRule", "progress", "stop"]


class StoppingRule(BaseModel):
    """Whichever comes first; no question is asked only because of what the answers say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trials: int = Field(
        400,
        ge=1,
        le=1_000_000,
        title="Trials",
        description="Trials that are asked at most, of all participants together.",
    )
    at_least: int = Field(
        0,
        ge=0,
        le=1_000_000,
        title="At least",
        description="Trials before which neither width nor gain stops the study.",
    )
    width: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Interval width",
        description="Stop when the median 95 % interval is no wider than this, on the scale of 0 "
        "to 1. Empty: not by width.",
    )
    bits: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Gain",
        description="Stop when no pair is expected to teach as much as this, in bits. Empty: not "
        "by gain.",
    )

    @property
    def text(self) -> str:
        """The rule in words, for the preregistration."""
        parts = [f"after {counted(self.trials, 'trial')}"]
        if self.width is not None:
            parts.append(f"when the median 95 % interval is at most {self.width:g} wide (0 to 1)")
        if self.bits is not None:
            parts.append(f"when no pair is expected to gain {self.bits:g} bit")
        rule = f"Stop {', or '.join(parts)}"
        if len(parts) > 1:
            rule += ", whichever comes first"
            if self.at_least:
                rule += f"; not before {counted(self.at_least, 'trial')}"
        return f"{rule}."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study has come.

    Parameters
    ----------
    trials : int
        Answers that count.
    width : float
        Median width of the 95 % intervals on the scale of 0 to 1, whose ends are the lowest and
        highest mean; infinite while nothing tells the photos apart.
    bits : float
        Largest expected gain of a pair.
    """

    trials: int
    width: float
    bits: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a study ends.

    Parameters
    ----------
    by : "trials", "width" or "gain"
        The part of the rule.
    text : str
        The same as a sentence.
    """

    by: Literal["trials", "width", "gain"]
    text: str


def progress(posterior: Posterior, trials: int) -> Progress:
    """Interval width and largest gain now."""
    mean, covariance = posterior.centred
    widths = 2 * Z95 * np.sqrt(np.maximum(np.diag(covariance), 0))
    reach = float(np.ptp(mean))
    width = float(np.median(widths)) / reach if reach > 0 else float("inf")
    return Progress(trials, width, float(pair_gains(posterior).gain.max(initial=0.0)))


def stop(rule: StoppingRule, now: Progress) -> Stop | None:
    """The reason to stop, or None to go on."""
    if now.trials >= rule.trials:
        return Stop("trials", f"{counted(rule.trials, 'trial')} are answered.")
    if now.trials < rule.at_least:
        return None
    if rule.width is not None and now.width <= rule.width:
        return Stop("width", f"The median interval is {now.width:.3f} wide.")
    if rule.bits is not None and now.bits < rule.bits:
        return Stop("gain", f"No pair is expected to gain more than {now.bits:.4f} bit.")
    return None
