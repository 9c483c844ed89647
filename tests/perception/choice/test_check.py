from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.choice.check import check_model
from napari_lesion_synth.perception.choice.chooser import Chooser
from napari_lesion_synth.perception.choice.model import StudyModel
from napari_lesion_synth.perception.choice.rules import ChooserRules
from napari_lesion_synth.perception.scaling.comparisons import Comparisons


def study(asked, lapse: float, seed: int = 0):
    """A study with a third of random pairs."""
    rng = np.random.default_rng(seed)
    chooser = Chooser(StudyModel(), ChooserRules(random_share=0.35))
    comparisons, choices = asked(chooser, rng.standard_normal(12), 160, rng, lapse)
    return comparisons, np.array([choice.chosen_by == "random" for choice in choices])


def test_a_model_that_holds_predicts_as_well_as_it_expects(asked):
    found = [check_model(*study(asked, 0.02, seed), StudyModel()) for seed in range(6)]

    right = np.average([one.right.value for one in found], weights=[one.n for one in found])
    expected = np.average([one.expected for one in found], weights=[one.n for one in found])
    assert right == pytest.approx(expected, abs=0.07)
    assert np.mean([one.bits.value for one in found]) < 0.9
    assert all(one.right.low < one.right.value < one.right.high for one in found)


def test_a_rater_at_random_is_not_predicted(asked):
    comparisons, random = study(asked, lapse=1.0)

    found = check_model(comparisons, random, StudyModel())

    assert found.right.low < 0.5 < found.right.high
    assert found.bits.high > 0.95


def test_the_answers_to_random_pairs_have_no_part_in_predicting_them(asked):
    comparisons, random = study(asked, lapse=0.02)
    before = check_model(comparisons, random, StudyModel())
    comparisons.outcome[random] = 1 - comparisons.outcome[random]

    turned = check_model(comparisons, random, StudyModel())

    assert turned.right.value == pytest.approx(1 - before.right.value)


def test_without_random_pairs_there_is_no_check(asked):
    comparisons = Comparisons.of(("a", "b"), [(0, 1)], [1])

    for random in (np.array([False]), np.array([True])):
        tie = comparisons.answered(0, 1, 0.5).only(slice(1, None))
        with pytest.raises(ParameterError, match="no random pair"):
            check_model(tie if random else comparisons, random, StudyModel())
