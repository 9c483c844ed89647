"""Whether a detector has learnt from a CT: then what it finds there says nothing of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector

__all__ = ["RemembersCts", "familiar"]


@runtime_checkable
class RemembersCts(Protocol):
    """A detector that knows its CTs again, whatever they are called; others need not."""

    @property
    def hosts(self) -> Mapping[str, str]:
        """The CTs that it has seen, by `Volume.sha256`, and whose each is."""
        ...


def familiar(detector: Detector, case: Case, host: str = "") -> str:
    """How the detector knows a CT; empty where it does not.

    Parameters
    ----------
    detector : Detector
        Who knows patients by name, and its own CTs by their voxels if it is one that
        `RemembersCts`.
    case : Case
        The CT.
    host : str
        `Volume.sha256` of the CT from which the case was made, where lesions were put into it.

    Returns
    -------
    str
        What the detector did, as in ``"has learnt from patient p2"``.
    """
    seen = detector.hosts if isinstance(detector, RemembersCts) else {}
    for ct in (host, case.volume.sha256) if seen else ():
        if ct not in seen:
            continue
        if seen[ct] == case.patient:
            return f"has learnt from this very CT of patient {case.patient}"
        return (
            f"has learnt from this very CT, which it knows as patient {seen[ct]} and which is "
            f"called {case.patient} here"
        )
    if case.patient in detector.patients:
        return f"has learnt from patient {case.patient}"
    return ""
