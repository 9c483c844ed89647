"""Donors are cut from labelled lesions, whole and with their own surroundings."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import DonorError, InputError, LesionSynthWarning
from napari_lesion_synth.synthesis.extraction import extract_donors

LIVER, FAT, LESION, NOISE = 110, -100, 60, 10
Triple = tuple[float, float, float]


def ball(
    shape: tuple[int, int, int], spacing: Triple, center: Triple, diameter_mm: float
) -> NDArray[np.bool_]:
    """Voxels within a sphere; `center` in voxels."""
    grid = np.meshgrid(
        *[(np.arange(n) - c) * s for n, c, s in zip(shape, center, spacing, strict=True)],
        indexing="ij",
    )
    return sum(g**2 for g in grid) <= (diameter_mm / 2) ** 2


def case_with(
    *lesions: tuple[Triple, float],
    shape: tuple[int, int, int] = (30, 70, 70),
    spacing: Triple = (2.0, 1.0, 1.0),
    wall: int = 6,
    seed: int = 0,
) -> Case:
    """A box of liver in fat with spherical lesions, given by (centre in voxels, diameter)."""
    organ = np.zeros(shape, bool)
    organ[tuple(slice(wall, n - wall) if n > 1 else slice(None) for n in shape)] = True
    hu = np.where(organ, LIVER, FAT).astype(float)
    labels = np.zeros(shape, bool)
    for center, diameter in lesions:
        labels |= ball(shape, spacing, center, diameter)
    hu[labels] = LESION
    hu += np.random.default_rng(seed).normal(0, NOISE, shape)
    volume = Volume(np.rint(hu).astype(np.int16), spacing)
    return Case(volume, Organ(organ, spacing), labels, "p1")


INTERIOR = ((15, 35, 35), 12.0)
AT_THE_CAPSULE = ((15, 35, 12), 12.0)


def test_a_donor_holds_the_lesion_and_what_is_known_of_it():
    case = case_with(INTERIOR)
    (donor,) = extract_donors(case)
    assert donor.patient == "p1"
    assert donor.id.startswith("p1-")
    assert donor.diameter_mm == pytest.approx(12.0, rel=0.03)
    assert donor.center == (15, 35, 35)
    assert donor.depth_mm == pytest.approx(18.0, abs=1.0)  # nearest wall: z
    assert donor.zone is Zone.INTERIOR
    assert donor.organ_hu == pytest.approx(LIVER, abs=1)
    assert donor.noise_hu == pytest.approx(NOISE, rel=0.1)
    assert donor.source == case.volume.sha256


def test_the_box_is_the_ct_itself_with_the_margin_asked_for():
    case = case_with(INTERIOR)
    (donor,) = extract_donors(case, margin_mm=5.0)
    # 12 mm of lesion and 5 mm on either side: 13 + 2 * 5 voxels of 1 mm, 7 + 2 * 3 of 2 mm.
    assert donor.hu.shape == (13, 23, 23)
    box = tuple(
        slice(c - n // 2, c + n // 2 + 1) for c, n in zip(donor.center, donor.hu.shape, strict=True)
    )
    np.testing.assert_array_equal(donor.hu, case.volume.hu[box])
    np.testing.assert_array_equal(donor.mask, case.lesions[box])


def test_the_box_is_a_copy():
    case = case_with(INTERIOR)
    (donor,) = extract_donors(case)
    before = donor.hu.copy()
    case.volume.hu[:] = 0
    np.testing.assert_array_equal(donor.hu, before)


def test_a_margin_ends_where_the_ct_ends():
    (donor,) = extract_donors(case_with(INTERIOR), margin_mm=1000)
    assert donor.hu.shape == (30, 70, 70)


def test_a_lesion_at_the_capsule_is_a_rim_donor_whose_surroundings_are_liver_alone():
    (donor,) = extract_donors(case_with(AT_THE_CAPSULE))
    assert donor.zone is Zone.RIM
    assert donor.depth_mm == pytest.approx(6.5, abs=0.6)
    around = donor.hu[donor.organ & ~donor.mask]
    assert np.median(around) == pytest.approx(LIVER, abs=2)
    assert (donor.hu[~donor.organ] < 0).mean() > 0.99


def test_the_zone_follows_the_real_surface_and_not_a_sphere():
    case = case_with(((15, 35, 28), 8.0))
    lesions = case.lesions.copy()
    lesions[15, 35, 7:28] = True  # a thin tongue that comes near the capsule
    (donor,) = extract_donors(Case(case.volume, case.organ, lesions))
    assert donor.depth_mm - donor.diameter_mm / 2 > 5
    assert donor.zone is Zone.RIM


def test_other_lesions_in_the_box_do_not_serve_as_surroundings():
    near = ((15, 35, 46), 6.0)
    case = case_with(INTERIOR, near)
    donors = extract_donors(case)
    assert len(donors) == 2
    for donor in donors:
        values = donor.hu[donor.organ & ~donor.mask]
        assert values.mean() == pytest.approx(LIVER, abs=2)
        assert donor.organ[donor.mask].all()
    assert sum((~d.organ & (d.hu < 85) & (d.hu > 0)).any() for d in donors) == 2


def test_lesions_that_touch_are_one_donor_unless_they_are_to_be_split():
    case = case_with(((15, 35, 28), 14.0), ((15, 35, 41), 13.0))
    assert len(extract_donors(case)) == 1
    left, right = sorted(extract_donors(case, split=True), key=lambda d: d.center[2])
    assert left.diameter_mm == pytest.approx(14.0, rel=0.08)
    assert right.diameter_mm == pytest.approx(13.0, rel=0.08)
    assert left.mask.sum() + right.mask.sum() == case.lesions.sum()
    assert left.hu[left.organ & ~left.mask].mean() == pytest.approx(LIVER, abs=2)


def test_a_single_irregular_lesion_is_not_split():
    case = case_with(((15, 35, 30), 14.0), ((15, 35, 34), 13.0))
    assert len(extract_donors(case, split=True)) == 1


def test_specks_are_passed_over():
    case = case_with(INTERIOR, ((15, 20, 20), 2.0))
    assert len(extract_donors(case)) == 1
    assert len(extract_donors(case, min_diameter_mm=1.0)) == 2


def test_a_single_slice_gives_single_slice_donors():
    case = case_with(((0, 35, 35), 12.0), shape=(1, 70, 70))
    (donor,) = extract_donors(case)
    assert donor.hu.shape[0] == 1
    assert donor.diameter_mm == pytest.approx(12.0, rel=0.03)
    assert donor.depth_mm == pytest.approx(29.5, abs=1.0)


def test_one_slice_of_a_volume_is_measured_as_a_volume():
    case = case_with(INTERIOR)
    lesions = np.zeros_like(case.lesions)
    lesions[15, 30:41, 30:41] = True
    (donor,) = extract_donors(Case(case.volume, case.organ, lesions))
    assert donor.diameter_mm == pytest.approx((6 * 121 * 2 / np.pi) ** (1 / 3))


def test_the_same_lesion_has_the_same_id_and_another_one_another():
    first, second = (extract_donors(case_with(INTERIOR))[0].id for _ in range(2))
    assert first == second
    assert extract_donors(case_with(INTERIOR, seed=1))[0].id != first
    case = case_with(INTERIOR)
    other_patient = Case(case.volume, case.organ, case.lesions, "p2")
    assert extract_donors(other_patient)[0].id.split("-")[1] != first.split("-")[1]


def test_a_patients_name_with_odd_characters_gives_an_id_that_is_a_file_name():
    case = case_with(INTERIOR)
    (donor,) = extract_donors(Case(case.volume, case.organ, case.lesions, "../Ward 7/ü"))
    assert donor.patient == "../Ward 7/ü"
    assert set(donor.id) <= set("abcdefghijklmnopqrstuvwxyzWard0123456789_-")


def test_the_noise_is_that_of_the_donors_own_height():
    case = case_with(((8, 35, 35), 8.0), ((32, 35, 35), 8.0), shape=(40, 70, 70), spacing=(2,) * 3)
    rng = np.random.default_rng(1)
    case.volume.hu[20:] += np.rint(rng.normal(0, 30, case.volume.hu[20:].shape)).astype(np.int16)
    low, high = extract_donors(case)
    assert low.noise_hu == pytest.approx(10, rel=0.2)
    assert high.noise_hu == pytest.approx(np.hypot(10, 30), rel=0.2)


def test_a_lesion_that_reaches_the_end_of_the_ct_is_left_out_by_name():
    case = case_with(INTERIOR, ((15, 35, 67), 9.0))
    with pytest.warns(LesionSynthWarning, match=r"p1: 1 of 2 .*\(15, 35, \d+\).*end of the volume"):
        assert len(extract_donors(case)) == 1


def test_a_lesion_outside_the_organ_is_left_out_by_name():
    case = case_with(INTERIOR)
    lesions = case.lesions | ball((30, 70, 70), (2, 1, 1), (15, 35, 4), 5.0)
    with pytest.warns(LesionSynthWarning, match="outside the organ"):
        assert len(extract_donors(Case(case.volume, case.organ, lesions))) == 1


def test_no_labels_no_donors():
    case = case_with(INTERIOR)
    with pytest.raises(DonorError, match=r"p1.*none were given.*--lesions FILE"):
        extract_donors(Case(case.volume, case.organ, None, "p1"))
    with pytest.raises(DonorError, match="empty"):
        extract_donors(Case(case.volume, case.organ, np.zeros_like(case.lesions), "p1"))


def test_no_usable_lesion_no_donors_and_the_reasons():
    case = case_with(((15, 35, 67), 9.0), ((15, 20, 20), 2.0))
    with pytest.raises(DonorError, match=r"none of the 2 .*end of the volume.*1 below 3 mm"):
        extract_donors(case)


def test_a_case_without_an_organ_is_refused():
    case = case_with(INTERIOR)
    with pytest.raises(InputError, match="organ"):
        extract_donors(Case(case.volume, None, case.lesions))


def test_an_organ_of_nothing_but_lesion_is_refused():
    case = case_with(INTERIOR)
    with pytest.raises(DonorError, match="no tissue away"):
        extract_donors(Case(case.volume, Organ(case.lesions, case.volume.spacing), case.lesions))


@settings(max_examples=25, deadline=None)
@given(
    center=st.tuples(st.integers(0, 15), st.integers(0, 39), st.integers(0, 39)),
    diameter=st.floats(3.0, 25.0),
    flat=st.booleans(),
)
def test_wherever_the_lesion_lies_the_donor_is_sound_or_refused(center, diameter, flat):
    shape = (1, 40, 40) if flat else (16, 40, 40)
    where = (0, *center[1:]) if flat else center
    case = case_with((where, diameter), shape=shape, spacing=(2.5, 1.0, 1.5), wall=2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LesionSynthWarning)
            donors = extract_donors(case)
    except DonorError:
        return
    for donor in donors:
        assert donor.hu.shape == donor.mask.shape == donor.organ.shape
        assert donor.organ[donor.mask].all()
        assert donor.depth_mm >= 0
        assert donor.mask.sum() == case.lesions.sum()


@pytest.mark.realdata
def test_the_real_ct_gives_its_eight_tumours(real_data: Path):
    sitk = pytest.importorskip("SimpleITK")
    ct = sitk.ReadImage(str(real_data / "ct" / "ircadb01_ct.nii.gz"))
    label = sitk.GetArrayFromImage(sitk.ReadImage(str(real_data / "ct" / "ircadb01_label.nii.gz")))
    spacing = ct.GetSpacing()[::-1]
    volume = Volume(sitk.GetArrayFromImage(ct).astype(np.int16), spacing)
    donors = extract_donors(Case(volume, Organ(label > 0, spacing), label == 2, "ircadb01"))
    diameters = sorted(d.diameter_mm for d in donors)
    assert len(donors) == 8
    assert (diameters[0], diameters[-1]) == pytest.approx((4.8, 54.4), abs=0.1)
    assert {d.zone for d in donors} == {Zone.RIM, Zone.INTERIOR}
    assert all(8 < d.noise_hu < 20 for d in donors)
