"""What a window has room for: sizes of the photos of a question, in any thread."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import QRectF

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.widgets.study.participant.aperture import Disc
from napari_lesion_synth.widgets.study.participant.places import places
from napari_lesion_synth.widgets.study.participant.shelf import Look, looks_of

__all__ = ["Room"]


@dataclass(frozen=True)
class Room:
    """A window's size, as it was.

    Parameters
    ----------
    stimuli : StimulusSet
        The study's photos.
    size : tuple of int
        Width and height, logical pixels.
    ratio : float
        Device pixels of a logical one.
    disc : Disc, optional
        What uncovers blurred photos.
    """

    stimuli: StimulusSet
    size: tuple[int, int]
    ratio: float
    disc: Disc | None = None

    def rects(self, trial: Trial) -> list[QRectF]:
        """Places of a question's photos, logical pixels."""
        photos = [self.stimuli.by_id(name) for name in trial.stimuli]
        return places([(photo.width, photo.height) for photo in photos], self.size, self.ratio)

    def looks(self, trial: Trial) -> list[Look]:
        """The photos as they are drawn; with a disc, the blurred ones first."""
        sizes = [
            (round(rect.width() * self.ratio), round(rect.height() * self.ratio))
            for rect in self.rects(trial)
        ]
        if self.disc is None:
            return looks_of(trial, sizes)
        return looks_of(trial, sizes, self.disc.blur_px) + looks_of(trial, sizes)
