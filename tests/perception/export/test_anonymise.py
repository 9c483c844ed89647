from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.perception.design.answers_before import AGE_BANDS
from napari_lesion_synth.perception.design.sections import Covariates
from napari_lesion_synth.perception.export.anonymise import anonymous, by_code
from napari_lesion_synth.perception.export.people import gather


@pytest.fixture
def people(take_parts):
    return gather(take_parts(4, covariates=Covariates(age_band=True))).people


def made_up(person, language, age, month):
    """The same person with other facts about who they are."""
    records = ({**person.records[0], "t": f"{month}-05T10:00:00+00:00"}, *person.records[1:])
    covariates = {**person.state.covariates, "age_band": age, "hunger": 43}
    state = replace(person.state, language=language, covariates=covariates)
    return replace(person, state=state, records=records)


def facts(identities):
    return [(i.language, i.age_band, i.began) for i in identities.of.values()]


def test_codes_become_numbers_in_an_order_that_differs(people):
    orders = {
        tuple(anonymous(people, np.random.default_rng(k)).of[p.code].label for p in people)
        for k in range(20)
    }
    assert len(orders) > 1
    assert all(sorted(order) == ["01", "02", "03", "04"] for order in orders)


def test_the_statement_tells_what_was_done_and_which_k_it_gave(people):
    found = anonymous(people, np.random.default_rng(0))
    assert found.anonymous
    assert f"k = {found.k}" in found.statement
    assert "may still recognise" in found.statement
    assert not any(person.code in found.statement for person in people)


def test_hunger_and_the_last_meal_are_rounded(people):
    changed = [made_up(person, "ja", "20-29", "2026-03") for person in people]
    found = anonymous(changed, np.random.default_rng(0))
    for identity in found.of.values():
        assert identity.covariates["hunger"] == 40
        assert identity.covariates["minutes_since_meal"] % 30 == 0


def test_alike_people_keep_month_and_age(people):
    alike = [made_up(person, "ja", "20-29", "2026-03") for person in people]
    found = anonymous(alike, np.random.default_rng(0))
    assert found.k == 4
    assert facts(found) == [("ja", "20-29", "2026-03")] * 4


def test_who_stands_out_makes_all_coarser(people):
    odd = [made_up(p, "ja", "20-29", "2026-03") for p in people[:3]]
    odd.append(made_up(people[3], "ja", "70+", "2026-03"))
    found = anonymous(odd, np.random.default_rng(0))
    assert found.k == 4
    assert {fact[1] for fact in facts(found)} == {""}


def test_with_fewer_people_than_k_all_of_it_is_dropped(people):
    few = [made_up(people[0], "ja", "20-29", "2026-03"), made_up(people[1], "en", "70+", "2025-01")]
    found = anonymous(few, np.random.default_rng(0), k=3)
    assert facts(found) == [("", "", "")] * 2
    assert found.k == 2


@given(
    known=st.lists(
        st.tuples(
            st.sampled_from(["ja", "en"]),
            st.sampled_from(["", *AGE_BANDS]),
            st.sampled_from(["2025-12", "2026-01", "2026-02"]),
        ),
        min_size=4, max_size=4,
    ),
    k=st.integers(2, 4),
)  # fmt: skip
def test_at_least_k_agree_whoever_they_are(people_once, known, k):
    changed = [made_up(person, *fact) for person, fact in zip(people_once, known, strict=True)]
    found = anonymous(changed, np.random.default_rng(0), k)
    assert min(Counter(facts(found)).values()) == found.k >= k


@pytest.fixture(scope="module")
def people_once():
    """Four people without answers, made without a study."""
    from napari_lesion_synth.perception.design.settings import StudyDesign
    from napari_lesion_synth.perception.export.people import Person
    from napari_lesion_synth.perception.ledger.replay import ParticipantState

    design = StudyDesign(name="made up")
    covariates = {"hunger": 10, "minutes_since_meal": 100}
    return [
        Person(
            f"P{k}",
            ParticipantState(f"P{k}", k, "ja", design, covariates=covariates),
            ({"n": 0, "t": "2026-03-01T09:00:00+00:00", "mono": 0.0, "kind": "begun"},),
        )
        for k in range(4)
    ]


def test_by_code_nothing_is_hidden_and_that_is_said(people):
    found = by_code(people)
    assert found.k is None
    assert [who.label for who, _ in found.ordered(people)] == ["P-1", "P-2", "P-3", "P-4"]
    assert "not for publication" in found.statement
    first = found.of["P-1"]
    assert first.began == "2026-03-01"
    assert first.covariates["hunger"] == people[0].state.covariates["hunger"]


def test_nobody_is_nobody(people):
    assert anonymous([], np.random.default_rng(0)).of == {}
