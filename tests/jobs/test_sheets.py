from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.materials import load_case
from napari_lesion_synth.jobs.sheets import (
    BlindSheetSettings,
    SheetSettings,
    Verdict,
    balanced,
    make_blind_sheet,
    make_contact_sheet,
    sheet_of,
)


@pytest.fixture
def small_set(ball_case, save_case, request_for, make_set):
    """A set of seven lesions in a CT with one labelled real lesion."""
    files = save_case(ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=10.0))
    settings = request_for(cases=(files,))
    make_set(settings)
    return settings.out, files


def test_the_contact_sheet_takes_turns_between_methods_and_zones():
    table = pd.DataFrame(
        {
            "id": list("abcdefgh"),
            "method": ["poisson"] * 6 + ["sigmoid"] * 2,
            "zone": ["rim", "rim", "rim", "interior", "interior", "interior", "rim", "interior"],
        }
    )
    chosen = balanced(table, 4)
    assert sorted(zip(chosen["method"], chosen["zone"], strict=True)) == [
        ("poisson", "interior"),
        ("poisson", "rim"),
        ("sigmoid", "interior"),
        ("sigmoid", "rim"),
    ]
    assert list(balanced(table, 99)["id"]) != list(table["id"])
    assert set(balanced(table, 99)["id"]) == set(table["id"])


def test_a_contact_sheet_of_a_set_on_disk(small_set, tmp_path):
    folder, _ = small_set
    out = tmp_path / "sheet.png"
    events = list(make_contact_sheet(SheetSettings(folder=folder, out=out, n=4), StopToken()))
    assert events[-1].kind == "done"
    with Image.open(out) as picture:
        assert picture.height > 4 * 100


def test_a_sheet_of_one_verdict_shows_its_lesions_alone(small_set, tmp_path):
    folder, _ = small_set
    generated = GeneratedSet.open(folder)
    append_decision(folder, generated.ids[0], "reject")
    whole = sheet_of(GeneratedSet.open(folder), 7)
    rejected = sheet_of(GeneratedSet.open(folder), 7, Verdict.REJECTED)
    assert rejected.height < whole.height
    with pytest.raises(DatasetError, match="no lesion that was accepted"):
        sheet_of(GeneratedSet.open(folder), 7, Verdict.ACCEPTED)


def test_a_sheet_says_why_a_lesion_was_rejected(small_set, monkeypatch):
    folder, _ = small_set
    first, second, *_ = GeneratedSet.open(folder).ids
    append_decision(folder, first, "reject", reason="seam")
    append_decision(folder, second, "reject")
    rows = []
    monkeypatch.setattr(
        "napari_lesion_synth.jobs.sheets.contact_sheet", lambda shown, **_: rows.extend(shown)
    )
    sheet_of(GeneratedSet.open(folder), 7)
    said = {row.caption[0]: row.caption[-1] for row in rows}
    assert said.pop(first) == "rejected: seam"
    assert said.pop(second) == "rejected: no reason given"
    assert not any("rejected" in words for words in said.values())


def test_an_empty_set_has_no_sheet(small_set, tmp_path):
    folder, _ = small_set
    header = (folder / "samples.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "samples.csv").write_text(header + "\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="no finished lesion"):
        list(make_contact_sheet(SheetSettings(folder=folder, out=tmp_path / "s.png"), StopToken()))


def test_the_blind_sheet_pairs_real_with_synthetic_and_keeps_the_key_apart(small_set, tmp_path):
    folder, files = small_set
    before = load_case(files).volume.hu.copy()
    settings = BlindSheetSettings(folder=folder, out=tmp_path / "blind", pairs=3)
    events = list(make_blind_sheet(settings, StopToken()))
    assert events[-1].result == {"pairs": 1}
    assert any(event.kind == "log" and "1 pairs" in event.text for event in events)
    key = pd.read_csv(settings.out / "blind-sheet-key.csv")
    assert sorted(key["origin"]) == ["real", "synthetic"]
    assert (settings.out / "blind-sheet.png").exists()
    assert np.array_equal(load_case(files).volume.hu, before), "the CT in memory is as it was"


def test_without_known_real_lesions_there_is_no_blind_sheet(
    host, save_case, request_for, make_set, tmp_path
):
    settings = request_for(cases=(save_case(host),))
    make_set(settings)
    with pytest.raises(DatasetError, match="no real lesions are known"):
        list(make_blind_sheet(BlindSheetSettings(folder=settings.out, out=tmp_path), StopToken()))
