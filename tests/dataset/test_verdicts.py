"""What is used of a set: a person's word counts before the selection's."""

from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT, append_decision
from napari_lesion_synth.dataset.layout import SCORES_CSV
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dataset.json").write_text(
        '{"lesion_synth": {"schema": 1, "n": 3}}', encoding="utf-8"
    )
    return tmp_path


def test_without_scores_and_decisions_nothing_is_decided(folder):
    assert GeneratedSet.open(folder).verdicts == {}


def test_scores_decide_until_a_person_does(folder):
    (folder / SCORES_CSV).write_text(
        "id,ae_error,passed\na,12.5,1\nb,80.1,0\nc,,0\n", encoding="utf-8"
    )
    append_decision(folder, "b", "accept")
    assert GeneratedSet.open(folder).passed == {"a": True, "b": False, "c": False}
    assert GeneratedSet.open(folder).verdicts == {"a": ACCEPT, "b": ACCEPT, "c": REJECT}


def test_damaged_scores_are_named(folder):
    (folder / SCORES_CSV).write_text("id;passed\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"scores\.csv.*cannot be read"):
        assert GeneratedSet.open(folder).verdicts
