"""Every method against held-out real lesions, with and without selection.

Generators and auto-encoder learn from the lesions of 20 patients; Poisson transplants, and the
sigmoid model follows, the same lesions. All make lesions in CTs of the other patients, at the rim
and in the interior as asked, and are judged against those patients' real lesions. A line of real
lesions against real lesions of other patients says what a perfect set would get.

Models are kept in `--work` and a run that was stopped goes on; `--seed` divides the patients.
Real lesions of 6 to 60 mm count; all HU are clipped to the 0 to 255 that these data have.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from harness import arguments, machine
from msd_slices import HU_RANGE, TRAINED_ON, Side, sides

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.errors import LesionSynthError, LesionSynthWarning
from napari_lesion_synth.events import Metric, StopToken
from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.selection.autoencoder import AutoEncoder
from napari_lesion_synth.selection.autoencoder_settings import AutoEncoderSettings
from napari_lesion_synth.selection.autoencoder_training import train_autoencoder
from napari_lesion_synth.selection.band import BandSettings, bands_of
from napari_lesion_synth.selection.checks import CheckLimits
from napari_lesion_synth.selection.quality import judge
from napari_lesion_synth.selection.score import score_views
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.synthesis.cgan.train import train_gan
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.statistics import LesionStatistics

MODES = ("residual", "cgan", "dcgan")
METHODS = (*MODES, "poisson", "sigmoid")
DIAMETERS = (6.0, 60.0)
SHOWN = (
    "auc_logistic", "auc_forest", "hu_wasserstein", "profile_rms", "mmd2", "mmd_p", "density",
    "coverage", "diversity", "memorised", "zone_agreement", "checks_passed",
)  # fmt: skip


def clipped(view: LesionView) -> LesionView:
    """A view with the HU that the data can have."""
    return replace(view, hu=np.clip(view.hu, *HU_RANGE))


def real_views(side: Side) -> list[LesionView]:
    low, high = DIAMETERS
    wanted = [donor for donor in side.donors if low <= donor.diameter_mm <= high]
    return [clipped(LesionView.of_donor(donor)) for donor in wanted]


def learn(stream: Iterable[Any], name: str) -> None:
    """Run a training to its end, with a word now and then."""
    begin = time.perf_counter()
    for event in stream:
        if isinstance(event, Metric) and event.step % 500 == 0:
            spent = time.perf_counter() - begin
            print(f"  {name} {event.step} {event.name} {event.value:.3f} {spent:.0f} s", flush=True)
    print(f"{name}: {time.perf_counter() - begin:.0f} s in this run", flush=True)


def train_all(train: Side, work: Path, seed: int, steps: dict[str, int]) -> None:
    views = real_views(train)
    learn(
        train_autoencoder(
            views,
            AutoEncoderSettings(seed=seed, steps=steps["autoencoder"]),
            work / "autoencoder",
            StopToken(),
        ),
        "autoencoder",
    )
    for mode in MODES:
        settings = GanSettings(mode=mode, seed=seed, steps=steps[mode], fold=f"msd-{seed}")
        learn(train_gan(train.donors, train.cases, settings, work / mode, StopToken()), mode)


def sites_of(test: Side, train: Side, per_zone: int, seed: int) -> list[tuple[int, Site]]:
    """Places in test CTs, sized as the training lesions are; the same ones for every method."""
    rng = np.random.default_rng([seed, 1])
    low, high = DIAMETERS
    sizes = {
        zone: [
            d.diameter_mm for d in train.donors if d.zone is zone and low <= d.diameter_mm <= high
        ]
        for zone in Zone
    }
    found = []
    for zone in Zone:
        tries = 0
        count = 0
        while count < per_zone and tries < 40 * per_zone:
            tries += 1
            number = int(rng.integers(len(test.cases)))
            diameter = float(rng.choice(sizes[zone]) * rng.uniform(0.9, 1.1))
            try:
                (site,) = propose_sites(
                    test.cases[number], 1, zone=zone, diameter_mm=diameter,
                    seed=int(rng.integers(2**32)),
                )  # fmt: skip
            except LesionSynthError:
                continue
            found.append((number, site))
            count += 1
    return found


def make(
    method: str, number: int, site: Site, test: Side, train: Side, tools: dict[str, Any], seed: int
) -> tuple[Sample, tuple[str, ...]] | None:
    """One lesion and the patients that it descends from."""
    case, rng = test.cases[number], np.random.default_rng([seed, 2])
    everybody = tuple(sorted({donor.patient for donor in train.donors}))
    try:
        if method == "poisson":
            for donor in draw_donors(tools["donors"], site, rng)[:4]:
                try:
                    sample = synthesize(case, site, method="poisson", donor=donor, seed=seed)
                except LesionSynthError:
                    continue
                return sample, (donor.patient,)
            return None
        if method == "sigmoid":
            statistics = tools["statistics"]
            return synthesize(case, site, statistics=statistics, seed=seed), everybody
        model = tools[method]
        return synthesize(case, site, method="cgan", model=model, seed=seed), model.facts.patients
    except LesionSynthError:
        return None


def views_for(
    method: str, places: Sequence[tuple[int, Site]], test: Side, train: Side, tools: dict[str, Any]
) -> tuple[list[LesionView], dict[str, bool], float]:
    """Views of the method's lesions, whether each lies in the zone asked for, and ms for one."""
    views, where, spent = [], {}, []
    for k, (number, site) in enumerate(places):
        begin = time.perf_counter()
        made = make(method, number, site, test, train, tools, seed=k)
        spent.append(1000 * (time.perf_counter() - begin))
        if made is None or not made[0].mask.any():
            continue
        sample, lineage = made
        name = f"{method}-{k:04d}"
        view = LesionView.of_sample(sample, test.cases[number], name, lineage=lineage)
        views.append(clipped(replace(view, method=method)))
        depth = test.cases[number].require_organ().distance_in(sample.bbox)[sample.mask]
        where[name] = bool(depth.min() < RIM_MM) == (site.zone is Zone.RIM)
    return views, where, float(np.median(spent))


