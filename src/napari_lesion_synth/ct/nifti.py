"""The voxels of a NIfTI file, as the stream that they are.

ITK understands the headers, and its geometry is taken. It reads the voxels into memory twice, four
times for those with a slope, and accepts a file that was cut short or damaged: what is not there
becomes zero. Here they pass in blocks, and the check sum of a compressed file is checked.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError

__all__ = ["GZIP", "nifti_blocks"]

GZIP = b"\x1f\x8b"
"""First bytes of a file compressed by gzip."""

_HEADER_SIZES = (348, 540)
_TYPES = {
    2: "u1",
    4: "i2",
    8: "i4",
    16: "f4",
    64: "f8",
    256: "i1",
    512: "u2",
    768: "u4",
    1024: "i8",
    1280: "u8",
}
"""NumPy's names of the header's data types."""

_BLOCK_BYTES = 2**23
_PIECE_BYTES = 2**20
_PACKED_BYTES = 2**16


def nifti_blocks(
    path: Path, shape: tuple[int, int, int], field: Callable[[str], str]
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Blocks of slices, slope and intercept applied.

    Parameters
    ----------
    path : Path
        The file, or the header of a pair.
    shape : tuple of int
        Voxels, (z, y, x), as stored.
    field : callable
        Gives the header's fields by name, as ITK tells them.

    Yields
    ------
    slice, ndarray
        Slices, and their values.

    Raises
    ------
    InputError
        If the file is damaged, was cut short, or holds numbers of an unknown type.
    """
    code = int(field("datatype"))
    if code not in _TYPES:
        raise InputError(
            f"its numbers are of a type that is not known (NIfTI data type {code})",
            where=path,
            remedy="Save the image as 16-bit integers",
        )
    slope, intercept = _scaling(field)
    depth, rows, columns = shape
    try:
        dtype = np.dtype(_byte_order(path) + _TYPES[code])
        with _data_file(path).open("rb") as file:
            stream = _Stream(file)
            stream.fill(memoryview(bytearray(int(float(field("vox_offset"))))))
            step = max(1, _BLOCK_BYTES // (rows * columns * dtype.itemsize))
            for start in range(0, depth, step):
                stop = min(start + step, depth)
                values = np.empty((stop - start, rows, columns), dtype)
                stream.fill(memoryview(values.reshape(-1).view(np.uint8)))  # type: ignore[arg-type]
                yield slice(start, stop), _scaled(values, slope, intercept)
            stream.finish()
    except (OSError, EOFError, zlib.error):
        raise InputError(
            "its voxels cannot be read: the file is damaged or was cut short",
            where=path,
            remedy="Copy or download it again",
        ) from None


def _scaling(field: Callable[[str], str]) -> tuple[float, float]:
    slope, intercept = float(field("scl_slope")), float(field("scl_inter"))
    if not np.isfinite(slope) or slope == 0 or not np.isfinite(intercept):
        return 1.0, 0.0  # the standard: no scaling
    return slope, intercept


def _scaled(values: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    if (slope, intercept) == (1.0, 0.0):
        return values
    # In 32 bits for 16-bit numbers, which fit: half the memory.
    scaled: NDArray[Any] = values.astype(np.float32 if values.dtype.itemsize < 4 else np.float64)
    scaled *= slope
    scaled += intercept
    return scaled


def _data_file(path: Path) -> Path:
    """Where the voxels are: in the file itself, unless it is the header of a pair."""
    stem = path.name.lower().removesuffix(".gz")
    if not stem.endswith(".hdr"):
        return path
    plain = path.with_name(path.name[: len(stem) - 4] + ".img")
    return plain if plain.exists() else plain.with_name(plain.name + ".gz")


def _byte_order(path: Path) -> str:
    size = bytearray(4)
    with path.open("rb") as file:
        _Stream(file).fill(memoryview(size))
    return "<" if int.from_bytes(size, "little") in _HEADER_SIZES else ">"


class _Stream:
    """The bytes of a file, decompressed if it is compressed.

    Like `gzip.open`, in larger pieces: that takes 1.5 times as long.
    """

    def __init__(self, file: BinaryIO) -> None:
        compressed = file.read(2) == GZIP
        file.seek(0)
        self._pieces = _inflate(file) if compressed else _read(file)
        self._rest = b""

    def fill(self, target: memoryview) -> None:
        """Fill `target` with the next bytes; EOFError if there are not enough."""
        done = 0
        while done < len(target):
            piece = self._rest or next(self._pieces, None)
            if piece is None:
                raise EOFError
            taken = min(len(piece), len(target) - done)
            target[done : done + taken] = piece[:taken]
            self._rest = piece[taken:]
            done += taken

    def finish(self) -> None:
        """Read on to the end, where the check sum stands."""
        for _ in self._pieces:
            pass


def _read(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE_BYTES):
        yield piece


def _inflate(file: BinaryIO) -> Iterator[bytes]:
    """Decompressed pieces; zlib.error or EOFError where the file is damaged or ends early."""
    member = zlib.decompressobj(wbits=31)
    begun = False
    while packed := file.read(_PACKED_BYTES):
        while packed:
            begun = True
            # Limited, since 64 KiB of zeros may stand for 64 MiB.
            yield member.decompress(packed, _PIECE_BYTES)
            packed = member.unconsumed_tail
            if member.eof:  # a file may have several members, and zeros behind the last one
                packed = member.unused_data.lstrip(b"\0")
                member, begun = zlib.decompressobj(wbits=31), False
    if begun:
        raise EOFError
