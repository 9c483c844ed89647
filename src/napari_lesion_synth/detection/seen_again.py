"""A whole training CT seen again: turned, resized, and a little changed in its HU.

As examples are (see `drawing`), so that a CT that comes up many times says something new each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.drawing import Turn, drawn_step, recoloured
from napari_lesion_synth.detection.grid import axis_matrix
from napari_lesion_synth.detection.scenes import Scene
from napari_lesion_synth.synthesis.separable import separable

__all__ = ["seen_again"]

T = TypeVar("T", bound=np.generic)


def seen_again(
    scene: Scene,
    healthy: Sequence[Triple],
    settings: DataSettings,
    rng: np.random.Generator,
) -> tuple[Scene, tuple[Triple, ...]]:
    """Change a scene as the examples of a training are changed.

    Parameters
    ----------
    scene : Scene
        A CT with its lesions.
    healthy : sequence of tuple of float
        Places in its frame.
    settings : DataSettings
        How much: zoom, gain, shift, noise, flips.
    rng : numpy.random.Generator
        Of the changes.

    Returns
    -------
    scene : Scene
        Its frame has the windows and steps of the old one, and no longer tells where it lies in
        the CT.
    healthy : tuple of tuple of float
        The same places in the new frame.
    """
    step = drawn_step(settings, rng)
    if step != 1:
        scene, healthy = _resized(scene, healthy, step)
    frame = scene.frame
    seen = recoloured(frame.hu, frame, settings, rng)
    hu = seen * np.float32(frame.window_hu) + np.float32(frame.organ_hu)
    scene = replace(scene, frame=frame.changed(hu, frame.lesions))
    if settings.flips:
        scene, healthy = _turned(scene, healthy, Turn.drawn(rng))
    return scene, tuple(healthy)


@dataclass(frozen=True, slots=True)
class _Axis:
    """The voxels of a new size along one axis, with the middle where it was."""

    n: int
    step: float

    @property
    def count(self) -> int:
        return max(round(self.n / self.step), 1)

    @property
    def first(self) -> float:
        return (self.n - 1) / 2 - (self.count - 1) / 2 * self.step

    @property
    def matrix(self) -> NDArray[np.float64]:
        return axis_matrix(self.n, self.first, self.step, self.count)

    @property
    def nearest(self) -> NDArray[np.int64]:
        places = np.rint(self.first + self.step * np.arange(self.count))
        return np.asarray(np.clip(places, 0, self.n - 1), np.int64)

    def moved(self, index: float) -> float:
        return (index - self.first) / self.step


def _resized(
    scene: Scene, healthy: Sequence[Triple], step: float
) -> tuple[Scene, Sequence[Triple]]:
    """In the plane alone; as it was where a lesion of a voxel would be lost."""
    frame = scene.frame
    rows, columns = (_Axis(n, step) for n in frame.shape[1:])
    maps = [np.eye(frame.shape[0]), rows.matrix, columns.matrix]
    organ = separable(frame.organ, maps) >= 0.5
    # Lesions do not touch: no number lies between two of them.
    labels = np.where(organ, scene.labels[:, rows.nearest][:, :, columns.nearest], 0)
    if not np.array_equal(np.unique(labels[labels > 0]), np.unique(scene.labels[scene.labels > 0])):
        return scene, healthy
    changed = replace(
        frame,
        hu=separable(frame.hu, maps),
        organ=organ,
        depth_mm=separable(frame.depth_mm, maps),
        lesions=labels > 0,
    )
    shams, places = (
        [(z, rows.moved(y), columns.moved(x)) for z, y, x in given]
        for given in (scene.shams, healthy)
    )
    return Scene(changed, labels, scene.kinds, tuple(shams)), places


def _turned(scene: Scene, healthy: Sequence[Triple], turn: Turn) -> tuple[Scene, Sequence[Triple]]:
    frame = scene.frame

    def of(values: NDArray[T]) -> NDArray[T]:
        turned: NDArray[T] = turn(values[None])[0]
        return turned

    changed = replace(
        frame,
        hu=of(frame.hu),
        organ=of(frame.organ),
        depth_mm=of(frame.depth_mm),
        lesions=of(frame.lesions),
    )
    shams, places = (
        [turn.place(place, frame.shape) for place in given] for given in (scene.shams, healthy)
    )
    return Scene(changed, of(scene.labels), scene.kinds, tuple(shams)), places