def figures(
    views: list[LesionView], passed: set[str], where: dict[str, bool], real: list[LesionView],
    train: list[LesionView], seed: int, title: str,
) -> dict[str, Any]:  # fmt: skip
    chosen = [view for view in views if view.id in passed]
    row: dict[str, Any] = {"set": title, "n": len(chosen)}
    for zone in Zone:
        mine = [view for view in views if view.zone is zone]
        share = wilson(sum(view.id in passed for view in mine), max(len(mine), 1))
        row[f"passed, {zone.value}"] = [share.value, share.low, share.high]
        there = [where[view.id] for view in chosen if view.zone is zone]
        if there:
            share = wilson(sum(there), len(there))
            row[f"in zone, {zone.value}"] = [share.value, share.low, share.high]
    if len(chosen) >= 8:
        quality = judge(chosen, real, train, seed)
        group = quality.group()
        for name in SHOWN:
            if name in group.figures:
                figure = group.figures[name]
                row[name] = [figure.value, figure.low, figure.high]
            else:
                row[name] = group.missing.get(name, "")
        for zone in Zone:
            found = quality.group(zone=zone.value).figures.get("zone_agreement")
            row[f"looks {zone.value}"] = [found.value, found.low, found.high] if found else None
        row["zone judge on real ones"] = (
            [quality.zone_accuracy.value, quality.zone_accuracy.low, quality.zone_accuracy.high]
            if quality.zone_accuracy
            else None
        )
        row["gives away"] = sorted(group.features.items(), key=lambda item: -item[1])[:5]
        row["notes"] = quality.notes
    return row


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder of models and results")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lesions", type=int, default=120, help="a zone and method")
    parser.add_argument("--steps", type=int, default=GanSettings().steps)
    parser.add_argument("--patch-steps", type=int, default=1000, help="of the modes of the report")
    parser.add_argument("--autoencoder-steps", type=int, default=AutoEncoderSettings().steps)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    options = parser.parse_args()
    warnings.simplefilter("ignore", LesionSynthWarning)
    work = options.work / f"seed{options.seed}"
    train, test = sides(options.seed, TRAINED_ON)
    patch = options.patch_steps
    steps = {"autoencoder": options.autoencoder_steps, "residual": options.steps}
    steps |= {"cgan": patch, "dcgan": patch}
    train_all(train, work, options.seed, steps)
    tools: dict[str, Any] = {
        mode: GeneratorModel.load(work / mode / "generator.pt") for mode in MODES
    }
    low, high = DIAMETERS
    usual = [donor for donor in train.donors if low <= donor.diameter_mm <= high]
    tools["donors"] = tuple(usual)
    tools["statistics"] = LesionStatistics.fit(usual)
    autoencoder = AutoEncoder.load(work / "autoencoder" / "autoencoder.pt")
    bands = bands_of(autoencoder.held_out, BandSettings())
    real, taught = real_views(test), real_views(train)
    limits = autoencoder.limits or CheckLimits.of(taught)  # as `score` has them
    places = sites_of(test, train, options.lesions, options.seed)
    rows = []
    for title, ones in (("real, test patients", real),):
        scores = score_views(ones, autoencoder, bands, limits)
        passed = set(scores.loc[scores["passed"] == 1, "id"])
        where = {view.id: True for view in ones}
        rows.append(figures(ones, {v.id for v in ones}, where, taught, [], options.seed, title))
        rows[-1]["passed, all"] = len(passed) / len(ones)
    for method in options.methods:
        views, where, ms = views_for(method, places, test, train, tools)
        scores = score_views(views, autoencoder, bands, limits)
        passed = set(scores.loc[scores["passed"] == 1, "id"])
        everything = {view.id for view in views}
        for title, chosen in ((method, everything), (f"{method}, selected", passed)):
            row = figures(views, chosen, where, real, taught, options.seed, title)
            row["ms"] = ms
            reasons = scores["reasons"][scores["reasons"] != ""].value_counts().head(4)
            row["reasons"] = reasons.to_dict()
            rows.append(row)
            print(title, json.dumps(row), flush=True)
    result = {"benchmark": "generators", "machine": machine(), "real": len(real), "rows": rows}
    (work / "result.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    print_table(rows, as_json=options.json, result=result)


def print_table(rows: list[dict[str, Any]], *, as_json: bool, result: dict[str, Any]) -> None:
    if as_json:
        print(json.dumps(result))
        return
    names = [
        "n", "passed, rim", "passed, interior", "in zone, rim", "in zone, interior",
        "looks rim", "looks interior", *SHOWN,
    ]  # fmt: skip
    for row in rows:
        print(f"\n{row['set']}")
        for name in names:
            print(f"  {name:18} {_text(row.get(name))}")


def _text(value: Any) -> str:
    if not (isinstance(value, list) and value and isinstance(value[0], float)):
        return str(value)
    if value[1] is None:
        return f"{value[0]:.3f}"
    return "{:.3f} ({:.3f} to {:.3f})".format(*value)


if __name__ == "__main__":
    main()
