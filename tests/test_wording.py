from __future__ import annotations

from napari_lesion_synth.wording import counted


def test_one_thing_is_no_plural():
    assert [counted(n, "lesion") for n in (0, 1, 2)] == ["0 lesions", "1 lesion", "2 lesions"]
