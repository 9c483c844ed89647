from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.folds import assign_folds


def test_no_patient_is_in_two_folds(real_discs):
    folds, by_patient = assign_folds(real_discs, 3, seed=0)
    assert by_patient
    for patient in {view.patient for view in real_discs}:
        assert len({folds[k] for k, v in enumerate(real_discs) if v.patient == patient}) == 1


@pytest.mark.parametrize("seed", range(5))
def test_folds_are_of_one_size_and_each_has_both_zones(real_discs, seed):
    folds, _ = assign_folds(real_discs, 3, seed)
    assert np.ptp(np.bincount(folds)) == 0
    for zone in Zone:
        own = [folds[k] for k, view in enumerate(real_discs) if view.zone is zone]
        assert set(own) == {0, 1, 2}


def test_the_order_of_the_lesions_does_not_matter(real_discs):
    folds, _ = assign_folds(real_discs, 3, seed=4)
    back, _ = assign_folds(real_discs[::-1], 3, seed=4)
    assert list(back[::-1]) == list(folds)


def test_one_large_patient_does_not_empty_the_other_folds(disc_view):
    views = [disc_view(f"a{k}", patient="large") for k in range(12)]
    views += [disc_view(f"b{k}", patient=f"p{k}") for k in range(4)]
    folds, _ = assign_folds(views, 3, seed=0)
    assert sorted(np.bincount(folds)) == [2, 2, 12]


def test_with_too_few_patients_lesions_are_dealt_out(disc_view):
    views = [disc_view(f"a{k}", patient=f"p{k % 2}") for k in range(9)]
    folds, by_patient = assign_folds(views, 3, seed=0)
    assert not by_patient
    assert list(np.bincount(folds)) == [3, 3, 3]
