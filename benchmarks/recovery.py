"""Whether `fit_sigmoid` finds again what `Sigmoid` has drawn.

Lesions of known contrast, size and edge are rendered into liver with the noise of a real CT, cut
out as donors with their exact label and fitted. Always into a simulated liver (correlated noise of
23 HU); and, where 3D-IRCADb-01 lies in ../shared/data, into its real liver, vessels and all.
Errors are medians of the relative error, a row a stratum.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, report

import napari_lesion_synth as nls
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.synthesis.base import Context
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.fit import fit_sigmoid
from napari_lesion_synth.synthesis.noise import host_noise
from napari_lesion_synth.synthesis.shapes import equivalent_diameter
from napari_lesion_synth.synthesis.sigmoid import Sigmoid

DIAMETERS = (10.0, 20.0, 30.0, 40.0)
CONTRASTS = (30.0, 55.0, 80.0)
EDGES = (0.7, 1.5, 3.0)
NOISE_HU, NOISE_MM = 23.0, (0.8, 0.5, 0.6)
MARGIN_MM = 10.0
LIMITS = {"delta": 5.0, "radius": 5.0, "edge": 20.0}
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ct"


def simulated(seed: int) -> Case:
    """Fresh noise for each lesion: one draw would give all of them the same error."""
    spacing, shape = (1.6, 0.8, 0.8), (56, 112, 112)
    noise = host_noise(shape, spacing, NOISE_HU, NOISE_MM, np.random.default_rng(seed))
    volume = Volume(np.round(110 + noise).astype(np.int16), spacing)
    return Case(volume, Organ(np.ones(shape, bool), spacing), None, "simulated")


def real() -> Case | None:
    ct, label = DATA / "ircadb01_ct.nii.gz", DATA / "ircadb01_label.nii.gz"
    if not ct.exists():
        return None
    return nls.read_case(ct, organ=label, organ_label=1, lesions=label, lesion_label=2)


def site_for(case: Case, diameter: float, zone: Zone, seed: int) -> Site:
    if case.lesions is None:
        middle = tuple(n // 2 for n in case.volume.shape)
        return nls.site_at(case, middle, diameter)
    return nls.propose_sites(case, 1, zone=zone, diameter_mm=diameter, seed=seed)[0]


def donor_of(case: Case, site: Site, values: dict[str, float], seed: int) -> Donor:
    """A rendered lesion, cut out with its label."""
    method = Sigmoid()
    context = Context(case, site, fixed=values, seed=seed)
    sample = method.render(context, method.sample(context, np.random.default_rng(seed)))
    undo = sample.paste(case.volume)
    found = np.argwhere(sample.mask) + [side.start for side in sample.bbox]
    pad = [int(np.ceil(MARGIN_MM / s)) for s in case.volume.spacing]
    box = tuple(
        slice(max(low - p, 0), min(high + p + 1, n))
        for low, high, p, n in zip(
            found.min(axis=0), found.max(axis=0), pad, case.volume.shape, strict=True
        )
    )
    mask = np.zeros([side.stop - side.start for side in box], bool)
    mask[tuple((found - [side.start for side in box]).T)] = True
    hu, organ = case.volume.hu[box].copy(), case.organ.mask[box].copy()
    undo()
    return Donor(
        id=f"{case.patient}-{seed}",
        patient=case.patient,
        hu=hu,
        mask=mask,
        organ=organ,
        spacing=case.volume.spacing,
        diameter_mm=equivalent_diameter(mask, case.volume.spacing),
        depth_mm=site.depth_mm,
        zone=site.zone,
        organ_hu=110.0,
        noise_hu=NOISE_HU,
    )


def recover(host: Callable[[int], Case], zone: Zone, repeats: int) -> list[dict[str, Any]]:
    """Relative errors in percent, one record a lesion."""
    records = []
    design = [(d, c, e) for d in DIAMETERS for c in CONTRASTS for e in EDGES]
    for number, (diameter, contrast, edge) in enumerate(design * repeats):
        case = host(number)
        site = site_for(case, diameter, zone, seed=number)
        values = {"delta_hu": -contrast, "edge_mm": edge}
        donor = donor_of(case, site, values, seed=number)
        fit = fit_sigmoid(donor)
        # At the capsule the organ cuts a piece off: what can be found again is the rest.
        truth = diameter if zone is Zone.INTERIOR else donor.diameter_mm
        records.append(
            {
                "diameter": diameter,
                "contrast": contrast,
                "edge": edge,
                "e_delta": 100 * (fit.delta_hu / -contrast - 1),
                "e_radius": 100 * (fit.diameter_mm / truth - 1),
                "e_edge": 100 * (fit.edge_mm / edge - 1),
            }
        )
    return records


def summary(host: str, name: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    row: dict[str, Any] = {"host": host, "stratum": name, "lesions": len(records)}
    missed = []
    for what, limit in LIMITS.items():
        errors = np.array([record[f"e_{what}"] for record in records])
        row[f"{what}_%"] = float(np.median(np.abs(errors)))
        row[f"{what}_bias_%"] = float(np.median(errors))
        if row[f"{what}_%"] > limit:
            missed.append(what)
    row["missed"] = ",".join(missed) or "-"
    return row


def strata(host: str, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [summary(host, "all", records)]
    for key, unit in (("diameter", "mm"), ("contrast", "HU"), ("edge", "mm")):
        for value in sorted({record[key] for record in records}):
            chosen = [record for record in records if record[key] == value]
            rows.append(summary(host, f"{key} {value:g} {unit}", chosen))
    return rows


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.set_defaults(repeats=2)
    options = parser.parse_args()
    rows = strata("simulated", recover(simulated, Zone.INTERIOR, options.repeats))
    liver = real()
    if liver is not None:
        for zone in Zone:
            found = recover(lambda _: liver, zone, options.repeats)
            rows += strata(f"ircadb01 {zone.value}", found)
    report("recovery of sigmoid parameters", rows, as_json=options.json)


if __name__ == "__main__":
    main()
