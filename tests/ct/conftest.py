"""Small image files and DICOM series, written by SimpleITK."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from napari_lesion_synth.ct.volume import Volume

ImageWriter = Callable[..., Path]
SeriesWriter = Callable[..., list[Path]]


def body(shape=(6, 16, 16), seed=0) -> np.ndarray:
    """HU of a small body: air round a block of noisy tissue, so that no axis is symmetric."""
    hu = np.full(shape, -1000, np.int16)
    inner = tuple(slice(n // 4, max(n - n // 5, n // 4 + 1)) for n in shape)
    if shape[0] == 1:
        inner = (slice(0, 1), *inner[1:])
    hu[inner] = np.random.default_rng(seed).normal(60, 20, hu[inner].shape).astype(np.int16)
    return hu


@pytest.fixture
def hu() -> np.ndarray:
    return body()


@pytest.fixture
def ct_volume() -> Volume:
    """A volume with unequal spacing and an origin."""
    return Volume(body(), (2.5, 0.7, 0.8), (-120.0, -55.5, 33.25))


@pytest.fixture
def write_image(tmp_path: Path) -> ImageWriter:
    """Writer of image files; geometry in ITK's order, (x, y, z)."""

    def write(
        array,
        name="ct.nii.gz",
        *,
        spacing=None,
        origin=None,
        direction=None,
        vector=False,
    ):
        image = sitk.GetImageFromArray(array, isVector=vector)
        if spacing is not None:
            image.SetSpacing(spacing)
        if origin is not None:
            image.SetOrigin(origin)
        if direction is not None:
            image.SetDirection(np.ravel(direction).tolist())
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(image, str(path))
        return path

    return write


@pytest.fixture
def write_series(tmp_path: Path) -> SeriesWriter:
    """Writer of DICOM series, one file a slice.

    `positions` are the slices' first pixels in mm, (x, y, z); files are named out of order.
    """

    def write(
        hu: np.ndarray,
        positions: Sequence[Sequence[float]],
        folder: str = "dicom",
        *,
        prefix: str = "IM",
        uid: str = "1.2.826.1",
        number: int = 3,
        modality: str = "CT",
        description: str = "portal",
        axes: Sequence[float] = (1, 0, 0, 0, 1, 0),
        pixel: tuple[float, float] = (0.8, 0.7),
        intercept: float = -1024,
        slope: float = 1,
        tags: dict[str, str] | None = None,
    ) -> list[Path]:
        target = tmp_path / folder
        target.mkdir(parents=True, exist_ok=True)
        paths = []
        for k, (pixels, position) in enumerate(zip(hu, positions, strict=True)):
            image = sitk.GetImageFromArray(pixels)
            image.SetSpacing(pixel)
            meta = {
                "0008|0060": modality,
                "0008|103e": description,
                "0008|0018": f"{uid}.{k + 1}.{len(prefix)}",
                "0020|000d": "1.2.826",
                "0020|000e": uid,
                "0020|0011": str(number),
                "0020|0013": str(k + 1),
                "0020|0032": "\\".join(f"{p:.6f}" for p in position),
                "0020|0037": "\\".join(f"{a:.9f}" for a in axes),
                "0018|0050": "2.5",
                "0028|1052": str(intercept),
                "0028|1053": str(slope),
                **(tags or {}),
            }
            for tag, value in meta.items():
                image.SetMetaData(tag, value)
            path = target / f"{prefix}{(k * 7) % 97:03d}.dcm"
            writer = sitk.ImageFileWriter()
            writer.KeepOriginalImageUIDOn()
            writer.SetFileName(str(path))
            writer.Execute(image)
            paths.append(path)
        return paths

    return write


@pytest.fixture
def stacked() -> Callable[..., list[tuple[float, float, float]]]:
    """Positions of `n` slices, evenly spaced along the body's axis."""

    def make(n: int, step: float = 2.5, first: float = 100.0):
        return [(-50.0, -40.0, first + k * step) for k in range(n)]

    return make
