"""The demo asks the detector whether it marks lesions, or the seam of whatever was put in."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.report import paragraph, table
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.evaluation.shams.response import (
    ShamDifference,
    ShamPair,
    sham_answers,
    sham_difference,
)
from napari_lesion_synth.evaluation.shams.sites import shams_for
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.wording import counted

__all__ = ["DemoShams", "in_brackets"]

_CTS = 4
_SHAMS = 6
"""In each of the CTs; by both methods, at the rim and in the interior, in turn."""


class DemoShams:
    """Puts shams into the first few CTs that are searched.

    Parameters
    ----------
    lender : Case
        The demo's own patient, into whose CT none are put: the lesions lend their shapes.
    """

    def __init__(self, lender: Case) -> None:
        self._donors = _shapes(lender)
        self._cts = 0
        self.pairs: list[ShamPair] = []

    def ask(self, detector: Detector, case: Case, found: Detection, token: StopToken) -> None:
        """Search a CT once more, with shams in it; after the first few CTs nothing is done.

        Parameters
        ----------
        detector : Detector
            Who is asked.
        case : Case
            A CT that it does not know.
        found : Detection
            What it finds there without them.
        token : StopToken
            As for `Detector.detect`.
        """
        if self._cts == _CTS:
            return
        shams = shams_for(
            case,
            methods=("poisson", "sigmoid") if self._donors else ("sigmoid",),
            donors=self._donors,
            n=_SHAMS,
            seed=self._cts,
        )
        self._cts += 1
        self.pairs += sham_answers(detector, case, shams, untouched=found, token=token)

    def told(self, threshold: float) -> tuple[str, ...]:
        """A sentence and a table for the report; nothing where there was no CT."""
        if not self.pairs:
            return ()
        of_all = sham_difference(self.pairs, threshold)
        methods = sorted({pair.method for pair in self.pairs})
        rows = [_row("all", of_all)]
        for method in methods:
            own = [pair for pair in self.pairs if pair.method == method]
            rows.append(_row(method, sham_difference(own, threshold)))
        return paragraph(_sentence(of_all, methods)), table(rows)


def _shapes(lender: Case) -> list[Donor]:
    """Lesions whose shapes are cut out of healthy tissue; none where none can be used."""
    try:
        return extract_donors(lender)
    except DonorError:
        return []


def _sentence(of_all: ShamDifference, methods: Sequence[str]) -> str:
    return (
        f"Shams: {counted(of_all.shams, 'piece')} of healthy tissue were put into "
        f"{counted(of_all.patients, 'CT')} of other patients as lesions would be "
        f"({', '.join(methods)}). With them, {of_all.marked} of the places have a finding of at "
        f"least {of_all.threshold:.2f}; without them, {of_all.marked_before} of the same places. "
        f"The difference of the shares is {in_brackets(of_all.difference)}. A detector that knows "
        "seams and not lesions would mark most of them."
    )


def _row(name: str, of: ShamDifference) -> dict[str, object]:
    return {
        "shams by": name,
        "shams": of.shams,
        "marked": f"{of.marked}, {in_brackets(of.sham)}",
        "the same places without": f"{of.marked_before}, {in_brackets(of.untouched)}",
        "difference": in_brackets(of.difference),
        "difference of the scores": in_brackets(of.score),
    }


def in_brackets(interval: Interval) -> str:
    """A figure with its interval, where there is one."""
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} ({interval.low:.2f} to {interval.high:.2f})"
