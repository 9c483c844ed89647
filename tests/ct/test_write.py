"""Written files: geometry for other viewers, the mark, and whole or absent."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_lesion_synth.ct.masks import read_mask
from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import SYNTHETIC_NOTE, sidecar_of, write_mask, write_volume
from napari_lesion_synth.errors import GeometryError, ParameterError, StorageError

ENDINGS = [".nii.gz", ".nii", ".mha", ".nrrd"]


def oblique(volume: Volume, angles) -> Volume:
    turn = Rotation.from_euler("zyx", angles, degrees=True).as_matrix()
    return Volume(volume.hu, volume.spacing, volume.origin, turn)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("angles", [(0, 0, 0), (7, -11, 4)])
def test_itk_finds_every_voxel_at_its_place(tmp_path, ct_volume, ending, angles):
    """Oracle: the transform of SimpleITK, on which 3D Slicer and ITK-SNAP stand."""
    volume = oblique(ct_volume, angles)
    image = sitk.ReadImage(str(write_volume(tmp_path / f"ct{ending}", volume)))
    assert np.array_equal(sitk.GetArrayFromImage(image), volume.hu)
    assert image.GetPixelID() == sitk.sitkInt16
    for index in product((0, 5), (0, 15), (0, 15)):
        place = image.TransformIndexToPhysicalPoint(index[::-1])
        assert place[::-1] == pytest.approx(volume.to_world(index), abs=1e-3)


@given(
    angles=st.tuples(*[st.floats(-30, 30)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 5)] * 3),
    origin=st.tuples(*[st.floats(-900, 900)] * 3),
    ending=st.sampled_from(ENDINGS),
)
@settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_geometry_makes_the_round_trip(tmp_path, ct_volume, angles, spacing, origin, ending):
    volume = oblique(Volume(ct_volume.hu, spacing, origin), angles)
    back = read_volume(write_volume(tmp_path / f"ct{ending}", volume))
    assert np.array_equal(back.hu, volume.hu)
    assert back.spacing == pytest.approx(volume.spacing, rel=1e-5)
    for index in [(0, 0, 0), (5, 15, 15)]:
        assert back.to_world(index) == pytest.approx(volume.to_world(index), abs=2e-3)


@pytest.mark.parametrize("signs", list(product((1, -1), repeat=3)))
def test_read_from_negative_directions_and_written_it_overlays_the_source(
    tmp_path, write_image, hu, signs
):
    source = write_image(
        hu, spacing=(0.8, 0.7, 2.5), origin=(10, 20, 30), direction=np.diag(signs).astype(float)
    )
    written = write_volume(tmp_path / "copy.nii.gz", read_volume(source))
    there, here = sitk.ReadImage(str(source)), sitk.ReadImage(str(written))
    back = sitk.Resample(here, there, sitk.Transform(), sitk.sitkNearestNeighbor, -5000)
    assert np.array_equal(sitk.GetArrayFromImage(back), hu)


def test_a_single_slice_keeps_its_place(tmp_path, ct_volume):
    single = Volume(ct_volume.hu[2:3], ct_volume.spacing, ct_volume.origin)
    back = read_volume(write_volume(tmp_path / "slice.nii.gz", single))
    assert np.array_equal(back.hu, single.hu)
    assert back.spacing == pytest.approx(single.spacing)
    assert back.origin == pytest.approx(single.origin)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_mask_lies_on_its_ct(tmp_path, ct_volume, ending):
    volume = oblique(ct_volume, (7, -11, 4))
    mask = volume.hu > 0
    path = write_mask(tmp_path / f"mask{ending}", mask, volume)
    assert np.array_equal(read_mask(path, volume), mask)
    assert sitk.ReadImage(str(path)).GetPixelID() == sitk.sitkUInt8


@pytest.mark.parametrize(("highest", "kind"), [(2, sitk.sitkUInt8), (300, sitk.sitkUInt16)])
def test_labels_are_kept(tmp_path, ct_volume, highest, kind):
    labels = np.where(ct_volume.hu > 0, highest, 0)
    labels[2, 8, 8] = 1
    image = sitk.ReadImage(str(write_mask(tmp_path / "labels.nii.gz", labels, ct_volume)))
    assert image.GetPixelID() == kind
    assert np.array_equal(sitk.GetArrayFromImage(image), labels)


@pytest.mark.parametrize("ending", ENDINGS)
def test_same_content_same_bytes(tmp_path, ct_volume, ending):
    first = write_volume(tmp_path / f"a{ending}", ct_volume, synthetic=True).read_bytes()
    second = write_volume(tmp_path / f"b{ending}", ct_volume, synthetic=True).read_bytes()
    assert first == second


# The mark


@pytest.mark.parametrize(
    ("ending", "field"),
    [(".nii.gz", "descrip"), (".nii", "descrip"), (".mha", "SYNTHETIC"), (".nrrd", "SYNTHETIC")],
)
def test_a_synthetic_volume_is_marked_in_itself_and_beside(tmp_path, ct_volume, ending, field):
    path = write_volume(
        tmp_path / f"ct.v1{ending}", ct_volume, synthetic=True, details={"host": "abc"}
    )
    assert sitk.ReadImage(str(path)).GetMetaData(field) == SYNTHETIC_NOTE
    assert sidecar_of(path) == tmp_path / "ct.v1.json"
    beside = json.loads(sidecar_of(path).read_text(encoding="utf-8"))
    assert beside["SYNTHETIC"] is True
    assert beside["host"] == "abc"


def test_a_plain_volume_has_no_mark(tmp_path, ct_volume):
    path = write_volume(tmp_path / "ct.nii.gz", ct_volume)
    assert not sidecar_of(path).exists()
    assert b"SYNTHETIC" not in sitk.ReadImage(str(path)).GetMetaData("descrip").encode()


def test_a_plain_volume_that_replaces_a_synthetic_one_loses_the_mark(tmp_path, ct_volume):
    path = write_volume(tmp_path / "ct.nii.gz", ct_volume, synthetic=True)
    write_volume(path, ct_volume)
    assert not sidecar_of(path).exists()


def test_a_sidecar_of_others_is_left_alone(tmp_path, ct_volume):
    other = tmp_path / "ct.json"
    other.write_text('{"Modality": "CT"}', encoding="utf-8")
    write_volume(tmp_path / "ct.nii.gz", ct_volume)
    assert other.read_text(encoding="utf-8") == '{"Modality": "CT"}'


# Whole or absent


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture
def weak_folder(tmp_path):
    """A folder that may not be written to; root would be allowed, hence the other user."""
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o555)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
def test_a_read_only_folder(weak_folder, ct_volume):
    with pytest.raises(StorageError, match=r"ct\.nii\.gz: .*may not be written.*Choose"):
        write_volume(weak_folder / "ct.nii.gz", ct_volume, synthetic=True)


def test_a_missing_folder(tmp_path, ct_volume):
    with pytest.raises(StorageError, match=r"ct\.nii\.gz: the folder is not there"):
        write_volume(tmp_path / "nowhere" / "ct.nii.gz", ct_volume)


FULL = """
import resource, signal, sys
import numpy as np
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.ct.write import write_volume
from napari_lesion_synth.errors import StorageError
noise = np.random.default_rng(0).integers(-1000, 1000, (20, 64, 64)).astype(np.int16)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    write_volume(sys.argv[1], Volume(noise, (1.0, 1.0, 1.0)), synthetic=True)
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_disk_that_fills_up_leaves_no_torn_file(tmp_path, ending):
    """A limit on the size of files fails in the middle of the write, as a full disk does."""
    path = tmp_path / f"ct{ending}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert str(path) in done.stdout
    assert "not written completely" in done.stdout
    assert names(tmp_path) == []


