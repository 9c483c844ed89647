"""What a set remembers of how it was made: the `lesion_synth` block of ``dataset.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Protocol

from napari_lesion_synth import __version__
from napari_lesion_synth.jobs.materials import CaseFacts, ModelFacts

__all__ = ["Teacher", "inputs_record", "record_of"]

_LIBRARIES = ("numpy", "scipy", "scikit-image", "SimpleITK")


class Teacher(Protocol):
    """A donor, or what a library's index says of one."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def patient(self) -> str:
        """Whose lesion it is."""
        ...


def record_of(asked: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The record: what was asked for and from what, but not how it was run.

    Parameters
    ----------
    asked : mapping
        Parameters, as JSON types; ``n`` is the number of lesions.
    inputs : mapping
        From `inputs_record`.
    """
    software = {name: version(name) for name in _LIBRARIES}
    return {"version": __version__, "software": software, **asked, **inputs}


def inputs_record(
    cases: Sequence[CaseFacts],
    donors: Iterable[Teacher],
    source: str,
    model: ModelFacts | None = None,
) -> dict[str, Any]:
    """The inputs, as JSON types.

    Parameters
    ----------
    cases : sequence of CaseFacts
        The hosts.
    donors : iterable of Teacher
        Whose lesions were transplanted or measured.
    source : str
        Where they came from: a folder, or words.
    model : ModelFacts, optional
        The learnt generator, where one was used.
    """
    lesions = [{"id": donor.id, "patient": donor.patient} for donor in donors]
    record = {
        "cases": [asdict(case) for case in cases],
        "donors": {"lesions": lesions, "source": source},
    }
    return record if model is None else {**record, "model": asdict(model)}
