"""Questions as they are drawn in a window, and the next ones made ready in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from qtpy.QtCore import QObject, QPoint, QRectF
from qtpy.QtWidgets import QWidget

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.gaze.geometry import Screen
from napari_lesion_synth.perception.session.gaze_record import PhotosShown, screen_of
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.study.participant.aperture import Disc
from napari_lesion_synth.widgets.study.participant.room import Room
from napari_lesion_synth.widgets.study.participant.shelf import Look, Shelf
from napari_lesion_synth.widgets.study.participant.trial_page import Scene

__all__ = ["Scenes"]

_MOST_READY = 8
"""Photos that are handed to the window system before it is known which of them come."""


class Scenes(QObject):
    """Makes scenes of a session's questions.

    Parameters
    ----------
    session : Session
        Whose questions.
    window : QWidget
        In which they are drawn, over the whole of it.
    aperture : bool
        Whether photos are blurred, and uncovered with the mouse.
    """

    def __init__(self, session: Session, window: QWidget, *, aperture: bool) -> None:
        super().__init__(window)
        self._session, self._window, self._aperture = session, window, aperture
        self.shelf = Shelf(session.study.stimuli)
        self._ahead = LatestOnly("next photos", self)
        self._ahead.finished.connect(self._on_ready)

    @property
    def awaiting(self) -> bool:
        """Whether photos are still being made ready."""
        return self._ahead.awaiting

    @property
    def screen(self) -> Screen:
        """The window's screen, and the eye before it as the design has it."""
        return screen_of(self._session.state.design, self.shown(()))

    def room(self) -> Room:
        """What the window has room for now."""
        ratio = self._window.devicePixelRatioF()
        disc = Disc(self.screen, ratio) if self._aperture else None
        size = (self._window.width(), self._window.height())
        return Room(self._session.study.stimuli, size, ratio, disc)

    def scene(self, trial: Trial) -> Scene:
        """A question with its photos.

        Raises
        ------
        InputError
            If a photo is gone or damaged.
        """
        room = self.room()
        rects = room.rects(trial)
        pixmaps = [self.shelf.pixmap(look) for look in room.looks(trial)]
        if room.disc is None:
            return Scene(trial, rects, pixmaps)
        blurred, sharp = pixmaps[: len(rects)], pixmaps[len(rects) :]
        return Scene(trial, rects, blurred, sharp, room.disc)

    def shown(self, rects: Sequence[QRectF]) -> PhotosShown:
        """Where photos are, on the screen and not only in the window."""
        screen, ratio = self._window.screen(), self._window.devicePixelRatioF()
        offset = self._window.mapToGlobal(QPoint(0, 0)) - screen.geometry().topLeft()
        on_screen = tuple(
            (r.x() + offset.x(), r.y() + offset.y(), r.width(), r.height()) for r in rects
        )
        size = screen.geometry().size() * ratio
        return PhotosShown(on_screen, (size.width(), size.height()), ratio)

    def make_ready(self) -> None:
        """Compute the next question for each answer, and read its photos; in a thread."""
        self._ahead.submit(partial(self._made_ready, self.room()))

    def close(self) -> None:
        """End the thread."""
        self._ahead.close()

    def _made_ready(self, room: Room) -> list[Look]:
        self._session.prepare()
        looks = [look for trial in self._session.upcoming() for look in room.looks(trial)]
        looks = list(dict.fromkeys(looks))
        for look in looks:
            self.shelf.prepare(look)
        return looks

    def _on_ready(self, _number: int, looks: list[Look]) -> None:
        for look in looks[:_MOST_READY]:
            self.shelf.to_pixmap(look)
