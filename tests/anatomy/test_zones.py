"""A lesion belongs to the rim when its surface comes near the capsule, not its centre."""

from __future__ import annotations

import pytest

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import RIM_MM, Zone, zone_of


@pytest.mark.parametrize(
    ("depth", "diameter", "zone"),
    [
        (14.9, 20, Zone.RIM),
        (15.0, 20, Zone.INTERIOR),
        (15.0, 20.2, Zone.RIM),
        (2.0, 20, Zone.RIM),
        (9.0, 8.1, Zone.RIM),
        (9.0, 8.0, Zone.INTERIOR),
    ],
)
def test_the_surface_decides(depth, diameter, zone):
    assert RIM_MM == 5
    assert zone_of(depth, diameter) is zone


def test_the_width_of_the_rim_can_be_chosen():
    assert zone_of(14, 20, rim_mm=4) is Zone.INTERIOR
    assert zone_of(9.9, 20, rim_mm=0) is Zone.RIM


def test_a_site_survives_json():
    site = Site((1, 2, 3), Zone.INTERIOR, 20.5, 12.0)
    assert Site.from_json(site.to_json()) == site
    assert site.to_json()["zone"] == "interior"
