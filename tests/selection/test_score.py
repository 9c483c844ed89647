"""A set is scored: the bands, the cheap checks, and what became of each zone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import SCORES_CSV, SCORES_JSON, patch_path, scene_id
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.rows import Origin, lesion_of
from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import Artifact, Done, Log, Progress, Started, Stopped, StopToken
from napari_lesion_synth.selection.acceptance import acceptance, starved_zones
from napari_lesion_synth.selection.band import BandSettings, HeldOut, bands_of
from napari_lesion_synth.selection.checks import CheckLimits
from napari_lesion_synth.selection.crops import CropGrid
from napari_lesion_synth.selection.score import score_set, score_views
from napari_lesion_synth.selection.scores_file import (
    COLUMNS,
    FLAGS,
    bands_in,
    read_scores,
    read_summary,
)
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.synthesis.api import synthesize

BRIGHT = {"delta_hu": 300, "kind": "hyperdense"}
WIDE = CheckLimits(hu_low=-500, hu_high=1000, seam_max=100, edge_low_mm=0, edge_high_mm=12)


@dataclass
class StandIn:
    """An auto-encoder whose error is the lesion's mean HU, over ten."""

    held_out: tuple = tuple(
        HeldOut(f"{zone.value}{k}", f"p{k}", zone, 10.0, k % 3, 5.0 + 0.2 * k)
        for zone in Zone
        for k in range(20)
    )
    patients: tuple = ("p0", "p1")
    by_patient: bool = True
    spacing: tuple = ((2.5, 1.0, 1.0), (2.5, 1.0, 1.0))
    limits: CheckLimits | None = None
    sha256: str = "abc"
    grid: CropGrid = field(default_factory=lambda: CropGrid(3, 32, 1.5))

    def error(self, view):
        return float(view.hu[view.mask].mean() / 10)


@pytest.fixture
def folder(tmp_path, ball_case):
    """Six sigmoid lesions, three a zone; those at the rim are much too bright."""
    case, ids = ball_case(noise_hu=8.0), [f"lesion_{k:06d}" for k in range(6)]
    path = tmp_path / "set"
    facts = {"n": 6, "seed": 0, "methods": {"sigmoid": 1.0}, "donors": {"lesions": []}}
    header = header_of(facts, 0)
    with SetWriter(path, header, [[name] for name in ids]) as writer:
        for k, name in enumerate(ids):
            zone = (Zone.RIM, Zone.INTERIOR)[k % 2]
            site = Site((12, 32, 32 + k), zone, 14.0, 12.0)
            sample = synthesize(case, site, seed=k, **({"delta_hu": -40} if k % 2 else BRIGHT))
            patch = Patch.cut(sample, case.volume, organ=case.organ.mask)
            writer.add(k, [lesion_of(sample, patch, Origin(name, "ball", "ball", scene_id(k)))])
    return path


def run(folder, token=None, limits=WIDE, autoencoder=None, **more):
    opened, token = GeneratedSet.open(folder), token or StopToken()
    judge = autoencoder or StandIn()
    return list(score_set(opened, judge, BandSettings(), limits, token, **more))


def test_every_lesion_gets_a_row_and_the_summary_says_how_it_was_judged(folder):
    events = run(folder)
    scores, summary = read_scores(folder), read_summary(folder)
    assert tuple(scores.columns) == COLUMNS
    assert list(scores["id"]) == GeneratedSet.open(folder).ids
    assert summary["autoencoder"]["sha256"] == "abc"
    assert bands_in(summary) == bands_of(StandIn().held_out, BandSettings())
    assert len(summary["bands"]["rim"]["errors"]) == 20
    assert isinstance(events[0], Started)
    assert [e.done for e in events if isinstance(e, Progress)] == [1, 2, 3, 4, 5, 6]
    assert any(isinstance(e, Artifact) and e.path == str(folder / SCORES_CSV) for e in events)
    json.dumps(events[-1].result, allow_nan=False)


def test_a_zone_that_the_selection_removes_is_called_out(folder):
    events = run(folder)
    told = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    assert any("only 0 of 3 lesions of the zone rim passed" in text for text in told)
    assert not any("zone interior" in text for text in told)
    rows = {(row["zone"], row["method"]): row for row in events[-1].result["acceptance"]}
    assert rows["rim", ""]["passed"] == 0
    assert rows["interior", "sigmoid"]["passed"] == 3
    assert rows["", ""]["n"] == 6
    scores = read_scores(folder)
    assert list(scores["reasons"]) == ["error-high", ""] * 3


def test_acceptance_of_held_out_real_lesions_stands_beside_it(folder):
    result = run(folder)[-1].result
    assert [row["zone"] for row in result["held_out"]] == ["rim", "interior"]
    for row in result["held_out"]:
        assert row["n"] == 20
        assert row["low"] < row["share"] < row["high"]
        assert row["share"] == pytest.approx(0.9, abs=0.1)


