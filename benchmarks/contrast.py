"""How exactly a lesion gets the contrast that was asked for: the shipped generator, and sigmoid.

Both make lesions of 12 to 24 mm at the same 40 sites of the phantom that comes with the program,
with every parameter drawn but the contrast. The core is what lies deeper than 3 mm; its mean
change is compared with the contrast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import arguments, report
from scipy import ndimage

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.sample_data import sample_generator
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.sample import Sample

ASKED_HU, CORE_MM = -40.0, 3.0
DIAMETERS = (12, 16, 20, 24)
SITES = 40


def core_change(sample: Sample, case: Case) -> float:
    """Mean change of the HU deeper than `CORE_MM` in the label."""
    spacing = case.volume.spacing
    padded = ndimage.distance_transform_edt(np.pad(sample.mask, 1), sampling=spacing)
    core = padded[1:-1, 1:-1, 1:-1] > CORE_MM
    return float((sample.hu.astype(float) - case.volume.hu[sample.bbox])[core].mean())


def weaker_by(case: Case, method: str, **more: Any) -> list[float]:
    """By how many HU the core of each lesion is brighter than asked; all lesions are dark."""
    found = []
    for seed in range(SITES):
        zone, diameter = list(Zone)[seed % 2], DIAMETERS[seed % len(DIAMETERS)]
        (site,) = propose_sites(case, 1, zone=zone, diameter_mm=diameter, seed=seed)
        made = synthesize(case, site, method=method, seed=seed, delta_hu=ASKED_HU, **more)
        found.append(core_change(made, case) - ASKED_HU)
    return found


def row(method: str, weaker: list[float]) -> dict[str, Any]:
    low, high = np.quantile(weaker, [0.05, 0.95])
    return {
        "method": method,
        "lesions": len(weaker),
        "weaker": sum(value > 0 for value in weaker),
        "mean_hu": float(np.mean(weaker)),
        "p5_hu": float(low),
        "p95_hu": float(high),
    }


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    case = nls.phantom(seed=0, lesions=6)
    model = GeneratorModel.load(sample_generator())
    rows = [
        row("cgan", weaker_by(case, "cgan", model=model)),
        row("sigmoid", weaker_by(case, "sigmoid")),
    ]
    report("contrast: weaker than asked", rows, as_json=options.json)


if __name__ == "__main__":
    main()
