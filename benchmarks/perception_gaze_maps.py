"""Where people look at photographs, predicted; and whether that helps to predict a rating.

First: a map predicted from a photo (features of its patches and the middle, learnt from other
photos) against what half of its 15 viewers fixated, beside the centre prior, computed saliency,
and the other half of the viewers, which is the ceiling. Ten parts of the photos, each tested by a
predictor of the others; photos of food apart. Second: the predictor of all these photos tells
where people would look at 160 other photos, of food, that somebody rated, and the maps enter the
regression, with their controls: the middle, saliency, and another photo's predicted map. Nobody's
gaze was recorded on these. What is done is kept in `--work`.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from food_photos import REPORTED, Food, food, told
from gaze_photos import CELLS, PX_PER_DEGREE, Viewed, cells, grid, looked, patches_of, viewed
from harness import WORK, arguments, report
from kept_runs import KeptRuns
from perception_goals import Goal

from napari_lesion_synth.perception.gaze.map_metrics import auc_judd, correlation, nss
from napari_lesion_synth.perception.gaze.maps import CentrePrior
from napari_lesion_synth.perception.regression.cnn import LiteFeatures, installed, pooled
from napari_lesion_synth.perception.regression.controls import (
    Ablation,
    Arm,
    ArmName,
    of_another_photo,
)
from napari_lesion_synth.perception.regression.crossval import cross_validated
from napari_lesion_synth.perception.regression.differences import mean_interval, paired_difference
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.features.prepared import Prepared
from napari_lesion_synth.perception.regression.features.saliency import saliency_map
from napari_lesion_synth.perception.regression.folds import plan
from napari_lesion_synth.perception.regression.gaze_inputs import GazeInputSettings, map_block
from napari_lesion_synth.perception.regression.models.registry import make_model
from napari_lesion_synth.perception.regression.patches import Patches, patch_features
from napari_lesion_synth.perception.regression.photo_model import Describer
from napari_lesion_synth.perception.regression.predicted_gaze import (
    MapPredictor,
    PhotoSums,
    fit_predictor,
)
from napari_lesion_synth.perception.regression.table import Array, Block
from napari_lesion_synth.perception.stimuli.pictures import read_picture

FOLDS, PARTS = 10, 4
METRICS = ("NSS", "AUC", "CC")
WAYS = GazeInputSettings(way="both")


def scored(predicted: Array, paths: Sequence[Any]) -> dict[str, float]:
    """A map against what some viewers fixated."""
    where = cells(paths)
    return {
        "NSS": nss(predicted, where),
        "AUC": auc_judd(predicted, where),
        "CC": correlation(predicted, looked(paths)),
    }


def sums_by_part(photos: Sequence[Viewed], nets: Sequence[LiteFeatures | None], work: Path):
    """What is learnt from the photos, added up by fold and part, for each kind of features."""
    order = np.random.default_rng(0).permutation(len(photos))
    fold = np.empty(len(photos), int)
    fold[order] = np.arange(len(photos)) % FOLDS
    chunks: list[dict[tuple[int, int], PhotoSums]] = [{} for _ in nets]
    for k, photo in enumerate(photos):
        key = int(fold[k]), k % PARTS
        for kind, net in enumerate(nets):
            one = PhotoSums.of(patches_of(photo, net, work / "patches"), looked(photo.paths))
            before = chunks[kind].get(key)
            chunks[kind][key] = one if before is None else PhotoSums.added([before, one])
        if (k + 1) % 40 == 0:
            print(f"  {k + 1} photos described", flush=True)
    return fold, chunks


def maps(
    photos: Sequence[Viewed], nets: Sequence[LiteFeatures | None], work: Path
) -> tuple[list[dict[str, Any]], list[MapPredictor]]:
    """Figures of every photo and way of telling where people look; and predictors of all photos."""
    fold, chunks = sums_by_part(photos, nets, work)
    rng = np.random.default_rng(1)
    halves = [rng.permutation(len(photo.paths)) for photo in photos]
    rows: list[dict[str, Any]] = []
    for held in range(FOLDS):
        rest = [p for k, photo in enumerate(photos) if fold[k] != held for p in photo.paths]
        prior = CentrePrior.fitted(rest, 800, 600).map(grid())
        predictors = [
            fit_predictor([s for key, s in each.items() if key[0] != held]) for each in chunks
        ]
        for k in np.flatnonzero(fold == held):
            photo, half = photos[k], halves[k]
            asked = [photo.paths[i] for i in half[len(half) // 2 :]]
            others = [photo.paths[i] for i in half[: len(half) // 2]]
            ways = {"centre prior": prior, "half of the viewers": looked(others)}
            ways["saliency"] = np.asarray(
                saliency_map(Prepared.of(read_picture(photo.path)), grid()), np.float64
            )
            for predictor, net in zip(predictors, nets, strict=True):
                name = "predicted, hand" if net is None else "predicted, hand + net"
                ways[name] = predictor.predict(patches_of(photo, net, work / "patches"))
            rows += [
                {"photo": photo.id, "food": photo.food, "way": way, **scored(plane, asked)}
                for way, plane in ways.items()
            ]
            rows.append({"photo": photo.id, "food": photo.food, **one_left_out(photo)})
        print(f"  part {held + 1} of {FOLDS} tested", flush=True)
    return rows, [fit_predictor(list(each.values())) for each in chunks]


def one_left_out(photo: Viewed) -> dict[str, Any]:
    """Every viewer against the map of all the others: the ceiling with 14 viewers."""
    found = []
    for k, path in enumerate(photo.paths):
        others = [other for i, other in enumerate(photo.paths) if i != k]
        plane, where = looked(others), cells([path])
        found.append((nss(plane, where), auc_judd(plane, where)))
    mean = np.nanmean(np.array(found), axis=0)
    return {"way": "all other viewers, one by one", "NSS": mean[0], "AUC": mean[1], "CC": None}


def map_table(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means over photos with intervals, and the predictors' differences from the centre prior."""
    table = []
    for group, chosen in (("all", (True, False)), ("food", (True,)), ("other", (False,))):
        own = [row for row in rows if row["food"] in chosen]
        for way in dict.fromkeys(row["way"] for row in own):
            of = [row for row in own if row["way"] == way]
            line: dict[str, Any] = {"photos": f"{group}, {len(of)}", "way": way}
            for metric in METRICS:
                values = np.array([row[metric] for row in of], float)
                line[metric] = over_photos(values, of) if of[0][metric] is not None else "-"
            base = [row for row in own if row["way"] == "centre prior"]
            for metric in METRICS:
                name = f"{metric} less the centre's"
                line[name] = "-"
                if way != "centre prior" and of[0][metric] is not None:
                    one, other = (np.array([r[metric] for r in each], float) for each in (of, base))
                    names = [row["photo"] for row in of]
                    line[name] = told(
                        paired_difference(one, other, names, np.random.default_rng(0)), 2
                    )
            table.append(line)
    return table


