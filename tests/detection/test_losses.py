"""What nets are taught by."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from napari_lesion_synth.detection.losses import balanced, lesion_loss, verdict_loss
from napari_lesion_synth.detection.net_learner import parts_of


def example(seed: int = 0, count: int = 4) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (count, 1, 8, 8)
    target = (torch.rand(shape, generator=generator) < 0.2).float()
    return {
        "logits": torch.randn(shape, generator=generator),
        "target": target,
        "weight": torch.rand(shape, generator=generator),
    }


def loss(example: dict[str, torch.Tensor]) -> dict[str, float]:
    found = lesion_loss(**example, total=example["weight"].sum())
    return {name: float(value) for name, value in found.items()}


def test_a_perfect_answer_costs_nothing_and_a_reversed_one_much():
    given_ = example()
    sure = 20 * (2 * given_["target"] - 1)
    assert loss({**given_, "logits": sure}) == pytest.approx({"bce": 0, "dice": 0}, abs=1e-5)
    wrong = loss({**given_, "logits": -sure})
    assert wrong["bce"] > 10
    assert wrong["dice"] > 0.9


def test_what_has_no_weight_is_not_asked():
    given_ = example()
    hidden = given_["weight"].clone()
    hidden[..., :4] = 0
    other = given_["logits"].clone()
    other[..., :4] *= -5
    assert loss({**given_, "weight": hidden}) == loss({**given_, "weight": hidden, "logits": other})


def test_an_example_without_any_lesion_costs_little_where_none_is_seen():
    blank = {**example(), "target": torch.zeros(4, 1, 8, 8)}
    quiet = loss({**blank, "logits": torch.full((4, 1, 8, 8), -12.0)})
    assert quiet["bce"] + quiet["dice"] < 0.01


def test_a_batch_without_weight_gives_zero_and_no_nan():
    blank = {**example(), "weight": torch.zeros(4, 1, 8, 8)}
    found = lesion_loss(**blank, total=torch.tensor(1e-6))
    assert all(float(value) == 0 for value in found.values())


@given(st.integers(1, 6))
def test_the_cross_entropy_of_the_parts_is_that_of_the_batch(count):
    whole = example(count=5)
    total = whole["weight"].sum()
    parts = [lesion_loss(**part, total=total)["bce"] for part in parts_of(whole, count)]
    assert float(sum(parts)) == pytest.approx(loss(whole)["bce"], rel=1e-5)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.1, 5)), min_size=1, max_size=12))
def test_lesions_count_as_much_as_all_others(drawn):
    labels = torch.tensor([float(label) for label, _ in drawn])
    share = balanced(labels, torch.tensor([weight for _, weight in drawn]))
    assert float(share.sum()) == pytest.approx(1, abs=1e-5)
    if 0 < labels.sum() < len(labels):
        assert float(share[labels == 1].sum()) == pytest.approx(0.5, abs=1e-5)


def test_a_verdict_on_the_rarer_label_weighs_more():
    labels = torch.tensor([1.0, 0, 0, 0])
    share = balanced(labels, torch.ones(4))
    missed = verdict_loss(torch.tensor([-3.0, -3, -3, -3]), labels, share)["bce"]
    alarmed = verdict_loss(torch.tensor([3.0, 3, -3, -3]), labels, share)["bce"]
    assert missed > alarmed
