"""Time of one Poisson lesion, and of the blending alone beside pie-torch.

`render + paste` is everything from the donor's voxels to the changed CT: resampling, region,
noise, blending, undo. Host and donor are liver with correlated noise, 1 mm voxels; at the rim a
plane capsule cuts the lesion 5 mm from its centre. The donor is turned about all three axes.

`blend` is the same box with the same donor, host and mask for each: ours on the exact region, and
the entry points of pie-torch that work (its wide and cached blenders raise). Torch has as many
threads as there are cores, and ours one. `changed outside` counts voxels outside the region whose
HU differ from the host's after rounding, with the largest difference.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from harness import arguments, report, timed
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.blending import blend
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.graft import Graft, prepare
from napari_lesion_synth.synthesis.grain import match_grain
from napari_lesion_synth.synthesis.noise import host_noise
from napari_lesion_synth.synthesis.poisson import Poisson, PoissonParams
from napari_lesion_synth.synthesis.transplant import Placement, transplant

SIDE, SPACING = 120, (1.0, 1.0, 1.0)
PARAMS = PoissonParams(rotation_deg=(33.0, 21.0, -40.0), offset_voxels=(0.2, 0.3, -0.4))
CENTER = (SIDE // 2,) * 3


def noise(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    z, y, x = shape
    return host_noise((z, y, x), SPACING, 20.0, (0.5, 0.5, 0.6), np.random.default_rng(seed))


def make_donor(diameter: float) -> Donor:
    side = int(diameter) + 20
    shape = (side, side, side)
    mask = np.linalg.norm(np.indices(shape) - (side - 1) / 2, axis=0) <= diameter / 2
    hu = 110 - 55 * ndimage.gaussian_filter(mask.astype(np.float32), 0.8) + noise(shape, 1)
    return Donor(
        id="ball",
        patient="benchmark",
        hu=np.rint(hu).astype(np.int16),
        mask=mask,
        organ=np.ones(shape, bool),
        spacing=SPACING,
        diameter_mm=diameter,
        depth_mm=40.0,
        zone=Zone.INTERIOR,
        organ_hu=110.0,
        noise_hu=20.0,
    )


def make_context(diameter: float, zone: Zone) -> Context:
    shape = (SIDE, SIDE, SIDE)
    organ = np.ones(shape, bool)
    if zone is Zone.RIM:
        organ[:, CENTER[1] + 5 :] = False
    hu = np.rint(np.where(organ, 110, -100) + noise(shape, 0)).astype(np.int16)
    case = Case(Volume(hu, SPACING), Organ(organ, SPACING))
    _ = case.volume.sha256  # known once a CT, not once a lesion
    return Context(case, Site(CENTER, zone, 5.0, diameter), donor=make_donor(diameter))


def whole(diameter: float, zone: Zone, repeats: int) -> list[dict[str, Any]]:
    """Render and paste, and the parts of it."""
    context = make_context(diameter, zone)
    volume, method = context.case.volume, Poisson()

    def render_and_paste() -> None:
        undo = method.render(context, PARAMS).paste(volume)
        undo()  # so that every run finds the same host; some 0.1 ms

    graft = prepare(context, PARAMS)
    middle = (CENTER[0] + 0.2, CENTER[1] + 0.3, CENTER[2] - 0.4)
    place = Placement(middle, np.eye(3), diameter, PARAMS.margin_mm)
    assert context.donor is not None
    donor, values = context.donor, graft.hu.astype(np.float32)
    parts: dict[str, Callable[[], object]] = {
        "render + paste": render_and_paste,
        "- donor onto the grid": lambda: transplant(donor, volume, place),
        "- noise": lambda: match_grain(graft.bare, graft.region, values, graft.core, SPACING),
        "- blending": lambda: ours(graft),
    }
    nothing = {"times_ours": None, "changed_outside": None, "largest_hu": None}
    return [
        {**row(diameter, zone, graft, step), **timed(call, repeats), **nothing}
        for step, call in parts.items()
    ]


def row(diameter: float, zone: Zone, graft: Graft, what: str) -> dict[str, Any]:
    box = "x".join(str(n) for n in graft.hu.shape)
    return {"lesion": f"{diameter:.0f} mm, {zone.value}", "what": what, "box": box}


def ours(graft: Graft) -> NDArray[np.int16]:
    core, bare = graft.core, graft.bare
    made = blend(
        graft.hu, graft.contrast, graft.region, graft.organ, graft.spacing, core=core, bare=bare
    )
    return made.hu


def blenders(graft: Graft) -> dict[str, Callable[[], NDArray[Any]]]:
    """Host, donor and region in the box, in the types that each prefers."""
    found: dict[str, Callable[[], NDArray[Any]]] = {"blend: ours": lambda: ours(graft)}
    try:
        import pietorch
        import torch
    except ImportError:
        return found
    host, donor = graft.hu.astype(np.float32), graft.contrast
    mask, corner = graft.region.astype(np.float32), np.zeros(3, int)
    tensors = [torch.tensor(a) for a in (host, donor, mask)]
    green = pietorch.construct_green_function(tensors[0].shape)

    def torch_blend(known: Any = None) -> NDArray[Any]:
        # The mask is copied because it would be changed.
        a, b, m = tensors
        where = torch.tensor(corner)
        return pietorch.blend(a, b, m.clone(), where, False, green_function=known).numpy()

    found["blend: pie-torch blend"] = torch_blend
    found["blend: pie-torch blend, Green's function given"] = lambda: torch_blend(green)
    found["blend: pie-torch blend_numpy"] = lambda: pietorch.blend_numpy(
        host, donor, mask.copy(), corner, False
    )
    found["blend: pie-torch blend_dst_numpy"] = lambda: pietorch.blend_dst_numpy(
        host, donor, mask.copy(), corner, False
    )
    return found


def beside(diameter: float, zone: Zone, repeats: int) -> list[dict[str, Any]]:
    """The blending alone."""
    graft = prepare(make_context(diameter, zone), PARAMS)
    calls = blenders(graft)
    times = in_turn(calls, repeats)
    mine = times["blend: ours"]["median_ms"]
    rows = []
    for name, call in calls.items():
        result = np.rint(call()).astype(int)
        apart = np.abs(result - graft.hu)[~graft.region]
        found = {
            "times_ours": times[name]["median_ms"] / mine,
            "changed_outside": int((apart > 0).sum()),
            "largest_hu": int(apart.max()),
        }
        rows.append({**row(diameter, zone, graft, name), **times[name], **found})
    return rows


def in_turn(
    calls: dict[str, Callable[[], NDArray[Any]]], repeats: int
) -> dict[str, dict[str, float]]:
    """As `timed`, but round after round, so that all meet the same load of the machine."""
    rounds = [{name: timed_once(call) for name, call in calls.items()} for _ in range(repeats + 2)]
    found = {}
    for name in calls:
        times = [one[name] for one in rounds[2:]]
        low, middle, high = statistics.quantiles(times, n=4)
        found[name] = {"median_ms": middle, "q1_ms": low, "q3_ms": high, "min_ms": min(times)}
    return found


def timed_once(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for diameter in (32.0, 60.0):
        for zone in (Zone.INTERIOR, Zone.RIM):
            rows += whole(diameter, zone, options.repeats)
            rows += beside(diameter, zone, options.repeats)
    report("Poisson lesion, and blending the same box, ms", rows, as_json=options.json)


if __name__ == "__main__":
    main()
