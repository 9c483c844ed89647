"""From whose lesions a synthetic one descends: the rule by which tests are kept clean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.registry import get_method

__all__ = ["Lineage", "needs_model"]


class Lineage:
    """The descent of a set's lesions.

    Parameters
    ----------
    info : mapping
        `GeneratedSet.info`.
    """

    def __init__(self, info: Mapping[str, Any]) -> None:
        self._teachers = _sorted(donor["patient"] for donor in info["donors"]["lesions"])
        self._model = _sorted(info.get("model", {}).get("patients", ()))

    def parents(self, method: str, donor: str, donor_patient: str) -> tuple[str, ...]:
        """Patients whose lesions shaped a lesion; its host is not among them.

        Parameters
        ----------
        method : str
            How it was made.
        donor, donor_patient : str
            Its donor and whose it is; empty where it has none. Then the lesions that lent their
            statistics count, and those that a learnt generator has seen.
        """
        if donor:
            return (donor_patient,)
        learnt = self._model if needs_model(method) else ()
        return _sorted((*self._teachers, *learnt))


def needs_model(method: str) -> bool:
    """Whether a method uses a learnt generator; one that is not known here may."""
    try:
        return bool(getattr(get_method(method), "needs_model", False))
    except ParameterError:
        return True


def _sorted(names: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({str(name) for name in names}))
