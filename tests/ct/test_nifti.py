"""The voxel stream of NIfTI files, against ITK's own reader."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.images import blocks, read_header
from napari_lesion_synth.errors import InputError


def stored(path) -> np.ndarray:
    return np.concatenate([block for _, block in blocks(read_header(path))])


def patch(path, offset, values):
    content = bytearray(path.read_bytes())
    content[offset : offset + len(values)] = values
    path.write_bytes(content)


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "u2", "i4", "u4", "f4", "f8", "i8", "u8"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_every_number_type(write_image, kind, ending):
    values = np.random.default_rng(0).integers(0, 120, (5, 7, 9)).astype(kind)
    path = write_image(values, "image" + ending)
    assert np.array_equal(stored(path), values)
    assert np.array_equal(stored(path), sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


@pytest.mark.parametrize("scaling", [(2.0, -1024.0), (0.5, 3.25), (1.0, -1024.0), (1.0, 0.0)])
@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "f4"])
def test_slope_and_intercept(write_image, kind, scaling):
    values = np.random.default_rng(0).integers(0, 120, (5, 7, 9)).astype(kind)
    path = write_image(values, "image.nii")
    patch(path, 112, np.array(scaling, "<f4").tobytes())
    assert np.array_equal(stored(path), sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


def test_a_slope_of_zero_means_none(write_image):
    """As the NIfTI-1 standard says; the intercept does not count then either."""
    values = np.random.default_rng(0).integers(0, 120, (5, 7, 9)).astype(np.int16)
    path = write_image(values, "image.nii")
    patch(path, 112, np.array([0.0, 7.0], "<f4").tobytes())
    assert np.array_equal(stored(path), values)


def test_big_endian_files(write_image):
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 5, 6)).astype(np.int16)
    path = write_image(values, "image.nii")
    header = np.frombuffer(path.read_bytes()[:348], np.uint8).copy()
    fields = {0: 4, 32: 4, 36: 2, 108: 4}  # offset: bytes, of the fields that matter
    fields |= dict.fromkeys((*range(40, 56, 2), 68, 70, 72, 74, 252, 254), 2)
    fields |= dict.fromkeys((*range(56, 68, 4), *range(76, 120, 4), *range(256, 328, 4)), 4)
    for offset, size in fields.items():
        header[offset : offset + size] = header[offset : offset + size][::-1]
    path.write_bytes(header.tobytes() + bytes(4) + values.astype(">i2").tobytes())
    assert np.array_equal(stored(path), values)


@pytest.mark.parametrize("ending", [".gz", ""])
def test_header_and_voxels_in_two_files(write_image, tmp_path, ending):
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 5, 6)).astype(np.int16)
    path = write_image(values, "image.hdr")
    voxels = tmp_path / "image.img"
    if ending:
        voxels.with_name("image.img.gz").write_bytes(gzip.compress(voxels.read_bytes()))
        voxels.unlink()
    assert np.array_equal(stored(path), values)


def test_compressed_in_several_members_and_padded(write_image, tmp_path):
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 50, 60)).astype(np.int16)
    content = write_image(values, "image.nii").read_bytes()
    packed = tmp_path / "image.nii.gz"
    packed.write_bytes(gzip.compress(content[:999]) + gzip.compress(content[999:]) + bytes(100))
    assert np.array_equal(stored(packed), values)


def test_voxels_of_zeros_do_not_swell(write_image):
    """64 KiB of compressed zeros are 64 MiB; they must not be unpacked at once."""
    values = np.zeros((40, 256, 256), np.uint8)
    pieces = list(blocks(read_header(write_image(values, "mask.nii.gz"))))
    assert sum(block.shape[0] for _, block in pieces) == 40
    assert not any(block.any() for _, block in pieces)


def test_large_images_come_in_several_blocks(write_image):
    values = np.arange(6 * 1024 * 1024, dtype=np.int32).reshape(6, 1024, 1024)
    pieces = list(blocks(read_header(write_image(values, "image.nii"))))
    assert [part for part, _ in pieces] == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert np.array_equal(np.concatenate([block for _, block in pieces]), values)


@pytest.mark.parametrize("lost", [1, 8, 20])
def test_a_missing_end_is_noticed_even_if_the_voxels_are_there(write_image, lost):
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 50, 60)).astype(np.int16)
    path = write_image(values, "image.nii.gz")
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(InputError, match=r"image\.nii\.gz.*damaged or was cut short"):
        stored(path)


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_changed_byte_is_noticed(write_image, where):
    """The check sum of a compressed file is read, which ITK does not do."""
    values = np.random.default_rng(0).integers(-1000, 1000, (4, 50, 60)).astype(np.int16)
    path = write_image(values, "image.nii.gz")
    content = bytearray(path.read_bytes())
    content[int(where * len(content))] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        stored(path)
