"""Time to draw one lesion with the sigmoid model and paste it.

The host is liver with the noise of a CT, 1 mm voxels; at the rim a third of the box lies in fat.
`render` makes the lesion from given parameters, as a preview does while it is dragged; `sample`
draws them. Single thread (set OMP_NUM_THREADS=1) for figures that compare.
"""

from __future__ import annotations

import numpy as np
from harness import arguments, report, timed

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.kinds import LesionKind
from napari_lesion_synth.synthesis.noise import host_noise
from napari_lesion_synth.synthesis.sigmoid import Sigmoid

SIDE = 160


def liver(shape: tuple[int, int, int], rim_at: int | None) -> Case:
    spacing = (1.0, 1.0, 1.0)
    noise = host_noise(shape, spacing, 20.0, (0.5, 0.5, 0.6), np.random.default_rng(0))
    organ = np.ones(shape, bool)
    if rim_at is not None:
        organ[:, :, rim_at:] = False
    hu = np.round(np.where(organ, 110, -100) + noise).astype(np.int16)
    case = Case(Volume(hu, spacing), Organ(organ, spacing), None, "benchmark")
    _ = case.volume.sha256
    return case


def row(name: str, case: Case, zone: Zone, diameter: float, kind: str, repeats: int) -> dict:
    method = Sigmoid()
    z, y, x = (n // 2 for n in case.volume.shape)
    site = Site((z, y, x), zone, diameter / 4, diameter)
    context = Context(case, site, fixed={"kind": kind, "edge_mm": 1.5}, seed=1)
    rng = np.random.default_rng(1)
    params = method.sample(context, rng)
    params = params.model_copy(update={"delta_hu": -45.0, "elongation": 1.4})

    def render_and_paste() -> None:
        undo = method.render(context, params).paste(case.volume)
        undo()  # so that every run finds the same host; some 0.05 ms

    drawn = timed(render_and_paste, repeats)
    sample = timed(lambda: method.sample(context, rng), repeats)
    box = method.render(context, params).hu.shape
    return {
        "lesion": name,
        "diameter_mm": diameter,
        "kind": kind,
        "box": "x".join(str(n) for n in box),
        "sample_ms": sample["median_ms"],
        **{f"render_paste_{key}": value for key, value in drawn.items()},
    }


def main() -> None:
    options = arguments(__doc__.splitlines()[0]).parse_args()
    inside, edge = liver((SIDE,) * 3, None), None
    plane = liver((1, 512, 512), None)
    rows = []
    for diameter in (8.0, 16.0, 32.0, 60.0):
        edge = liver((SIDE,) * 3, int(SIDE / 2 + diameter / 4))
        kind = LesionKind.HYPODENSE.value
        rows.append(row("interior", inside, Zone.INTERIOR, diameter, kind, options.repeats))
        rows.append(row("rim", edge, Zone.RIM, diameter, kind, options.repeats))
        rows.append(row("single slice", plane, Zone.INTERIOR, diameter, kind, options.repeats))
    rows += [
        row("interior", inside, Zone.INTERIOR, 32.0, kind.value, options.repeats)
        for kind in list(LesionKind)[2:]
    ]
    report("sigmoid: sample, render + paste", rows, as_json=options.json)


if __name__ == "__main__":
    main()
