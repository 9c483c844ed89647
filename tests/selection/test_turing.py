from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DatasetError, ParameterError
from napari_lesion_synth.selection.turing import ANSWERS_CSV, TURING_JSON, TuringTest, responses
from napari_lesion_synth.selection.turing_design import (
    Candidate,
    TuringDesign,
    candidates_of,
    candidates_of_table,
    plan_trials,
)
from napari_lesion_synth.selection.turing_result import auc_interval

ZONES = (Zone.RIM, Zone.INTERIOR)


def real(n=30):
    return [
        Candidate(f"donor{k}", "real", ZONES[k % 3 == 0], "real", 6 + 20 * k / n) for k in range(n)
    ]


def synthetic(n=60):
    methods = ("poisson", "sigmoid", "cgan")
    return [
        Candidate(f"made{k}", "synthetic", ZONES[k % 2], methods[k % 3], 6 + 20 * (k * 7 % n) / n)
        for k in range(n)
    ]


def lesions(trials):
    return [lesion for trial in trials for lesion in trial.shown]


@pytest.mark.parametrize("seed", range(4))
def test_as_many_real_as_synthetic_lesions_in_each_zone(seed):
    trials = plan_trials(real(), synthetic(), TuringDesign(n=12, seed=seed))
    assert [trial.number for trial in trials] == list(range(24))
    found = Counter((c.kind, c.zone) for c in lesions(trials))
    assert set(found.values()) == {6}
    assert len({c.id for c in lesions(trials)}) == 24
    methods = Counter(c.method for c in lesions(trials) if c.kind == "synthetic")
    assert set(methods.values()) == {4}


@pytest.mark.parametrize("seed", range(4))
def test_pairs_are_of_one_zone_and_of_one_size(seed):
    trials = plan_trials(real(), synthetic(), TuringDesign(n=12, seed=seed, task="2afc"))
    assert len(trials) == 12
    for trial in trials:
        a, b = trial.shown
        assert {a.kind, b.kind} == {"real", "synthetic"}
        assert a.zone is b.zone
        assert max(a.diameter_mm, b.diameter_mm) < 1.6 * min(a.diameter_mm, b.diameter_mm)
        assert trial.fov_mm == pytest.approx(max(a.diameter_mm, b.diameter_mm) + 16, abs=0.1)


def test_the_real_one_is_on_either_side_equally_often():
    trials = plan_trials(real(), synthetic(), TuringDesign(n=20, task="2afc"))
    assert sum(trial.shown[0].kind == "real" for trial in trials) == 10


def test_the_same_seed_gives_the_same_order_whatever_the_order_of_the_lesions():
    design = TuringDesign(n=10, seed=3)
    trials = plan_trials(real(), synthetic(), design)
    assert plan_trials(real()[::-1], synthetic()[::-1], design) == trials
    assert plan_trials(real(), synthetic(), design.model_copy(update={"seed": 4})) != trials


def test_the_order_tells_nothing():
    """Over many seeds, each place holds a real lesion half of the time."""
    first = [plan_trials(real(), synthetic(), TuringDesign(n=6, seed=s))[0] for s in range(200)]
    share = np.mean([trial.shown[0].kind == "real" for trial in first])
    assert share == pytest.approx(0.5, abs=0.12)


def test_too_few_lesions_of_a_zone_are_said_so():
    only_rim = [c for c in synthetic() if c.zone is Zone.RIM]
    few = [c for c in real() if c.zone is Zone.INTERIOR]
    with pytest.raises(ParameterError, match=r"only 0 pairs .*rim: 0 real, 30 synthetic"):
        plan_trials(few, only_rim, TuringDesign(n=5))
    trials = plan_trials(real(), only_rim, TuringDesign(n=12))
    assert {c.zone for c in lesions(trials)} == {Zone.RIM}


def test_candidates_come_from_views_and_from_a_sets_table(disc_view):
    assert candidates_of([disc_view("d"), disc_view("s", method="cgan")]) == [
        Candidate("d", "real", Zone.INTERIOR, "real", 12.0),
        Candidate("s", "synthetic", Zone.INTERIOR, "cgan", 12.0),
    ]
    table = pd.DataFrame({"id": ["a"], "zone": "rim", "method": "cgan", "diameter_mm": [7.5]})
    assert candidates_of_table(table) == [Candidate("a", "synthetic", Zone.RIM, "cgan", 7.5)]


def opened(folder, **design):
    return TuringTest.open(folder, TuringDesign(n=8, **design), real(), synthetic())


