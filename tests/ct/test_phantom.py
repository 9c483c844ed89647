"""The phantom as a CT: who the patient is, what the scanner does, what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from napari_lesion_synth.ct.phantom import PhantomScan, PhantomSettings, make_phantom
from napari_lesion_synth.errors import ParameterError, SiteError

SPACING = (5.0, 3.0, 3.0)


@cache
def scan(seed=1, **options) -> PhantomScan:
    """A small phantom; the same arguments are built once."""
    return make_phantom(seed, **{"lesions": 0, "spacing": SPACING, "noise_hu": 0.0, **options})


def test_same_seed_same_bytes():
    first = make_phantom(3, 2, SPACING, slices=6)
    second = make_phantom(3, 2, SPACING, slices=6)
    assert first.volume.hu.tobytes() == second.volume.hu.tobytes()
    assert first.instances.tobytes() == second.instances.tobytes()
    assert first.truth == second.truth


def test_other_seeds_are_other_patients():
    one, two = scan(1), scan(2)
    assert one.volume.shape == two.volume.shape
    either = one.liver | two.liver
    assert (one.liver & two.liver).sum() < 0.95 * either.sum()
    bodies = [(s.volume.hu > -300).mean() for s in (one, two)]
    assert abs(bodies[0] - bodies[1]) > 0.002


def test_is_a_volume_with_its_masks():
    result = scan()
    assert result.volume.hu.dtype == np.int16
    assert result.volume.spacing == SPACING
    assert result.volume.shape == result.liver.shape == result.lesions.shape
    assert result.instances.dtype == np.uint16
    assert result.truth == ()
    assert not result.lesions.any()


@pytest.mark.parametrize("seed", [1, 2])
def test_liver_is_one_organ_of_a_liver_s_size_on_the_right(seed):
    liver = scan(seed).liver
    millilitres = liver.sum() * np.prod(SPACING) / 1000
    assert 800 < millilitres < 2600
    parts, count = ndimage.label(liver)
    assert np.bincount(parts[liver]).max() > 0.99 * liver.sum(), count
    right_first = np.arange(liver.shape[2])[None, None, :] < liver.shape[2] / 2
    assert (liver & right_first).sum() > 0.65 * liver.sum()


def test_tissues_have_their_hounsfield_units():
    hu = scan().volume.hu
    liver = ndimage.binary_erosion(scan().liver)
    assert 90 < np.median(hu[liver]) < 135
    share = {
        "air": (hu < -950).mean(),
        "lung": ((hu > -900) & (hu < -750)).mean(),
        "fat": ((hu > -125) & (hu < -85)).mean(),
        "muscle": ((hu > 45) & (hu < 75)).mean(),
        "bone": (hu > 300).mean(),
    }
    least = {"air": 0.2, "lung": 0.02, "fat": 0.04, "muscle": 0.03, "bone": 0.003}
    assert all(share[name] > least[name] for name in least), share


def test_phases_enhance_liver_and_vessels_as_they_should():
    inside = scan().liver
    liver, vessels = {}, {}
    for phase in ("portal", "arterial", "noncontrast"):
        hu = scan(phase=phase).volume.hu[inside].astype(float)
        liver[phase] = np.median(hu)
        vessels[phase] = np.percentile(hu, 99.5) - liver[phase]
    assert liver["noncontrast"] < liver["arterial"] < liver["portal"]
    assert 45 < liver["noncontrast"] < 72
    assert vessels["portal"] > 35
    assert vessels["noncontrast"] < 15


def test_lung_and_fat_lie_against_the_capsule():
    liver, hu = scan().liver, scan().volume.hu
    outside = ndimage.distance_transform_edt(~liver, sampling=SPACING)
    near = hu[(outside > 4) & (outside < 12)]
    assert (near < -600).mean() > 0.02
    assert ((near > -130) & (near < -60)).mean() > 0.08
    assert ((near > 30) & (near < 90)).mean() > 0.10


def test_single_slice_is_a_slice_of_the_same_patient():
    stack, one = scan(slices=3), scan(slices=1)
    assert one.volume.shape[0] == 1
    difference = stack.volume.hu[1].astype(int) - one.volume.hu[0]
    assert np.percentile(np.abs(difference), 99) <= 12
    assert (stack.liver[1] ^ one.liver[0]).sum() < 0.02 * one.liver.sum()


def test_voxel_size_does_not_change_the_patient():
    coarse, fine = scan(), scan(spacing=(4.0, 2.0, 2.0))
    volumes = [s.liver.sum() * np.prod(s.volume.spacing) for s in (coarse, fine)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.04)


@pytest.mark.parametrize("center_mm", [-100.0, 100.0])
def test_slices_above_and_below_the_liver(center_mm):
    result = scan(center_mm=center_mm, slices=2)
    assert (result.volume.hu > 300).any()
    assert result.liver.sum() < 0.05 * result.liver.size


def noise_of(**options) -> np.ndarray:
    spacing = (2.5, 1.0, 1.0)
    noisy = scan(slices=5, spacing=spacing, noise_hu=18.0, **options).volume.hu
    clean = scan(slices=5, spacing=spacing, **options).volume.hu
    return noisy.astype(float) - clean


def test_noise_has_the_strength_asked_for():
    liver = scan(slices=5, spacing=(2.5, 1.0, 1.0)).liver
    assert noise_of()[liver].std() == pytest.approx(18, rel=0.02)


def test_noise_is_correlated_and_runs_side_to_side():
    liver = scan(slices=5, spacing=(2.5, 1.0, 1.0)).liver
    noise = noise_of()

    def correlation(dy, dx):
        here, there = liver[:, : -dy or None, : -dx or None], liver[:, dy:, dx:]
        both = here & there
        a, b = noise[:, : -dy or None, : -dx or None][both], noise[:, dy:, dx:][both]
        return np.corrcoef(a, b)[0, 1]

    assert 0.1 < correlation(0, 1) < 0.7
    assert correlation(0, 1) > correlation(1, 0) + 0.05
    assert abs(correlation(0, 6)) < 0.1


def test_noise_is_strongest_in_the_middle_of_the_body():
    noise = noise_of()
    body = scan(slices=5, spacing=(2.5, 1.0, 1.0)).volume.hu > -300
    body = np.stack([ndimage.binary_fill_holes(b) for b in body])
    depth = np.stack([ndimage.distance_transform_edt(b) for b in body])
    assert noise[depth > 80].std() > 1.15 * noise[(depth > 2) & (depth < 25)].std()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"phase": "venous"}, "phase"),
        ({"lesions": -1}, "lesions"),
        ({"spacing": (0.0, 1.0, 1.0)}, "spacing"),
        ({"diameter_mm": (30.0, 6.0)}, "diameter_mm"),
        ({"delta_hu": (-15.0, -70.0)}, "delta_hu"),
        ({"rim_fraction": 1.5}, "rim_fraction"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_bad_settings_are_named(options, name):
    with pytest.raises(ParameterError, match=name):
        make_phantom(0, **options)


def test_settings_are_frozen_and_described():
    settings = PhantomSettings()
    with pytest.raises(ValueError, match="frozen"):
        settings.lesions = 3
    assert all(field.description for field in PhantomSettings.model_fields.values())


def test_lesions_that_do_not_fit_are_refused():
    with pytest.raises(SiteError, match="fit"):
        make_phantom(1, 60, SPACING, slices=1, diameter_mm=(25, 30), noise_hu=0)


def test_lesions_without_liver_are_refused():
    with pytest.raises(SiteError, match="no liver"):
        make_phantom(1, 1, SPACING, slices=1, center_mm=100, noise_hu=0)
