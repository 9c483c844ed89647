from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.quest import Quest, QuestGrid
from napari_lesion_synth.perception.observers.thresholds import ThresholdObserver

LEVELS = np.arange(1, 26) / 25
SMALL = QuestGrid.over([1, 2, 3, 5, 8], "2afc", thresholds=6, slopes=(1.5, 4), lapses=(0, 0.05))

answers = st.lists(
    st.tuples(st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0]), st.booleans()), max_size=12
)


def observers(n: int, seed: int) -> list[ThresholdObserver]:
    """People drawn from the range of the acceptance: slopes 1.5 to 10, lapses to 6 %."""
    rng = np.random.default_rng(seed)
    return [
        ThresholdObserver(
            threshold=rng.uniform(0.1, 0.95),
            slope=np.exp(rng.uniform(np.log(1.5), np.log(10))),
            lapse=rng.uniform(0, 0.06),
        )
        for _ in range(n)
    ]


def asked(grid: QuestGrid, observer: ThresholdObserver, n: int, rng: np.random.Generator) -> Quest:
    """After n adaptive questions."""
    quest = grid.start()
    for _ in range(n):
        level = quest.next()
        quest = quest.answered(level, observer.answer(level, rng))
    return quest


@given(answers)
def test_the_posterior_is_that_of_bayes(given_answers):
    found = SMALL.after(given_answers)

    weights = []
    for i in range(len(SMALL.functions.threshold)):
        person = ThresholdObserver(
            threshold=SMALL.functions.threshold[i],
            slope=SMALL.functions.slope[i],
            lapse=SMALL.functions.lapse[i],
        )
        chances = [person.chance(level) for level, _ in given_answers]
        likely = [c if yes else 1 - c for c, (_, yes) in zip(chances, given_answers, strict=True)]
        weights.append(float(np.prod(likely)))
    assert found.weights == pytest.approx(np.array(weights) / sum(weights), abs=1e-12)
    assert found.trials == len(given_answers)


@given(answers)
@settings(max_examples=30)
def test_the_expected_entropy_is_the_mean_over_both_answers(given_answers):
    quest = SMALL.after(given_answers)

    for k, level in enumerate(SMALL.levels):
        chance = float(SMALL.functions.chance(level) @ quest.weights)
        both = [quest.answered(level, answer).entropy for answer in (True, False)]
        expected = chance * both[0] + (1 - chance) * both[1]
        assert quest.expected_entropies[k] == pytest.approx(expected, abs=1e-9)


def test_someone_who_never_errs_is_searched_by_halving():
    # A step at the threshold: 16 thresholds between levels take 4 questions.
    levels = np.arange(1.0, 17.0)
    grid = QuestGrid(
        "yes-no", levels, levels - 0.5, np.array([1e4]), np.array([0.0]), np.array([0.0])
    )
    for true in (3.5, 11.5):
        quest = grid.start()
        for _ in range(4):
            quest = quest.answered(quest.next(), quest.next() > true)
        assert quest.weights.max() == pytest.approx(1)
        assert quest.threshold.value == pytest.approx(true)
        assert quest.entropy == pytest.approx(0, abs=1e-9)


def test_forty_questions_find_the_threshold_within_a_tenth_of_the_range():
    grid, rng = QuestGrid.over(LEVELS), np.random.default_rng(0)
    people = observers(150, 1)

    found = [asked(grid, person, 40, rng) for person in people]

    errors = [q.threshold.value - p.threshold for q, p in zip(found, people, strict=True)]
    held = [
        q.threshold.low <= p.threshold <= q.threshold.high
        for q, p in zip(found, people, strict=True)
    ]
    assert np.sqrt(np.mean(np.square(errors))) <= 0.10
    assert np.mean(held) >= 0.9


def test_chosen_levels_tell_more_than_constant_ones():
    grid, rng = QuestGrid.over(LEVELS), np.random.default_rng(2)
    chosen, constant = [], []
    for person in observers(80, 3):
        chosen.append(asked(grid, person, 30, rng).threshold.value - person.threshold)
        levels = rng.permutation(np.tile(LEVELS, 2))[:30]
        fixed = grid.after((level, person.answer(level, rng)) for level in levels)
        constant.append(fixed.threshold.value - person.threshold)

    assert np.mean(np.square(chosen)) < 0.8 * np.mean(np.square(constant))


def test_yes_and_no_are_told_from_false_alarms():
    grid = QuestGrid.over(np.geomspace(1, 50, 25), "yes-no")
    person = ThresholdObserver(threshold=9, slope=3, task="yes-no", false_alarms=0.2)
    quest, rng = grid.start(), np.random.default_rng(4)
    for k in range(150):
        level = 0.0 if k % 3 == 0 else quest.next()
        quest = quest.answered(level, person.answer(level, rng))

    assert quest.threshold.low < 9 < quest.threshold.high
    assert quest.threshold.high < 13
    assert quest.false_alarms.value == pytest.approx(0.2, abs=0.08)


@pytest.mark.parametrize("better", [False, True])
def test_the_point_of_change_is_found_in_either_direction(better):
    grid = QuestGrid.over(LEVELS, "change")
    person = ThresholdObserver(threshold=0.4, slope=3, task="change", better=better)

    quest = asked(grid, person, 80, np.random.default_rng(5))

    assert quest.threshold.low < 0.4 < quest.threshold.high
    assert quest.worse == pytest.approx(0 if better else 1, abs=0.01)


def test_intervals_shrink_and_lie_around_their_means():
    grid, rng = QuestGrid.over(LEVELS), np.random.default_rng(6)
    person = ThresholdObserver(threshold=0.5, slope=3.5)
    widths = []
    for n in (0, 15, 60):
        quest = asked(grid, person, n, rng)
        for figure in (quest.threshold, quest.slope, quest.level_at(0.5), quest.chance(0.5)):
            assert figure.low <= figure.value <= figure.high
        widths.append(quest.threshold.high - quest.threshold.low)

    assert widths[0] > widths[1] > widths[2]
    before = grid.start().threshold
    assert (before.low, before.value, before.high) == pytest.approx((0.06, 0.52, 0.98), abs=0.02)


def test_an_answer_that_is_impossible_changes_nothing():
    certain = QuestGrid("yes-no", *(np.array([v]) for v in (1.0, 1.0, 2.0, 0.0, 0.0)))

    assert certain.start().answered(0.0, True).weights == pytest.approx([1.0])


@pytest.mark.parametrize("level", [-1.0, float("nan"), float("inf")])
def test_what_is_no_level_is_refused(level):
    with pytest.raises(ParameterError, match="no level"):
        SMALL.start().answered(level, True)


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ("levels", []),
        ("levels", [2.0, 1.0]),
        ("levels", [0.0, 1.0]),
        ("slopes", [-1.0]),
        ("lapses", [0.0, 0.7]),
        ("thresholds", [1.0, float("nan")]),
    ],
)
def test_a_grid_that_cannot_be_is_refused(axis, values):
    axes = {
        "levels": [1.0, 2.0],
        "thresholds": [1.0, 2.0],
        "slopes": [2.0],
        "lapses": [0.0],
        "false_alarms": [0.0],
    }
    whole = {name: np.array(v, float) for name, v in {**axes, axis: values}.items()}

    with pytest.raises(ParameterError, match=axis):
        QuestGrid("2afc", **whole)
