"""What the phantom is made of: grids, random fields, shapes, vessels, the scanner."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.ct.phantom.canvas import Canvas, share_of
from napari_lesion_synth.ct.phantom.frame import Frame, resample
from napari_lesion_synth.ct.phantom.lesions import Lesion, make_room
from napari_lesion_synth.ct.phantom.patient import Patient, streams
from napari_lesion_synth.ct.phantom.scanner import Scanner, blur
from napari_lesion_synth.ct.phantom.shapes import ellipsoid, join, meet, segment
from napari_lesion_synth.ct.phantom.sites import Depth, Seat
from napari_lesion_synth.ct.phantom.vessels import Tree, draw_tree, grow
from napari_lesion_synth.ct.phantom.wobble import Wobble


def frame(low=-30.0, high=30.0, step=(2.0, 2.0, 2.0)) -> Frame:
    return Frame.spanning((low,) * 3, (high,) * 3, step)


def test_resampling_keeps_linear_fields():
    coarse, fine = frame(step=(5.0, 4.0, 3.0)), frame(-25, 25, (1.5, 1.0, 1.0))
    z, y, x = coarse.mesh()
    field = (2 * z - y + 0.5 * x + 3).astype(np.float32)
    z, y, x = fine.mesh()
    sampled = resample(field, coarse, fine)
    np.testing.assert_allclose(sampled.whole(), 2 * z - y + 0.5 * x + 3, atol=1e-3)
    np.testing.assert_allclose(sampled[4], sampled.whole()[4], atol=1e-4)


def test_wobbles_are_fixed_in_the_patient():
    wobble = Wobble(np.random.default_rng(0), 12.0)
    wide, part = frame(), frame(-10, 10)
    inner = wide.box((-10, -10, -10), (10, 10, 10))
    np.testing.assert_allclose(wobble.on(wide)[inner], wobble.on(part), atol=1e-5)
    np.testing.assert_allclose(wobble.slices(part)[3], wobble.on(part)[3], atol=1e-5)


def test_wobbles_have_unit_variance_everywhere():
    points = frame(-20, 20, (4.0, 4.0, 4.0))
    draws = np.array([Wobble(np.random.default_rng(k), 9.0).on(points) for k in range(300)])
    assert draws.std(axis=0).mean() == pytest.approx(1, abs=0.03)
    assert abs(draws.mean()) < 0.05


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (5.0, 1.0, 1.0), (2.5, 2.0, 2.0)])
def test_shapes_keep_their_volume_at_any_voxel_size(voxel):
    lattice = frame(step=(2.0, 2.0, 2.0))
    ball = ellipsoid(lattice.mesh(), (0, 0, 0), (15, 15, 15))
    shape = tuple(round(60 / v) for v in voxel)
    canvas = Canvas.blank(shape, voxel, 0.0)
    _, sharp = canvas.cover(ball, lattice)
    volume = sum(share_of(sharp[i]).sum() for i in range(len(sharp.stack))) * np.prod(voxel)
    assert volume == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.03)


def test_joining_and_meeting_round_only_the_crease():
    points = frame().mesh()
    one, two = ellipsoid(points, (0, 0, -8), (9, 9, 9)), ellipsoid(points, (0, 0, 8), (9, 9, 9))
    joined, met = join(one, two, 4), meet(one, two, 4)
    assert (joined <= np.minimum(one, two) + 1e-5).all()
    assert (met >= np.maximum(one, two) - 1e-5).all()
    apart = np.abs(one - two) > 4
    np.testing.assert_allclose(joined[apart], np.minimum(one, two)[apart], atol=1e-5)


def test_segment_is_the_distance_to_a_line():
    z, y, x = (a.astype(np.float32) for a in np.mgrid[0:1, 0:5, 0:5])
    field, along = segment((z, y, x), (0, 0, 0), (0, 0, 4), (1, 1))
    np.testing.assert_allclose(field[0, :, 2], np.arange(5) - 1, atol=1e-6)
    np.testing.assert_allclose(along[0, 0], np.arange(5) / 4, atol=1e-6)


def tree() -> Tree:
    rng = np.random.default_rng(0)
    targets = rng.uniform(-40, 40, (80, 3))
    stem = np.array([[0.0, 0.0, -60.0], [0.0, 0.0, -50.0]])
    return grow([stem], targets, rng, reach_mm=7.0, twig_mm=0.8)


def test_trees_reach_the_tissue_that_wants_blood():
    targets = np.random.default_rng(0).uniform(-40, 40, (80, 3))
    apart = np.linalg.norm(targets[:, None] - tree().node[None], axis=2).min(axis=1)
    assert np.percentile(apart, 95) < 9


def test_trees_obey_murray_s_law():
    grown = tree()
    assert (grown.radius[grown.parent] >= grown.radius - 1e-9).all()
    for parent in np.unique(grown.parent):
        children = np.flatnonzero((grown.parent == parent) & (np.arange(len(grown.node)) != parent))
        if len(children) >= 2:
            total = (grown.radius[children] ** 3).sum()
            assert grown.radius[parent] ** 3 == pytest.approx(total)


def test_drawn_tubes_have_their_volume():
    straight = Tree(
        np.array([[0.0, 0.0, -20.0], [0.0, 0.0, 20.0]]), np.array([0, 0]), np.array([4.0, 4.0])
    )
    canvas = Canvas.blank((30, 30, 60), (1.0, 1.0, 1.0), 0.0)
    share = np.zeros(canvas.hu.shape, np.float32)
    draw_tree(canvas, straight, share, (0, 0, 0))
    assert share.sum() == pytest.approx(np.pi * 16 * 40 + 4 / 3 * np.pi * 64, rel=0.03)


def test_lesions_push_vessels_aside():
    canvas = Canvas.blank((40, 40, 40), (1.0, 1.0, 1.0), 0.0)
    seat = Seat((20, 20, 20), 12.0, False)
    lesion = Lesion(seat, None, -40.0, 1.0, "solid", 0.0)  # type: ignore[arg-type]
    middle = np.array(canvas.position(seat.center))
    before = tree()
    after = make_room(before, [lesion], canvas)
    old, new = (np.linalg.norm(t.node - middle, axis=1) for t in (before, after))
    assert (new >= old - 1e-6).all()
    assert new.min() > 4
    np.testing.assert_allclose(new[old > 40], old[old > 40], atol=0.02)


def test_blur_has_the_scanner_s_width():
    scanner = Scanner(fwhm_mm=3.0)
    image = np.zeros((3, 41, 41), np.float32)
    image[:, 20, :] = 1000
    line = blur(image, (1.0, 0.5, 0.5), scanner)[0, :, 20]
    over = np.flatnonzero(line >= line.max() / 2)
    assert (over[-1] - over[0] + 1) * 0.5 == pytest.approx(3.0, abs=0.6)
    assert line.sum() == pytest.approx(1000, rel=1e-3)


def test_depth_of_a_plate_is_that_of_its_faces():
    plate = np.zeros((1, 20, 40), bool)
    plate[0, 5:15] = True
    depth = Depth(plate, (5.0, 2.0, 2.0)).at(np.array([[0, 5, 20], [0, 9, 20]]))
    np.testing.assert_allclose(depth, [1.0, 9.0])


def test_streams_are_independent_and_repeatable():
    first, second = streams(7), streams(7)
    second["habitus"].random(100)
    assert first["lesions"].random() == second["lesions"].random()
    assert len({g.random() for g in streams(7).values()}) == len(first)


def test_patients_vary_within_bounds():
    people = [Patient.draw(np.random.default_rng(k)) for k in range(200)]
    fat = [p.fat for p in people]
    assert min(fat) > 3
    assert max(fat) > 2.5 * min(fat)
    assert 0.05 < np.mean([p.gallbladder == 0 for p in people]) < 0.3
