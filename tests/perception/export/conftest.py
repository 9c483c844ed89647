"""Studies in which simulated participants took part, with and without gaze."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from napari_lesion_synth.perception.design.sections import Checks, TrialCounts
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.gaze_record import PhotosShown, keep_samples
from napari_lesion_synth.perception.session.session import Session

SCREEN = (1000, 500)
RATE = 100.0

Runner = Callable[..., Study]


class Staring(UtilityObserver):
    """Looks at the middle of one photo after the other, and sees where that was."""

    def __init__(self, study: Study, code: str, source: str, utilities: dict[str, float]) -> None:
        super().__init__(utilities, seed=len(code))
        self.study, self.code, self.source = study, code, source

    def answer(self, trial, onset_utc=""):
        answer = super().answer(trial, onset_utc)
        width = SCREEN[0] / len(trial.stimuli)
        rects = [(k * width + 10, 20, width - 20, 300) for k in range(len(trial.stimuli))]
        shown = PhotosShown(tuple(rects), SCREEN)
        n = round(answer.response_time_s * RATE)
        t = np.arange(n) / RATE
        place = np.minimum((t * len(rects) / max(t[-1], 0.01)).astype(int), len(rects) - 1)
        x = np.array([rect[0] + rect[2] / 2 for rect in rects])[place]
        valid = np.ones(n, np.bool_)
        valid[3] = False
        samples = Samples(
            t, x, np.full(n, 170.0), valid, np.full(n, 3.0), "screen", self.source, RATE
        )
        keep_samples(self.study.folder, self.code, trial.number, samples)
        quality = {"accuracy_deg": 0.5, "rms_s2s_deg": 0.1, "data_loss": 1 / n}
        extra = {"frames": {"longest_ms": 17.5, "late": 1}}
        return replace(
            answer, gaze_source=self.source, shown=shown.to_json() | extra, quality=quality
        )


@pytest.fixture
def take_parts(make_study) -> Runner:
    """Makes a study and lets people go through it."""

    def run(
        people: int = 2, gaze: str | None = None, simulated: bool = False, **sections: object
    ) -> Study:
        counts = TrialCounts(trials=16, practice=1, block_size=6)
        given = {"counts": counts, "checks": Checks(catch_share=0.2, repeat_share=0.2)}
        study = make_study(categories=("curry", "soup"), photos=4, **(given | sections))
        worth = {name: k / 3 for k, name in enumerate(study.stimuli.ids)}
        for k in range(people):
            code = f"P-{k + 1}"
            observer = UtilityObserver(worth, seed=k)
            if gaze:
                observer = Staring(study, code, gaze, worth)
            clock = SimulatedClock(datetime(2026, 3, 1 + k, 10, tzinfo=UTC) + timedelta(hours=k))
            who = NewParticipant(code, simulated=simulated)
            with Session.begin(study, who, clock=clock.clock) as session:
                session.agree(session.consent_text())
                session.tell(observer.covariates(study.design))
                if gaze:
                    session.calibrated({"accuracy_deg": 0.5, "worst_deg": 0.9})
                for _ in take_part(session, observer, clock):
                    pass
        return study

    return run
