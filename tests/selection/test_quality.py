from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.selection.figures import FIGURES
from napari_lesion_synth.selection.quality import judge


def lesions(disc_view, n, *, name, contrast_hu=-50.0, seed=0, patients=10, **more):
    rng = np.random.default_rng(seed)
    return [
        disc_view(
            f"{name}{k}",
            patient=f"{name}-p{k % patients}",
            zone=(Zone.RIM, Zone.INTERIOR)[k // patients % 2],
            radius_mm=float(rng.uniform(4, 9)),
            contrast_hu=contrast_hu + float(rng.normal(0, 8)),
            seed=seed * 1000 + k,
            **more,
        )
        for k in range(n)
    ]


@lru_cache
def everything(disc_view):
    """All lesions, and the judgement of them; made once, since nothing changes them."""
    real = lesions(disc_view, 40, name="real", seed=1)
    training = lesions(disc_view, 40, name="train", seed=2)
    alike = lesions(disc_view, 40, name="like", seed=3, method="alike")
    different = lesions(disc_view, 40, name="odd", seed=4, contrast_hu=-90.0, method="different")
    return real, training, alike, judge([*alike, *different], real, training, seed=5)


@pytest.fixture
def real(disc_view):
    return everything(disc_view)[0]


@pytest.fixture
def training(disc_view):
    return everything(disc_view)[1]


@pytest.fixture
def alike(disc_view):
    return everything(disc_view)[2]


@pytest.fixture
def found(disc_view):
    return everything(disc_view)[3]


def test_every_figure_is_there_or_explained(found):
    names = {spec.name for spec in FIGURES}
    for group in found.groups:
        assert group.figures.keys() | group.missing.keys() == names
        assert not group.figures.keys() & group.missing.keys()


def test_every_method_and_zone_has_its_group(found):
    rows = [(group.method, group.zone) for group in found.groups]

    assert rows == [
        (None, None),
        ("alike", None),
        ("different", None),
        (None, "rim"),
        (None, "interior"),
        ("alike", "rim"),
        ("alike", "interior"),
        ("different", "rim"),
        ("different", "interior"),
    ]
    assert found.group("alike", "rim").n == 20
    assert found.group("alike", "rim").real == 20
    with pytest.raises(KeyError):
        found.group("poisson")


def test_the_better_method_has_the_better_figures(found):
    good, bad = found.group("alike").figures, found.group("different").figures

    assert good["auc_logistic"].value < 0.7 < 0.9 < bad["auc_logistic"].value
    assert good["hu_wasserstein"].value < 10 < bad["hu_wasserstein"].value
    assert bad["mmd_p"].value < 0.01 < good["mmd_p"].value
    assert good["profile_rms"].value < bad["profile_rms"].value
    assert good["coverage"].value > bad["coverage"].value
    assert max(found.group("different").features.values()) > 0.8


def test_figures_say_what_real_lesions_reach(found):
    figures = found.group("alike").figures

    assert figures["auc_logistic"].reference == 0.5
    assert figures["memorised"].reference == 0.05
    assert figures["zone_agreement"].reference == found.zone_accuracy.value
    assert figures["zone_agreement"].value > 0.9
    assert figures["auc_forest"].low < figures["auc_forest"].value < figures["auc_forest"].high


def test_copies_are_listed(alike, real, training):
    stolen = [replace(view, id="stolen", patient="host", method="gan") for view in training[:3]]

    found = judge([*alike, *stolen], real[:7], training)

    assert {"stolen"} <= {copy.id for copy in found.copies}
    assert found.group("gan").figures["memorised"].value == 1
    assert found.group("alike").figures["memorised"].value < 0.2


def test_it_can_be_written_as_json(found):
    again = json.loads(json.dumps(found.as_dict(), allow_nan=False))

    assert again["groups"][0]["figures"].keys() == found.groups[0].figures.keys()
    assert again["seed"] == 5


def test_the_same_seed_gives_the_same_figures_whatever_else_is_judged(alike, real, training, found):
    alone = judge(alike, real, training, seed=5)

    assert alone.group("alike") == found.group("alike")


def test_few_lesions_are_not_judged_in_silence(disc_view, alike):
    few = [disc_view(f"r{k}", patient=f"p{k}", seed=k) for k in range(3)]

    found = judge(alike, few)

    group = found.groups[0]
    assert "3 real lesions" in group.missing["mmd2"]
    assert "no training lesions" in group.missing["memorised"]
    assert "too few" in group.missing["zone_agreement"]
    assert "hu_wasserstein" in group.figures
    assert found.zone_accuracy is None
    assert any("default limits" in note for note in found.notes)
    assert found.group(None, "rim").missing["hu_wasserstein"].endswith("0 real lesions")


def test_what_taught_all_lesions_alike_is_no_obstacle_to_telling_them_apart(alike, real):
    library = tuple(f"teacher-{k}" for k in range(10))
    taught = [replace(view, lineage=library) for view in alike]

    found, plain = judge(taught, real).groups[0], judge(alike, real).groups[0]

    assert "auc_logistic" in found.figures
    assert found.figures == plain.figures


def test_a_donor_is_never_on_both_sides(alike, real):
    one = [replace(view, lineage=("donor",)) for view in alike]

    assert "auc_logistic" in judge(one, real).groups[0].missing


def test_nothing_at_all_can_be_judged(real):
    found = judge([], real)

    assert found.groups[0].n == 0
    assert found.groups[0].missing["checks_passed"] == "no synthetic lesion"


def test_what_flatters_is_noted(alike, real, training):
    borrowed = [replace(view, lineage=(real[0].patient,)) for view in alike]

    notes = judge(borrowed[:5], real[:7], [*training, real[0]]).notes

    assert any("both in training and held out" in note for note in notes)
    assert any("went into synthetic ones" in note for note in notes)


def test_an_empty_label_fails_the_checks_and_is_noted(alike, real):
    broken = replace(alike[0], mask=np.zeros_like(alike[0].mask))

    found = judge([broken, *alike[1:6]], real[:7])

    assert found.groups[0].n == 6
    assert found.groups[0].figures["checks_passed"].value < 1
    assert any("empty label" in note for note in found.notes)