def described_with(longest: int) -> list[LiteFeatures | None]:
    """What patches are described with: the hand-made features, and the net where there is one."""
    return [None, LiteFeatures(longest)] if installed() else [None]


def goals(photos: int | None, longest: int, work: Path) -> list[Goal]:
    """Maps beside the centre prior and the viewers, and predicted gaze as an input."""
    work.mkdir(parents=True, exist_ok=True)
    nets = described_with(longest)
    rows, predictors = maps(viewed()[:photos], nets, work)
    found = []
    for row in map_table(rows):
        told = [f"{m} {row[m]}" for m in METRICS]
        told += [f"{n} {row[n]}" for n in row if "less" in n and row[n] != "-"]
        if not row["photos"].startswith("other"):
            found.append(Goal(f"maps, photos ({row['photos']}): {row['way']}", "; ".join(told)))
    count = len({row["photo"] for row in rows})
    asked = with_predicted_gaze(food(), predictors[-1], nets[-1], work, ("ridge",), count)
    for row, _ in asked:
        told = f"MAE {row['MAE']}; predicted gaze less this {row['predicted less this']}"
        found.append(Goal(f"food, predicted gaze: {row['model']}, {row['arm']}", told))
    found += [
        Goal("food, predicted gaze: verdict", told) for told in dict.fromkeys(s for _, s in asked)
    ]
    return found


def over_photos(values: Array, rows: Sequence[dict[str, Any]]) -> str:
    return told(mean_interval(values, [r["photo"] for r in rows], np.random.default_rng(0)), 2)


