from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.perception.choice.stopping import (
    Progress,
    StoppingRule,
    progress,
    stop,
)
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.scale01 import attractiveness
from napari_lesion_synth.perception.scaling.utilities import fit_utilities

RULE = StoppingRule(trials=100, at_least=20, width=0.2, bits=0.05)


@pytest.mark.parametrize(
    ("now", "by"),
    [
        (Progress(10, 0.1, 0.01), None),
        (Progress(20, 0.21, 0.06), None),
        (Progress(20, 0.2, 0.06), "width"),
        (Progress(20, 0.21, 0.04), "gain"),
        (Progress(100, 0.9, 0.9), "trials"),
        (Progress(101, 0.1, 0.1), "trials"),
    ],
)
def test_whichever_comes_first_ends_the_study(now, by):
    found = stop(RULE, now)

    assert (found and found.by) == by


def test_a_rule_by_trials_alone_knows_neither_width_nor_gain():
    assert stop(StoppingRule(trials=5), Progress(4, 0.0, 0.0)) is None


def test_rules_are_told_in_words():
    assert StoppingRule(trials=1).text == "Stop after 1 trial."
    assert RULE.text == (
        "Stop after 100 trials, or when the median 95 % interval is at most 0.2 wide (0 to 1), or "
        "when no pair is expected to gain 0.05 bit, whichever comes first; not before 20 trials."
    )


def test_progress_is_that_of_the_scale_of_0_to_1(asked):
    from napari_lesion_synth.perception.choice.chooser import Chooser
    from napari_lesion_synth.perception.choice.model import StudyModel

    rng = np.random.default_rng(0)
    comparisons, _ = asked(Chooser(StudyModel()), rng.standard_normal(10), 60, rng)
    early, late = (fit_utilities(comparisons.only(slice(n))) for n in (20, 60))

    first, last = progress(early, 20), progress(late, 60)

    assert last.width == pytest.approx(attractiveness(late, rng).median_width, rel=0.05)
    assert last.width < first.width
    assert 0 < last.bits < first.bits < 1


def test_before_the_first_answer_the_width_is_without_limit():
    now = progress(fit_utilities(Comparisons.of(("a", "b", "c"))), 0)

    assert now.width == float("inf")
    assert stop(RULE, now) is None
