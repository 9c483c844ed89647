"""Where a simulated participant looks while they answer, and the files of it.

Of several photos they look at one after the other, longer at the one that they choose. Where on a
photo: at its areas, the main ingredient most, or anywhere with a pull to the middle. None of that
depends on how attractive a photo is, so that a regression has nothing to gain from this gaze.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.perception.design.sections import GazeSource
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, Answer, Trial
from napari_lesion_synth.perception.gaze.geometry import Screen, Shown, letterbox
from napari_lesion_synth.perception.gaze.quality import quality_of
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.simulated import simulate_gaze
from napari_lesion_synth.perception.gaze.simulated_looks import simulate_looks
from napari_lesion_synth.perception.gaze.simulation_settings import SimulationSettings
from napari_lesion_synth.perception.gaze.targets import target_points
from napari_lesion_synth.perception.gaze.validation import Validation, validate
from napari_lesion_synth.perception.session.gaze_record import (
    PhotosShown,
    keep_samples,
    screen_of,
)
from napari_lesion_synth.perception.stimuli.areas import GARNISH, MAIN, read_areas
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["Looks", "Seen", "places_for", "validation_facts"]

_SCREEN = (1920, 1080)
_MARGIN = 0.08
_GLANCE_S, _SHORTEST_S = 0.8, 0.25
_CHOSEN = 1.3
"""A glance at the photo that is chosen lasts so many times as long."""

_AREAS = {MAIN: 6.0, GARNISH: 3.0}
_CELLS = 24

# What points with the mouse neither blinks nor is lost; it lies where it is, and rests longer.
_POINTING = SimulationSettings(
    rate_hz=120,
    noise_deg=0.02,
    drift_deg=0.02,
    blinks_per_s=0,
    dropouts_per_s=0,
    fixation_s=0.4,
)


@dataclass(frozen=True)
class Seen:
    """What stays with the answer of a trial that was looked at."""

    shown: dict[str, Any]
    quality: dict[str, Any]


def places_for(photos: Sequence[Stimulus], screen_px: tuple[int, int] = _SCREEN) -> PhotosShown:
    """Photos side by side on a screen, as large as there is room, proportions kept."""
    width, height = screen_px
    cell = width / len(photos)
    room = (cell * (1 - 2 * _MARGIN), height * (1 - 2 * _MARGIN))
    rects = []
    for k, photo in enumerate(photos):
        place = letterbox((photo.width, photo.height), room)
        left, top = k * cell + cell * _MARGIN + place.left, height * _MARGIN + place.top
        rects.append((left, top, place.width, place.height))
    return PhotosShown(tuple(rects), screen_px)


class Looks:
    """The gaze of one simulated participant.

    Parameters
    ----------
    study : Study
        The study, whose design says what records the gaze.
    code : str
        The participant's.
    rng : numpy.random.Generator
        For the tracker's own error, and its validation.

    Attributes
    ----------
    validation : Validation
        What a validation of the simulated tracker gives.
    """

    def __init__(self, study: Study, code: str, rng: np.random.Generator) -> None:
        self._study, self._code = study, code
        self._settings = _settings(study.design.viewing.gaze_source, rng)
        screen = screen_of(study.design, PhotosShown((), _SCREEN))
        looks = simulate_looks(target_points(screen, 9), screen, rng, settings=self._settings)
        self.validation: Validation = validate(looks, screen)
        self._salience: dict[str, NDArray[np.float64]] = {}

    def at(self, trial: Trial, answer: Answer, rng: np.random.Generator) -> Seen:
        """Look at a trial's photos until the answer, and keep that."""
        photos = [self._study.stimuli.by_id(name) for name in trial.stimuli]
        shown = places_for(photos)
        screen = screen_of(self._study.design, shown)
        samples = self._samples(answer, (photos, shown.places(photos), screen), rng)
        keep_samples(self._study.folder, self._code, trial.number, samples)
        quality = quality_of(samples, self.validation)
        return Seen(shown.to_json(), quality.to_json())

    def _samples(
        self,
        answer: Answer,
        scene: tuple[Sequence[Stimulus], Sequence[Shown], Screen],
        rng: np.random.Generator,
    ) -> Samples:
        photos, places, screen = scene
        order = rng.permutation(len(photos))
        chosen = {LEFT: 0, RIGHT: len(photos) - 1}.get(str(answer.response))
        parts, passed, turn = [], 0.0, 0
        while passed < answer.response_time_s - 1e-9:
            place = int(order[turn % len(order)])
            lasts = float(rng.lognormal(np.log(_GLANCE_S), 0.3))
            lasts *= _CHOSEN if place == chosen else 1.0
            left = answer.response_time_s - passed
            if len(photos) == 1 or left - lasts < _SHORTEST_S:
                lasts = left
            part = simulate_gaze(
                lasts,
                screen,
                places[place],
                rng,
                salience=self._salient(photos[place]),
                settings=self._settings,
            ).samples
            parts.append(part.shifted(passed))
            # On the grid of the samples, so that none comes before the last one.
            passed += max(len(part), 1) / part.rate_hz
            turn += 1
        return Samples.joined(parts)

    def _salient(self, photo: Stimulus) -> NDArray[np.float64]:
        """Where on a photo people look, shape (cells, cells)."""
        if photo.id not in self._salience:
            areas = read_areas(photo)
            weight = np.ones((photo.height, photo.width))
            for name, factor in _AREAS.items():
                if areas is not None and name in areas.present:
                    weight[areas.mask(name)] = factor
            rows = np.array_split(np.arange(photo.height), min(_CELLS, photo.height))
            columns = np.array_split(np.arange(photo.width), min(_CELLS, photo.width))
            means = [[weight[np.ix_(r, c)].mean() for c in columns] for r in rows]
            self._salience[photo.id] = np.array(means)
        return self._salience[photo.id]


def validation_facts(validation: Validation) -> dict[str, Any]:
    """A validation as a session keeps it, of JSON types."""
    return {
        "accuracy_deg": validation.accuracy_deg,
        "worst_deg": validation.worst_deg,
        "rms_s2s_deg": validation.rms_s2s_deg,
        "sd_deg": validation.sd_deg,
        "data_loss": validation.data_loss,
        "targets": len(validation.targets),
        "seen": len(validation.seen),
    }


def _settings(source: GazeSource, rng: np.random.Generator) -> SimulationSettings:
    if source in ("mouse_aperture", "bubble_click"):
        return _POINTING
    across, down = rng.normal(0, 0.3, 2)
    # Slower than the usual tracker: fewer bytes, and enough for fixations.
    return SimulationSettings(rate_hz=120, offset_deg=(float(across), float(down)))
