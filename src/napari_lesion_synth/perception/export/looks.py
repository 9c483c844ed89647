"""What was looked at in each trial: fixations on the screen, and on the photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.export.people import Person
from napari_lesion_synth.perception.gaze.fixations import FixationSettings, find_fixations
from napari_lesion_synth.perception.gaze.geometry import Screen, Shown, Viewing
from napari_lesion_synth.perception.gaze.quality import (
    GazeQuality,
    GazeVerdict,
    QualityRules,
    judge,
    quality_of,
)
from napari_lesion_synth.perception.gaze.samples import Fixation, Samples, Scanpath
from napari_lesion_synth.perception.session.gaze_record import (
    PhotosShown,
    kept_samples,
    screen_of,
)
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["GazeRules", "Look", "looks_of"]


@dataclass(frozen=True)
class GazeRules:
    """What counts as a fixation, and from where on gaze is not used."""

    fixations: FixationSettings = field(default_factory=FixationSettings)
    quality: QualityRules = field(default_factory=QualityRules)


@dataclass(frozen=True, eq=False)
class Look:
    """The gaze of one trial.

    Parameters
    ----------
    trial : Trial
        The question.
    answer : Answer
        Its answer.
    photos : tuple of Stimulus
        From left to right.
    places : tuple of Shown
        Where they were.
    screen : Screen
        On which.
    samples : Samples
        On the screen, seconds from the photos' appearance, for as long as they were seen.
    fixations : tuple of Fixation
        On the screen.
    verdict : GazeVerdict
        What the gaze may be used for.
    """

    trial: Trial
    answer: Answer
    photos: tuple[Stimulus, ...]
    places: tuple[Shown, ...]
    screen: Screen
    samples: Samples
    fixations: Scanpath
    verdict: GazeVerdict

    def place_of(self, fixation: Fixation) -> int | None:
        """Which of the photos a fixation lies on, from the left; None: on none."""
        for number, (photo, place) in enumerate(zip(self.photos, self.places, strict=True)):
            x, y = place.to_image(fixation.x, fixation.y)
            if 0 <= x <= photo.width and 0 <= y <= photo.height:
                return number
        return None

    def on(self, place: int) -> Scanpath:
        """The fixations on one of the photos, in its pixels."""
        found = []
        for fixation in self.fixations:
            if self.place_of(fixation) == place:
                x, y = self.places[place].to_image(fixation.x, fixation.y)
                found.append(replace(fixation, x=x, y=y))
        return tuple(found)

    def sigma_px(self, place: int, degrees: float = 1.0) -> tuple[float, float]:
        """Pixels of the photo that an angle is, along x and y."""
        across, down = Viewing(self.screen, self.places[place]).px_per_degree("image")
        return degrees * across, degrees * down


def looks_of(study: Study, person: Person, rules: GazeRules | None = None) -> Iterator[Look]:
    """The trials of a participant whose gaze was kept, practice and catch trials among them.

    Trials whose file is damaged or empty, or of which it is not recorded where the photos were,
    have none.

    Parameters
    ----------
    study : Study
        The study.
    person : Person
        The participant.
    rules : GazeRules, optional
        What counts.
    """
    rules = rules or GazeRules()
    for trial, answer in person.answered:
        if answer.gaze_source == "none":
            continue
        look = _look(study, person, (trial, answer), rules)
        if look is not None:
            yield look


def _look(
    study: Study, person: Person, asked: tuple[Trial, Answer], rules: GazeRules
) -> Look | None:
    trial, answer = asked
    shown = PhotosShown.of(answer.shown)
    try:
        samples = kept_samples(study.folder, person.code, trial.number)
    except InputError:
        return None
    if samples is None or shown is None:
        return None
    seen_s = _seen_s(trial, answer)
    samples = samples.between(-np.inf, seen_s)
    if not len(samples):
        return None
    photos = tuple(study.stimuli.by_id(name) for name in trial.stimuli)
    places = shown.places(photos)
    if len(places) != len(photos):
        return None
    screen = screen_of(person.state.design, shown)
    fixations = find_fixations(samples, Viewing(screen), rules.fixations)
    verdict = judge(_quality(samples, answer, seen_s), rules.quality)
    return Look(trial, answer, photos, places, screen, samples, fixations, verdict)


def _seen_s(trial: Trial, answer: Answer) -> float:
    """How long the photos were seen: in fixed viewing they are gone before the answer."""
    seen = answer.shown.get("seen_s", trial.seconds if trial.mode == "fixed" else None)
    if isinstance(seen, int | float) and np.isfinite(seen):
        return min(float(seen), answer.response_time_s)
    return answer.response_time_s


def _quality(samples: Samples, answer: Answer, seen_s: float) -> GazeQuality:
    """Figures of the samples, with the accuracy that was known when they were taken."""
    known = answer.quality.get("accuracy_deg")
    quality = quality_of(samples, seconds=seen_s)
    if isinstance(known, int | float) and np.isfinite(known):
        return replace(quality, accuracy_deg=float(known))
    return quality
