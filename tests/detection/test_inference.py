"""Whole CTs through hand-made nets whose answers are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from napari_lesion_synth.anatomy.cases import case_from_arrays
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.detection.candidates import candidate_heat
from napari_lesion_synth.detection.cascade import Cascade
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.nets.registry import spec_of
from napari_lesion_synth.detection.single_stage import SingleStage, sliding_heat
from napari_lesion_synth.errors import CheckpointError, InputError, ParameterError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.training.device import Compute

CPU = Compute(torch.device("cpu"), None, False, 1)


def lesion_logits(seen, depth):
    """Positive where the CT is about 50 HU below the organ, 2 mm and more below the capsule."""
    return torch.minimum(12 * (0.42 - (seen + 0.83).abs()), 12 * (20 * depth - 2))


class Looker(nn.Module):
    """Finds lesions of `ball_case` in slices."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def forward(self, batch):
        self.batches.append(tuple(batch.shape))
        return lesion_logits(batch[:, 1:2], batch[:, 3:4])


class Volumes(nn.Module):
    """The same in volumes."""

    def forward(self, batch):
        return lesion_logits(batch[:, :1], batch[:, 1:])


class Doubter(nn.Module):
    """Believes candidates that lie deep."""

    def forward(self, crops):
        middle = crops.flatten(2).shape[-1] // 2
        depth = crops[:, 2].flatten(1)[:, middle]
        return 40 * (depth - 0.5)


class Broken(nn.Module):
    def forward(self, batch):
        return batch[:, :1] * float("nan")


def model(net, verifier=None, dims=3, kind="cascade", **facts):
    """A detector of these nets."""
    first = "candidate" if kind == "cascade" else "single"
    nets = {first: net} if verifier is None else {first: net, "verifier": verifier}
    specs = tuple(spec_of(role, "small" if role == "candidate" else "") for role in nets)
    known = DetectorFacts(kind, GridSettings(dims=dims), specs, patients=("p9",), **facts)
    return SimpleNamespace(
        id="hand-made",
        patients=("p9",),
        hosts=known.hosts,
        facts=known,
        net=lambda role: nets[role].eval(),
    )


def balls(spacing, shape, centers_mm, diameter_mm, noise=8.0):
    """A block of organ with balls of lesion in it."""
    rng = np.random.default_rng(0)
    grid = np.meshgrid(
        *[np.arange(n) * s for n, s in zip(shape, spacing, strict=True)], indexing="ij"
    )
    hu = np.full(shape, 110.0)
    for center in centers_mm:
        away = sum((g - c) ** 2 for g, c in zip(grid, center, strict=True))
        hu[away <= (diameter_mm / 2) ** 2] = 60
    organ = np.ones(shape, bool)
    edge = 4 if shape[0] > 8 else 0
    organ[:edge] = organ[len(organ) - edge :] = False
    organ[:, :6] = organ[:, -6:] = organ[:, :, :6] = organ[:, :, -6:] = False
    hu[~organ] = -100
    hu += rng.normal(0, noise, shape)
    return case_from_arrays(np.round(hu).astype(np.int16), spacing, organ)


def test_centres_and_diameters_are_right_to_a_voxel_in_an_anisotropic_ct():
    spacing = (2.5, 0.7, 0.9)
    case = balls(spacing, (30, 100, 90), [(33.0, 30.1, 43.3)], 17)
    detection = Cascade(model(Looker()), CPU).detect(case)
    (found,) = detection.findings
    assert np.abs(np.subtract(found.position_mm, (33.0, 30.1, 43.3))).max() < 0.5
    assert found.position_mm == pytest.approx(case.volume.to_world(found.center))
    assert found.diameter_mm == pytest.approx(17, abs=0.7)
    truth = case.volume.hu[found.bbox][found.region]
    assert truth.mean() == pytest.approx(60, abs=6)


def test_a_finding_knows_its_depth_and_zone():
    case = balls((2.5, 1.0, 1.0), (40, 110, 110), [(50, 55, 55), (50, 17, 55)], 16)
    deep, near = sorted(Cascade(model(Looker()), CPU).detect(case).findings, key=lambda f: f.zone)
    assert (deep.zone, near.zone) == (Zone.INTERIOR, Zone.RIM)
    assert deep.depth_mm == pytest.approx(40, abs=1.5)
    assert near.depth_mm == pytest.approx(11.5, abs=1.5)


def test_the_verifier_changes_the_order_and_shows_its_part():
    case = balls((2.5, 1.0, 1.0), (40, 110, 110), [(50, 55, 55), (50, 20, 55)], 16)
    detector = Cascade(model(Looker(), Doubter(), calibration=(1.0, 1.0, 0.0)), CPU)
    first, second = detector.detect(case).findings
    assert (first.number, second.number) == (1, 2)
    assert first.depth_mm > second.depth_mm
    assert first.score > 0.9 > 0.6 > second.parts["verifier"]
    assert set(first.parts) == {"candidate", "verifier"}


def test_single_slices_are_searched_by_a_detector_for_them():
    case = balls((5.0, 0.9, 0.9), (1, 120, 120), [(0, 50, 60)], 18)
    detection = Cascade(model(Looker(), Doubter(), dims=2), CPU).detect(case)
    (found,) = detection.findings
    assert found.center[0] == 0
    assert found.diameter_mm == pytest.approx(18, abs=0.8)
    assert found.region.shape[0] == 1


