from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.answers import DoseAnswers
from napari_lesion_synth.perception.limits.dose import DoseFit, change_of_share, fit_dose
from napari_lesion_synth.perception.limits.dose_columns import spline
from napari_lesion_synth.perception.observers.doses import DoseSpread

ALIKE = DoseSpread(0, 0, 0)


def error(fit: DoseFit, truth, category: str, unit: float = 1.0) -> float:
    """Root mean square distance of a curve from the truth."""
    curve = fit.curve(category)
    true = unit * truth.of_category(category, curve.magnitudes)
    return float(np.sqrt(np.mean((curve.mean - true) ** 2)))


def test_a_signed_curve_is_found_from_choices(asked):
    truth, answers = asked(1, answers=3000, categories=1, spread=ALIKE)

    fit = fit_dose(answers)

    assert fit.unit == "utility"
    assert error(fit, truth, "dish0") < 0.15
    curve = fit.curve()
    assert curve.at(0.2).low > -0.1  # a little better
    assert curve.at(0.2).value > 0.05
    assert curve.at(-0.9).high < -0.9  # much worse
    assert fit.side.low < 0.1 < fit.side.high


def test_ratings_give_the_same_curve_in_their_unit(asked):
    truth, answers = asked(2, answers=3000, categories=1, spread=ALIKE, ratings=True)

    fit = fit_dose(answers)

    assert fit.unit == "rating"
    assert error(fit, truth, "dish0", unit=0.15) < 0.03


@pytest.mark.parametrize("ratings", [False, True])
def test_intervals_hold_the_truth_as_often_as_they_say(asked, ratings):
    held = []
    for seed in range(15):
        truth, answers = asked(seed, answers=480, ratings=ratings)
        fit = fit_dose(answers)
        for category in answers.category_names:
            curve = fit.curve(category)
            low, high = curve.interval(0.9)
            true = (0.15 if ratings else 1) * truth.of_category(category, curve.magnitudes)
            held.append(((low <= true) & (true <= high))[20:-20:30])

    assert 0.82 <= np.mean(held) <= 0.99


def test_there_is_no_change_without_a_change(asked):
    curve = fit_dose(asked(3)[1]).curve()
    place = np.flatnonzero(curve.magnitudes == 0)

    assert len(place) == 1
    assert curve.mean[place] == curve.deviation[place] == 0
    assert (np.diff(curve.magnitudes) > 0).all()
    assert curve.magnitudes[[0, -1]] == pytest.approx(fit_dose(asked(3)[1]).reaches)


def test_a_category_with_few_answers_leans_on_the_others(asked):
    truth, answers = asked(4, answers=900, spread=DoseSpread(0.1, 0.2, 0.2))
    few = (answers.category != 2) | (np.arange(len(answers)) % 10 == 0)
    columns = {
        "photo": [answers.photos[k] for k in answers.photo[few]],
        "rater": [answers.raters[k] for k in answers.rater[few]],
        **{name: getattr(answers, name)[few] for name in ("magnitude", "value", "side")},
    }
    categories = dict(zip(answers.photos, answers.categories, strict=True))
    alone = np.array([categories[name] == "dish2" for name in columns["photo"]])
    own = {name: [v for v, a in zip(c, alone, strict=True) if a] for name, c in columns.items()}

    together = fit_dose(DoseAnswers.of("saturation", columns, categories))
    apart = fit_dose(DoseAnswers.of("saturation", own, categories))

    assert error(together, truth, "dish2") < 0.6 * error(apart, truth, "dish2")
    assert together.curve("dish2").at(0.5).low > apart.curve("dish2").at(0.5).low
    assert together.curve("dish0").deviation[50] < together.curve("dish2").deviation[50]


def test_how_categories_photos_and_raters_differ_is_estimated(asked):
    _, alike = asked(5, answers=2500, raters=25, spread=DoseSpread(0.0, 0.0, 0.0))
    _, different = asked(5, answers=2500, raters=25, spread=DoseSpread(0.3, 0.9, 0.9))

    none, much = fit_dose(alike).deviations, fit_dose(different).deviations

    for name in ("photo", "rater"):
        assert none[name] < 0.35
        assert much[name] == pytest.approx(0.9, abs=0.3)


def test_a_category_that_was_not_measured_is_less_sure(asked):
    fit = fit_dose(asked(6)[1])

    elsewhere, average = fit.curve_elsewhere(), fit.curve()

    assert elsewhere.category == "*"
    assert (elsewhere.deviation >= average.deviation).all()
    assert elsewhere.deviation[-1] > 1.3 * average.deviation[-1]


