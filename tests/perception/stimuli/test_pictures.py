from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.stimuli.pictures import read_picture, read_size


def corners(path):
    picture = read_picture(path)
    return [tuple(int(v) for v in picture[r, c]) for r, c in ((0, 0), (0, -1), (-1, 0), (-1, -1))]


RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.fixture
def four_colours():
    """A picture whose corners differ: red, green; blue, white."""
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:10, :15], pixels[:10, 15:], pixels[10:, :15], pixels[10:, 15:] = (
        RED,
        GREEN,
        BLUE,
        WHITE,
    )
    return Image.fromarray(pixels)


@pytest.mark.parametrize("ending", ["png", "webp", "tif"])
def test_photos_of_each_lossless_format_are_read_as_they_were_written(
    tmp_path, four_colours, ending
):
    path = tmp_path / f"photo.{ending}"
    four_colours.save(path, lossless=True)
    assert np.array_equal(read_picture(path), np.asarray(four_colours))
    assert read_size(path) == (30, 20)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [RED, GREEN, BLUE, WHITE]),
        (3, [WHITE, BLUE, GREEN, RED]),
        (6, [BLUE, RED, WHITE, GREEN]),
        (8, [GREEN, WHITE, RED, BLUE]),
    ],
)
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_the_cameras_orientation_is_applied(tmp_path, four_colours, orientation, expected, ending):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"turned.{ending}"
    four_colours.save(path, exif=exif, quality=100)
    # JPEG is near the colours; the corners are far apart.
    assert [
        min(
            (RED, GREEN, BLUE, WHITE),
            key=lambda c: sum(abs(a - b) for a, b in zip(c, got, strict=True)),
        )
        for got in corners(path)
    ] == expected
    assert read_size(path) == ((30, 20) if orientation < 5 else (20, 30))


def test_sixteen_bits_are_scaled_and_not_cut_off(tmp_path):
    grey = np.array([[0, 257, 32896, 65535]], np.uint16).repeat(4, 0)
    path = tmp_path / "deep.png"
    Image.fromarray(grey).save(path)
    assert read_picture(path)[0, :, 0].tolist() == [0, 1, 128, 255]


def test_what_is_transparent_lies_on_white(tmp_path):
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2] = (200, 0, 0, 255)
    path = tmp_path / "clear.png"
    Image.fromarray(pixels).save(path)
    picture = read_picture(path)
    assert picture[0, 0].tolist() == [200, 0, 0]
    assert picture[3, 3].tolist() == [255, 255, 255]


def test_an_embedded_profile_is_turned_into_srgb(tmp_path):
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    path = tmp_path / "profiled.png"
    Image.new("RGB", (4, 4), (120, 60, 30)).save(path, icc_profile=srgb.tobytes())
    assert np.abs(read_picture(path)[0, 0].astype(int) - (120, 60, 30)).max() <= 1
    # A profile that does not fit the picture is passed over.
    misfit = ImageCms.ImageCmsProfile(lab).tobytes()
    Image.new("RGB", (4, 4), (120, 60, 30)).save(path, icc_profile=misfit)
    assert read_picture(path)[0, 0].tolist() == [120, 60, 30]
    Image.new("RGB", (4, 4), (120, 60, 30)).save(path, icc_profile=b"nonsense")
    assert read_picture(path)[0, 0].tolist() == [120, 60, 30]


@pytest.mark.parametrize("kept", [0, 1, 20, 0.5, 0.95])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_a_damaged_file_is_named(tmp_path, four_colours, kept, ending):
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), np.uint8)
    Image.fromarray(noise).save(file, {"jpg": "JPEG", "png": "PNG"}[ending])
    data = file.getvalue()
    path = tmp_path / f"torn.{ending}"
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError, match=r"torn.*cannot be read"):
        read_size(path)


def test_a_photo_that_is_gone_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.jpg.*not there"):
        read_picture(tmp_path / "gone.jpg")
