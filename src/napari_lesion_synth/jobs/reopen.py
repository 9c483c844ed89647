"""Finding the inputs of a set again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.jobs.materials import (
    SHIPPED,
    CaseFacts,
    Materials,
    ModelFacts,
    inputs_key,
)
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["moved", "reopen"]

_FILES = ("ct", "organ", "lesions")


def reopen(
    opened: GeneratedSet,
    *,
    root: Path | None = None,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
    model: Path | None = None,
) -> Materials:
    """What a set was made from, as far as it takes to paste or remake its lesions.

    Parameters
    ----------
    opened : GeneratedSet
        The set.
    root : Path, optional
        Folder that the inputs were moved into; see `moved`.
    cases : sequence of Case
        The cases themselves, in the set's order, where they were made from arrays.
    donors : sequence of Donor
        For remaking.
    model : Path, optional
        Weights of the generator, where they were moved.

    Raises
    ------
    DatasetError
        If another number of cases is given than the set has.
    """
    facts = tuple(_facts(record) for record in opened.info["cases"])
    if cases and len(cases) != len(facts):
        raise DatasetError(
            f"the set has {len(facts)} cases, and {len(cases)} are given", where=opened.folder
        )
    sources: tuple[str | Case, ...] = tuple(cases) or tuple(
        inputs_key(_moved_inputs(f.inputs, root)) for f in facts
    )
    generator = _generator(opened.info.get("model"), root, model)
    return Materials(sources, facts, tuple(donors), model=generator)


def _generator(
    record: dict[str, Any] | None, root: Path | None, given: Path | None
) -> ModelFacts | None:
    if record is None:
        return None
    source = str(record["source"])
    if given is not None:
        source = str(given.expanduser().resolve())
    elif root is not None and source != SHIPPED:
        source = str(moved(Path(source), root))
    return ModelFacts(str(record["id"]), tuple(record["patients"]), source)


def _facts(record: dict[str, Any]) -> CaseFacts:
    z, y, x = record["shape"]
    dz, dy, dx = record["spacing"]
    return CaseFacts(**{**record, "shape": (z, y, x), "spacing": (dz, dy, dx)})


def _moved_inputs(inputs: dict[str, Any], root: Path | None) -> dict[str, Any]:
    if root is None:
        return inputs
    return {
        name: str(moved(Path(value), root)) if name in _FILES and value else value
        for name, value in inputs.items()
    }


def moved(path: Path, root: Path) -> Path:
    """Where a file lies now that was moved, with some of the folders above it, into `root`.

    The longest end of the old path that exists under `root` is taken; the old path where none
    does.
    """
    parts = path.parts[1:] if path.is_absolute() else path.parts
    for start in range(len(parts)):
        candidate = root.joinpath(*parts[start:])
        if candidate.exists():
            return candidate
    return path
