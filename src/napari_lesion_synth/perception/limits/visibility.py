"""At which contrast a person begins to see a lesion: adaptive questions, size by size.

Of two pictures of the same place, one with a lesion and one without, the reader says which has it
(2AFC), or of one picture whether it is there (yes-no). The contrast of each question is chosen by
`quest`, of each size by itself; sizes take turns. The result is the contrast at which a share of
the lesions is seen beyond guessing (one half in 2AFC: 75 % right, less half of the lapses): the
same quantity as a contour of a detection-limit map.

The two are still not the same task: the reader knows where to look, and a detector searches the
whole organ. The file says so.

All follows from the settings and the answers: a run that was cut off goes on with the same
question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtri

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.limits.detectability import d_prime_of_share
from napari_lesion_synth.perception.limits.quest import Quest
from napari_lesion_synth.perception.limits.reader_limit import Reach, ReaderLimit
from napari_lesion_synth.perception.limits.visibility_settings import (
    VisibilitySettings,
    VisibilityTrial,
)

__all__ = ["VisibilityRun"]

_KNOWN_PLACE = (
    "The reader was shown where the lesion would be, and chose between with and without; a "
    "detector searches the whole organ. The curves are limits of different tasks."
)


@dataclass(frozen=True, eq=False)
class VisibilityRun:
    """A reader's answers so far; `answered` gives the run with one more.

    Parameters
    ----------
    settings : VisibilitySettings
        What is asked.
    answers : tuple of (VisibilityTrial, int)
        Each question, and the answer: the place that was chosen, or 1 for yes and 0 for no.
    """

    settings: VisibilitySettings
    answers: tuple[tuple[VisibilityTrial, int], ...] = ()

    def next(self) -> VisibilityTrial | None:
        """The next question; None when all are answered."""
        settings, number = self.settings, len(self.answers)
        if number >= settings.trials:
            return None
        rng = np.random.default_rng([settings.seed, number, 0x5EE])
        counts = np.array([len(self.of_size(d)) for d in settings.diameters_mm])
        size = settings.diameters_mm[int(rng.choice(np.flatnonzero(counts == counts.min())))]
        place, seed = int(rng.integers(2)), int(rng.integers(2**32))
        if settings.task == "yes-no":
            place = int(rng.random() >= settings.empty_share)
        contrast = self.quests[size].next() * (-1.0 if settings.dark else 1.0)
        if settings.task == "yes-no" and place == 0:
            contrast = 0.0
        return VisibilityTrial(number, size, contrast, place, seed)

    def answered(self, trial: VisibilityTrial, answer: int) -> VisibilityRun:
        """The run after the answer to its next question.

        Raises
        ------
        ParameterError
            If the answer is neither 0 nor 1, or answers another question.
        """
        if answer not in (0, 1) or trial != self.next():
            raise ParameterError(
                f"{answer} to question {trial.number} is no answer to the question that is asked",
                remedy="Answer 0 or 1 to what next gives, once",
            )
        run = VisibilityRun(self.settings, (*self.answers, (trial, answer)))
        size, quest = trial.diameter_mm, self.quests[trial.diameter_mm]
        success = answer == trial.place if self.settings.task == "2afc" else answer == 1
        # Handed on, so that a run of n questions takes n steps and not n squared.
        run.__dict__["quests"] = {
            **self.quests,
            size: quest.answered(abs(trial.contrast_hu), bool(success)),
        }
        return run

    def of_size(self, diameter_mm: float) -> tuple[tuple[VisibilityTrial, int], ...]:
        """Questions of a size, with their answers."""
        return tuple(each for each in self.answers if each[0].diameter_mm == diameter_mm)

    @cached_property
    def quests(self) -> dict[float, Quest]:
        """What is known of the threshold of each size."""
        grid, afc = self.settings.grid, self.settings.task == "2afc"
        return {
            size: grid.after(
                (abs(trial.contrast_hu), bool(answer == trial.place if afc else answer))
                for trial, answer in self.of_size(size)
            )
            for size in self.settings.diameters_mm
        }

    def limit(
        self, name: str = "reader", band: str = "", pictures: Mapping[str, Any] | None = None
    ) -> ReaderLimit:
        """The reader's limit, to be written.

        Parameters
        ----------
        name : str
            What the curve is called; no name of a person.
        band : str
            Depth band of the lesions; empty: all.
        pictures : mapping, optional
            How the pictures were made and shown, of JSON types.

        Raises
        ------
        ParameterError
            If no question was answered.
        """
        sizes = [size for size in self.settings.diameters_mm if self.of_size(size)]
        if not sizes:
            raise ParameterError("no question was answered", remedy="Answer some first")
        share = self.settings.share
        found = [self.quests[size].level_at(share) for size in sizes]
        counts = [len(self.of_size(size)) for size in sizes]
        notes = [_KNOWN_PLACE]
        if len(self.answers) < self.settings.trials:
            notes.append("Not all questions were answered.")
        return ReaderLimit(
            name=name,
            band=band,
            task=self.settings.task,
            share=share,
            dark=self.settings.dark,
            diameters_mm=tuple(sizes),
            contrasts_hu=tuple(figure.value for figure in found),
            low_hu=tuple(float(figure.low or 0) for figure in found),
            high_hu=tuple(float(figure.high or 0) for figure in found),
            reach=tuple(self._reach(figure) for figure in found),
            d_prime=tuple(map(self._d_prime, sizes)),
            trials=tuple(counts),
            right=tuple(sum(t.place == a for t, a in self.of_size(size)) for size in sizes),
            pictures=dict(pictures or {}),
            study=self.settings.sha256,
            notes=tuple(notes),
        )

    def _reach(self, figure: Interval) -> Reach:
        """An interval that reaches into the last step of the levels may go on beyond it."""
        levels = self.settings.contrasts
        if figure.high is not None and figure.high >= levels[-2]:
            return "beyond the levels"
        if figure.low is not None and figure.low <= levels[1]:
            return "below the levels"
        return "within the levels"

    def _d_prime(self, size: float) -> float:
        """At the contrast where the share is seen, by what is believed of lapses and guesses."""
        quest, share = self.quests[size], self.settings.share
        lapse, alarms = quest.lapse.value, quest.false_alarms.value
        if self.settings.task == "2afc":
            return d_prime_of_share(0.5 + (0.5 - lapse) * share)
        return float(ndtri(alarms + (1 - alarms - lapse) * share) - ndtri(alarms))
