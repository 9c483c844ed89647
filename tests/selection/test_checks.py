from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import ndimage

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.selection.checks import CheckLimits, check, label_faults, seam_score

LIMITS = CheckLimits()


@pytest.fixture
def sound(disc_view):
    """A synthetic lesion that lies well in its host: a soft edge within the support."""
    host = disc_view(contrast_hu=0.0)
    away = ndimage.distance_transform_edt(~host.mask, sampling=host.spacing)
    depth = ndimage.distance_transform_edt(host.mask, sampling=host.spacing)
    change = -50 / (1 + np.exp(-(depth - away) / 0.7))
    support = away < 4
    hu = np.where(support, np.round(host.hu + change), host.hu).astype(np.int16)
    return replace(host, hu=hu, host=host.hu, support=support, method="cgan")


def test_a_sound_lesion_passes(sound):
    found = check(sound, LIMITS)

    assert found.passed
    assert found.reasons == ()
    assert found.hu_ok
    assert found.seam_ok
    assert found.edge_ok
    assert found.label_ok
    assert found.seam == pytest.approx(1, abs=0.25)
    assert 1 < found.edge_mm < 6


def test_a_step_at_the_edge_of_the_change_is_a_seam(sound):
    pasted = replace(sound, hu=np.where(sound.support, sound.hu - 60, sound.hu).astype(np.int16))

    found = check(pasted, LIMITS)

    assert found.seam > 3
    assert not found.seam_ok
    assert "seam" in found.reasons


def test_the_capsule_is_no_seam(disc_view):
    from napari_lesion_synth.anatomy.zones import Zone

    view = disc_view(zone=Zone.RIM)
    support = ndimage.binary_dilation(view.mask, iterations=3) & view.organ
    host = np.where(view.mask, view.hu + 50, view.hu).astype(np.int16)

    assert seam_score(replace(view, host=host, support=support)) < 2


@pytest.mark.parametrize(("shift", "reason"), [(-400, "hu-low"), (500, "hu-high")])
def test_hu_that_no_lesion_has_are_seen(sound, shift, reason):
    found = check(replace(sound, hu=sound.hu + np.int16(shift), host=None), LIMITS)

    assert reason in found.reasons
    assert not found.hu_ok


def test_edges_outside_the_range_are_seen(sound):
    edge = check(sound, LIMITS).edge_mm

    sharp = check(sound, CheckLimits(edge_low_mm=edge + 0.1))
    soft = check(sound, CheckLimits(edge_high_mm=edge - 0.1))

    assert sharp.reasons == ("edge-sharp",)
    assert soft.reasons == ("edge-soft",)
    assert not sharp.edge_ok
    assert not soft.edge_ok


def _empty(view):
    return replace(view, mask=np.zeros_like(view.mask))


def _in_pieces(view):
    mask = view.mask.copy()
    mask[:, :, mask.shape[2] // 2] = False
    return replace(view, mask=mask)


def _out_of_the_organ(view):
    half = np.arange(view.mask.shape[2]) > view.mask.shape[2] // 2
    return replace(view, organ=np.broadcast_to(half, view.mask.shape))


def _out_of_the_change(view):
    return replace(view, support=view.support & (np.arange(view.mask.shape[2]) > 15))


def _changed_elsewhere(view):
    hu = view.hu.copy()
    hu[0, 0, 0] += 1
    return replace(view, hu=hu)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_empty, "label-empty"),
        (_in_pieces, "label-pieces"),
        (_out_of_the_organ, "label-outside-organ"),
        (_out_of_the_change, "label-outside-change"),
        (_changed_elsewhere, "changed-elsewhere"),
    ],
)
def test_a_label_that_disagrees_is_seen(sound, spoil, reason):
    found = check(spoil(replace(sound, organ=np.ones_like(sound.organ))), LIMITS)

    assert reason in found.reasons
    assert not found.label_ok


def test_pieces_that_touch_at_a_corner_are_one(sound):
    mask = np.zeros_like(sound.mask)
    mask[0, 15:17, 15:17] = mask[0, 17:19, 17:19] = True

    assert label_faults(replace(sound, mask=mask)) == ()


def test_limits_of_real_lesions_let_them_pass(real_discs):
    limits = CheckLimits.of(real_discs)

    assert all(check(view, limits).passed for view in real_discs)
    assert limits.hu_low > LIMITS.hu_low
    assert limits.hu_high < LIMITS.hu_high


def test_few_real_lesions_give_no_limits(real_discs):
    with pytest.raises(InputError, match="7 real lesions"):
        CheckLimits.of(real_discs[:7])


def test_limits_are_in_order():
    with pytest.raises(ValidationError, match="below its upper end"):
        CheckLimits(edge_low_mm=6.0, edge_high_mm=5.0)


def test_the_seam_of_a_tiny_lesion_is_not_guessed(disc_view):
    view = disc_view(radius_mm=1.0, margin_mm=1.0)

    assert seam_score(view) == 1.0
