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
    fat: float = -106.0
    lung: float = -865.0

    @classmethod
    def draw(cls, phase: Phase, rng: np.random.Generator) -> Tissue:
        """Typical values of a phase, varied from patient to patient."""
        mean = _PHASES[phase]
        flow = float(np.clip(rng.normal(1, 0.05), 0.88, 1.12))
        values = {}
        for name in (f.name for f in fields(mean)):
            value = float(getattr(mean, name))
            spread = rng.normal(0, 2.0)
            native = _NATIVE.get(name, value)
            values[name] = native + (value - native) * flow + spread
        return replace(mean, **values)


_NATIVE = {
    "liver": 58.0, "spleen": 49.0, "cortex": 33.0, "medulla": 33.0, "pelvis": 12.0,
    "pancreas": 42.0, "gut": 40.0, "muscle": 54.0, "aorta": 42.0, "cava": 42.0, "portal": 42.0,
    "hepatic": 42.0, "myocardium": 46.0, "adrenal": 25.0,
}  # fmt: skip

_PHASES: dict[str, Tissue] = {
    "portal": Tissue(
        112, 121, 196, 184, 60, 100, 92, 62, 168, 152, 190, 182, 118, 80
    ),
    "arterial": Tissue(
        72, 128, 205, 88, 20, 108, 88, 57, 305, 105, 122, 68, 125, 80
    ),
    "noncontrast": Tissue(
        58, 49, 33, 33, 12, 42, 40, 54, 42, 42, 42, 42, 46, 25
    ),
}  # fmt: skip
