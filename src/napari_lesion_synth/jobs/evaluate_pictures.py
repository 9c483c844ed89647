"""The CTs of an evaluation in which most was missed or falsely found, drawn."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.drawing import png_bytes
from napari_lesion_synth.evaluation.assessment import Assessment
from napari_lesion_synth.evaluation.drawing.judged_picture import judged_picture
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.events import Event, StopToken
from napari_lesion_synth.jobs.evaluate_sources import Source
from napari_lesion_synth.jobs.evaluate_truth import with_truth
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = ["drawn"]


def drawn(
    whole: Assessment,
    given: Sequence[CaseFiles | Case],
    source: Source,
    most: int,
    token: StopToken,
) -> Generator[Event, None, list[tuple[bytes, str]]]:
    """Draw the CTs with most misses and false alarms at the threshold, reading them again.

    Parameters
    ----------
    whole : Assessment
        What the detector did, in the order of the CTs.
    given : sequence of CaseFiles or Case
        The CTs; those without an organ are left out.
    source : Source
        The detector's findings.
    most : int
        How many CTs.
    token : StopToken
        Checked at each.

    Yields
    ------
    Event
        Logs.

    Returns
    -------
    list of (bytes, str)
        PNG files, each with its caption.
    """
    threshold = max(whole.point.threshold, 0.0)
    wrong = [
        len(r.missed(threshold)) + len(r.marked(Outcome.FALSE, threshold)) for r in whole.results
    ]
    worth = [
        k
        for k, each in enumerate(given)
        if each.organ is not None and (wrong[k] or whole.results[k].lesions)
    ]
    pictures = []
    for number in sorted(worth, key=lambda k: -wrong[k])[:most]:
        token.check()
        case = yield from with_truth(given[number])
        detection = yield from tell(partial(source.of(number).detect, case))
        result = whole.results[number]
        picture = judged_picture(case, detection, result, threshold)
        pictures.append((png_bytes(picture), f"{result.case}, findings of {whole.name}"))
    return pictures
