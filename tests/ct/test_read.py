"""CT files of every common format become the same LPS volume."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.errors import (
    GeometryError,
    InputError,
    LesionSynthWarning,
    ParameterError,
)

SPACING = (0.8, 0.7, 2.5)  # x, y, z
ORIGIN = (33.25, -55.5, -120.0)
FORMATS = ["ct.nii", "ct.nii.gz", "ct.mha", "ct.mhd", "ct.nrrd"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_voxels_and_geometry(write_image, hu, name):
    volume = read_volume(write_image(hu, name, spacing=SPACING, origin=ORIGIN))

    assert volume.hu.dtype == np.int16
    assert volume.hu.flags.c_contiguous
    assert volume.hu.flags.writeable
    assert np.array_equal(volume.hu, hu)
    assert volume.spacing == pytest.approx(SPACING[::-1])
    assert volume.origin == pytest.approx(ORIGIN[::-1])
    assert np.array_equal(volume.direction, np.eye(3))


@given(
    axes=st.permutations(range(3)),
    signs=st.sampled_from(list(product((1, -1), repeat=3))),
    name=st.sampled_from(["ct.nii", "ct.mha", "ct.nrrd"]),
)
@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_however_the_axes_are_stored_the_volume_is_the_same(write_image, hu, axes, signs, name):
    """A body in LPS, stored with permuted and flipped axes, reads back as it was."""
    stored = hu.transpose(axes)[tuple(slice(None, None, s) for s in signs)]
    spacing = np.asarray(SPACING[::-1])[axes]
    direction = np.zeros((3, 3))  # (z, y, x); column j: where stored axis j runs
    direction[axes, range(3)] = signs
    first = np.where(np.asarray(signs) < 0, np.asarray(stored.shape) - 1, 0)
    shift = direction @ (first * spacing)
    origin = np.asarray(ORIGIN[::-1]) - np.where(shift < 0, shift, 0) * 1.0

    path = write_image(
        np.ascontiguousarray(stored),
        name,
        spacing=spacing[::-1].tolist(),
        origin=origin[::-1].tolist(),
        direction=direction[::-1, ::-1],
    )
    volume = read_volume(path)

    assert np.array_equal(volume.hu, hu)
    assert volume.spacing == pytest.approx(SPACING[::-1])
    assert volume.origin == pytest.approx(ORIGIN[::-1], abs=1e-4)
    assert np.array_equal(volume.direction, np.eye(3))


def test_an_oblique_scan_keeps_its_direction(write_image, hu):
    turn = Rotation.from_euler("zyx", (8, -12, 5), degrees=True).as_matrix()
    path = write_image(hu, "ct.nii", spacing=SPACING, origin=ORIGIN, direction=turn)
    image = sitk.ReadImage(str(path))

    volume = read_volume(path)

    assert np.array_equal(volume.hu, hu)
    for index in [(0, 0, 0), (5, 3, 9), (2, 15, 1)]:
        expected = image.TransformIndexToPhysicalPoint(index[::-1])[::-1]
        assert volume.to_world(index) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", ["ct.nii", "ct.mha"])
@pytest.mark.parametrize("kind", [np.int32, np.float32, np.float64, np.uint16])
def test_other_number_types_become_int16(write_image, hu, name, kind):
    stored = np.maximum(hu, 0).astype(kind) if kind is np.uint16 else hu.astype(kind)
    stored[0, 0, 0] = 2000  # no 8-bit picture
    if stored.dtype.kind == "f":
        stored += 0.3
    volume = read_volume(write_image(stored, name, spacing=SPACING))
    assert np.array_equal(volume.hu, np.rint(stored))


def test_slope_and_intercept_of_nifti_are_applied(write_image, hu):
    path = write_image(hu, "ct.nii", spacing=SPACING)
    content = bytearray(path.read_bytes())
    content[112:120] = np.array([2.0, -1024.0], "<f4").tobytes()  # scl_slope, scl_inter
    path.write_bytes(content)
    assert np.array_equal(read_volume(path).hu, np.maximum(2 * hu.astype(int) - 1024, -1024))


def test_values_outside_the_scanned_circle_are_air(write_image, hu):
    hu[:, :2, :2] = -2048
    volume = read_volume(write_image(hu))
    assert (volume.hu[:, :2, :2] == -1024).all()
    assert np.array_equal(volume.hu[:, 2:], hu[:, 2:])


def test_a_single_slice_in_a_3d_file(write_image, hu):
    volume = read_volume(write_image(hu[2:3], spacing=SPACING, origin=ORIGIN))
    assert volume.shape == (1, 16, 16)
    assert np.array_equal(volume.hu, hu[2:3])
    assert volume.spacing == pytest.approx(SPACING[::-1])


@pytest.mark.parametrize("name", ["ct.nii.gz", "ct.mha", "ct.nrrd"])
def test_a_file_of_two_axes_is_a_single_slice(write_image, hu, name):
    volume = read_volume(write_image(hu[2], name, spacing=SPACING[:2]))
    assert volume.shape == (1, 16, 16)
    assert np.array_equal(volume.hu[0], hu[2])
    assert volume.spacing == pytest.approx((1.0, 0.7, 0.8))


def test_a_fourth_axis_of_one_volume_is_dropped(write_image, hu):
    volume = read_volume(write_image(hu[np.newaxis], spacing=(*SPACING, 1.0)))
    assert np.array_equal(volume.hu, hu)
    assert volume.spacing == pytest.approx(SPACING[::-1])


def test_a_png_has_no_voxel_size(write_image, hu):
    picture = np.clip(hu[2], 0, 255).astype(np.uint8)
    with pytest.warns(LesionSynthWarning, match="no voxel size; 1 mm"):
        volume = read_volume(write_image(picture, "slice.png"), units="hu")
    assert np.array_equal(volume.hu[0], picture)


def test_an_8_bit_picture_is_questioned_and_can_be_mapped(write_image, hu):
    picture = np.clip(hu, 0, 255).astype(np.uint8)
    path = write_image(picture)
    with pytest.warns(LesionSynthWarning, match=r"ct\.nii\.gz.*--units hu"):
        read_volume(path)
    assert np.array_equal(read_volume(path, units="hu").hu, picture)
    mapped = read_volume(path, units="-160:240").hu
    assert np.array_equal(mapped, np.rint(-160 + picture * (400 / 255)))


def test_series_is_for_folders(write_image, hu):
    with pytest.raises(ParameterError, match=r"ct\.nii\.gz.*series.*DICOM folder"):
        read_volume(write_image(hu), series=3)


# Bad input: the message names the file, the fault and the remedy.


def cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


@pytest.mark.parametrize("share", [0.5, 0.98])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd"])
def test_a_file_that_was_cut_short(write_image, name, share, capfd):
    noise = np.random.default_rng(0).integers(-1000, 1000, (6, 32, 32)).astype(np.int16)
    path = cut(write_image(noise, name), share)
    with pytest.raises(InputError, match=r"ct\.\S+: its voxels .* cut short\. Copy or download"):
        read_volume(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("rows", [2, 32])
def test_a_single_slice_that_was_cut_short(write_image, rows):
    """ITK alone reads such a file without complaint and fills it with zeros."""
    noise = np.random.default_rng(0).integers(-1000, 1000, (1, rows, 32)).astype(np.int16)
    path = cut(write_image(noise, "ct.nii"), 0.97)
    with pytest.raises(InputError, match="cut short"):
        read_volume(path)


def test_a_compressed_header_that_was_cut_short(write_image, hu):
    path = cut(write_image(hu), 0.01)
    with pytest.raises(InputError, match=r"ct\.nii\.gz: the compressed file is .* cut short"):
        read_volume(path)


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("empty.nii.gz", b"", r"empty\.nii\.gz: the file is empty\. Copy"),
        ("notes.nii.gz", b"dear colleague\n" * 50, r"notes\.nii\.gz.*not compressed by gzip"),
        ("notes.nii", b"dear colleague\n" * 50, r"notes\.nii: this is not an image.*NIfTI"),
        ("notes.dcm", b"dear colleague\n" * 50, r"notes\.dcm: this is not an image"),
    ],
)
def test_files_that_are_no_images(tmp_path, name, content, fault, capfd):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=fault):
        read_volume(tmp_path / name)
    assert capfd.readouterr().err == ""


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.nii: there is no such file\. Check the path"):
        read_volume(tmp_path / "nowhere.nii")


def test_a_time_series(write_image, hu):
    path = write_image(np.stack([hu, hu, hu]), "perfusion.nii")
    with pytest.raises(InputError, match=r"perfusion\.nii.*4 axes.*16 x 16 x 6 x 3.*Extract one"):
        read_volume(path)


@pytest.mark.parametrize("name", ["colour.png", "colour.mha"])
def test_a_colour_picture(write_image, name):
    path = write_image(np.zeros((8, 8, 3), np.uint8), name, vector=True)
    with pytest.raises(InputError, match=r"colour\.\w+: each voxel holds 3 numbers.*greyscale"):
        read_volume(path)


def test_a_sheared_nifti(write_image, hu):
    path = write_image(hu, "ct.nii", spacing=SPACING)
    content = bytearray(path.read_bytes())
    content[252:254] = np.array([0], "<i2").tobytes()  # qform_code: sform alone
    content[280:284] = np.array([0.8], "<f4").tobytes()
    content[284:288] = np.array([0.5], "<f4").tobytes()  # x depends on y
    path.write_bytes(content)
    with pytest.raises(GeometryError, match=r"ct\.nii.*sheared.*Resample"):
        read_volume(path)


PEAK = """
import sys
from pathlib import Path
import numpy as np
import napari_lesion_synth.ct.read as read

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

