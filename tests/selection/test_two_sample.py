from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from napari_lesion_synth.selection import two_sample
from napari_lesion_synth.selection.two_sample import auc_over_patients, two_sample_test


def own(name, n):
    return [(f"{name}{k}",) for k in range(n)]


def test_the_area_is_that_of_scikit_learn_also_with_ties():
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 6, 60).astype(float), rng.random(60) < 0.4

    found = auc_over_patients(scores, positive, [f"p{k % 20}" for k in range(60)], rng)

    assert found.value == pytest.approx(roc_auc_score(positive, scores))
    assert found.low < found.value < found.high


@pytest.mark.parametrize("classifier", ["logistic", "forest"])
def test_sets_that_are_alike_are_at_chance(classifier):
    rng = np.random.default_rng(4)
    areas = [
        two_sample_test(
            rng.normal(size=(40, 5)),
            rng.normal(size=(30, 5)),
            (own("s", 40), own("r", 30)),
            seed,
            classifier,
        ).auc.value
        for seed in range(6)
    ]

    assert np.mean(areas) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("classifier", ["logistic", "forest"])
def test_sets_that_differ_are_told_apart(classifier):
    rng = np.random.default_rng(1)
    x, y = rng.normal(1.5, 1, (40, 4)), rng.normal(0, 1, (40, 4))

    found = two_sample_test(x, y, (own("s", 40), own("r", 40)), 0, classifier)

    assert found.auc.value > 0.9
    assert found.auc.low > 0.8
    assert found.scored == (40, 40)
    assert found.grouped


def test_patients_cannot_be_learnt_by_heart():
    # Ten lesions a patient, whose features say which patient it is, and nothing of the kind.
    rng = np.random.default_rng(2)
    areas = []
    for seed in range(6):
        centers = rng.normal(0, 3, (20, 8))
        table = np.repeat(centers, 10, axis=0) + rng.normal(0, 0.1, (200, 8))
        names = [(f"p{k}",) for k in range(20) for _ in range(10)]
        found = two_sample_test(
            table[:100], table[100:], (names[:100], names[100:]), seed, "forest"
        )
        areas.append(found.auc.value)

    assert np.mean(areas) < 0.65


def test_no_lesion_is_scored_by_a_classifier_that_saw_its_host_or_its_donor(monkeypatch):
    seen = []

    class Spy:
        def fit(self, table, kind):
            self.table = table

        def predict_proba(self, table):
            seen.append((self.table, table))
            return np.full((len(table), 2), 0.5)

    monkeypatch.setattr(two_sample, "_model", lambda *_: Spy())
    rng = np.random.default_rng(0)
    owners = [(f"h{rng.integers(12)}", f"d{rng.integers(9)}") for _ in range(80)]
    real = [(f"h{k % 12}",) for k in range(24)]
    table = np.arange(104.0)[:, None]

    found = two_sample_test(table[:80], table[80:], (owners, real), 0)

    everybody = [*owners, *real]
    assert found.scored == (80, 24)
    for train, test in seen:
        taught = {name for row in train[:, 0].astype(int) for name in everybody[row]}
        tested = {name for row in test[:, 0].astype(int) for name in everybody[row]}
        assert not taught & tested


def test_one_host_is_no_obstacle():
    rng = np.random.default_rng(0)
    owners = [("host",)] * 30

    found = two_sample_test(
        rng.normal(1, 1, (30, 3)), rng.normal(0, 1, (30, 3)), (owners, own("r", 30)), 0
    )

    assert not found.grouped
    assert found.auc.value > 0.7


def test_two_patients_that_share_everything_cannot_be_parted():
    owners = [("a", "b")] * 10

    assert two_sample_test(np.zeros((10, 2)), np.zeros((10, 2)), (owners, [("b",)] * 10), 0) is None


def test_the_same_seed_gives_the_same_figures():
    rng = np.random.default_rng(0)
    x, y = rng.normal(0.5, 1, (30, 3)), rng.normal(0, 1, (25, 3))

    one, two = (two_sample_test(x, y, (own("s", 30), own("r", 25)), 7, "forest") for _ in "ab")

    assert one == two
