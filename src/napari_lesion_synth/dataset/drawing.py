"""Small pictures of CT with labels on them, for sheets and reports."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

__all__ = ["data_uri", "grey", "outlined", "png_bytes", "signed", "text_height", "write_text"]

INK, PAPER, QUIET = (235, 235, 235), (18, 18, 20), (150, 150, 155)
OUTLINE = (255, 209, 71)
BEYOND = (44, 44, 50)
"""Where a patch ends, so that nobody takes its border for air."""

Rgb = tuple[int, int, int]


def grey(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey levels (y, x) as RGB (y, x, 3)."""
    return np.repeat(levels[..., None], 3, axis=2)


def outlined(
    levels: NDArray[np.uint8], mask: NDArray[np.bool_], color: Rgb = OUTLINE
) -> NDArray[np.uint8]:
    """Grey levels with the outer outline of `mask` drawn one pixel wide."""
    picture = grey(levels)
    picture[ndimage.binary_dilation(mask) & ~mask] = color
    return picture


def signed(difference: NDArray[np.float32], limit: float) -> NDArray[np.uint8]:
    """Difference in HU as colour: blue darker, orange brighter, dark grey unchanged."""
    share = np.clip(difference / limit, -1, 1)[..., None]
    zero = np.array([38, 38, 42], np.float32)
    darker = np.array([64, 156, 255], np.float32)
    brighter = np.array([255, 138, 48], np.float32)
    color = np.where(share < 0, zero + (darker - zero) * -share, zero + (brighter - zero) * share)
    result: NDArray[np.uint8] = color.astype(np.uint8)
    return result


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def text_height(lines: Sequence[str], size: int) -> int:
    """Pixels that `lines` take at this font size."""
    return round(len(lines) * size * 1.35)


def write_text(
    image: Image.Image,
    position: tuple[int, int],
    lines: Sequence[str],
    *,
    size: int = 13,
    width: int | None = None,
) -> None:
    """Write lines of text, the first line in ink and the rest quieter.

    Lines wider than `width` pixels lose their middle.
    """
    draw, font = ImageDraw.Draw(image), _font(size)
    x, y = position
    for number, line in enumerate(lines):
        shown, kept = line, len(line)
        while width is not None and kept > 2 and draw.textlength(shown, font=font) > width:
            kept -= 1
            shown = f"{line[: kept // 2]}\u2026{line[len(line) - kept // 2 :]}"
        draw.text((x, y), shown, font=font, fill=INK if number == 0 else QUIET)
        y += text_height([line], size)


def png_bytes(image: Image.Image) -> bytes:
    """The picture as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    """A PNG file as a ``data:`` address, so that a page holds it without another file."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
