"""HU of the tissues in each phase of contrast enhancement."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from napari_lesion_synth.ct.phantom.settings import Phase

__all__ = ["Tissue"]


@dataclass(frozen=True, slots=True)
class Tissue:
    """Mean HU; see `Tissue.draw`."""

    liver: float
    spleen: float
    cortex: float
    medulla: float
    pelvis: float
    pancreas: float
    gut: float
    muscle: float
    aorta: float
    cava: float
    portal: float
    hepatic: float
    myocardium: float
    adrenal: float
    bile: float = 8.0
    fat: float = -100.0
    lung: float = -865.0
    mottle: float = 2.5
    """Standard deviation of the spleen's uneven first enhancement."""

    @classmethod
    def draw(cls, phase: Phase, rng: np.random.Generator) -> Tissue:
        """Typical values of a phase, varied from patient to patient."""
        mean = _PHASES[phase]
        flow = float(np.clip(rng.normal(1, 0.05), 0.88, 1.12))
        values = {}
        for name in (f.name for f in fields(mean)):
            value = float(getattr(mean, name))
            spread = rng.normal(0, 1) * _SPREAD.get(name, 2.0)
            native = _NATIVE.get(name, value)
            values[name] = native + (value - native) * flow + spread
        return replace(mean, **values)


_SPREAD = {"liver": 6.0, "lung": 15.0, "mottle": 0.0}

_NATIVE = {
    "liver": 58.0, "spleen": 49.0, "cortex": 33.0, "medulla": 33.0, "pelvis": 12.0,
    "pancreas": 42.0, "gut": 40.0, "muscle": 54.0, "aorta": 42.0, "cava": 42.0, "portal": 42.0,
    "hepatic": 42.0, "myocardium": 46.0, "adrenal": 25.0,
}  # fmt: skip

_PHASES: dict[str, Tissue] = {
    "portal": Tissue(
        liver=112, spleen=121, cortex=196, medulla=184, pelvis=60, pancreas=100, gut=92,
        muscle=66, aorta=168, cava=152, portal=190, hepatic=182, myocardium=118, adrenal=80,
    ),
    "arterial": Tissue(
        liver=72, spleen=128, cortex=205, medulla=88, pelvis=20, pancreas=108, gut=88,
        muscle=60, aorta=305, cava=105, portal=122, hepatic=68, myocardium=125, adrenal=80,
        mottle=14,
    ),
    "noncontrast": Tissue(
        liver=58, spleen=49, cortex=33, medulla=33, pelvis=12, pancreas=42, gut=40,
        muscle=54, aorta=42, cava=42, portal=42, hepatic=42, myocardium=46, adrenal=25,
    ),
}  # fmt: skip
