"""The band of reconstruction errors that real lesions have, by zone.

A lesion passes where its error is neither larger than that of real lesions (it looks like
nothing that the nets know) nor smaller (it is smoother or simpler than real ones are). The band
comes from real lesions that the net had not seen:

- Every real lesion's error is that of the one fold's net whose training left its patient out.
- Nets differ a little, and a fold's lesions may be harder by chance. Of a net's deviation from
  the others only the part that exceeds chance is taken out (`fold_factors`).
- A synthetic lesion is judged by the nets that have seen none of the patients that it descends
  from, and its error is their geometric mean, each net calibrated as above. So both sides are
  errors of calibrated nets on unseen patients.
- Limits are quantiles at ``p (n + 1)`` (Weibull's), for which a further real lesion falls into
  the band with probability ``high - low`` whatever the distribution [1]_.

References
----------
.. [1] V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005: conformal
   prediction; V. Vovk, Ann. Math. Artif. Intell. 74, 2015, for its cross-validated form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DatasetError

__all__ = ["Band", "BandSettings", "HeldOut", "bands_of", "fold_factors", "held_out_acceptance"]

FEWEST = 10
"""Real lesions of a zone below which both zones share a band.

With 10, the outermost one stands for the 5 % beyond: (0.5 / 11); with fewer nothing could be
told to lie outside.
"""


class BandSettings(BaseModel):
    """How wide the band is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float = Field(
        0.05,
        ge=0,
        le=0.5,
        title="Low",
        description="Share of real lesions with smaller errors than the band allows; 0: no limit.",
    )
    high: float = Field(
        0.95,
        ge=0.5,
        le=1,
        title="High",
        description="Share of real lesions up to the band's upper end; 1: no limit.",
    )

    @model_validator(mode="after")
    def _wide(self) -> BandSettings:
        if self.high - self.low < 0.01:
            raise ValueError("the band is empty: high must exceed low")
        return self


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Error of a real lesion under the net that has not seen its patient.

    Parameters
    ----------
    id, patient : str
        Which lesion.
    zone : Zone
        Where it lay.
    diameter_mm : float
        Equivalent diameter.
    fold : int
        Whose net judged it.
    error : float
        HU, calibrated.
    """

    id: str
    patient: str
    zone: Zone
    diameter_mm: float
    fold: int
    error: float


@dataclass(frozen=True, slots=True)
class Band:
    """Errors that count as real, in one zone.

    Parameters
    ----------
    zone : Zone
        For lesions of this zone.
    low, high : float
        Its ends in HU, which belong to it; open ends are 0 and infinity.
    quantiles : tuple of float
        Shares of real lesions below each end.
    errors : tuple of float
        The held-out errors that it stands on, rising.
    patients : int
        Number of patients that they come from.
    pooled : bool
        Whether both zones were taken together, for want of lesions.
    note : str
        What it stands on, in words.
    """

    zone: Zone
    low: float
    high: float
    quantiles: tuple[float, float]
    errors: tuple[float, ...]
    patients: int
    pooled: bool
    note: str

    @property
    def n(self) -> int:
        """Number of real lesions that it stands on."""
        return len(self.errors)

    def rank(self, errors: ArrayLike) -> NDArray[np.float64]:
        """Place of errors among the held-out real ones, 0 to 1; a real one's is uniform."""
        values = np.asarray(errors, float)
        known = np.asarray(self.errors)
        below = np.searchsorted(known, values, "left")
        upto = np.searchsorted(known, values, "right")
        result: NDArray[np.float64] = (below + upto + 1) / (2 * (self.n + 1))
        return result

    def inside(self, errors: ArrayLike) -> NDArray[np.bool_]:
        """Whether errors lie in the band."""
        values = np.asarray(errors, float)
        result: NDArray[np.bool_] = (values >= self.low) & (values <= self.high)
        return result

    def to_dict(self) -> dict[str, Any]:
        """JSON types; an open upper end is None."""
        high = self.high if np.isfinite(self.high) else None
        return {**asdict(self), "zone": self.zone.value, "n": self.n, "high": high}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Band:
        """Inverse of `to_dict`.

        Raises
        ------
        DatasetError
            If something is missing.
        """
        try:
            low, high = data["quantiles"]
            return cls(
                zone=Zone(data["zone"]),
                low=float(data["low"]),
                high=np.inf if data["high"] is None else float(data["high"]),
                quantiles=(float(low), float(high)),
                errors=tuple(float(error) for error in data["errors"]),
                patients=int(data["patients"]),
                pooled=bool(data["pooled"]),
                note=str(data["note"]),
            )
        except (KeyError, TypeError, ValueError) as cause:
            raise DatasetError(f"the band of errors is damaged ({cause})") from cause


