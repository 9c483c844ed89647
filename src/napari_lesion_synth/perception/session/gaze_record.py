"""What stays of how photos were shown and looked at: with the answer, and in a file beside it.

`Answer.shown` says where the photos were; the samples of each trial lie in a file of their own, on
a clock that begins when the photos appear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from napari_lesion_synth.files import writing
from napari_lesion_synth.perception.design.layout import gaze_path
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.gaze.geometry import Screen, Shown
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.storage import read_samples, write_samples
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["PhotosShown", "frames_of", "keep_samples", "kept_samples", "screen_of"]

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PhotosShown:
    """Where the photos of a trial were.

    Parameters
    ----------
    rects : tuple of tuple of float
        Left, top, width and height of each photo, from left to right, in logical pixels.
    screen_px : tuple of int
        Width and height of the screen, device pixels.
    ratio : float
        Device pixels of a logical one.
    """

    rects: tuple[Rectangle, ...]
    screen_px: tuple[int, int]
    ratio: float = 1.0

    def to_json(self) -> dict[str, Any]:
        """As part of `Answer.shown`; frame intervals and the like may be added to it."""
        return {
            "rects": [list(rect) for rect in self.rects],
            "screen_px": list(self.screen_px),
            "ratio": self.ratio,
        }

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> Self | None:
        """Read back what `to_json` made; None where it was not recorded."""
        try:
            rects = tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in shown["rects"])
            width, height = shown["screen_px"]
            return cls(rects, (int(width), int(height)), float(shown.get("ratio", 1.0)))
        except (KeyError, TypeError, ValueError):
            return None

    def places(self, photos: Sequence[Stimulus]) -> tuple[Shown, ...]:
        """The photos' places, for those that were drawn."""
        return tuple(
            Shown(*rect, photo.width, photo.height, self.ratio)
            for rect, photo in zip(self.rects, photos, strict=False)
            if rect[2] > 0 and rect[3] > 0
        )


def frames_of(shown: Mapping[str, Any]) -> tuple[float | None, int | None]:
    """Longest time between two paints in ms, and how many came late.

    Parameters
    ----------
    shown : mapping
        `Answer.shown`, where ``frames`` has ``longest_ms`` and ``late``.

    Returns
    -------
    tuple
        None for what was not recorded.
    """
    frames = shown.get("frames")
    if not isinstance(frames, Mapping):
        return None, None
    longest, late = frames.get("longest_ms"), frames.get("late")
    return (
        float(longest) if isinstance(longest, int | float) else None,
        late if isinstance(late, int) else None,
    )


def screen_of(design: StudyDesign, shown: PhotosShown) -> Screen:
    """The screen of a trial, and the eye before it as the design has it."""
    return Screen(*shown.screen_px, *design.viewing.screen_mm, design.viewing.distance_mm)


def keep_samples(folder: Path, code: str, trial: int, samples: Samples) -> Path:
    """Keep the gaze of one trial; before its answer, so that no answer lacks its gaze.

    Parameters
    ----------
    folder : Path
        The study.
    code : str
        The participant's.
    trial : int
        Number of the trial.
    samples : Samples
        On the screen; their times are seconds from the photos' first appearance.

    Raises
    ------
    StorageError
        If they cannot be written.
    """
    path = gaze_path(folder, code, trial)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_samples(path, samples)
    return path


def kept_samples(folder: Path, code: str, trial: int) -> Samples | None:
    """The gaze of one trial; None where none was kept.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    path = gaze_path(folder, code, trial)
    return read_samples(path) if path.exists() else None