def test_a_test_goes_on_after_a_crash(tmp_path):
    test = opened(tmp_path)
    test.answer(test.next, 7, 1234.4)
    test.answer(test.next, "10", 900)
    path = tmp_path / ANSWERS_CSV
    path.write_bytes(path.read_bytes() + b"2,5,10")  # a line cut short
    again = opened(tmp_path)
    assert again.next.number == 2
    assert [(a.response, a.ms) for a in again.answers.values()] == [("7", 1234), ("10", 900)]
    again.answer(again.next, 1, 500)
    assert again.next.number == 3
    assert opened(tmp_path).answers[2].response == "1"


def test_the_files_do_not_tell_which_lesion_is_real(tmp_path):
    test = opened(tmp_path, task="2afc")
    test.answer(test.next, "left", 10)
    for name in (TURING_JSON, ANSWERS_CSV):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "donor" not in text
        assert "made" not in text


def test_another_design_or_other_lesions_do_not_go_on_with_a_test(tmp_path):
    opened(tmp_path)
    with pytest.raises(DatasetError, match="another design"):
        opened(tmp_path, seed=1)
    with pytest.raises(DatasetError, match="other lesions"):
        TuringTest.open(tmp_path, TuringDesign(n=8), real(20), synthetic())
    (tmp_path / TURING_JSON).write_text("{", encoding="utf-8")
    with pytest.raises(DatasetError, match="damaged"):
        opened(tmp_path)


@pytest.mark.parametrize("response", [0, 11, "left", "", 5.5])
def test_only_answers_to_the_task_are_taken(tmp_path, response):
    test = opened(tmp_path)
    with pytest.raises(ParameterError, match="no answer to this task"):
        test.answer(0, response, 10)
    test.answer(0, 5, 10)
    with pytest.raises(ParameterError, match="answered already"):
        test.answer(0, 6, 10)
    assert len(responses(test.design)) == 10


def judge(test, rate):
    while (trial := test.next) is not None:
        test.answer(trial, rate(trial), 1000 + trial.number)


def test_a_reader_who_knows_and_one_who_guesses(tmp_path):
    sure = opened(tmp_path / "sure")
    judge(sure, lambda trial: 9 if trial.shown[0].kind == "real" else 2)
    figure = sure.result().overall.figure
    assert (figure.value, figure.high) == (1, 1)
    assert 0.6 < figure.low < 0.8  # eight of eight prove no more
    rng = np.random.default_rng(0)
    guess = TuringTest.open(tmp_path / "guess", TuringDesign(n=20), real(), synthetic())
    judge(guess, lambda trial: int(rng.integers(1, 11)))
    figure = guess.result().overall.figure
    assert figure.low < 0.5 < figure.high


def test_choices_are_counted_by_zone_and_method(tmp_path):
    test = opened(tmp_path, task="2afc")

    def finds_all_but_cgan(trial):
        sides = [c.kind for c in trial.shown]
        right = sides.index("real")
        fooled = any(c.method == "cgan" for c in trial.shown)
        return ("left", "right")[right ^ fooled]

    judge(test, finds_all_but_cgan)
    result = test.result()
    groups = {(g.zone, g.method): g for g in result.groups}
    assert groups["", "cgan"].figure.value == 0
    assert groups["", "poisson"].figure.value == 1
    assert groups["rim", ""].synthetic == groups["interior", ""].synthetic == 4
    assert result.overall.figure.value == pytest.approx(1 - groups["", "cgan"].synthetic / 8)
    assert (result.answered, result.planned) == (8, 8)
    assert result.median_ms == 1003.5


def test_a_result_before_the_first_answer_is_empty(tmp_path):
    result = opened(tmp_path).result()
    assert (result.answered, result.planned) == (0, 16)
    assert result.median_ms is None
    assert result.overall.figure is None
    assert result.to_dict()["groups"]


def test_the_export_holds_truth_and_answers(tmp_path):
    test = opened(tmp_path / "test", task="2afc")
    judge(test, lambda trial: "left")
    test.export(tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv")
    assert len(table) == 8
    assert (table["correct"] == (table["left_kind"] == "real")).all()
    assert table["correct"].sum() == 4


ratings = st.lists(st.integers(1, 10), min_size=2, max_size=25)


@given(ratings, ratings)
def test_the_area_is_that_of_scikit_learn(a, b):
    truth = [1] * len(a) + [0] * len(b)
    figure = auc_interval(a, b)
    assert figure.value == pytest.approx(roc_auc_score(truth, a + b))
    assert 0 <= figure.low <= figure.value <= figure.high <= 1


def test_the_interval_covers_the_true_area_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        figure = auc_interval(rng.normal(1, 1, 25), rng.normal(0, 1, 25))
        covered.append(figure.low <= 0.7602 <= figure.high)  # Phi(1 / sqrt 2)
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_one_lesion_of_a_kind_has_no_area():
    assert auc_interval([5], [3, 4]) is None
