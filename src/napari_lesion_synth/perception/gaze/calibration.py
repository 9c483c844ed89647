"""A correction of the gaze, learnt from looks at known targets.

The tracker's own calibration comes first. What is fitted here takes out what it leaves: a shift,
a scale, a shear, and with 9 targets or more a curvature.

References
----------
.. [1] J. J. Cerrolaza, A. Villanueva, R. Cabeza, "Study of polynomial mapping functions in
   video-oculography eye trackers", ACM Trans. Computer-Human Interaction 19, 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.gaze.samples import Floats, Samples
from napari_lesion_synth.perception.gaze.targets import SETTLE_S, TargetLook, steady
from napari_lesion_synth.wording import counted

__all__ = ["Correction", "CorrectionKind", "fit_correction"]

CorrectionKind: TypeAlias = Literal["affine", "polynomial"]

_TERMS: dict[str, int] = {"affine": 3, "polynomial": 6}
_FEWEST = 10
"""Valid samples without which a look at a target does not count."""

_MEANINGLESS = 1e-6
"""Singular values below this share of the largest: the targets lie on a line."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What makes corrected gaze of recorded gaze, in device pixels of the screen.

    Parameters
    ----------
    kind : "affine" or "polynomial"
        1, x, y; or also x y, x^2, y^2.
    across, down : tuple of float
        Coefficients of the corrected x and y, for positions from -1 to 1 over the screen.
    width_px, height_px : int
        The screen.
    residual_deg : float
        Root mean square distance of the corrected looks from their targets. It is no accuracy:
        that takes looks that were not fitted (`validation.validate`).
    targets : int
        How many looks it was fitted to.
    """

    kind: CorrectionKind
    across: tuple[float, ...]
    down: tuple[float, ...]
    width_px: int
    height_px: int
    residual_deg: float
    targets: int

    def points(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Corrected positions of recorded ones."""
        terms = _terms(*_unit(x, y, self.width_px, self.height_px), self.kind)
        half_x, half_y = self.width_px / 2, self.height_px / 2
        return (
            (terms @ np.array(self.across) + 1) * half_x,
            (terms @ np.array(self.down) + 1) * half_y,
        )

    def samples(self, samples: Samples) -> Samples:
        """Corrected samples.

        Raises
        ------
        ParameterError
            If they are not in screen pixels.
        """
        if samples.frame != "screen":
            raise ParameterError("gaze is corrected on the screen, before it is put on a photo")
        x, y = self.points(samples.x, samples.y)
        return replace(samples, x=x, y=y)

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "across": list(self.across), "down": list(self.down)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read back what `to_json` made."""
        across, down = tuple(content["across"]), tuple(content["down"])
        return cls(**{**content, "across": across, "down": down})


def fit_correction(
    looks: Sequence[TargetLook],
    screen: Screen,
    kind: CorrectionKind = "affine",
    settle_s: float = SETTLE_S,
) -> Correction:
    """Least squares from the middle of each look to its target [1]_.

    The middle is the median, which single stray samples do not move.

    Parameters
    ----------
    looks : sequence of TargetLook
        One a target.
    screen : Screen
        The screen and the eye.
    kind : "affine" or "polynomial"
        3 or 6 coefficients an axis.
    settle_s : float
        Seconds at the beginning of each look that are left out.

    Raises
    ------
    InputError
        If too few looks can be used, or their targets lie on a line.
    """
    usable = [(look, steady(look, settle_s)) for look in looks]
    usable = [(look, part) for look, part in usable if part.valid.sum() >= _FEWEST]
    if len(usable) < _TERMS[kind]:
        raise InputError(
            f"{counted(_TERMS[kind], 'target')} are needed for this correction, and only "
            f"{len(usable)} of {len(looks)} were looked at",
            remedy="Calibrate again; see that the tracker finds the eyes",
        )
    seen = np.array([_middle(part) for _, part in usable])
    aims = np.array([(look.x, look.y) for look, _ in usable])
    size = (screen.width_px, screen.height_px)
    terms = _terms(*_unit(seen[:, 0], seen[:, 1], *size), kind)
    wanted = np.column_stack(_unit(aims[:, 0], aims[:, 1], *size))
    found, _, rank, _ = np.linalg.lstsq(terms, wanted, rcond=_MEANINGLESS)
    if rank < terms.shape[1]:
        raise InputError(
            "the looks lie on a line: they do not tell a correction",
            remedy="Spread the targets over the screen, and calibrate again",
        )
    correction = Correction(
        kind, tuple(found[:, 0].tolist()), tuple(found[:, 1].tolist()), *size, 0.0, len(usable)
    )
    fitted = correction.points(seen[:, 0], seen[:, 1])
    apart = screen.angle(fitted, (aims[:, 0], aims[:, 1]))
    return replace(correction, residual_deg=float(np.sqrt(np.mean(apart**2))))


def _middle(samples: Samples) -> tuple[float, float]:
    return (
        float(np.median(samples.x[samples.valid])),
        float(np.median(samples.y[samples.valid])),
    )


def _unit(x: Floats, y: Floats, width: int, height: int) -> tuple[Floats, Floats]:
    return x / (width / 2) - 1, y / (height / 2) - 1


def _terms(x: Floats, y: Floats, kind: CorrectionKind) -> Floats:
    columns = [np.ones_like(x), x, y]
    if kind == "polynomial":
        columns += [x * y, x**2, y**2]
    return np.stack(columns, axis=-1)
