"""Cheap checks of one lesion: HU, seam, edge, label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy import ndimage

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.profile import WIDEST_MM, BoundaryProfile
from napari_lesion_synth.selection.regions import Regions
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.sample import HU_MAX, HU_MIN

__all__ = ["CheckLimits", "CheckResult", "check", "label_faults", "seam_score"]

_FEW_FACES = 12
_REAL_SUPPORT_MM = 3.0
_FEWEST = 8
_WIDEN = 0.1
_TOUCHING = ndimage.generate_binary_structure(3, 3)
_CROSS = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]]], bool)


class CheckLimits(BaseModel):
    """What passes for a lesion.

    The defaults are wide. `of` takes tighter ones from real lesions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    hu_low: float = Field(
        -150.0,
        ge=HU_MIN,
        le=HU_MAX,
        title="Lowest HU",
        description="Darkest level (5th percentile in the lesion, HU) that passes.",
    )
    hu_high: float = Field(
        400.0,
        ge=HU_MIN,
        le=HU_MAX,
        title="Highest HU",
        description="Brightest level (95th percentile in the lesion, HU) that passes.",
    )
    seam_max: float = Field(
        2.5,
        gt=0.0,
        le=100.0,
        title="Largest seam",
        description="Steps across the edge of the changed tissue, over those in the parenchyma "
        "around; 1 is no seam.",
    )
    edge_low_mm: float = Field(
        0.5,
        ge=0.0,
        le=WIDEST_MM,
        title="Sharpest edge (mm)",
        description="Narrowest 10 to 90 % width of the lesion's boundary that passes.",
    )
    edge_high_mm: float = Field(
        11.5,
        ge=0.0,
        le=WIDEST_MM,
        title="Softest edge (mm)",
        description="Widest 10 to 90 % width of the lesion's boundary that passes.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> CheckLimits:
        if self.hu_low >= self.hu_high or self.edge_low_mm >= self.edge_high_mm:
            raise ValueError("the lower end of a range must lie below its upper end")
        return self

    @classmethod
    def of(cls, views: Sequence[LesionView]) -> CheckLimits:
        """The limits within which nearly all of these lesions lie, and a tenth more.

        Parameters
        ----------
        views : sequence of LesionView
            Real lesions, held out from the training of what is to be judged.

        Raises
        ------
        InputError
            If there are fewer than 8.
        """
        if len(views) < _FEWEST:
            raise InputError(
                f"{len(views)} real lesions are too few to take limits from",
                remedy=f"Give at least {_FEWEST}, or use the default limits",
            )
        table = np.array([_figures(view) for view in views])
        low, high = np.quantile(table, [0.005, 0.995], axis=0)
        low, high = low - _WIDEN * (high - low), high + _WIDEN * (high - low)
        return cls(
            hu_low=float(np.clip(low[0], HU_MIN, HU_MAX - 1)),
            hu_high=float(np.clip(max(high[1], low[0] + 1), HU_MIN + 1, HU_MAX)),
            seam_max=float(np.clip(high[2], 1.0, 100.0)),
            edge_low_mm=float(np.clip(low[3], 0.0, WIDEST_MM - 0.1)),
            edge_high_mm=float(np.clip(high[3], max(low[3], 0.0) + 0.1, WIDEST_MM)),
        )


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What the checks say of one lesion.

    Parameters
    ----------
    hu_ok : bool
        Whether the HU in the lesion are in range.
    seam : float
        See `seam_score`.
    seam_ok : bool
        Whether it is small enough.
    edge_mm : float
        10 to 90 % width of the boundary.
    edge_ok : bool
        Whether it is in range.
    label_ok : bool
        Whether label, organ and changed tissue agree.
    reasons : tuple of str
        What failed, a word each; empty if all is well.
    """

    hu_ok: bool
    seam: float
    seam_ok: bool
    edge_mm: float
    edge_ok: bool
    label_ok: bool
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.reasons


def check(view: LesionView, limits: CheckLimits) -> CheckResult:
    """Check one lesion.

    Parameters
    ----------
    view : LesionView
        Synthetic; of a real one the changed tissue is not checked.
    limits : CheckLimits
        What passes.

    Returns
    -------
    CheckResult
        Its reasons are among ``hu-low``, ``hu-high``, ``seam``, ``edge-sharp``, ``edge-soft``
        and those of `label_faults`.
    """
    low, high, seam, edge = _figures(view)
    tests = (
        ("hu-low", low < limits.hu_low),
        ("hu-high", high > limits.hu_high),
        ("seam", seam > limits.seam_max),
        ("edge-sharp", edge < limits.edge_low_mm),
        ("edge-soft", edge > limits.edge_high_mm),
    )
    reasons = [word for word, failed in tests if failed]
    faults = label_faults(view)
    return CheckResult(
        hu_ok=not {"hu-low", "hu-high"} & set(reasons),
        seam=seam,
        seam_ok="seam" not in reasons,
        edge_mm=edge,
        edge_ok=not {"edge-sharp", "edge-soft"} & set(reasons),
        label_ok=not faults,
        reasons=(*reasons, *faults),
    )


def label_faults(view: LesionView) -> tuple[str, ...]:
    """What is wrong with the label.

    Returns
    -------
    tuple of str
        Among ``label-empty``, ``label-pieces`` (several components), ``label-outside-organ``,
        ``label-outside-change`` and ``changed-elsewhere`` (HU differ outside the support).
    """
    if not view.mask.any():
        return ("label-empty",)
    tests: list[tuple[str, Callable[[], bool]]] = [
        ("label-pieces", lambda: ndimage.label(view.mask, _TOUCHING)[1] > 1),
        ("label-outside-organ", lambda: bool((view.mask & ~view.organ).any())),
    ]
    support, host = view.support, view.host
    if support is not None:
        tests.append(("label-outside-change", lambda: bool((view.mask & ~support).any())))
    if support is not None and host is not None:
        tests.append(("changed-elsewhere", lambda: bool(((view.hu != host) & ~support).any())))
    return tuple(word for word, failed in tests if failed())


def seam_score(view: LesionView) -> float:
    """Mean step of HU across the edge of the changed tissue, over that in parenchyma around it.

    Only steps within a slice and within the organ count. A real lesion has no such edge; in its
    place that of the tissue within 3 mm of the label is looked at, so that real lesions show how
    much the score varies without any seam.

    Returns
    -------
    float
        1 is no seam; also given where there are fewer than 12 places to look at.
    """
    support = _changed(view)
    tissue = ndimage.binary_erosion(view.organ, _CROSS, border_value=1)
    edge, around = [], []
    for axis in (1, 2):
        step = np.abs(np.diff(view.hu.astype(np.int32), axis=axis))
        here, there = (np.delete(support, end, axis) for end in (0, -1))
        both = np.delete(tissue, 0, axis) & np.delete(tissue, -1, axis)
        edge.append(step[(here != there) & both])
        around.append(step[~here & ~there & both])
    crossing, calm = np.concatenate(edge), np.concatenate(around)
    if min(crossing.size, calm.size) < _FEW_FACES or calm.mean() == 0:
        return 1.0
    return float(crossing.mean() / calm.mean())


def _changed(view: LesionView) -> NDArray[np.bool_]:
    if view.support is not None:
        return view.support
    if not view.mask.any():
        return view.mask
    away = ndimage.distance_transform_edt(~view.mask, sampling=view.spacing)
    return np.asarray(away <= _REAL_SUPPORT_MM)


def _figures(view: LesionView) -> tuple[float, float, float, float]:
    """Low and high HU, seam, edge width."""
    hu = view.hu[view.mask] if view.mask.any() else np.zeros(1, np.int16)
    low, high = np.percentile(hu, [5, 95])
    edge = BoundaryProfile.of(Regions.of(view)).edge_mm
    return float(low), float(high), seam_score(view), edge
