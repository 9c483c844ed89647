"""The next question of a study of limits: which photo, how changed, and by how much.

Each direction of each transform is asked as often as the others; of the photos, one that was least
often seen so changed. The magnitude is where the answer is expected to tell most of the point at
which people begin to prefer one of the two (see `quest`); a share of the magnitudes is drawn by
chance, so that the curve is supported everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from napari_lesion_synth.perception.design.trials import LEFT, RIGHT, Answer, Response, Trial
from napari_lesion_synth.perception.limits.limit_settings import Arm, LimitSettings
from napari_lesion_synth.perception.session.situation import Situation
from napari_lesion_synth.perception.transforms.facts import Change

__all__ = ["LimitChooser"]

Asked = tuple[Trial, Answer]


class LimitChooser:
    """Chooses the questions of a study of limits; a session's chooser.

    Parameters
    ----------
    settings : LimitSettings
        What is tried.
    earlier : iterable of (Trial, Answer), optional
        Questions and answers of other participants, from which the magnitudes are chosen, too.
    """

    def __init__(self, settings: LimitSettings, earlier: Iterable[Asked] = ()) -> None:
        self.settings = settings
        self._earlier = tuple(earlier)

    def next(self, situation: Situation) -> Trial | None:
        """The next question; None when no photo is left that may be shown."""
        photos = situation.allowed
        if not photos:
            return None
        rng = situation.rng()
        state = situation.state
        mine = tuple(
            (trial, answer)
            for trial, answer in zip(state.trials, state.answers, strict=False)
            if trial.counts
        )
        arm = self._arm(mine, rng)
        photo = self._photo(arm, photos, mine, rng)
        category = situation.stimuli.by_id(photo).category
        same = frozenset(situation.stimuli.categories.get(category, ()))
        level, by = self._level(arm, same, mine, rng)
        place = _place(arm, mine, rng)
        # As text has it, so that a replay of the ledger gives the very same number.
        magnitude = float(f"{level * arm.end:.6g}")
        change = Change(arm.transform, magnitude, place, int(rng.integers(2**32)))
        return situation.trial((photo, photo), by, change.to_facts(), kind="twoafc")

    def prepare(self, situation: Situation, trial: Trial, responses: Sequence[Response]) -> None:
        """Nothing: the choice takes milliseconds."""

    def _arm(self, mine: Sequence[Asked], rng: np.random.Generator) -> Arm:
        asked = Counter(_arm_of(trial) for trial, _ in mine)
        counts = np.array([asked[arm.transform, arm.end > 0] for arm in self.settings.arms])
        return self.settings.arms[int(rng.choice(np.flatnonzero(counts == counts.min())))]

    def _photo(
        self, arm: Arm, photos: Sequence[str], mine: Sequence[Asked], rng: np.random.Generator
    ) -> str:
        shown = (*self._earlier, *mine)
        seen = Counter(t.stimuli[0] for t, _ in shown if _arm_of(t) == (arm.transform, arm.end > 0))
        counts = np.array([seen[photo] for photo in photos])
        return photos[int(rng.choice(np.flatnonzero(counts == counts.min())))]

    def _level(
        self, arm: Arm, same: frozenset[str], mine: Sequence[Asked], rng: np.random.Generator
    ) -> tuple[float, str]:
        """As a share of the arm, and who chose it."""
        grid = self.settings.grid
        if rng.random() < self.settings.random_share:
            return float(rng.choice(grid.levels)), "random"
        answers = []
        for trial, answer in (*self._earlier, *mine):
            change = Change.of(trial.facts)
            told = answer.response in (LEFT, RIGHT)
            if change is None or not told or trial.stimuli[0] not in same:
                continue
            if _arm_of(trial) == (arm.transform, arm.end > 0):
                original = (answer.response == LEFT) == (change.place == 1)
                answers.append((abs(change.magnitude / arm.end), original))
        return grid.after(answers).next(), "gain"


def _arm_of(trial: Trial) -> tuple[str, bool] | None:
    change = Change.of(trial.facts)
    return None if change is None else (change.transform, change.magnitude > 0)


def _place(arm: Arm, mine: Sequence[Asked], rng: np.random.Generator) -> int:
    """Where the changed photo is shown: balanced for each transform."""
    changes = [Change.of(trial.facts) for trial, _ in mine]
    places = [c.place for c in changes if c is not None and c.transform == arm.transform]
    lead = places.count(1) - places.count(0)
    return int(rng.integers(2)) if lead == 0 else int(lead < 0)
