"""Dots to look at before the next question: how good the gaze is, and whether it drifted."""

from __future__ import annotations

from functools import partial

from napari_lesion_synth.jobs.study_looks import validation_facts
from napari_lesion_synth.perception.gaze.quality import validation_doubt
from napari_lesion_synth.perception.gaze.targets import TargetLook
from napari_lesion_synth.perception.gaze.validation import Validation, check_drift, validate
from napari_lesion_synth.widgets.study.participant.gaze import drift_facts

__all__ = ["Dots"]


class Dots:
    """The participant's window, as far as it shows dots; takes pages, words and session from it."""

    def _looks_at_targets(self) -> bool:
        """Whether there are dots to look at before the next question; then they come."""
        if self.recorder is None:
            return False
        self.recorder.catch_up()
        if self.recorder.unvalidated:
            self._say(self.words.dots, self.words.start, self._show_targets)
            return True
        if self.recorder.may_have_drifted:
            show = partial(self._show_targets, middle=True)
            self._say(self.words.dot, self.words.start, show)
            return True
        return False

    def _show_targets(self, *, middle: bool = False) -> None:
        if self.recorder is not None:
            self._turn_to(self.targets)
            ratio = self.devicePixelRatioF()
            self.targets.begin(self.recorder, self.scenes.screen, ratio, middle=middle)

    def _on_drift(self, look: TargetLook) -> None:
        """Note how far the gaze has drifted; too far: all the dots again."""
        assert self.recorder is not None
        found = check_drift(look, self.scenes.screen)
        self.drift_checked.emit(str(found))
        if not found.passed:
            self.recorder.validation = None
        self._do(partial(self.session.note, "drift check", drift_facts(found)))

    def _on_targets(self, looks: tuple[TargetLook, ...]) -> None:
        assert self.recorder is not None
        drift = self.recorder.may_have_drifted
        self.recorder.moved = False
        if drift:
            self._on_drift(looks[0])
            return
        found = validate(looks, self.scenes.screen)
        doubt = validation_doubt(found)
        self.recorder.validation = None if doubt else found
        self.validated.emit(str(found))
        facts = {**validation_facts(found), "doubt": doubt}
        step = partial(self.session.calibrated, facts)
        self._do(step, partial(self._doubt, found, doubt) if doubt else None)

    def _doubt(self, found: Validation, doubt: str) -> None:
        """Gaze that makes no maps is a matter for the operator: again, or on with marks."""
        self.gaze_doubted.emit(doubt)
        words = self.words
        self._say(
            words.gaze_poor,
            words.dots_again,
            self._show_targets,
            f"{doubt[:1].upper()}{doubt[1:]}.",
            stop=words.gaze_anyway,
            instead=partial(self._go_on_doubted, found, doubt),
        )

    def _go_on_doubted(self, found: Validation, doubt: str) -> None:
        assert self.recorder is not None
        self.recorder.validation = found
        self._do(partial(self.session.note, "went on with poor gaze", {"doubt": doubt}))
