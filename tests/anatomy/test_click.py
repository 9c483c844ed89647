"""The organ from clicks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_from_arrays, phantom, read_case
from napari_lesion_synth.anatomy.click import ClickSegmenter, segment_organ
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.sample_data import sample_case

Voxel = tuple[int, int, int]


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def interior(case: Case, n: int, depth_mm: float = 10.0, seed: int = 0) -> list[Voxel]:
    """Random voxels at least so deep in the organ."""
    organ = case.require_organ()
    found = np.argwhere(organ.depth_map >= depth_mm)
    chosen = found[np.random.default_rng(seed).choice(len(found), n, replace=False)]
    corner = [side.start for side in organ.bbox]
    return [tuple(int(i) for i in voxel + corner) for voxel in chosen]


def deepest(part: np.ndarray) -> Voxel:
    """The voxel in the middle of the largest piece of a mask."""
    labels, count = ndimage.label(part)
    largest = 1 + int(np.argmax(ndimage.sum_labels(part, labels, range(1, count + 1))))
    depth = ndimage.distance_transform_edt(labels == largest)
    z, y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(z), int(y), int(x)


@pytest.fixture(scope="module")
def abdomen() -> Case:
    return phantom(seed=0, lesions=4, spacing=(2.5, 1.5, 1.5))


@pytest.mark.parametrize("seed", [0, 1])
def test_one_click_outlines_the_liver_of_a_phantom(seed: int):
    case = phantom(seed=seed, lesions=4, spacing=(2.5, 1.5, 1.5))
    for voxel in interior(case, 2):
        assert dice(segment_organ(case.volume, [voxel]), case.organ.mask) > 0.92


def test_one_click_outlines_the_liver_of_an_unenhanced_ct():
    case = sample_case()
    for voxel in interior(case, 3):
        assert dice(segment_organ(case.volume, [voxel]), case.organ.mask) > 0.9


def test_a_click_on_a_lesion_in_the_liver_will_do(abdomen: Case):
    inside = deepest(abdomen.lesions)
    assert dice(segment_organ(abdomen.volume, [inside]), abdomen.organ.mask) > 0.85


def test_the_same_clicks_give_the_same_mask(abdomen: Case):
    (voxel,) = interior(abdomen, 1)
    assert np.array_equal(
        segment_organ(abdomen.volume, [voxel]), segment_organ(abdomen.volume, [voxel])
    )


def test_later_clicks_obey_and_change_little_where_little_is_wrong(abdomen: Case):
    """One in the largest missing piece, one in what is too much; here both are slivers."""
    segmenter, truth = ClickSegmenter(abdomen.volume), abdomen.organ.mask
    inside = interior(abdomen, 1)
    mask = segmenter.segment(inside)
    quality = dice(mask, truth)
    missing, leaked = deepest(truth & ~mask), deepest(mask & ~truth)
    corrected = segmenter.segment([*inside, missing], [leaked])
    assert corrected[missing]
    assert not corrected[leaked]
    assert dice(corrected, truth) > quality - 0.02


def test_a_click_beside_a_leak_takes_it_away():
    """Two balls that touch over a broad neck: one is the organ, the other is not."""
    z, y, x = np.ogrid[:40, :90, :140]
    organ = (z - 20) ** 2 + (y - 45) ** 2 + (x - 45) ** 2 <= 18**2
    other = (z - 20) ** 2 + (y - 45) ** 2 + (x - 80) ** 2 <= 18**2
    neck = ((z - 20) ** 2 + (y - 45) ** 2 <= 13**2) & (x > 45) & (x < 80)
    hu = np.where(organ | other | neck, 110, -100).astype(np.int16)
    hu = hu + np.random.default_rng(0).normal(0, 10, hu.shape).astype(np.int16)
    case = case_from_arrays(hu, (2.0, 2.0, 2.0))
    segmenter = ClickSegmenter(case.volume)
    before = segmenter.segment([(20, 45, 45)])
    after = segmenter.segment([(20, 45, 45)], [(20, 45, 85)])
    assert not after[20, 45, 85]
    assert after[20, 45, 45]
    assert dice(after, organ) >= dice(before, organ)


def test_a_click_in_air_is_refused_in_words(abdomen: Case):
    with pytest.raises(LesionSynthError) as caught:
        segment_organ(abdomen.volume, [(1, 1, 1)])
    assert caught.value.remedy


def test_no_click_is_refused(abdomen: Case):
    with pytest.raises(LesionSynthError):
        segment_organ(abdomen.volume, [])


def test_it_can_be_stopped(abdomen: Case):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        ClickSegmenter(abdomen.volume).segment(interior(abdomen, 1), token=token)


def test_a_single_slice(abdomen: Case):
    z = int(abdomen.organ.mask.sum(axis=(1, 2)).argmax())
    truth = abdomen.organ.mask[z : z + 1]
    case = case_from_arrays(abdomen.volume.hu[z : z + 1].copy(), (2.5, 1.5, 1.5), organ=truth)
    mask = segment_organ(case.volume, [deepest(truth)])
    assert mask.shape == truth.shape
    assert dice(mask, truth) > 0.85


@pytest.mark.realdata
def test_real_ct(real_data):
    folder = real_data / "ct"
    case = read_case(folder / "ircadb01_ct.nii.gz", organ=folder / "ircadb01_label.nii.gz")
    for voxel in interior(case, 3):
        assert dice(segment_organ(case.volume, [voxel]), case.organ.mask) >= 0.85
