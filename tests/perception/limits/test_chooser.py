from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from napari_lesion_synth.perception.design.sections import Checks, TrialCounts
from napari_lesion_synth.perception.limits.answers import of_trials
from napari_lesion_synth.perception.limits.chooser import LimitChooser
from napari_lesion_synth.perception.limits.dose import fit_dose
from napari_lesion_synth.perception.limits.limit_settings import Arm, LimitSettings
from napari_lesion_synth.perception.observers.doses import DoseEffect, DoseTruth
from napari_lesion_synth.perception.observers.taking_part import take_part
from napari_lesion_synth.perception.observers.utility import UtilityObserver
from napari_lesion_synth.perception.session.enrolment import NewParticipant
from napari_lesion_synth.perception.session.session import Session
from napari_lesion_synth.perception.transforms.facts import Change

SETTINGS = LimitSettings(transforms=("rotate", "blur"), ends={"rotate": (-20, 20)})


def steep(magnitude: np.ndarray) -> np.ndarray:
    """Nobody likes it turned by 8 degrees."""
    return -3.0 * (np.abs(magnitude) > 8)


@pytest.fixture
def study(make_study):
    """Two kinds of dishes, and 60 questions a participant."""
    return make_study(
        photos=6,
        categories=("ramen", "sushi"),
        counts=TrialCounts(trials=60, practice=2, block_size=30),
        checks=Checks(catch_share=0.05, repeat_share=0.1),
    )


def taken(study, code: str, earlier=()):
    """All trials and answers of a participant to whom turning matters."""
    categories = {stimulus.id: stimulus.category for stimulus in study.stimuli}
    truth = DoseTruth(steep, -20.0, 20.0)
    effect = DoseEffect({"rotate": truth}, categories, code)
    observer = UtilityObserver(
        dict.fromkeys(study.stimuli.ids, 0.0), seed=sum(map(ord, code)), effect=effect
    )
    chooser = LimitChooser(SETTINGS, earlier)
    with Session.begin(study, NewParticipant(code, simulated=True), chooser) as session:
        return list(take_part(session, observer))


def limit_trials(taken_trials):
    """Trials with a changed photo that count."""
    return [(t, a) for t, a in taken_trials if t.counts and Change.of(t.facts) is not None]


def test_every_direction_and_photo_is_asked_as_often(study):
    trials = [t for t, _ in limit_trials(taken(study, "P1")) if t.repeat_of is None]
    changes = [Change.of(t.facts) for t in trials]

    assert len(trials) >= 45
    arms = Counter((c.transform, c.magnitude > 0) for c in changes)
    assert set(arms) == {("rotate", True), ("rotate", False), ("blur", True)}
    assert max(arms.values()) - min(arms.values()) <= 2
    assert max(Counter(t.stimuli[0] for t in trials).values()) <= 7
    assert all(t.kind == "twoafc" and t.stimuli[0] == t.stimuli[1] for t in trials)
    for name in ("rotate", "blur"):
        places = Counter(c.place for c in changes if c.transform == name)
        assert abs(places[0] - places[1]) <= 4
    assert {t.chosen_by for t in trials} == {"gain", "random"}
    assert all(abs(c.magnitude) <= 20 for c in changes)


def test_a_mirrored_repeat_swaps_the_changed_photo(study):
    trials = {t.number: t for t, _ in taken(study, "P1")}
    again = [t for t in trials.values() if t.repeat_of is not None and Change.of(t.facts)]
    same = [Change.of(t.facts).place == Change.of(trials[t.repeat_of].facts).place for t in again]

    assert 0 < sum(same) < len(same)


def test_levels_gather_where_people_begin_to_mind(study):
    earlier = []
    for k in range(3):
        earlier += limit_trials(taken(study, f"P{k}", tuple(earlier)))
    late = limit_trials(taken(study, "P9", tuple(earlier)))
    chosen = [
        abs(Change.of(t.facts).magnitude)
        for t, _ in late
        if t.chosen_by == "gain" and Change.of(t.facts).transform == "rotate"
    ]

    assert 5 <= np.median(chosen) <= 13


def test_answers_of_a_study_become_a_curve(study):
    answered = [(f"P{k}", t, a) for k in range(3) for t, a in taken(study, f"P{k}")]
    categories = {stimulus.id: stimulus.category for stimulus in study.stimuli}

    tables = of_trials(answered, categories)

    rotate = tables["rotate"]
    assert sum(map(len, tables.values())) == len(limit_trials([(t, a) for _, t, a in answered]))
    assert rotate.category_names == ("ramen", "sushi")
    assert set(rotate.side) == {-1.0, 1.0}
    strong = np.abs(rotate.magnitude) > 8
    assert rotate.value[strong].mean() < 0.1
    assert 0.3 < rotate.value[~strong].mean() < 0.7
    curve = fit_dose(rotate).curve()
    assert curve.at(18).value < -1
    assert curve.at(2).value == pytest.approx(0, abs=0.6)


def test_arms_are_the_directions_of_the_transforms():
    assert SETTINGS.arms == (Arm("rotate", -20), Arm("rotate", 20), Arm("blur", 2))
    one = LimitSettings(transforms=("hue",), ends={"hue": (0, 30)})
    assert one.arms == (Arm("hue", 30),)
    assert SETTINGS.margin == pytest.approx(0.2533, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"transforms": ("sepia",)}, "no transform sepia"),
        ({"transforms": ("blur", "blur")}, "twice"),
        ({"transforms": ("blur",), "ends": {"hue": (-1, 1)}}, "not tried"),
        ({"transforms": ("blur",), "ends": {"blur": (-1, 1)}}, "within 0 to 20"),
        ({"transforms": ("blur",), "ends": {"blur": (0, 0)}}, "both sides"),
    ],
)
def test_settings_that_cannot_be_are_refused(values, why):
    with pytest.raises(ValueError, match=why):
        LimitSettings(**values)
