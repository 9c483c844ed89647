"""What an output folder holds, before anything is put into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_lesion_synth.dataset.layout import BLOCK, SAMPLES_CSV
from napari_lesion_synth.dataset.provenance import check_same
from napari_lesion_synth.dataset.reader import read_header, whole_lines
from napari_lesion_synth.dataset.writer import refuse_foreign

__all__ = ["lesions_in", "what_run_does"]

_ASKED = ("n", "rim", "diameter_mm", "methods", "fixed", "seed", "per_scene", "context_mm")
"""Settings that a set's header records under the same names."""


def lesions_in(folder: Path) -> int:
    """Number of finished lesions in a folder; 0 if it holds no set."""
    return max(len(whole_lines(folder / SAMPLES_CSV)) - 1, 0)


def what_run_does(folder: Path, asked: Mapping[str, Any]) -> str:
    """Say in words what a run with these settings will do in this folder.

    The inputs are not compared here, since that takes reading them; the run itself does.

    Parameters
    ----------
    folder : Path
        Output folder.
    asked : mapping
        Settings by the names of `GenerateSettings`, any of them.

    Returns
    -------
    str
        A sentence.

    Raises
    ------
    DatasetError
        If the folder holds another set, or something else; the message says what.
    """
    refuse_foreign(folder)
    there = lesions_in(folder)
    if not there:
        return "A new set is made here."
    found = read_header(folder)[BLOCK]
    names = [name for name in _ASKED if name in asked and name in found]
    check_same(
        {BLOCK: {name: found[name] for name in names}},
        {BLOCK: {name: asked[name] for name in names}},
        folder,
    )
    if there >= int(found["n"]):
        return f"All {there} lesions are there; Run only checks them."
    return f"{there} of {found['n']} are there; Run goes on."
