"""Areas of interest of a photo: the main ingredient, the garnish, as a label image beside it.

``photo.jpg`` has its areas in ``photo.jpg.areas.png`` (8 bits) or, where more than 255 are
needed, ``photo.jpg.areas.npz``. The names of the numbers are in ``areas.json``, one for a folder.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.files import npz_bytes, write_atomic
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = [
    "AREAS_JSON",
    "GARNISH",
    "MAIN",
    "Areas",
    "area_names",
    "is_areas_file",
    "read_areas",
    "write_areas",
]

AREAS_JSON = "areas.json"
MAIN, GARNISH = "main ingredient", "garnish"
_PNG, _NPZ = ".areas.png", ".areas.npz"
_MOST_IN_PNG = 255
_FIRST_NAMES = {1: MAIN, 2: GARNISH}


@dataclass(frozen=True, eq=False)
class Areas:
    """Which part of a photo each pixel belongs to.

    Parameters
    ----------
    labels : ndarray of int, shape (height, width)
        0 is no area.
    names : dict of int to str
        What the numbers mean.
    """

    labels: NDArray[np.integer]
    names: dict[int, str] = field(default_factory=lambda: dict(_FIRST_NAMES))

    @property
    def present(self) -> tuple[str, ...]:
        """Names of the areas that have pixels; a number without a name is called by itself."""
        return tuple(self._name(int(n)) for n in np.unique(self.labels) if n)

    def mask(self, name: str) -> NDArray[np.bool_]:
        """The pixels of one area, shape (height, width).

        Raises
        ------
        ParameterError
            If no number has that name.
        """
        numbers = [n for n in {*self.names, *np.unique(self.labels).tolist()} if n]
        found = [n for n in numbers if self._name(n) == name]
        if not found:
            known = ", ".join(sorted(self._name(n) for n in numbers)) or "none"
            raise ParameterError(f"no area is named {name!r}", remedy=f"There are: {known}")
        return np.isin(self.labels, found)

    def share(self, name: str) -> float:
        """Share of the photo that an area covers, 0 to 1."""
        return float(self.mask(name).mean())

    def _name(self, number: int) -> str:
        return self.names.get(number, f"area {number}")


def is_areas_file(path: Path) -> bool:
    """Whether a file holds areas rather than a photo."""
    return path.name.endswith((_PNG, _NPZ))


def area_names(folder: Path) -> dict[int, str]:
    """What the numbers mean in the label images of a folder.

    Raises
    ------
    InputError
        If ``areas.json`` is damaged.
    """
    path = folder / AREAS_JSON
    if not path.exists():
        return dict(_FIRST_NAMES)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {int(number): str(name) for number, name in found.items()}
    except (OSError, ValueError, AttributeError) as cause:
        raise InputError(
            "the names of the areas cannot be read",
            where=path,
            remedy='It holds numbers and names, as in {"1": "main ingredient"}',
        ) from cause


def read_areas(stimulus: Stimulus) -> Areas | None:
    """The areas of a photo; None where none were drawn.

    Raises
    ------
    InputError
        If their file is damaged, or its size is not the photo's.
    """
    png, npz = _path(stimulus, _PNG), _path(stimulus, _NPZ)
    path = npz if npz.exists() else png
    if not path.exists():
        return None
    labels = _labels(path)
    if labels.shape != (stimulus.height, stimulus.width):
        height, width = labels.shape
        raise InputError(
            f"the areas are {width} x {height} px, and the photo is "
            f"{stimulus.width} x {stimulus.height}",
            where=path,
            remedy="Draw the areas again",
        )
    return Areas(labels, area_names(path.parent))


def write_areas(stimulus: Stimulus, areas: Areas) -> Path:
    """Keep the areas of a photo beside it.

    New names join those of the folder's other photos.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        If their size is not the photo's, a number is negative, or a number means something else
        in the folder.
    StorageError
        If it cannot be written.
    """
    labels = np.asarray(areas.labels)
    if labels.shape != (stimulus.height, stimulus.width):
        raise ParameterError(
            f"areas of shape {labels.shape} do not fit a photo of "
            f"{stimulus.width} x {stimulus.height} px",
            where=stimulus.path,
        )
    if labels.min(initial=0) < 0:
        raise ParameterError("areas have numbers from 1; 0 is no area", where=stimulus.path)
    _join_names(stimulus.path.parent, areas.names)
    small = labels.max(initial=0) <= _MOST_IN_PNG
    path, other = _path(stimulus, _PNG), _path(stimulus, _NPZ)
    if small:
        write_atomic(path, _png(labels.astype(np.uint8)))
    else:
        path, other = other, path
        write_atomic(path, npz_bytes({"labels": labels.astype(np.uint32)}))
    other.unlink(missing_ok=True)
    return path


def _join_names(folder: Path, names: dict[int, str]) -> None:
    path = folder / AREAS_JSON
    known = area_names(folder) if path.exists() else {}
    clash = sorted(n for n in names if known.get(n, names[n]) != names[n])
    if clash:
        raise ParameterError(
            f"area {clash[0]} is {known[clash[0]]!r} in this folder, not {names[clash[0]]!r}",
            where=path,
            remedy="Use another number for it",
        )
    if together := {**known, **names}:
        if together == known:
            return
        content = {str(number): together[number] for number in sorted(together)}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        write_atomic(path, text.encode())


def _path(stimulus: Stimulus, ending: str) -> Path:
    return stimulus.path.with_name(stimulus.path.name + ending)


def _png(labels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(labels).save(file, "PNG")
    return file.getvalue()


def _labels(path: Path) -> NDArray[np.integer]:
    try:
        if path.name.endswith(_NPZ):
            with np.load(path, allow_pickle=False) as archive:
                labels: NDArray[np.integer] = archive["labels"]
        else:
            with Image.open(path) as image:
                labels = np.asarray(image)
    except Exception as cause:  # damaged files raise almost anything
        raise InputError(
            "the areas cannot be read; their file is damaged", where=path, remedy="Draw them again"
        ) from cause
    if labels.ndim != 2:
        raise InputError("the areas are not a label image", where=path, remedy="Draw them again")
    return labels