def test_a_full_disk_is_named(tmp_path, ct_volume, monkeypatch):
    """ITK says nothing; the free space tells."""
    monkeypatch.setattr(sitk, "WriteImage", lambda *a, **k: None)
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(StorageError, match=r"ct\.nii: the disk is full"):
        write_volume(tmp_path / "ct.nii", ct_volume)
    assert names(tmp_path) == []


def test_a_failed_write_keeps_the_file_that_was_there(tmp_path, ct_volume, monkeypatch):
    path = write_volume(tmp_path / "ct.nii.gz", ct_volume, synthetic=True)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    other = Volume(ct_volume.hu + np.int16(1), ct_volume.spacing)
    with pytest.raises(StorageError, match="the disk is full"):
        write_volume(path, other)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["ct.json", "ct.nii.gz"]


# Wrong use


@pytest.mark.parametrize("name", ["ct.mhd", "ct.dcm", "ct", "ct.png"])
def test_a_format_that_cannot_be_written(tmp_path, ct_volume, name):
    with pytest.raises(ParameterError, match=r"no format that can be written.*\.nii\.gz"):
        write_volume(tmp_path / name, ct_volume)


def test_a_mask_of_another_shape(tmp_path, ct_volume):
    with pytest.raises(GeometryError, match=r"\(2, 3, 4\).*\(6, 16, 16\)"):
        write_mask(tmp_path / "mask.nii", np.ones((2, 3, 4), bool), ct_volume)


@pytest.mark.parametrize("value", [-1, 70_000, 0.5])
def test_labels_out_of_range(tmp_path, ct_volume, value):
    with pytest.raises(ParameterError, match="whole numbers from 0 to 65535"):
        write_mask(tmp_path / "mask.nii", np.full(ct_volume.shape, value), ct_volume)
    assert names(tmp_path) == []
