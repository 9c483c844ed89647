"""Questions with their pictures as they are drawn, the next ones made ready in a thread."""

from __future__ import annotations

from functools import partial

import numpy as np
from qtpy.QtCore import QObject, QRectF
from qtpy.QtGui import QImage, QPixmap
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.limits.visibility_settings import VisibilityTrial
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.study.participant.places import Size, places
from napari_lesion_synth.widgets.study.participant.shelf import drawn
from napari_lesion_synth.widgets.study.participant.trial_page import Scene

__all__ = ["ReadyScenes"]

Images = tuple[tuple[Size, ...], tuple[QImage, ...]]
"""Sizes of the pictures in their own pixels, and the pictures as they are drawn."""


class ReadyScenes(QObject):
    """Makes scenes of a reader's questions.

    Parameters
    ----------
    study : ReaderStudy
        Whose questions.
    window : QWidget
        In which they are drawn, over the whole of it.
    question : str
        What stands above the pictures.
    """

    def __init__(self, study: ReaderStudy, window: QWidget, question: str) -> None:
        super().__init__(window)
        self._study, self._window, self._question = study, window, question
        self._ready: dict[VisibilityTrial, tuple[list[QRectF], list[QPixmap]]] = {}
        self._room: tuple[Size, float] | None = None
        self._ahead = LatestOnly("next lesions", self)
        self._ahead.finished.connect(self._on_ready)

    @property
    def awaiting(self) -> bool:
        """Whether pictures are still being made ready."""
        return self._ahead.awaiting

    def scene(self, trial: VisibilityTrial) -> Scene:
        """A question with its pictures; made now where they were not made ready.

        Raises
        ------
        LesionSynthError
            If the lesion cannot be made.
        """
        room = self._now()
        if room != self._room or trial not in self._ready:
            self._keep({trial: _images(self._study, room, trial)}, room)
        rects, pixmaps = self._ready[trial]
        names = tuple(f"picture {k}" for k in range(len(rects)))
        asked = Trial(trial.number, "", "twoafc", names, self._question)
        return Scene(asked, rects, pixmaps)

    def make_ready(self) -> None:
        """Make the pictures of the next question, for each answer to the open one; in a thread."""
        self._ahead.submit(partial(_made_ready, self._study, self._now()))

    def close(self) -> None:
        """End the thread."""
        self._ahead.close()

    def _now(self) -> tuple[Size, float]:
        size = (self._window.width(), self._window.height())
        return size, self._window.devicePixelRatioF()

    def _on_ready(
        self, _number: int, made: tuple[tuple[Size, float], dict[VisibilityTrial, Images]]
    ) -> None:
        room, images = made
        if room == self._now():
            self._keep(images, room)

    def _keep(self, images: dict[VisibilityTrial, Images], room: tuple[Size, float]) -> None:
        """Hand pictures to the window system before they are shown; older ones are let go."""
        self._room = room
        self._ready = {
            trial: (places(sizes, *room), [QPixmap.fromImage(image) for image in own])
            for trial, (sizes, own) in images.items()
        }


def _made_ready(
    study: ReaderStudy, room: tuple[Size, float]
) -> tuple[tuple[Size, float], dict[VisibilityTrial, Images]]:
    return room, {trial: _images(study, room, trial) for trial in study.upcoming()}


def _images(study: ReaderStudy, room: tuple[Size, float], trial: VisibilityTrial) -> Images:
    pictures = study.shown(trial)
    sizes = tuple((picture.shape[1], picture.shape[0]) for picture in pictures)
    made = []
    for picture, rect in zip(pictures, places(sizes, *room), strict=True):
        colour = picture if picture.ndim > 2 else np.repeat(picture[..., None], 3, axis=2)
        made.append(drawn(colour, (round(rect.width() * room[1]), round(rect.height() * room[1]))))
    return sizes, tuple(made)
