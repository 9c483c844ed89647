from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.ct.write import sidecar_of
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.volumes import Pair, composite, prepare_folders, write_pair
from napari_lesion_synth.errors import DatasetError

sitk = pytest.importorskip("SimpleITK")


@pytest.fixture
def pair() -> Pair:
    return Pair("ball_scene_00000", 0, "ball", "hash", {"lesion_000000": "p"}, ("ball",))


def test_the_lesions_are_pasted_and_labelled_over_organ_and_known_lesions(ball_case, dark_ball):
    case = ball_case(lesion_mm=8.0)
    samples = [dark_ball(case, center) for center in ((12, 20, 32), (12, 44, 32))]
    patches = [Patch.cut(sample, case.volume) for sample in samples]
    volume, labels = composite(case, patches)
    expected = np.where(case.require_organ().mask, 1, 0)
    expected[case.lesions] = 2
    for sample in samples:
        expected[sample.bbox][sample.mask] = 2
    assert np.array_equal(labels, expected)
    undo = [sample.paste(case.volume) for sample in samples]
    assert np.array_equal(volume.hu, case.volume.hu)
    for step in undo:
        step()


def test_the_host_is_not_changed(ball_case, dark_ball):
    case = ball_case()
    before = case.volume.hu.copy()
    composite(case, [Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)])
    assert np.array_equal(case.volume.hu, before)


def test_where_soft_edges_meet_neither_cuts_the_other_off(ball_case, dark_ball):
    case = ball_case()
    samples = [dark_ball(case, center) for center in ((12, 26, 32), (12, 37, 32))]
    patches = [Patch.cut(sample, case.volume) for sample in samples]
    forth, _ = composite(case, patches)
    back, _ = composite(case, patches[::-1])
    assert np.array_equal(forth.hu, back.hu)
    change = forth.hu.astype(int) - case.volume.hu
    assert change[12, 30:34, 32].tolist() == [-40, -80, -80, -40]


def test_a_patch_of_another_ct_is_refused(ball_case, dark_ball):
    case, other = ball_case(seed=0), ball_case(seed=1)
    patch = Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)
    with pytest.raises(DatasetError, match="does not show the CT"):
        composite(other, [patch])


def test_image_and_labels_lie_on_the_ct_and_carry_the_mark(ball_case, dark_ball, pair, tmp_path):
    case = ball_case()
    patch = Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)
    prepare_folders(tmp_path)
    write_pair(case, [patch], pair, tmp_path)
    image = sitk.ReadImage(str(tmp_path / "imagesTr" / "ball_scene_00000_0000.nii.gz"))
    labels = sitk.ReadImage(str(tmp_path / "labelsTr" / "ball_scene_00000.nii.gz"))
    assert image.GetSpacing() == labels.GetSpacing() == case.volume.spacing[::-1]
    volume, expected = composite(case, [patch])
    assert np.array_equal(sitk.GetArrayFromImage(image), volume.hu)
    assert np.array_equal(sitk.GetArrayFromImage(labels), expected)
    for path in (pair.image(tmp_path), pair.labels(tmp_path)):
        mark = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
        assert mark["SYNTHETIC"] is True
        assert mark["Lesions"] == {"lesion_000000": "p"}


def test_a_pair_is_finished_when_both_files_hold_these_lesions(
    ball_case, dark_ball, pair, tmp_path
):
    case = ball_case()
    patch = Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)
    prepare_folders(tmp_path)
    assert not pair.finished(tmp_path)
    write_pair(case, [patch], pair, tmp_path)
    assert pair.finished(tmp_path)
    other = Pair(pair.name, 0, "ball", "hash", {"lesion_000001": "q"}, ("ball",))
    assert not other.finished(tmp_path)
    pair.labels(tmp_path).unlink()
    assert not pair.finished(tmp_path)


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    prepare_folders(tmp_path)
    partial = tmp_path / "imagesTr" / ".ball_0000.part-123.nii.gz"
    partial.touch()
    prepare_folders(tmp_path)
    assert not partial.exists()
