"""Whether gaze is good enough for what is made of it; where it is not, the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.perception.gaze.samples import Samples, SourceName
from napari_lesion_synth.perception.gaze.validation import Validation

__all__ = [
    "POORLY_VALIDATED",
    "GazeQuality",
    "GazeVerdict",
    "QualityRules",
    "judge",
    "quality_of",
    "validation_doubt",
]

POORLY_VALIDATED = "gaze poorly validated"
"""Mark of an answer: somebody went on with a tracker whose gaze makes no maps."""


POINTED: frozenset[SourceName] = frozenset({"mouse_aperture", "bubble_click"})
"""Sources that say where somebody pointed: exact, but no gaze."""

_UNDER_WAY_S = 0.1
"""Gaze of the last moments may not have come yet when the answer is kept; it is not lost."""


class QualityRules(BaseModel):
    """From where on gaze is not used; fixed before the study."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    map_accuracy_deg: float = Field(
        1.5,
        gt=0,
        le=20,
        title="Accuracy for maps (degrees)",
        description="Gaze that lies further off makes no heatmaps and no features of them.",
    )
    side_accuracy_deg: float = Field(
        5.0,
        gt=0,
        le=45,
        title="Accuracy for sides (degrees)",
        description="Gaze that lies further off does not even tell which of two photos was "
        "looked at.",
    )
    most_loss: float = Field(
        0.3,
        ge=0,
        le=1,
        title="Data loss for maps",
        description="With a larger share of lost samples, a trial makes no maps.",
        json_schema_extra={"step": 0.01},
    )
    useless_loss: float = Field(
        0.6,
        ge=0,
        le=1,
        title="Data loss",
        description="With a larger share of lost samples, a trial's gaze is not used at all.",
        json_schema_extra={"step": 0.01},
    )
    shortest_s: float = Field(
        0.5,
        ge=0,
        le=60,
        title="Least gaze (s)",
        description="A trial with less valid gaze makes no maps.",
    )
    fewest_samples: int = Field(
        10,
        ge=1,
        le=10_000,
        title="Fewest samples",
        description="A trial with fewer valid samples is not used at all.",
    )


@dataclass(frozen=True, slots=True)
class GazeQuality:
    """Figures of a trial's gaze.

    Parameters
    ----------
    source : str
        What recorded it.
    accuracy_deg : float or None
        From the last validation; None where there was none.
    rms_s2s_deg, sd_deg : float or None
        Precision from the last validation.
    data_loss : float
        Share of the trial's expected samples that are lost; NaN without any.
    samples : int
        Valid samples of the trial.
    valid_s : float
        What they last.
    gaps : int
        Where samples are missing altogether.
    """

    source: SourceName
    accuracy_deg: float | None
    rms_s2s_deg: float | None
    sd_deg: float | None
    data_loss: float
    samples: int
    valid_s: float
    gaps: int

    def to_json(self) -> dict[str, Any]:
        """As JSON types; what is not known is None."""
        return {
            "source": self.source,
            "accuracy_deg": _known(self.accuracy_deg),
            "rms_s2s_deg": _known(self.rms_s2s_deg),
            "sd_deg": _known(self.sd_deg),
            "data_loss": _known(self.data_loss),
            "samples": self.samples,
            "valid_s": self.valid_s,
            "gaps": self.gaps,
        }


@dataclass(frozen=True, slots=True)
class GazeVerdict:
    """What a trial's gaze may be used for.

    Parameters
    ----------
    maps : bool
        Heatmaps, grid histograms, gaze-weighted features, areas.
    sides : bool
        Which of two photos was looked at, and for how long.
    reasons : tuple of str
        Why not, as sentences without their full stops; none where all is allowed.
    """

    maps: bool
    sides: bool
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        if self.maps:
            return "the gaze can be used"
        what = "map features are off" if self.sides else "the gaze is not used"
        return f"{what}: {'; '.join(self.reasons)}"


