"""A simulated participant goes through a session as a person would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.observers.clock import SimulatedClock
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.phases import Phase
from napari_lesion_synth.perception.session.session import Session

__all__ = ["take_part"]


def take_part(
    session: Session, observer: UtilityObserver, clock: SimulatedClock | None = None
) -> Iterator[tuple[Trial, Answer]]:
    """Agree, tell, answer, rest, until nothing is left.

    Parameters
    ----------
    session : Session
        At any point.
    observer : UtilityObserver
        Who answers.
    clock : SimulatedClock, optional
        The session's clock; answers and breaks take their time on it.

    Yields
    ------
    tuple of Trial and Answer
        Each question with its answer, when the answer is on the disk.
    """
    pass_by: Callable[[float], None] = clock.pass_by if clock else lambda _: None
    while session.phase not in (Phase.DONE, Phase.DECLINED, Phase.WITHDRAWN):
        trial = session.next_trial()
        if trial is None:
            _go_on(session, observer, pass_by)
            continue
        onset = clock.utc().isoformat(timespec="milliseconds") if clock else ""
        answer = observer.answer(trial, onset)
        pass_by(answer.response_time_s)
        session.answer(answer)
        yield trial, answer


def _go_on(session: Session, observer: UtilityObserver, pass_by: Callable[[float], None]) -> None:
    """What comes between questions."""
    phase = session.phase
    if phase is Phase.CONSENT:
        session.agree(session.consent_text())
    elif phase is Phase.COVARIATES:
        session.tell(observer.covariates(session.state.design))
    elif phase is Phase.BREAK:
        pass_by(session.state.design.counts.break_s)
        session.end_break()
    elif phase is Phase.PAUSED:
        session.resume()
    elif phase is Phase.TIME_UP:
        session.new_sitting()
