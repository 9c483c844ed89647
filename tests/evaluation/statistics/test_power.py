from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from napari_lesion_synth.evaluation.statistics.exact import clopper_pearson, garwood
from napari_lesion_synth.evaluation.statistics.mcnemar import Found, LesionName, mcnemar
from napari_lesion_synth.evaluation.statistics.power import PowerSettings, plan_power
from napari_lesion_synth.evaluation.statistics.precision import rate_half_width, share_half_width


def plan(lesions: int, **settings):
    """Plan an experiment."""
    return plan_power(PowerSettings(lesions=lesions, **settings))


def test_few_lesions_show_nothing_but_great_gains_and_it_is_said_at_once():
    twenty, forty = (plan(n).words().splitlines()[0] for n in (20, 40))

    assert twenty == (
        "With 20 test lesions, 0.65 against 0.80 cannot be seen (power 0.07 to 0.08); "
        "0.65 against 0.95 cannot be seen reliably (power 0.45 to 0.58)."
    )
    assert forty == (
        "With 40 test lesions, 0.65 against 0.80 cannot be seen reliably (power 0.18 to 0.57); "
        "0.65 against 0.95 can be seen (power 0.86 to 0.99)."
    )


@pytest.mark.parametrize(
    ("lesions", "lost", "verdict"),
    [
        (60, None, "may be seen"),  # 0.28 to 0.90: it hinges on how far the arms agree
        (60, 0.0, "can be seen"),
        (60, 0.05, "cannot be seen reliably"),
        (60, 0.2, "cannot be seen"),
        (300, None, "can be seen"),
        (20, None, "cannot be seen"),
    ],
)
def test_what_can_be_seen_hinges_on_how_far_the_arms_agree(lesions, lost, verdict):
    (aim,) = plan(lesions, aims=(0.8,), lost=lost).aims

    assert aim.verdict == verdict


def test_the_tables_of_unpaired_comparisons_are_in_it():
    answer = plan(138, aims=(0.8, 0.95))

    assert [aim.lesions.unpaired for aim in answer.aims] == [138, 27]
    assert answer.aims[0].power.unpaired == pytest.approx(0.8, abs=0.005)


def test_alike_lesions_count_for_less():
    one, alike = plan(100), plan(100, lesions_per_patient=3, icc=0.5)

    assert alike.settings.design_effect == 2
    assert alike.aims[0].power == plan(50).aims[0].power
    assert alike.half_width == plan(50).half_width > one.half_width
    assert alike.aims[0].lesions.best == 2 * one.aims[0].lesions.best
    assert "100 count as 50" in alike.words()
    assert "count as" not in one.words()


def test_the_design_effect_is_that_of_simulated_patients():
    """Variance of a share over lesions in groups, against that of as many independent ones."""
    rng = np.random.default_rng(0)
    icc, share, m, patients = 0.3, 0.7, 4, 25
    total = (1 - icc) / icc  # a beta distribution of this sum gives the correlation
    chance = rng.beta(share * total, (1 - share) * total, (20_000, patients))
    variance = (rng.binomial(m, chance).sum(axis=1) / (m * patients)).var()

    settings = PowerSettings(lesions=m * patients, lesions_per_patient=m, icc=icc)

    independent = share * (1 - share) / (m * patients)
    assert variance / independent == pytest.approx(settings.design_effect, rel=0.04)


def test_the_test_that_will_be_made_is_significant_as_often_as_was_promised():
    """From the plan to McNemar's test of simulated lesions, with three comparisons."""
    answer = plan(80, aims=(0.85,), lost=0.04, comparisons=3)
    rng, repetitions, seen = np.random.default_rng(0), 1500, 0
    for _ in range(repetitions):
        fate = rng.choice(4, 80, p=[0.61, 0.24, 0.04, 0.11])  # both, won, lost, neither
        names = [LesionName(f"p{k}", "ct", 1) for k in range(80)]
        better, base = (
            Found(dict(zip(names, np.isin(fate, found).tolist(), strict=True)), "so", "rule")
            for found in ([0, 1], [0, 2])
        )
        test = mcnemar(better, base)
        seen += test.p <= 0.05 / 3 and test.difference.value > 0

    assert answer.aims[0].power.assumed == pytest.approx(seen / repetitions, abs=0.03)


def test_comparisons_share_the_level():
    one, nine = plan(60), plan(60, comparisons=9)

    assert nine.aims[0].power.best < one.aims[0].power.best
    assert nine.aims[0].lesions.worst > one.aims[0].lesions.worst
    assert "over 9 comparisons (0.0056 each)" in nine.words()


def test_the_smallest_visible_gain_is_the_first_that_all_greater_ones_are_seen_with():
    answer = plan(60)
    aims = (answer.smallest.best, answer.smallest.best - 0.005)
    at, below = plan(60, aims=aims).aims

    assert at.power.best >= 0.8 > below.power.best
    assert answer.smallest.best < answer.smallest.worst
    assert "The smallest gain from 0.65 seen with a power of 0.80: to 0.78" in answer.words()


def test_where_no_gain_can_be_seen_that_is_said():
    answer = plan(12)

    assert answer.smallest.best is None
    assert "No gain from 0.65 can be seen" in answer.words()


def test_what_was_assumed_stands_before_what_is_possible_and_no_more_than_that():
    answer = plan(100, aims=(0.8, 0.98), lost=0.05)

    first = answer.words().splitlines()[0]
    assert "0.80 can be seen (power 0.84; 0.48 to above 0.99 is possible)" in first
    assert "0.98 can be seen (power above 0.99)" in first
    assert answer.aims[1].power.assumed == answer.aims[1].power.worst  # only 0.02 can be lost
    assert "as assumed (" in answer.words()


@pytest.mark.parametrize(("share", "n"), [(0.65, 20), (0.9, 76), (0.95, 400)])
def test_a_sensitivity_will_be_known_as_well_as_simulated_ones_are(share, n):
    counts = np.random.default_rng(0).binomial(n, share, 4000)
    found = [clopper_pearson(int(k), n) for k in counts]

    known = np.mean([each.high - each.low for each in found]) / 2
    assert share_half_width(share, n) == pytest.approx(known, rel=0.01)


@pytest.mark.parametrize(("rate", "cts"), [(0.2, 20), (0.5, 400), (0.01, 10)])
def test_so_will_a_rate_of_false_alarms(rate, cts):
    counts = np.random.default_rng(0).poisson(rate * cts, 4000)
    found = [garwood(int(k), cts) for k in counts]

    known = np.mean([each.high - each.low for each in found]) / 2
    assert rate_half_width(rate, cts) == pytest.approx(known, rel=0.02)


def test_false_alarms_that_gather_in_a_few_cts_are_known_less_well():
    even, gathered = (plan(50, cts=200, dispersion=d).false_half_width for d in (1, 4))

    assert gathered == pytest.approx(2 * even, rel=0.1)
    assert plan(50).false_half_width is None


def test_slices_are_called_slices():
    words = plan(50, cts=200, per="slice", false_alarms=0.5).words()

    assert "0.5 false alarms per slice over 200 slices" in words


def test_impossible_plans_are_refused():
    with pytest.raises(ValidationError, match="does not exceed the baseline"):
        PowerSettings(lesions=20, baseline=0.9)
    with pytest.raises(ValidationError, match="more lesions than there are"):
        PowerSettings(lesions=2, lesions_per_patient=3)
    with pytest.raises(ValidationError):
        PowerSettings(lesions=0)