def test_few_raters_make_wide_intervals(asked):
    many = fit_dose(asked(7, answers=480, raters=24)[1]).curve()
    few = fit_dose(asked(7, answers=480, raters=2)[1])

    assert few.curve().deviation[-1] > 1.2 * many.deviation[-1]
    assert any("mostly assumed" in note for note in few.notes)


@pytest.mark.parametrize("raters", [3, 12])
def test_intervals_are_students_with_the_raters_as_clusters(asked, raters):
    curve = fit_dose(asked(7, answers=240, raters=raters, categories=1)[1]).curve()

    low, high = curve.interval(0.9)

    wide = stats.t.ppf(0.95, raters - 1) * curve.deviation
    assert high - curve.mean == pytest.approx(wide)
    assert curve.mean - low == pytest.approx(wide)
    assert curve.at(curve.magnitudes[-1]).high == pytest.approx(high[-1])


def test_a_curve_that_looks_like_a_line_is_not_taken_for_certainly_straight(asked):
    def line(magnitude: np.ndarray) -> np.ndarray:
        return -0.5 * np.abs(magnitude)

    choices = asked(8, curve=line, spread=ALIKE)[1]
    ratings = asked(8, curve=line, spread=ALIKE, ratings=True)[1]

    assert fit_dose(choices).deviations["bend"] >= 1.2
    assert fit_dose(ratings).deviations["bend"] >= 0.15 * 1.2


def test_a_one_sided_transform_has_one_arm(asked):
    fit = fit_dose(asked(8, low=0.0, transform="blur")[1])
    curve = fit.curve()

    assert len(fit.reaches) == 1
    assert curve.magnitudes[0] == 0


def test_the_spline_is_smooth_and_has_unit_spread_at_the_end():
    x = np.linspace(0, 1, 101)
    columns = spline(x)

    assert columns[0] == pytest.approx(0)
    assert (columns[-1] ** 2).sum() == pytest.approx(1)
    assert np.abs(np.diff(columns, 2, axis=0)).max() < 0.01


def test_a_share_of_choices_as_a_change():
    assert change_of_share(0.6) == pytest.approx(0.2533, abs=1e-4)
    assert ndtr(change_of_share(0.567)) == pytest.approx(0.567)


def test_the_share_of_photos_for_which_the_curve_speaks(asked):
    curve = fit_dose(asked(9, spread=DoseSpread(0, 0.8, 0))[1]).curve()

    assert curve.photos_within(0.0, 0.25) == 1
    assert curve.photos_within(0.1, 0.25) > curve.photos_within(0.9, 0.25)
    assert 0 < curve.photos_within(0.9, 0.25) < 0.6


def test_what_cannot_be_fitted_is_refused(asked):
    _, answers = asked(10)
    columns = {
        "photo": ["a"] * 4,
        "rater": ["r", "s"] * 2,
        "magnitude": [0.0] * 4,
        "value": [1.0] * 4,
    }
    alone = {**columns, "rater": ["r"] * 4, "magnitude": [1.0] * 4}

    with pytest.raises(ParameterError, match="no answer about a changed photo"):
        fit_dose(DoseAnswers.of("blur", columns, {}))
    with pytest.raises(ParameterError, match="one rater"):
        fit_dose(DoseAnswers.of("blur", alone, {}))
    with pytest.raises(ParameterError, match=r"not measured on photos of 'ramen'.*dish0, dish1"):
        fit_dose(answers).curve("ramen")
    with pytest.raises(ParameterError, match="says nothing about others"):
        fit_dose(asked(10, categories=1)[1]).curve_elsewhere()


@pytest.mark.parametrize("value", [[2.0, 0.0], [float("nan"), 0.0], [-0.5, 1.0]])
def test_answers_that_cannot_be_are_refused(value):
    columns = {"photo": ["a", "b"], "rater": ["r", "s"], "magnitude": [1, 1], "value": value}

    with pytest.raises(ParameterError, match="not one of a choice"):
        DoseAnswers.of("blur", columns, {})


def test_columns_that_do_not_belong_together_are_refused():
    columns = {"photo": ["a", "b"], "rater": ["r", "s"], "magnitude": [1.0], "value": [1.0, 0.0]}

    with pytest.raises(ParameterError, match="same length"):
        DoseAnswers.of("blur", columns, {})
    one = np.zeros(1, np.int64)
    with pytest.raises(ParameterError, match="needs its category"):
        DoseAnswers("blur", "choice", ("a",), (), one, ("r",), one, one + 1.0, one + 1.0, one + 0.0)
