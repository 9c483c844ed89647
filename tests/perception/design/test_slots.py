from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.sections import Checks, Judgement, Order, TrialCounts
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import catch_kinds, plan_slots

CATEGORIES = {"curry": ("c1", "c2"), "eel": ("e1", "e2"), "salad": ("s1", "s2")}


def design(**sections):
    return StudyDesign(name="x", **sections)


designs = st.builds(
    design,
    seed=st.integers(0, 2**32 - 1),
    judgement=st.builds(
        Judgement, kind=st.sampled_from(["paired", "vas", "likert", "best-worst", "view", "mixed"])
    ),
    counts=st.builds(
        TrialCounts,
        trials=st.integers(3, 150),
        practice=st.integers(0, 5),
        block_size=st.integers(1, 60),
    ),
    checks=st.builds(
        Checks,
        catch_share=st.floats(0, 0.3),
        repeat_share=st.floats(0, 0.4),
        mirrored_share=st.floats(0, 1),
    ),
    order=st.builds(
        Order, blocks=st.sampled_from(["mixed", "category"]), spacing=st.integers(0, 5)
    ),
)


@settings(deadline=None)
@given(designs, st.integers(0, 30))
def test_a_sitting_has_the_trials_checks_and_breaks_of_its_design(study, participant):
    slots = plan_slots(study, CATEGORIES, participant)
    counts, checks = study.counts, study.checks
    assert [slot.number for slot in slots] == list(range(counts.practice + counts.trials))
    assert [slot.practice for slot in slots] == [True] * counts.practice + [False] * counts.trials
    roles = Counter(slot.role for slot in slots)
    paired = study.judgement.kind in ("paired", "mixed")
    expected = round(checks.catch_share * counts.trials) if catch_kinds(study) else 0
    assert roles["catch"] == expected
    assert all((slot.catch is not None) == (slot.role == "catch") for slot in slots)
    repeats = roles["repeat"] + roles["mirror"]
    assert repeats <= round(checks.repeat_share * counts.trials)
    assert roles["mirror"] == (round(checks.mirrored_share * repeats) if paired else 0)
    earliest = min((s.number for s in slots if s.role in ("repeat", "mirror")), default=10**9)
    assert earliest - counts.practice > study.order.spacing
    assert not slots[counts.practice].rest_before
    # Between two breaks there are at most as many trials as a block has.
    run = 0
    for slot in slots[counts.practice :]:
        run = 1 if slot.rest_before else run + 1
        assert run <= counts.block_size


@settings(deadline=None)
@given(designs, st.integers(0, 30))
def test_the_plan_follows_from_the_design_and_the_participants_number(study, participant):
    assert plan_slots(study, CATEGORIES, participant) == plan_slots(study, CATEGORIES, participant)


def test_plans_differ_between_participants_and_seeds():
    def roles(seed, participant):
        study = design(seed=seed, counts=TrialCounts(trials=60))
        return tuple(slot.role for slot in plan_slots(study, CATEGORIES, participant))

    assert len({roles(seed, p) for seed in (0, 1) for p in (0, 1)}) == 4


def test_categories_come_one_after_the_other_in_orders_that_are_balanced():
    study = design(order=Order(blocks="category"), counts=TrialCounts(trials=30, block_size=99))
    orders = []
    for participant in range(6):
        slots = [s for s in plan_slots(study, CATEGORIES, participant) if not s.practice]
        blocks = list(dict.fromkeys(slot.block for slot in slots))
        assert Counter(slot.category for slot in slots) == dict.fromkeys(CATEGORIES, 10)
        assert [s.block for s in slots] == [b for b in blocks for _ in range(10)]
        assert sum(slot.rest_before for slot in slots) == 2
        orders.append(tuple(blocks))
    assert len(set(orders)) == 6
    for place in range(3):
        assert Counter(order[place] for order in orders) == dict.fromkeys(CATEGORIES, 2)


def test_fewer_trials_than_categories_are_refused():
    study = design(order=Order(blocks="category"), counts=TrialCounts(trials=2))
    with pytest.raises(ParameterError, match="too few for 3 categories"):
        plan_slots(study, CATEGORIES, 0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("paired", ("obvious", "instructed")),
        ("best-worst", ("obvious", "instructed")),
        ("vas", ("instructed",)),
        ("likert", ("instructed",)),
        ("view", ()),
    ],
)
def test_only_comparisons_have_obvious_answers(kind, expected):
    assert catch_kinds(design(judgement=Judgement(kind=kind))) == expected


def test_where_kinds_are_mixed_practice_and_catch_trials_are_of_both():
    study = design(
        judgement=Judgement(kind="mixed"),
        counts=TrialCounts(trials=100, practice=4),
        checks=Checks(catch_share=0.1),
    )
    slots = plan_slots(study, CATEGORIES, 0)
    assert [slot.ask for slot in slots if slot.practice] == ["pair", "vas", "pair", "vas"]
    catches = Counter((slot.catch, slot.ask) for slot in slots if slot.role == "catch")
    assert set(catches) == {("obvious", "pair"), ("instructed", "vas"), ("instructed", "pair")}
    assert max(catches.values()) - min(catches.values()) <= 1
    assert all(slot.ask is None for slot in slots if slot.role in ("main", "repeat", "mirror"))
