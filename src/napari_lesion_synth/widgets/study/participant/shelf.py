"""Photos as they will be drawn, made ready before they are needed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from qtpy.QtGui import QImage, QPixmap

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.session.catch import SPOILED, spoiled
from napari_lesion_synth.perception.stimuli.photos import Stimulus, StimulusSet
from napari_lesion_synth.perception.stimuli.pictures import Picture
from napari_lesion_synth.perception.transforms.facts import Change

__all__ = ["Look", "Shelf", "drawn", "looks_of"]

_MOST_BYTES = 256 * 2**20
"""Of scaled photos that are kept."""

_MOST_PIXMAPS = 32


@dataclass(frozen=True, slots=True)
class Look:
    """One photo as it is drawn.

    Parameters
    ----------
    photo : str
        Its id.
    width, height : int
        Device pixels.
    spoiled : bool
        Whether it is spoiled, as one photo of a catch trial is.
    blur_px : float
        Standard deviation of a blur, device pixels; 0: none.
    change : Change, optional
        What is done to it first.
    """

    photo: str
    width: int
    height: int
    spoiled: bool = False
    blur_px: float = 0.0
    change: Change | None = None


def looks_of(trial: Trial, sizes: Iterable[tuple[int, int]], blur_px: float = 0.0) -> list[Look]:
    """The photos of a trial from left to right, at these sizes in device pixels."""
    bad, change = trial.facts.get(SPOILED), Change.of(trial.facts)
    return [
        Look(
            *(name, width, height, bad == place, blur_px),
            change if change is not None and change.place == place else None,
        )
        for place, (name, (width, height)) in enumerate(zip(trial.stimuli, sizes, strict=True))
    ]


class Shelf:
    """Reads, spoils, blurs and scales photos; keeps the last ones.

    `prepare` may be called in any thread; `pixmap` in the window's alone.

    Parameters
    ----------
    stimuli : StimulusSet
        The study's photos.
    """

    def __init__(self, stimuli: StimulusSet, most_bytes: int = _MOST_BYTES) -> None:
        self._stimuli, self._most = stimuli, most_bytes
        self._images: OrderedDict[Look, QImage] = OrderedDict()
        self._pixmaps: OrderedDict[Look, QPixmap] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, look: Look) -> bool:
        return look in self._images or look in self._pixmaps

    def prepare(self, look: Look) -> None:
        """Make a photo ready; nothing is done where it is.

        Raises
        ------
        InputError
            If it is gone or damaged.
        """
        with self._lock:
            if look in self._images:
                self._images.move_to_end(look)
                return
        image = _drawn(self._stimuli.by_id(look.photo), look)
        with self._lock:
            self._images[look] = image
            size = sum(kept.sizeInBytes() for kept in self._images.values())
            while size > self._most and len(self._images) > 1:
                _, gone = self._images.popitem(last=False)
                size -= gone.sizeInBytes()

    def to_pixmap(self, look: Look) -> None:
        """Hand a photo that is ready to the window system, before it is shown."""
        if look in self._images:
            self.pixmap(look)

    def pixmap(self, look: Look) -> QPixmap:
        """A photo to draw; made now where it was not made ready.

        Raises
        ------
        InputError
            If it is gone or damaged.
        """
        if look not in self._pixmaps:
            self.prepare(look)
            with self._lock:
                image = self._images[look]
            self._pixmaps[look] = QPixmap.fromImage(image)
        self._pixmaps.move_to_end(look)
        while len(self._pixmaps) > _MOST_PIXMAPS:
            self._pixmaps.popitem(last=False)
        return self._pixmaps[look]


def _drawn(stimulus: Stimulus, look: Look) -> QImage:
    picture = stimulus.picture()
    if look.change is not None:
        picture = np.asarray(look.change.picture(picture), np.uint8)
    if look.spoiled:
        picture = spoiled(picture)
    return drawn(picture, (look.width, look.height), look.blur_px)


def drawn(picture: Picture, size: tuple[int, int], blur_px: float = 0.0) -> QImage:
    """A picture as it will be drawn.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        The picture.
    size : tuple of int
        Width and height, device pixels.
    blur_px : float
        Standard deviation of a blur, device pixels.
    """
    scaled = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    array = np.asarray(scaled, np.uint8)
    if blur_px > 0:
        array = _blurred(array, blur_px)
    array = np.ascontiguousarray(array)
    rows, columns = array.shape[:2]
    image = QImage(array.data, columns, rows, array.strides[0], QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)  # a copy, and fast to draw


def _blurred(picture: Picture, sigma_px: float) -> Picture:
    from scipy import ndimage

    soft = [
        ndimage.gaussian_filter(picture[..., c].astype(np.float32), sigma_px, mode="nearest")
        for c in range(3)
    ]
    result: Picture = np.clip(np.stack(soft, axis=-1) + 0.5, 0, 255).astype(np.uint8)
    return result
