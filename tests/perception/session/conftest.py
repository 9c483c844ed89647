"""Sessions of a simulated participant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.observers.utility import ObserverTraits, UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session

ObserverMaker = Callable[..., UtilityObserver]
SessionMaker = Callable[..., Session]


@pytest.fixture
def observe() -> ObserverMaker:
    """Maker of participants whose utilities are drawn."""

    def make(study: Study, seed: int = 0, **traits: float) -> UtilityObserver:
        rng = np.random.default_rng(seed)
        utilities = {name: float(rng.standard_normal()) for name in study.stimuli.ids}
        return UtilityObserver(utilities, ObserverTraits(**traits), seed)

    return make


@pytest.fixture
def begin() -> Iterator[SessionMaker]:
    """Begins a session, which is closed after the test."""
    with ExitStack() as stack:

        def begun(study: Study, code: str = "P1", **more: object) -> Session:
            return stack.enter_context(Session.begin(study, NewParticipant(code), **more))

        yield begun


@pytest.fixture
def ready(begin: SessionMaker) -> SessionMaker:
    """Begins a session whose participant has agreed and told."""

    def made(study: Study, code: str = "P1", **more: object) -> Session:
        session = begin(study, code, **more)
        session.agree(session.consent_text())
        session.tell({"hunger": 40, "minutes_since_meal": 120})
        return session

    return made