def bands_of(held_out: Sequence[HeldOut], settings: BandSettings) -> dict[Zone, Band]:
    """The band of each zone.

    Parameters
    ----------
    held_out : sequence of HeldOut
        Real lesions; at least one.
    settings : BandSettings
        How wide.

    Returns
    -------
    dict of Zone to Band
        Of both zones; where one has fewer than 10 lesions it gets the band of all.
    """
    bands = {}
    for zone in Zone:
        own = [item for item in held_out if item.zone is zone]
        pooled = len(own) < FEWEST
        bands[zone] = _band(zone, list(held_out) if pooled else own, len(own), pooled, settings)
    return bands


def _band(zone: Zone, items: list[HeldOut], own: int, pooled: bool, settings: BandSettings) -> Band:
    errors = np.sort([item.error for item in items])
    patients = len({item.patient for item in items})
    note = f"{len(items)} held-out real lesions of {patients} patients"
    if pooled:
        note += f", of both zones: only {own} lie in this zone ({zone.value})"
    inner = (len(items) - 1) / (len(items) + 1)
    if settings.low > 0 and settings.high < 1 and inner < settings.high - settings.low:
        note += f"; so few that about {inner:.0%} of real lesions lie in the band"
    low, high = _limits(errors, settings)
    return Band(
        zone,
        low,
        high,
        (settings.low, settings.high),
        tuple(float(error) for error in errors),
        patients,
        pooled,
        note,
    )


def _limits(errors: NDArray[np.float64], settings: BandSettings) -> tuple[float, float]:
    """Ends of the band; a share of 0 or 1 leaves that end open."""
    low, high = np.quantile(errors, [settings.low, settings.high], method="weibull")
    return (
        float(low) if settings.low > 0 else 0.0,
        float(high) if settings.high < 1 else float(np.inf),
    )


def held_out_acceptance(
    held_out: Sequence[HeldOut], settings: BandSettings
) -> dict[Zone, tuple[int, int]]:
    """How many held-out real lesions lie in a band that their own patient has no part in.

    The check of the band itself: about ``high - low`` of them should.

    Parameters
    ----------
    held_out : sequence of HeldOut
        Real lesions.
    settings : BandSettings
        How wide.

    Returns
    -------
    dict of Zone to (int, int)
        Those inside, and all that could be judged.
    """
    result = dict.fromkeys(Zone, (0, 0))
    for patient in sorted({item.patient for item in held_out}):
        others = [item for item in held_out if item.patient != patient]
        if not others:
            continue
        bands = bands_of(others, settings)
        for item in held_out:
            if item.patient == patient:
                inside, total = result[item.zone]
                inside += int(bands[item.zone].inside(item.error))
                result[item.zone] = (inside, total + 1)
    return result


def fold_factors(
    errors: NDArray[np.float64], zones: Sequence[Zone], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    """By how much each fold's net errs more than the others, beyond chance.

    Log errors are centred within their zone; the means of the folds are shrunk towards 0 by the
    share of their variance that chance explains (random effects, DerSimonian and Laird, 1986).

    Parameters
    ----------
    errors : ndarray of float64, shape (n,)
        Held-out errors, positive.
    zones : sequence of Zone
        Zone of each.
    folds : ndarray of int64, shape (n,)
        Fold of each, 0 to k - 1, each with a lesion.

    Returns
    -------
    ndarray of float64, shape (k,)
        Factors by which to divide; their geometric mean is about 1.
    """
    logs = np.log(np.maximum(errors, 1e-9))
    names = np.array([zone.value for zone in zones])
    for name in set(names):
        logs[names == name] -= logs[names == name].mean()
    count = int(folds.max()) + 1
    sizes = np.bincount(folds, minlength=count)
    means = np.bincount(folds, logs, count) / np.maximum(sizes, 1)
    within = float(np.square(logs - means[folds]).sum() / max(len(logs) - count, 1))
    chance = within / np.maximum(sizes, 1)
    between = max(0.0, float(np.var(means, ddof=1) - chance.mean())) if count > 1 else 0.0
    shares = between / np.maximum(between + chance, 1e-12)
    result: NDArray[np.float64] = np.exp(shares * means)
    return result
