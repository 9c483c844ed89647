"""The person in the scanner: the numbers that differ from one patient to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Patient", "streams"]

_STREAMS = (
    "habitus", "surface", "warp", "liver", "portal", "hepatic", "gut", "fat", "muscle", "bone",
    "lung", "mesentery", "tissue", "organs", "texture", "sites", "lesions", "noise",
)  # fmt: skip


def streams(seed: int) -> dict[str, np.random.Generator]:
    """One generator for each part of the phantom, so that one part can change alone.

    Lesions have their own: the same seed with other lesions, or none, is the same patient in
    the same scan.
    """
    children = np.random.SeedSequence(seed).spawn(len(_STREAMS))
    return {
        name: np.random.default_rng(child) for name, child in zip(_STREAMS, children, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Patient:
    """Sizes in mm, positions in the patient's frame (x left, y back, z head), shares in 0..1."""

    half_width: float
    """Half the width of the abdominal cavity."""
    front: float
    back: float
    """Reach of the cavity in front of and behind the centre."""
    fat: float
    """Thickness of the fat under the skin, on the average round the body."""
    visceral: float
    """Fat between the organs, 0 lean to 1 obese."""
    muscle: float
    """Muscle bulk, 1 on the average."""
    dome: float
    """Height of the right dome of the diaphragm."""
    tip: float
    """Height of the lower tip of the right lobe (negative)."""
    left_tip: float
    """How far to the left the left lobe reaches."""
    left_depth: float
    """How far back the left lobe reaches at the height of the porta."""
    left_low: float
    """Height of the lower border of the left lobe."""
    slant: float
    """Steepness of the liver's lower face."""
    caudate: float
    """Size of the caudate lobe, 1 on the average."""
    spleen: float
    """Size of the spleen, 1 on the average."""
    spine_x: float
    """Sideways position of the spine."""
    rib_phase: float
    """Height of the twelfth rib at the spine."""
    roll: float
    """Rotation of the patient on the table in radians."""
    kidney_right: float
    kidney_left: float
    """Height of the kidneys' centres."""
    gallbladder: float
    """Radius; 0 where it was removed."""
    stomach_air: float
    """Share of the stomach that is filled with gas."""
    asymmetry: float
    """How much more fat lies under the skin on one side."""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Patient:
        """A patient."""

        def normal(mean: float, sd: float, low: float, high: float) -> float:
            return float(np.clip(rng.normal(mean, sd), low, high))

        build = float(rng.uniform(-1, 1))
        fatness = float(np.clip(rng.beta(1.6, 2.2), 0.03, 0.97))
        return cls(
            half_width=119 + 8 * build + 5 * fatness,
            front=80 + 4 * build + 18 * fatness + normal(0, 3, -6, 6),
            back=83 + 3 * build + normal(0, 2.5, -5, 5),
            fat=5 + 21 * fatness * normal(1, 0.2, 0.6, 1.4),
            visceral=float(np.clip(fatness + rng.normal(0, 0.18), 0.05, 1)),
            muscle=normal(0.97, 0.17, 0.62, 1.3),
            dome=normal(76, 6, 62, 88),
            tip=normal(-84, 9, -104, -66),
            left_tip=normal(64, 15, 35, 92),
            left_depth=normal(-26, 7, -40, -12),
            left_low=normal(-24, 9, -42, -6),
            slant=normal(0.82, 0.09, 0.62, 1.02),
            caudate=normal(1, 0.13, 0.7, 1.3),
            spleen=normal(1, 0.14, 0.72, 1.35),
            spine_x=normal(0, 4, -8, 8),
            rib_phase=normal(2, 9, -14, 18),
            roll=normal(0, 0.03, -0.07, 0.07),
            kidney_right=normal(-58, 9, -78, -40),
            kidney_left=normal(-42, 9, -62, -24),
            gallbladder=0.0 if rng.random() < 0.15 else normal(13, 2.5, 8, 18),
            stomach_air=normal(0.35, 0.15, 0.08, 0.7),
            asymmetry=normal(0, 1, -2, 2),
        )
