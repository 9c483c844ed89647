from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.zone_classifier import ZoneClassifier, surroundings


def lesions(disc_view, n, start=0, patients=8):
    return [
        disc_view(
            f"v{k}",
            patient=f"p{k % patients}",
            zone=(Zone.RIM, Zone.INTERIOR)[k // patients % 2],
            radius_mm=4 + k % 4,
            seed=start + k,
        )
        for k in range(n)
    ]


@pytest.fixture
def judge(disc_view):
    return ZoneClassifier.fit(lesions(disc_view, 48), seed=0)


def test_zones_are_learnt_from_real_lesions(judge):
    assert judge.accuracy.value > 0.9
    assert judge.balanced > 0.9
    assert judge.accuracy.low <= judge.accuracy.value <= judge.accuracy.high


def test_lesions_where_they_were_asked_for_agree(judge, disc_view):
    found = judge.agreement(lesions(disc_view, 32, start=500))

    assert found.value > 0.9
    assert found.low > 0.75


def test_lesions_in_the_wrong_zone_are_seen(judge, disc_view):
    other = {Zone.RIM: Zone.INTERIOR, Zone.INTERIOR: Zone.RIM}
    wrong = [replace(v, zone=other[v.zone]) for v in lesions(disc_view, 32, start=500)]

    assert judge.agreement(wrong).value < 0.1


def test_nothing_but_the_image_is_seen(disc_view):
    view = disc_view(zone=Zone.RIM)
    blind = replace(
        view, organ=np.zeros_like(view.organ), zone=Zone.INTERIOR, diameter_mm=99.0, patient="x"
    )
    hole = view.mask.copy()
    hole[:, hole.shape[1] // 2, hole.shape[2] // 2] = False

    assert np.array_equal(surroundings(view), surroundings(blind))
    assert np.array_equal(surroundings(view), surroundings(replace(view, mask=hole)))


def test_zones_cannot_be_learnt_from_noise(disc_view):
    rng = np.random.default_rng(0)
    views = [
        disc_view(f"v{k}", patient=f"p{k % 12}", seed=k, zone=Zone.INTERIOR) for k in range(72)
    ]
    shuffled = [
        replace(view, zone=Zone.RIM if rim else Zone.INTERIOR)
        for view, rim in zip(views, rng.random(72) < 0.5, strict=True)
    ]

    assert ZoneClassifier.fit(shuffled, seed=0).balanced == pytest.approx(0.5, abs=0.17)


def test_one_zone_is_not_enough(disc_view):
    views = [disc_view(f"v{k}", patient=f"p{k}", seed=k) for k in range(20)]

    with pytest.raises(InputError, match="'rim'"):
        ZoneClassifier.fit(views, seed=0)


def test_volumes_are_judged_too(disc_view):
    view = disc_view(zone=Zone.RIM, slices=9, spacing=(2.5, 1.0, 1.0))

    assert np.isfinite(surroundings(view)).all()


def test_a_lesion_that_fills_its_box_has_no_surroundings(disc_view):
    view = disc_view()
    full = replace(view, mask=np.ones_like(view.mask))

    assert np.isfinite(surroundings(full)).all()
