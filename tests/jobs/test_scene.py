from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.donors import Donor


@pytest.fixture
def donor() -> Donor:
    box = np.zeros((3, 5, 5), np.int16)
    mask = np.ones_like(box, bool)
    return Donor(
        id="d", patient="p", hu=box, mask=mask, organ=mask, spacing=(1.0, 1.0, 1.0),
        diameter_mm=16.0, depth_mm=20.0, zone=Zone.INTERIOR, organ_hu=110.0, noise_hu=10.0,
    )  # fmt: skip


def first_drawn(donors, site, times=4000):
    rng = np.random.default_rng(0)
    return Counter(draw_donors(donors, site, rng)[0].id for _ in range(times))


def test_donors_of_the_size_and_zone_of_the_site_are_drawn_more_often(donor):
    donors = (
        replace(donor, id="same"),
        replace(donor, id="twice", diameter_mm=32.0),
        replace(donor, id="rim", zone=Zone.RIM),
    )
    count = first_drawn(donors, Site((0, 0, 0), Zone.INTERIOR, 30.0, 16.0))
    assert count["same"] == pytest.approx(2000, abs=150)
    assert count["twice"] == pytest.approx(1000, abs=150)
    assert count["rim"] == pytest.approx(1000, abs=150)


def test_every_donor_is_drawn_once_and_the_draw_depends_on_the_seed_alone(donor):
    donors = tuple(replace(donor, id=str(k), diameter_mm=5.0 + k) for k in range(9))
    site = Site((0, 0, 0), Zone.RIM, 5.0, 11.0)
    orders = [
        [d.id for d in draw_donors(donors, site, np.random.default_rng(seed))] for seed in (0, 0, 1)
    ]
    assert sorted(orders[0]) == sorted(d.id for d in donors)
    assert orders[0] == orders[1] != orders[2]


def test_the_lesions_own_outline_lies_in_the_zone_asked_for(ball_case, request_for, make_set):
    host = ball_case((36, 100, 100), (2.5, 1.0, 1.0))
    settings = request_for(
        n=30, per_scene=1, diameter_mm=(14.0, 18.0), fixed={"sigmoid": {"irregularity": 0.3}}
    )
    make_set(settings, cases=[host])
    made = GeneratedSet.open(settings.out)
    depth = host.organ.distance_in(tuple(slice(0, n) for n in host.volume.shape))
    for name, zone in zip(made.table["id"], made.table["zone"], strict=True):
        patch = made.patch(name)
        nearest = depth[patch.bbox][patch.mask].min()
        assert (nearest < RIM_MM) == (zone == "rim")
