"""Reading a photo as it is meant to be seen: upright, in sRGB, without transparency."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from napari_lesion_synth.errors import InputError

__all__ = ["SUFFIXES", "Picture", "file_sha256", "read_picture", "read_size"]

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff"})
"""Endings of the files that are taken for photos, in lower case."""

Picture = NDArray[np.uint8]
"""Rows, columns, and red, green and blue: shape (height, width, 3), sRGB."""

_BACKDROP = 255
_TO_8_BITS = 257
"""Between 16 and 8 bits: 65535 becomes 255."""


def read_picture(path: Path) -> Picture:
    """A photo as a viewer would show it.

    The camera's orientation is applied, an embedded colour profile is turned into sRGB, what is
    transparent lies on white. Of a file with several pictures the first counts.

    Parameters
    ----------
    path : Path
        JPEG, PNG, WebP or TIFF.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    InputError
        If the file is not there, or cannot be read to its end.
    """
    with _opened(path) as image:
        return np.asarray(_in_srgb(_in_8_bits(ImageOps.exif_transpose(image))), np.uint8)


def read_size(path: Path) -> tuple[int, int]:
    """Width and height of a photo in px, upright; the whole file is read to see that it is sound.

    Raises
    ------
    InputError
        As `read_picture`.
    """
    with _opened(path) as image:
        return ImageOps.exif_transpose(image).size


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as cause:
        raise InputError(
            f"the photo cannot be read ({cause.strerror or cause})", where=path
        ) from cause


def _opened(path: Path) -> Image.Image:
    """The decoded image, all of it."""
    try:
        with warnings.catch_warnings():
            # A picture of more than 89 million pixels may be an attack, and is no stimulus.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
            # From memory: Pillow leaves damaged files open.
            image = Image.open(io.BytesIO(path.read_bytes()))
            image.load()
    except FileNotFoundError as cause:
        raise InputError("the photo is not there", where=path, remedy="Bring it back") from cause
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as cause:
        raise InputError("the photo is too large to be shown", where=path) from cause
    # Damaged files make Pillow raise almost anything.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError) as cause:
        raise InputError(
            "the photo cannot be read; its file is damaged, or is no photo",
            where=path,
            remedy="Replace it, or take it out of the folder",
        ) from cause
    return image


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Pillow cuts grey values off at 255 where a file has 16 bits; here they are scaled."""
    if not image.mode.startswith("I"):
        return image
    grey = np.clip(np.asarray(image, np.int64) // _TO_8_BITS, 0, 255).astype(np.uint8)
    return Image.fromarray(grey)


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in ("P", "LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        above = image.convert("RGBA")
        below = Image.new("RGBA", above.size, (_BACKDROP, _BACKDROP, _BACKDROP, 255))
        image = Image.alpha_composite(below, above).convert("RGB")
    if profile and image.mode in ("RGB", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            return image.convert("RGB") if turned is None else turned
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that cannot be read is no profile
    return image.convert("RGB")
