"""Lesions at the capsule: ordinary Poisson blending beside the capsule-aware one.

Bias is what the blending itself adds to a lesion: the mean over its voxels of

    (after - before) - expected

where `before` is the host's own tissue and `expected` the donor's HU above its parenchyma,
resampled onto the host. 0: the lesion keeps exactly its contrast to the tissue that it replaces.
At the capsule of a real CT a voxel is partly fat, of which a lesion changes nothing; there the
expected change is the contrast times the organ's share, (HU at that depth + 100) / (HU deep inside
+ 100), from the mean HU of the whole organ by depth.

`lesion` is the whole label, `next` its voxels within three of the capsule. Ordinary Poisson
differs in one thing only: every face of the region's border gives a boundary value, also those to
fat and lung. Donor, region and noise are the same.

Simulated: liver 110 HU, beyond a plane capsule fat of -100, donor of 55 HU, radius 12 voxels,
the capsule 2, 6, 10 or 11 voxels from its centre, or none. Real: sites of the zone `rim` in
3D-IRCADb-01 and CHAOS where these lie beside the repository; the donors are the former's lesions.
"""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import read_case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import LesionSynthWarning
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.blending import blend
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.graft import Graft, prepare
from napari_lesion_synth.synthesis.poisson import Poisson
from napari_lesion_synth.synthesis.solver import solve_correction

LIVER, FAT, LESION, RADIUS, NOISE = 110, -100, 55, 12, 15
NEXT_VOXELS = 3
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Share = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ordinary(graft: Graft) -> NDArray[np.float64]:
    """Poisson blending with boundary values all round."""
    everywhere = np.ones_like(graft.organ)
    difference = graft.hu - graft.contrast
    correction = solve_correction(graft.region, everywhere, difference, graft.spacing)
    return np.where(graft.region, graft.contrast + correction.field, graft.hu)


def capsule_aware(graft: Graft) -> NDArray[np.float64]:
    core, bare = graft.core, graft.bare
    made = blend(
        graft.hu, graft.contrast, graft.region, graft.organ, graft.spacing, core=core, bare=bare
    )
    return made.hu.astype(float)


def biases(graft: Graft, share: Share) -> dict[str, float]:
    """HU for both ways of blending."""
    expected = graft.bare.astype(float)
    near = np.zeros_like(graft.mask)
    if not graft.organ.all():
        depth = ndimage.distance_transform_edt(graft.organ, sampling=graft.spacing)
        expected *= share(depth)
        near = graft.mask & (ndimage.distance_transform_edt(graft.organ) <= NEXT_VOXELS)
    found = {}
    for name, make in (("ordinary", ordinary), ("aware", capsule_aware)):
        off = make(graft) - graft.hu - expected
        found[f"{name}_lesion"] = float(off[graft.mask].mean())
        found[f"{name}_next"] = float(off[near].mean()) if near.any() else float("nan")
    return found


def simulated() -> Iterator[tuple[str, Graft, Share]]:
    """The reference experiment, one lesion a depth."""
    rng = np.random.default_rng(0)
    shape, spacing = (64, 64, 64), (1.0, 1.0, 1.0)
    radius = np.linalg.norm(np.indices(shape) - 31.5, axis=0)
    lesion = LIVER + (LESION - LIVER) * ndimage.gaussian_filter((radius < RADIUS) * 1.0, 0.7)
    donor = Donor(
        id="ball",
        patient="simulated",
        hu=np.rint(lesion + rng.normal(0, NOISE, shape)).astype(np.int16),
        mask=radius < RADIUS,
        organ=np.ones(shape, bool),
        spacing=spacing,
        diameter_mm=2.0 * RADIUS,
        depth_mm=99.0,
        zone=Zone.INTERIOR,
        organ_hu=LIVER,
        noise_hu=NOISE,
    )
    for capsule in (2, 6, 10, 11, None):
        inside = np.ones(shape, bool)
        if capsule is not None:
            inside[32 + capsule :] = False
        tissue = np.where(inside, LIVER, FAT) + rng.normal(0, NOISE, shape)
        volume = Volume(np.rint(tissue).astype(np.int16), spacing)
        site = Site((32, 32, 32), Zone.INTERIOR, float(capsule or 32), 2.0 * RADIUS)
        context = Context(Case(volume, Organ(inside, spacing)), site, donor=donor)
        graft = prepare(context, Poisson.Params())
        name = "interior" if capsule is None else f"capsule at {capsule}"
        yield name, graft, np.ones_like