before = peak()
volume = read.read_volume(sys.argv[1])
print((peak() - before) / volume.hu.nbytes)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_peak_memory(write_image, kind):
    """At most 2.5 times the int16 array, even if the file is of floats and must be turned."""
    noise = np.random.default_rng(0).integers(-1000, 1000, (64, 512, 512)).astype(kind)
    path = write_image(noise, "big.nii", direction=np.diag([-1, -1, 1]))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert float(done.stdout) < 2.5


@pytest.mark.realdata
def test_a_real_ct_and_its_dicom_look_like_the_abdomen(real_data):
    nifti = read_volume(real_data / "ct" / "ircadb01_ct.nii.gz")
    dicom = read_volume(real_data / "chaos" / "dicom")
    assert nifti.shape == (129, 512, 512)
    assert dicom.shape == (78, 512, 512)
    assert dicom.spacing == pytest.approx((2.0, 0.7265625, 0.7265625))
    for volume in (nifti, dicom):
        middle = volume.hu[volume.shape[0] // 2]
        assert middle.min() >= -1024
        assert 0 < np.median(middle[200:300, 150:350]) < 200


def test_permutations_are_all_there():
    """Guards the property test above: six orders, eight flips."""
    assert len(list(permutations(range(3)))) * len(list(product((1, -1), repeat=3))) == 48