def with_predicted_gaze(
    data: Food,
    predictor: MapPredictor,
    net: LiteFeatures | None,
    work: Path,
    names: Sequence[str],
    learnt: int,
) -> list[tuple[dict[str, Any], str]]:
    """The ablation, with gaze predicted by what was learnt from so many photos."""
    cache, kept = FeatureCache(work / "features"), KeptRuns(work / "ablation.jsonl")
    pictures = {s.id: s for s in data.stimuli}
    patches = {s.id: _patches(s, net, work) for s in data.stimuli}
    predicted = [predictor.predict(patches[s.id]) for s in data.stimuli]
    flat = [CentrePrior().map(patches[s.id].grid) for s in data.stimuli]
    salient = [
        np.asarray(saliency_map(Prepared.of(pictures[s.id].picture()), patches[s.id].grid), float)
        for s in data.stimuli
    ]
    rng = np.random.default_rng(2)
    others = [of_another_photo(data.table.items, data.table.dishes, rng) for _ in range(3)]
    lists: dict[ArmName, list[list[Array]]] = {
        "centre prior": [flat], "saliency": [salient], "predicted gaze": [predicted],
        "shuffled prediction": [[predicted[k] for k in other] for other in others],
    }  # fmt: skip
    found = []
    for columns in ("hand", "net") if net is not None else ("hand",):
        describe = Describer(columns == "hand", LiteFeatures() if columns == "net" else None)
        base = data.table.with_inputs(*describe.of_stimuli(data.stimuli, cache))
        block = _hand_block(patches, data) if columns == "hand" else _net_block(data, work)
        for name in names:
            arms: dict[ArmName, Arm] = {}
            for arm, versions in {"image": [None], **lists}.items():
                runs = []
                for version, planes in enumerate(versions):
                    more = [] if planes is None else [block(arm, planes)]
                    table = base.with_inputs(*base.inputs, *more)
                    key = f"{learnt} photos: {columns}, {name}, {arm}, {version}"
                    runs.append(kept.get(key, lambda t=table, n=name: _run(n, t)))
                arms[arm] = Arm(arm, tuple(runs))
            ablation = Ablation(name, arms, arms["image"].found[0].clusters)
            verdict = ablation.verdict(np.random.default_rng(0), "predicted gaze")
            maes = ablation.mae(np.random.default_rng(0))
            for arm, mae in maes.items():
                apart = verdict.differences.get(arm)
                row = {"model": f"{name}, {columns}", "arm": arm, "MAE": told(mae),
                       "predicted less this": told(apart)}  # fmt: skip
                found.append((row, f"{name}, {columns}: {verdict.sentence}"))
    return found


def _run(name: Any, table: Any) -> Any:
    return cross_validated(make_model(name), table, plan(table))


def _hand_block(patches: dict[str, Patches], data: Food) -> Callable[[str, list[Array]], Block]:
    hand = [patches[s.id].values[..., :17].astype(float) for s in data.stimuli]
    return lambda name, planes: map_block(name, planes, hand, WAYS)


def _net_block(data: Food, work: Path) -> Callable[[str, list[Array]], Block]:
    """The net's channels, weighted by the looking, and the grid histogram."""
    file = work / "food-last.npz"
    if not file.exists():
        net = LiteFeatures()
        last = {s.id: net.channels(s.picture()).last.astype(np.float16) for s in data.stimuli}
        np.savez(file, **last)
    with np.load(file) as archive:
        channels = [archive[s.id].astype(np.float32) for s in data.stimuli]

    def make(name: str, planes: list[Array]) -> Block:
        seen = np.stack([pooled(c, plane) for c, plane in zip(channels, planes, strict=True)])
        return Block(name, np.concatenate([seen, map_block(name, planes, None, _GRID).numbers], 1))

    return make


_GRID = GazeInputSettings(way="grid")


def _patches(stimulus: Any, net: LiteFeatures | None, work: Path) -> Patches:
    path = work / "patches" / f"food-{stimulus.sha256[:16]}-{'hand' if net is None else 'net'}.npy"
    plain = patch_grid(stimulus)
    if not path.exists():
        np.save(path, patch_features(stimulus.picture(), CELLS, net).values.astype(np.float16))
    return Patches(np.load(path).astype(np.float32), plain)


def patch_grid(stimulus: Any) -> Any:
    from napari_lesion_synth.perception.gaze.maps import MapGrid

    longest = max(stimulus.width, stimulus.height)
    return MapGrid(stimulus.width, stimulus.height, max(1, -(-longest // CELLS)))


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=WORK / "gaze-maps")
    parser.add_argument("--photos", type=int, help="only so many, for a trial")
    parser.add_argument("--models", nargs="*", default=["ridge", "forest"])
    parser.add_argument("--longest", type=int, default=512, help="px of the photo for the net")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    photos = viewed()[: options.photos]
    nets = described_with(options.longest)
    if len(nets) == 1:
        print("the extra imagenet is not installed: no columns of a net")
    rows, predictors = maps(photos, nets, options.work)
    (options.work / "maps.json").write_text(json.dumps(rows), encoding="utf-8")
    title = f"where people look, a spot of 1 degree = {PX_PER_DEGREE:g} px"
    report(title, map_table(rows), as_json=options.json)
    found = with_predicted_gaze(
        food(), predictors[-1], nets[-1], options.work, options.models, len(photos)
    )
    report("food ratings with predicted gaze, tested by dish", [row for row, _ in found],
           as_json=options.json)  # fmt: skip
    if not options.json:
        print("\n".join(dict.fromkeys(sentence for _, sentence in found)))
        print(f"No gaze was recorded on the rated photos: a predicted map stands in.\n{REPORTED}")


if __name__ == "__main__":
    main()
