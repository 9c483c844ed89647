"""The figures and pictures of docs/selection.md come out of one script."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PIL import Image

import napari_lesion_synth as nls


def test_acceptance_is_printed_and_lesions_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from docs import selection_sheets

    coarse = partial(nls.phantom, spacing=(5.0, 2.0, 2.0))
    monkeypatch.setattr("napari_lesion_synth.phantom", coarse)
    assert selection_sheets.main(["--n", "6", "--sets", "2", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    whole = next(line.split() for line in said.splitlines() if line.split()[:2] == ["all", "all"])
    assert whole[2] == "12"
    for method in selection_sheets.METHODS:
        (counts,) = (line for line in said.splitlines() if line.strip().startswith(f"{method}: "))
        assert counts.count("/2") == 2
    pictures = list(tmp_path.glob("selection-*.png"))
    assert pictures
    for path in pictures:
        with Image.open(path) as picture:
            assert picture.width > 1000