def test_the_cheap_checks_count_too(folder):
    run(folder, limits=WIDE.model_copy(update={"hu_high": 20.0}))
    scores = read_scores(folder)
    assert scores["passed"].sum() == 0
    assert scores["reasons"].str.contains("hu-high").all()
    assert (scores[list(FLAGS)].all(axis=1) == (scores["passed"] == 1)).all()


def test_the_limits_of_the_checks_are_those_of_the_lesions_that_the_auto_encoder_knows(folder):
    dark = WIDE.model_copy(update={"hu_high": 20.0})
    for judge, limits, source in (
        (StandIn(limits=dark), dark, "autoencoder"),
        (StandIn(), CheckLimits(), "default"),
    ):
        result = run(folder, limits=None, autoencoder=judge)[-1].result
        assert result["limits_from"] == source
        assert result["limits"] == limits.model_dump(mode="json")
    run(folder, limits=None, autoencoder=StandIn(limits=dark))
    assert read_scores(folder)["hu_ok"].sum() == 0
    assert run(folder)[-1].result["limits_from"] == "given"


def test_a_zone_that_the_auto_encoder_hardly_knows_is_told(folder):
    rim = tuple(item for item in StandIn().held_out if item.zone is Zone.RIM)
    events = run(folder, autoencoder=StandIn(held_out=rim))
    told = [e.text for e in events if isinstance(e, Log) and e.level == "warning"]
    (band,) = [text for text in told if "held-out real lesions" in text]
    assert "zone interior (3 lesions)" in band
    assert "only 0 lie in this zone" in band


def test_scores_do_not_depend_on_the_run(folder):
    run(folder)
    first = [(folder / name).read_bytes() for name in (SCORES_CSV, SCORES_JSON)]
    run(folder)
    assert [(folder / name).read_bytes() for name in (SCORES_CSV, SCORES_JSON)] == first


def test_a_scoring_that_is_stopped_writes_nothing(folder):
    token = StopToken()
    events = score_set(GeneratedSet.open(folder), StandIn(), BandSettings(), WIDE, token)
    while not isinstance(next(events), Progress):
        pass
    token.stop()
    with pytest.raises(Stopped):
        next(events)
    assert not (folder / SCORES_CSV).exists()


def test_a_missing_patch_is_said_so(folder):
    patch_path(folder, "lesion_000003").unlink()
    with pytest.raises(DatasetError, match="cannot be opened"):
        run(folder)


def test_an_empty_set_is_refused(folder):
    opened = GeneratedSet.open(folder)
    opened.__dict__["table"] = opened.table[:0]
    with pytest.raises(DatasetError, match="no finished lesion"):
        list(score_set(opened, StandIn(), BandSettings(), WIDE, StopToken()))


def test_other_voxels_than_the_auto_encoder_knows_are_told(folder):
    autoencoder = StandIn(spacing=((5.0, 0.4, 0.4), (5.0, 0.5, 0.5)))
    opened = GeneratedSet.open(folder)
    events = list(score_set(opened, autoencoder, BandSettings(), WIDE, StopToken()))
    told = [e.text for e in events if isinstance(e, Log) and "2.5 x 1 x 1 mm" in e.text]
    assert len(told) == 1


def test_with_real_lesions_the_set_as_a_whole_is_judged(folder, disc_view):
    real = [
        disc_view(f"d{k}", patient=f"q{k}", slices=5, spacing=(2.5, 1, 1), seed=k) for k in range(4)
    ]
    result = run(folder, real=real)[-1]
    assert isinstance(result, Done)
    assert set(result.result["quality"]) == {"all", "passed"}
    assert read_summary(folder)["quality"]["all"]


def test_lesions_in_memory_are_judged_alike(folder, disc_view):
    good = disc_view("good", contrast_hu=-40)
    empty = disc_view("empty")
    empty = LesionView(
        "empty", "p", Zone.RIM, 1.0, empty.hu, np.zeros_like(empty.mask), empty.organ,
        empty.spacing, host=empty.hu, support=empty.mask,
    )  # fmt: skip
    bands = bands_of(StandIn().held_out, BandSettings())
    scores = score_views([good, empty], StandIn(), bands, WIDE)
    assert tuple(scores.columns) == COLUMNS
    assert list(scores["passed"]) == [1, 0]
    assert np.isnan(scores["ae_error"].iloc[1])
    assert scores["reasons"].iloc[1] != ""


def test_shares_come_with_their_number_and_interval():
    scores = pd.DataFrame({"in_band": [1] * 20 + [0] * 20, "passed": [1] * 19 + [0] * 21})
    zones, methods = ["rim"] * 20 + ["interior"] * 20, ["a", "b"] * 20
    rows = acceptance(scores, zones, methods)
    assert len(rows) == 1 + 2 + 2 + 4
    rim = next(row for row in rows if row["zone"] == "rim" and not row["method"])
    assert (rim["n"], rim["passed"], rim["in_band"]) == (20, 19, 20)
    assert rim["low"] < rim["share"] == 0.95 < rim["high"]
    assert [row["zone"] for row in starved_zones(rows)] == ["interior"]
