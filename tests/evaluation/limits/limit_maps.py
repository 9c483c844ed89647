"""Detection-limit maps of a detector whose psychometric function is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from napari_lesion_synth.evaluation.limits.analysis import Searched
from napari_lesion_synth.evaluation.limits.results import Insertion
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.matching import CaseResult, Mark, Outcome
from napari_lesion_synth.evaluation.rule import HitRule

RULE = HitRule()
GRID = LimitSettings()
_HERMITE = np.polynomial.hermite_e.hermegauss(41)


@dataclass(frozen=True)
class Known:
    """A detector: logits in the middle of the grid by depth, and what a doubling adds.

    `between` is the standard deviation of places; `chance` the share of places that bear a
    finding anyhow.
    """

    rim: float = 0.0
    deep: float = 1.0
    diameter: float = 2.0
    contrast: float = 2.5
    lapse: float = 0.02
    chance: float = 0.0
    between: float = 0.0

    def logit(self, band: str, diameter_mm: float, contrast_hu: float, grid: LimitSettings):
        sizes, contrasts = grid.diameters_mm, np.abs(grid.contrasts_hu)
        x = np.log2(diameter_mm / np.sqrt(sizes[0] * sizes[-1]))
        y = np.log2(abs(contrast_hu) / np.sqrt(contrasts[0] * contrasts[-1]))
        return getattr(self, band) + self.diameter * x + self.contrast * y

    def share(self, band: str, diameter_mm: float, contrast_hu: float, grid: LimitSettings = GRID):
        """Mean over all places, beyond chance."""
        nodes, weights = _HERMITE
        logits = self.logit(band, diameter_mm, contrast_hu, grid) + self.between * nodes
        return (1 - self.lapse) * float(expit(logits) @ weights / weights.sum())

    def contrast_at(self, band: str, diameter_mm: float, share: float, grid=GRID) -> float:
        """Magnitude of the contrast at which a share is found."""
        return brentq(lambda hu: self.share(band, diameter_mm, hu, grid) - share, 1e-3, 1e5)

    def diameter_at(self, band: str, contrast_hu: float, share: float, grid=GRID) -> float:
        return brentq(lambda mm: self.share(band, mm, contrast_hu, grid) - share, 1e-3, 1e5)


def insertions(
    known: Known, rng: np.random.Generator, grid: LimitSettings = GRID, ct: str = "ct"
) -> list[Insertion]:
    """Every place of a grid tried with every contrast and method."""
    rows, spot = [], 0
    for band in grid.bands:
        for diameter in grid.diameters_mm:
            for _ in range(grid.repeats):
                shift, alarmed = rng.normal(0, known.between), rng.random() < known.chance
                for method in grid.methods:
                    for contrast in grid.contrasts_hu:
                        logit = known.logit(band.name, diameter, contrast, grid) + shift
                        seen = rng.random() < (1 - known.lapse) * expit(logit)
                        rows.append(
                            Insertion(
                                ct, "copy-0001", spot, method, band.name, diameter, contrast,
                                0, 0, spot, "rim", 1.0, contrast, diameter, contrast, 10.0,
                                0.9 if seen or alarmed else None, 0.8 if alarmed else None,
                            )
                        )  # fmt: skip
                spot += 1
    return rows


def untouched(false: tuple[float, ...] = (0.7,), patient: str = "ct") -> CaseResult:
    """A CT with false alarms of these scores."""
    marks = tuple(
        Mark(k, Outcome.FALSE, None, score, (0.0, 0.0, 0.0), 5.0, None)
        for k, score in enumerate(false, start=1)
    )
    return CaseResult(patient, patient, "simulated", RULE, (), marks, True)


def searched(grid: LimitSettings = GRID, **changes) -> Searched:
    about = {
        "settings": grid,
        "rule": RULE,
        "detector": "simulated",
        "threshold": 0.5,
        "own_threshold": True,
        "untouched": (untouched(),),
        "copies": 10,
        "copies_planned": 10,
    }
    return Searched(**{**about, **changes})