def quality_of(
    samples: Samples, validation: Validation | None = None, seconds: float | None = None
) -> GazeQuality:
    """Figures of a trial's gaze.

    What was pointed at with the mouse is known exactly: it needs no validation. A validation in
    which fewer than half of the targets were seen validates nothing.

    Parameters
    ----------
    samples : Samples
        Of the trial.
    validation : Validation, optional
        The last one before it.
    seconds : float, optional
        How long the trial's photos were seen: a tracker that fell silent has lost the rest.
        Default: from the first sample to the last.
    """
    n = int(samples.valid.sum())
    pointed = samples.source in POINTED
    seen = validation is not None and validation.suffices
    accuracy = validation.accuracy_deg if validation is not None and seen else None
    return GazeQuality(
        source=samples.source,
        accuracy_deg=0.0 if pointed else accuracy,
        rms_s2s_deg=validation.rms_s2s_deg if validation is not None and seen else None,
        sd_deg=validation.sd_deg if validation is not None and seen else None,
        data_loss=_lost_of(samples, seconds),
        samples=n,
        valid_s=n / samples.rate_hz,
        gaps=len(samples.gaps()),
    )


def judge(quality: GazeQuality, rules: QualityRules | None = None) -> GazeVerdict:
    """What a trial's gaze may be used for.

    Gaze whose accuracy nobody has measured makes no maps: it may lie anywhere.
    """
    rules = rules or QualityRules()
    blurred, useless = _accuracy(quality.accuracy_deg, rules)
    lossy, lost = _losses(quality, rules)
    reasons = (*useless, *lost) or (*blurred, *lossy)
    return GazeVerdict(maps=not reasons, sides=not (useless or lost), reasons=reasons)


def validation_doubt(validation: Validation, rules: QualityRules | None = None) -> str:
    """Why gaze that was validated so makes no maps, as a clause; empty where it does.

    The rule is that of `judge`, asked before the trials rather than after them.
    """
    if not validation.suffices:
        seen, all_of_them = len(validation.seen), len(validation.targets)
        return f"{seen} of {all_of_them} dots were seen, fewer than half"
    blurred, useless = _accuracy(validation.accuracy_deg, rules or QualityRules())
    return "; ".join((*useless, *blurred))


Reasons = tuple[str, ...]


def _accuracy(off: float | None, rules: QualityRules) -> tuple[Reasons, Reasons]:
    """Reasons against maps, and against any use."""
    if off is None or not np.isfinite(off):
        return ("the accuracy was not validated",), ()
    if off > rules.side_accuracy_deg:
        return (), (f"the accuracy is {off:.1f}°, worse than {rules.side_accuracy_deg:g}°",)
    if off > rules.map_accuracy_deg:
        return (f"the accuracy is {off:.1f}°, worse than {rules.map_accuracy_deg:g}°",), ()
    return (), ()


def _losses(quality: GazeQuality, rules: QualityRules) -> tuple[Reasons, Reasons]:
    """Reasons against maps, and against any use."""
    if quality.samples < rules.fewest_samples:
        fewest = rules.fewest_samples
        return (), (f"{quality.samples} valid samples are too few, at least {fewest} are needed",)
    if quality.data_loss > rules.useless_loss:
        return (), (_lost(quality.data_loss, rules.useless_loss),)
    reasons: Reasons = ()
    if quality.data_loss > rules.most_loss:
        reasons += (_lost(quality.data_loss, rules.most_loss),)
    if quality.valid_s < rules.shortest_s - 1e-9:
        short, least = quality.valid_s, rules.shortest_s
        reasons += (f"{short:.2f} s of valid gaze are too short, at least {least:g} s are needed",)
    return reasons, ()


def _lost_of(samples: Samples, seconds: float | None) -> float:
    """Share of the expected samples that are lost; NaN where none were expected."""
    if seconds is None:
        return samples.data_loss
    promised = round(max(0.0, seconds - _UNDER_WAY_S) * samples.rate_hz)
    expected = max(samples.expected if len(samples) else 0, promised)
    return 1 - float(samples.valid.sum()) / expected if expected else float("nan")


def _lost(loss: float, limit: float) -> str:
    return f"{loss:.0%} of the samples are lost, more than {limit:.0%}"


def _known(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
