"""From whose lesions a synthetic one descends."""

from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.lineage import Lineage

DONORS = {"lesions": [{"id": "d1", "patient": "b"}, {"id": "d2", "patient": "c"}]}
MODEL = {"id": "0123", "patients": ["x", "b"], "source": "generator.pt"}


def test_a_transplanted_lesion_descends_from_its_donor_alone():
    assert Lineage({"donors": DONORS, "model": MODEL}).parents("poisson", "d1", "b") == ("b",)


def test_a_drawn_lesion_descends_from_all_that_lent_their_statistics():
    assert Lineage({"donors": DONORS, "model": MODEL}).parents("sigmoid", "", "") == ("b", "c")


@pytest.mark.parametrize("method", ["cgan", "a method that is not installed here"])
def test_a_learnt_lesion_descends_from_all_that_the_generator_has_seen(method):
    parents = Lineage({"donors": DONORS, "model": MODEL}).parents(method, "", "")
    assert parents == ("b", "c", "x")


def test_without_a_model_only_the_statistics_count():
    assert Lineage({"donors": {"lesions": []}}).parents("cgan", "", "") == ()
