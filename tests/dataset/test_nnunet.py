from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.dataset.decisions import Keep
from napari_lesion_synth.dataset.nnunet import chosen_ids, host_pairs, scene_pairs, splits
from napari_lesion_synth.errors import DatasetError


def make_set(rows, *, teachers=(), decisions=None):
    """Stand in for a generated set: rows of (patient, scene, donor's patient)."""
    table = pd.DataFrame(
        [
            {
                "id": f"k{number}",
                "case": f"case-{patient}",
                "scene": scene,
                "method": "poisson" if donor else "sigmoid",
                "donor": f"d-{donor}" if donor else "",
                "donor_patient": donor,
                "patch_sha256": f"hash{number}",
            }
            for number, (patient, scene, donor) in enumerate(rows)
        ]
    )
    patients = sorted({patient for patient, _, _ in rows})
    return SimpleNamespace(
        folder="set",
        table=table,
        ids=list(table["id"]),
        verdicts=dict(decisions or {}),
        info={
            "cases": [{"name": f"case-{p}", "patient": p, "host": f"h{p}"} for p in patients],
            "donors": {"lesions": [{"id": f"d-{p}", "patient": p} for p in teachers]},
        },
    )


def test_a_scene_descends_from_its_host_and_the_patients_of_its_donors():
    generated = make_set([("a", "s0", "b"), ("a", "s0", "c"), ("a", "s1", "b")], teachers="bc")
    first, second = scene_pairs(generated, generated.ids)
    assert first.name == "case-a_s0"
    assert first.lineage == ("a", "b", "c")
    assert second.lineage == ("a", "b")
    assert first.lesions == {"k0": "hash0", "k1": "hash1"}


def test_a_lesion_without_donor_descends_from_all_whose_lesions_were_measured():
    generated = make_set([("a", "s0", "")], teachers="bc")
    (pair,) = scene_pairs(generated, generated.ids)
    assert pair.lineage == ("a", "b", "c")


def test_lesions_that_are_not_chosen_are_left_out_and_empty_scenes_with_them():
    generated = make_set([("a", "s0", "b"), ("a", "s0", "c"), ("a", "s1", "c")], teachers="bc")
    (pair,) = scene_pairs(generated, ["k0"])
    assert list(pair.lesions) == ["k0"]
    assert pair.lineage == ("a", "b")


rows = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.integers(0, 9), st.sampled_from(["", *"abcdxy"])),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(rows, st.sets(st.sampled_from("abcdxy")))
def test_no_fold_validates_on_a_patient_that_its_training_descends_from(found, teachers):
    generated = make_set(
        [(p, f"{p}{scene}", donor) for p, scene, donor in found], teachers=sorted(teachers)
    )
    pairs = scene_pairs(generated, generated.ids) + host_pairs(generated)
    by_name = {pair.name: pair for pair in pairs}
    folds = splits(pairs)
    patients = {p for p, _, _ in found}
    assert len(folds) == (min(5, len(patients)) if len(patients) > 1 else 0)
    for fold in folds:
        held_out = {by_name[name].patient for name in fold["val"]}
        assert held_out
        assert all(not by_name[name].lesions for name in fold["val"])
        assert not any(held_out.intersection(by_name[name].lineage) for name in fold["train"])
    if folds:
        validated = [name for fold in folds for name in fold["val"]]
        assert sorted(validated) == sorted(p.name for p in pairs if not p.lesions)


@pytest.mark.parametrize(
    ("keep", "decisions", "kept"),
    [
        (Keep.AUTO, {}, "k0 k1 k2"),
        (Keep.AUTO, {"k0": "accept", "k1": "reject"}, "k0"),
        (Keep.ACCEPTED, {"k2": "accept"}, "k2"),
        (Keep.NOT_REJECTED, {"k1": "reject"}, "k0 k2"),
        (Keep.ALL, {"k1": "reject"}, "k0 k1 k2"),
    ],
)
def test_decisions_choose_the_lesions(keep, decisions, kept):
    generated = make_set([("a", "s0", "b")] * 3, decisions=decisions)
    assert chosen_ids(generated, keep) == kept.split()


def test_a_set_of_which_nothing_is_left_is_refused():
    generated = make_set([("a", "s0", "b")], decisions={"k0": "reject"})
    with pytest.raises(DatasetError, match="none is accepted"):
        chosen_ids(generated, Keep.AUTO)
