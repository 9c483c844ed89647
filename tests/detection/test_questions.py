"""The CTs by which weights are chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.detection.toys import lessons, mixture, settings, toy

from napari_lesion_synth.detection import scenes, train
from napari_lesion_synth.detection.questions import questions_of, words_of
from napari_lesion_synth.errors import SiteError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.synthesis.extraction import extract_donors


def count(question):
    return int(question.labels.max())


def same(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a.frame.hu, b.frame.hu) and np.array_equal(a.labels, b.labels)
        for a, b in zip(one, other, strict=True)
    )


def test_few_real_lesions_are_joined_by_synthetic_ones_in_the_same_cts():
    given = lessons([toy(1, 2)], [toy(2, 2), toy(3, 1)])
    asked = questions_of(given, seed=0)
    assert [count(each) for each in asked[:2]] == [2, 1]
    assert len(asked) == 4
    assert count(asked[2]) > 2
    assert count(asked[3]) > 1
    for host, plain in zip(given.exam, asked[:2], strict=True):
        np.testing.assert_array_equal(plain.frame.hu, host.frame.hu)


def test_the_same_seed_gives_the_same_and_another_one_others():
    given = lessons([toy(1, 2)], [toy(2, 2)])
    once, again, other = (questions_of(given, seed) for seed in (4, 4, 5))
    assert same(once, again)
    assert not same(once, other)


@pytest.fixture
def asked_of(monkeypatch, tmp_path):
    """The questions of a training with some mixture; the training itself is left out."""

    def ask(given, **changes):
        heard = []

        def hear(*args):
            heard.append(questions_of(*args))
            raise InterruptedError

        monkeypatch.setattr(train, "questions_of", hear)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        stream = train.train_detector(given, settings(), mixture(**changes), folder, StopToken())
        with pytest.raises(InterruptedError):
            list(stream)
        return heard[0]

    return ask


def test_every_mixture_is_chosen_by_the_same_exam(asked_of):
    ill = toy(1, 2)
    given = lessons([ill], [toy(2, 2), toy(3, 0)])
    given = replace(given, materials=replace(given.materials, donors=tuple(extract_donors(ill))))
    usual = asked_of(given)
    assert len(usual) == 4
    for changes in (
        {"synthetic": 0.0},
        {"synthetic": 0.0, "sham": 0.15},
        {"methods": {"copy-paste": 1.0}, "synthetic": 0.75},
        {"diameter_mm": (8.0, 9.0), "rim": 1.0, "methods": {"poisson": 1.0}},
        {"flips": False, "zoom": 0, "shift_hu": 0, "gain": 0, "noise_hu": 0, "synthetic": 0},
    ):
        assert same(asked_of(given, **changes), usual), changes


def test_accepted_lesions_of_sets_and_a_generator_do_not_change_the_exam():
    given = lessons([toy(1, 2)], [toy(2, 2)])
    known = tuple(replace(host, known=("lesion of a set",)) for host in given.materials.hosts)
    richer = replace(given.materials, hosts=known, generator="weights that are not asked for")
    assert same(questions_of(replace(given, materials=richer), 0), questions_of(given, 0))


def test_donors_lend_their_lesions_to_the_exam_where_there_are_some():
    ill = toy(1, 3)
    given = lessons([ill], [toy(2, 0), toy(3, 0), toy(4, 0)])
    lent = replace(given.materials, donors=tuple(extract_donors(ill)))
    assert not same(questions_of(replace(given, materials=lent), 0), questions_of(given, 0))


def test_what_is_said_counts_real_and_synthetic_lesions():
    given = lessons([toy(1, 2)], [toy(2, 2), toy(3, 1)])
    asked = questions_of(given, seed=0)
    text = words_of(asked, given)
    more = sum(count(each) for each in asked[2:]) - 3
    assert "3 real lesions" in text
    assert f"and {more} synthetic ones beside them in copies of the same CTs" in text
    alone = lessons([toy(1, 2)], [toy(seed, 3) for seed in (2, 3, 4)])
    real = sum(len(host.real) for host in alone.exam)
    assert words_of(questions_of(alone, 0), alone) == (
        f"chosen by {real} real lesions of the validation patients"
    )


def test_enough_real_lesions_choose_alone():
    given = lessons([toy(1, 2)], [toy(seed, 3) for seed in (2, 3, 4)])
    assert len(questions_of(given, seed=0)) == 3


def test_healthy_validation_patients_choose_by_what_is_put_in():
    asked = questions_of(lessons([toy(1, 2)], [toy(2, 0)]), seed=0)
    assert [count(each) > 0 for each in asked] == [False, True]


def test_without_any_lesion_nothing_is_chosen(monkeypatch):
    def full(*_args, **_options):
        raise SiteError("there is no room")

    monkeypatch.setattr(scenes, "propose_sites", full)
    assert questions_of(lessons([toy(1, 2)], [toy(2, 0)]), seed=0) == []


def test_nobody_to_ask():
    assert questions_of(lessons([toy(1, 2)]), seed=0) == []


def test_slices_are_asked_about_with_one_lesion_more():
    given = lessons([toy(1, 2, dims=2)], [toy(2, 1, dims=2)], dims=2)
    assert [count(each) for each in questions_of(given, seed=0)] == [1, 2]
