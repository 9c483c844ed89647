"""Anything that finds lesions in a CT."""

from __future__ import annotations

from typing import Protocol

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.events import StopToken

__all__ = ["Detector", "Report"]


class Report(Protocol):
    """Hears how far a detection is."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """`done` of `total` parts of the stage named in `text`."""
        ...


class Detector(Protocol):
    """Finds lesions. Instances hold weights and nothing of a CT."""

    @property
    def id(self) -> str:
        """Which weights, or which file, it is."""
        ...

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose CTs or lesions it has seen: none of them is a fair test."""
        ...

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """Find lesions in a CT.

        Parameters
        ----------
        case : Case
            The CT with its organ; known lesions in it are not looked at.
        token : StopToken, optional
            Checked at each batch.
        report : callable, optional
            Called at each batch.

        Returns
        -------
        Detection

        Raises
        ------
        InputError
            If the case has no organ, or the organ is empty.
        ParameterError
            If the detector is for volumes and the case is a single slice, or the other way round.
        Stopped
            If the token was set.
        """
        ...