def cases() -> dict[str, Case]:
    """The real CTs that are here."""
    ct, chaos = DATA / "ct", DATA / "chaos"
    found = {}
    if ct.is_dir():
        label = ct / "ircadb01_label.nii.gz"
        found["ircadb01"] = read_case(
            ct / "ircadb01_ct.nii.gz", organ=label, organ_label=1, lesions=label, lesion_label=2
        )
    if chaos.is_dir():
        found["chaos"] = read_case(chaos / "dicom", organ=chaos / "liver.nii.gz")
    return found


def organ_share(case: Case) -> Share:
    """How much of a voxel is organ, by its depth in mm."""
    organ = case.require_organ()
    inside = organ.mask[organ.bbox]
    if case.lesions is not None:
        inside = inside & ~case.lesions[organ.bbox]
    # Depth as `biases` has it: to the nearest voxel outside.
    depth = ndimage.distance_transform_edt(organ.mask[organ.bbox], sampling=organ.spacing)[inside]
    hu = case.volume.hu[organ.bbox][inside].astype(float)
    edges = np.arange(0.0, 6.1, 0.25)
    count, _ = np.histogram(depth, edges)
    total, _ = np.histogram(depth, edges, weights=hu)
    known = count > 100
    middle, mean = (edges[1:] - 0.125)[known], total[known] / count[known]
    deep = float(np.median(hu[depth > 6]))
    return lambda d: np.interp(d, middle, (mean - FAT) / (deep - FAT), right=1.0)


def real(case: Case, donors: list[Donor], zone: str, n: int) -> Iterator[dict[str, float]]:
    """Biases of `n` lesions in one zone, each with the donor nearest to it in size."""
    share, method = organ_share(case), Poisson()
    sites = propose_sites(case, n=n, zone=zone, diameter_mm=(8, 25), seed=0)
    for seed, site in enumerate(sites):
        apart = [abs(np.log(d.diameter_mm / site.diameter_mm)) for d in donors]
        context = Context(case, site, donor=donors[int(np.argmin(apart))], seed=seed)
        params = method.sample(context, np.random.default_rng(seed))
        yield {**biases(prepare(context, params), share), "depth": site.depth_mm}


def summary(where: str, found: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Rows by depth of the centre: median, and the largest deviation."""
    rows = []
    thirds = np.array_split(sorted(found, key=lambda f: f["depth"]), 3)
    for group in (*thirds, np.array(found)):
        depths = [f["depth"] for f in group]
        row: dict[str, Any] = {
            "where": f"{where}, centre {min(depths):.0f} to {max(depths):.0f} mm deep",
            "n": len(group),
        }
        for key in ("ordinary_lesion", "aware_lesion", "ordinary_next", "aware_next"):
            values = [f[key] for f in group if np.isfinite(f[key])]
            row[key] = statistics.median(values) if values else None
            row[f"{key}_far"] = max(values, key=abs) if values else None
        rows.append(row)
    return rows


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--sites", type=int, default=24, help="real sites a CT")
    options = parser.parse_args()
    warnings.simplefilter("ignore", LesionSynthWarning)
    rows: list[dict[str, Any]] = []
    for name, graft, share in simulated():
        found = {**biases(graft, share), "depth": 0.0}
        row = summary(name, [found, found, found])[-1]
        rows.append({**row, "where": name, "n": 1})
    here = cases()
    if "ircadb01" in here:
        donors = extract_donors(here["ircadb01"])
        for name, case in here.items():
            rows += summary(f"{name} rim", list(real(case, donors, "rim", options.sites)))
            interior = list(real(case, donors, "interior", options.sites))
            rows += summary(f"{name} interior", interior)[-1:]
    report("Bias at the capsule, HU (median, and the farthest from 0)", rows, as_json=options.json)


if __name__ == "__main__":
    main()