def test_both_kinds_find_the_same():
    case = balls((2.5, 1.0, 1.0), (40, 110, 110), [(50, 55, 55)], 16)
    (one,) = Cascade(model(Looker()), CPU).detect(case).findings
    (other,) = SingleStage(model(Volumes(), kind="single"), CPU).detect(case).findings
    assert one.center == pytest.approx(other.center, abs=1e-3)
    assert one.diameter_mm == pytest.approx(other.diameter_mm)


def test_the_stages_report_and_are_timed():
    case = balls((2.5, 1.0, 1.0), (40, 110, 110), [(50, 55, 55)], 16)
    heard = []
    detection = Cascade(model(Looker(), Doubter()), CPU).detect(
        case, report=lambda done, total, text: heard.append((text, done, total))
    )
    assert heard[-2][0] == "slices"
    assert heard[-2][1] == heard[-2][2]
    assert heard[-1] == ("candidates", 1, 1)
    assert set(detection.seconds) == {"frame", "slices", "linking", "verifying", "findings"}
    assert detection.heat is not None
    assert detection.heat.values.max() > 0.9


def test_heat_stays_in_the_organ_and_slices_without_it_are_not_looked_at(ball_case):
    frame = Frame.of(ball_case((24, 64, 64)), GridSettings())
    net = Looker()
    heat = candidate_heat(net, frame, CPU, batch=3)
    assert not heat[~frame.organ].any()
    assert heat.shape == frame.shape
    assert 0 <= heat.min() <= heat.max() <= 1
    assert sum(shape[0] for shape in net.batches) == frame.organ.any(axis=(1, 2)).sum()
    assert all(n % 16 == 0 for shape in net.batches for n in shape[2:])


def test_the_heat_does_not_depend_on_the_batch(ball_case):
    frame = Frame.of(ball_case((24, 64, 64), lesion_mm=14), GridSettings())
    one, all_ = (candidate_heat(Looker(), frame, CPU, batch=n) for n in (1, 50))
    np.testing.assert_array_equal(one, all_)


def test_windows_of_the_single_stage_cover_what_is_smaller_than_one(ball_case):
    frame = Frame.of(ball_case((12, 40, 40), lesion_mm=10), GridSettings())
    heard = []
    heat = sliding_heat(
        Volumes(), frame, CPU, report=lambda done, total, text: heard.append((done, total))
    )
    assert heat.shape == frame.shape
    assert heard == [(1, 1)]


def test_windows_are_counted_as_monai_counts_them(ball_case):
    frame = Frame.of(ball_case((40, 90, 80), lesion_mm=10), GridSettings())
    heard = []
    sliding_heat(
        Volumes(), frame, CPU, window=(16, 32, 32),
        report=lambda done, total, text: heard.append((done, total)),
    )  # fmt: skip
    assert len(heard) == heard[-1][0] == heard[-1][1]


def test_a_net_without_an_answer_is_named(ball_case):
    with pytest.raises(CheckpointError, match="no number"):
        Cascade(model(Broken()), CPU).detect(ball_case())


def test_memory_that_does_not_suffice_halves_the_batch(ball_case):
    class Hungry(Looker):
        def forward(self, batch):
            if len(batch) > 2:
                raise torch.OutOfMemoryError("too much")
            return super().forward(batch)

    frame = Frame.of(ball_case((24, 64, 64), lesion_mm=14), GridSettings())
    np.testing.assert_array_equal(
        candidate_heat(Hungry(), frame, CPU, batch=8), candidate_heat(Looker(), frame, CPU)
    )


def test_a_ct_without_an_organ_is_told_where_to_get_one(ball_case):
    case = case_from_arrays(ball_case().volume.hu, (2.5, 1, 1))
    with pytest.raises(InputError, match="TotalSegmentator"):
        Cascade(model(Looker()), CPU).detect(case)


def test_slices_and_volumes_have_their_own_detectors(ball_case):
    with pytest.raises(ParameterError, match="single slices"):
        Cascade(model(Looker(), dims=2), CPU).detect(ball_case())
    with pytest.raises(ParameterError, match="volumes"):
        Cascade(model(Looker()), CPU).detect(ball_case((1, 64, 64)))


def test_it_stops_at_the_next_batch(ball_case):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        Cascade(model(Looker()), CPU).detect(ball_case(), token)


def test_known_lesions_are_not_looked_at(ball_case):
    with_labels = ball_case((24, 64, 64), lesion_mm=16)
    without = case_from_arrays(
        with_labels.volume.hu, with_labels.volume.spacing, with_labels.organ.mask
    )
    one, other = (
        Cascade(model(Looker()), CPU).detect(case).findings for case in (with_labels, without)
    )
    assert len(one) == len(other) == 1
    assert one[0].center == pytest.approx(other[0].center, abs=0.3)


def test_the_detectors_own_threshold_decides_what_a_candidate_is(ball_case):
    case = ball_case((24, 64, 64), lesion_mm=16)
    detector = Cascade(model(Looker(), thresholds={"candidate": 0.999, "score": 0.4}), CPU)
    detection = detector.detect(case)
    assert detection.findings == ()
    assert detection.facts["threshold"] == 0.4
    assert detection.facts["calibrated"] is False


def test_without_calibration_and_verifier_the_score_is_the_heat(ball_case):
    (found,) = Cascade(model(Looker()), CPU).detect(ball_case(lesion_mm=16)).findings
    assert found.score == pytest.approx(found.parts["candidate"], abs=1e-6)
