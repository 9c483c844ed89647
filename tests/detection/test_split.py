from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.detection.split import Part, PatientFacts, Source, divide, require_clean
from napari_lesion_synth.errors import ParameterError

ILL = [PatientFacts(f"ill-{k}", 1, 2) for k in range(8)]
WELL = [PatientFacts(f"well-{k}", 3, 0) for k in range(8)]


def of(parts, part):
    return {name for name, found in parts.items() if found is part}


def test_a_share_of_the_patients_with_and_without_lesions_validates():
    parts = divide([*ILL, *WELL], holdout=0.25, seed=1)
    chosen = of(parts, Part.VALIDATION)
    assert sum(name.startswith("ill") for name in chosen) == 2
    assert sum(name.startswith("well") for name in chosen) == 2


def test_the_draw_depends_on_the_seed_and_not_on_the_order():
    first = divide([*ILL, *WELL], seed=3)
    assert divide([*reversed(WELL), *reversed(ILL)], seed=3) == first
    assert any(divide([*ILL, *WELL], seed=seed) != first for seed in range(5))


def test_named_patients_are_taken_and_nobody_else():
    parts = divide([*ILL, *WELL], validation=["ill-0"], test=["ill-1", "well-0"])
    assert of(parts, Part.VALIDATION) == {"ill-0"}
    assert of(parts, Part.TEST) == {"ill-1", "well-0"}


def test_two_patients_with_lesions_are_both_trained_on():
    assert of(divide(ILL[:2]), Part.VALIDATION) == set()


def test_a_patient_in_two_parts_is_refused_by_name():
    with pytest.raises(ParameterError, match="'ill-3' is named for validation and for test"):
        divide(ILL, validation=["ill-3"], test=["ill-3"])


def test_a_patient_who_is_not_there_is_refused_with_those_who_are():
    with pytest.raises(ParameterError, match="'nobody' is not there"):
        divide(ILL, test=["nobody"])


def test_somebody_is_left_to_train_on():
    with pytest.raises(ParameterError, match="no patient is left"):
        divide(ILL[:1], test=["ill-0"])


def test_a_set_made_from_a_test_patient_is_refused_with_both_named():
    parts = divide(ILL, test=["ill-2"], holdout=0)
    with pytest.raises(ParameterError, match=r"the set A is made from patient .ill-2., who is"):
        require_clean(parts, [Source("the set A", ("ill-0", "ill-2"))])
    require_clean(parts, [Source("the set B", ("ill-0", "a stranger"))])


@given(st.integers(0, 100), st.floats(0, 0.9), st.sets(st.integers(0, 7)))
def test_what_something_is_made_from_never_validates_unasked(seed, holdout, bound):
    facts = [PatientFacts(f.patient, 1, 2, k in bound) for k, f in enumerate(ILL)]
    parts = divide(facts, holdout=holdout, seed=seed)
    assert not of(parts, Part.VALIDATION) & {f"ill-{k}" for k in bound}
    assert of(parts, Part.TRAIN)
