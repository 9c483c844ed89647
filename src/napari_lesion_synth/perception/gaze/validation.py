"""How good the gaze is: looks at targets that no calibration was fitted to, and checks of drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.precision import bcea, mean_offset, rms_s2s, spread
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.targets import SETTLE_S, TargetLook, steady
from napari_lesion_synth.wording import counted

__all__ = ["Drift", "TargetResult", "Validation", "check_drift", "validate"]

_FEWEST = 10
"""Valid samples without which a look tells nothing of accuracy."""


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target of a validation.

    Parameters
    ----------
    x, y : float
        The target, device pixels.
    offset_deg : tuple of float
        Mean gaze less the target, to the right and downwards.
    accuracy_deg : float
        Length of the offset; NaN where the target was hardly looked at.
    rms_s2s_deg, sd_deg, bcea_deg2 : float
        Precision; NaN likewise.
    data_loss : float
        Share of the expected samples without a position.
    """

    x: float
    y: float
    offset_deg: tuple[float, float]
    accuracy_deg: float
    rms_s2s_deg: float
    sd_deg: float
    bcea_deg2: float
    data_loss: float


@dataclass(frozen=True, slots=True)
class Validation:
    """What a tracker's gaze is worth.

    Parameters
    ----------
    targets : tuple of TargetResult
        One a target.
    """

    targets: tuple[TargetResult, ...]

    @property
    def seen(self) -> tuple[TargetResult, ...]:
        """The targets that were looked at."""
        return tuple(t for t in self.targets if np.isfinite(t.accuracy_deg))

    @property
    def suffices(self) -> bool:
        """Whether half of the targets were seen: what a few say is not known of the screen."""
        return len(self.seen) > 0 and 2 * len(self.seen) >= len(self.targets)

    @property
    def accuracy_deg(self) -> float:
        """Mean over the targets seen of the distance from target to mean gaze; NaN without."""
        return _mean([t.accuracy_deg for t in self.seen])

    @property
    def worst_deg(self) -> float:
        """Accuracy at the worst target seen; NaN without."""
        return max((t.accuracy_deg for t in self.seen), default=float("nan"))

    @property
    def offset_deg(self) -> tuple[float, float]:
        """Mean offset to the right and downwards: what all targets have in common."""
        return (
            _mean([t.offset_deg[0] for t in self.seen]),
            _mean([t.offset_deg[1] for t in self.seen]),
        )

    @property
    def rms_s2s_deg(self) -> float:
        """Precision: root mean square from sample to sample, mean over the targets seen."""
        return _mean([t.rms_s2s_deg for t in self.seen])

    @property
    def sd_deg(self) -> float:
        """Precision: standard deviation, mean over the targets seen."""
        return _mean([t.sd_deg for t in self.seen])

    @property
    def bcea_deg2(self) -> float:
        """Area of the ellipse of 68 % of the samples, mean over the targets seen."""
        return _mean([t.bcea_deg2 for t in self.seen])

    @property
    def data_loss(self) -> float:
        """Share of lost samples, mean over all targets."""
        return _mean([t.data_loss for t in self.targets])

    def __str__(self) -> str:
        if not self.seen:
            return f"none of {counted(len(self.targets), 'target')} was looked at"
        return (
            f"accuracy {self.accuracy_deg:.2f}° (worst target {self.worst_deg:.2f}°), "
            f"precision {self.rms_s2s_deg:.2f}° RMS from sample to sample and {self.sd_deg:.2f}° "
            f"SD, {self.data_loss:.0%} of the samples lost, "
            f"{len(self.seen)} of {counted(len(self.targets), 'target')} seen"
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """A look at one target between trials.

    Parameters
    ----------
    offset_deg : tuple of float
        Gaze less the target, to the right and downwards; NaN where the eye was not found.
    limit_deg : float
        What is let pass.
    """

    offset_deg: tuple[float, float]
    limit_deg: float

    @property
    def distance_deg(self) -> float:
        """Length of the offset."""
        return float(np.hypot(*self.offset_deg))

    @property
    def passed(self) -> bool:
        """Whether the gaze is still where it was; False where the eye was not found."""
        return bool(self.distance_deg <= self.limit_deg)

    def __str__(self) -> str:
        if not np.isfinite(self.distance_deg):
            return "the eye was not found on the drift target: calibrate again"
        if self.passed:
            return f"the gaze has drifted by {self.distance_deg:.2f}°, within {self.limit_deg:g}°"
        return (
            f"the gaze has drifted by {self.distance_deg:.2f}°, more than {self.limit_deg:g}°: "
            "calibrate again"
        )


def validate(looks: Sequence[TargetLook], screen: Screen, settle_s: float = SETTLE_S) -> Validation:
    """Accuracy, precision and data loss from looks at targets.

    The looks must be others than those that a correction was fitted to: with the same, every
    correction looks good.

    Parameters
    ----------
    looks : sequence of TargetLook
        One a target.
    screen : Screen
        The screen and the eye.
    settle_s : float
        Seconds at the beginning of each look that are left out.

    Raises
    ------
    InputError
        If there are no looks.
    """
    if not looks:
        raise InputError("a validation needs looks at targets")
    return Validation(tuple(_result(look, screen, settle_s) for look in looks))


def check_drift(
    look: TargetLook, screen: Screen, limit_deg: float = 1.0, settle_s: float = SETTLE_S
) -> Drift:
    """See whether the gaze is still where the calibration put it.

    Parameters
    ----------
    look : TargetLook
        A look at one target, usually the middle.
    screen : Screen
        The screen and the eye.
    limit_deg : float
        What is let pass.
    settle_s : float
        Seconds at the beginning of the look that are left out.
    """
    part = steady(look, settle_s)
    if part.valid.sum() < _FEWEST:
        return Drift((float("nan"), float("nan")), limit_deg)
    return Drift(mean_offset(part, screen, look.x, look.y), limit_deg)


def _result(look: TargetLook, screen: Screen, settle_s: float) -> TargetResult:
    part = steady(look, settle_s)
    loss = part.data_loss if len(part) else 1.0
    if part.valid.sum() < _FEWEST:
        nan = float("nan")
        return TargetResult(look.x, look.y, (nan, nan), nan, nan, nan, nan, loss)
    return TargetResult(
        look.x,
        look.y,
        mean_offset(part, screen, look.x, look.y),
        _accuracy(part, screen, look),
        rms_s2s(part, screen),
        spread(part, screen),
        bcea(part, screen),
        loss,
    )


def _accuracy(samples: Samples, screen: Screen, look: TargetLook) -> float:
    """Angle between the target and the mean gaze."""
    azimuth, elevation = screen.to_degrees(samples.x[samples.valid], samples.y[samples.valid])
    mean = screen.to_px(np.array([azimuth.mean()]), np.array([elevation.mean()]))
    return float(screen.angle(mean, (np.array([look.x]), np.array([look.y])))[0])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
