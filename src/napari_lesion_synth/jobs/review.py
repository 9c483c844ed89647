"""A person's verdicts on a set, from a script."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import Done, EventStream, Log, Started, StopToken
from napari_lesion_synth.jobs.judging_settings import ReviewSettings
from napari_lesion_synth.selection.review import Ledger, counts, verdicts
from napari_lesion_synth.selection.scores_file import read_scores
from napari_lesion_synth.wording import counted

__all__ = ["review"]


def review(settings: ReviewSettings, token: StopToken) -> EventStream:
    """Give verdicts, or take them back; then tell how many lesions have which.

    Parameters
    ----------
    settings : ReviewSettings
        What to do.
    token : StopToken
        Checked before anything is written.

    Yields
    ------
    Event
        Started, Log, Done with ``counts``: one entry a zone and method.

    Raises
    ------
    Stopped
        If the token was set.
    ParameterError
        If a lesion is both accepted and rejected, or a pattern fits none.
    DatasetError, StorageError
        If the set cannot be used.
    """
    yield Started("review")
    opened = GeneratedSet.open(settings.folder)
    accepted = _matching(opened.ids, settings.accept)
    rejected = _matching(opened.ids, settings.reject)
    both = sorted({*accepted} & {*rejected})
    if both:
        raise ParameterError(f"{both[0]} is to be accepted and to be rejected")
    token.check()
    ledger = Ledger.open(settings.folder, settings.reviewer)
    for ids, decision in ((accepted, ACCEPT), (rejected, REJECT)):
        if ids:
            ledger.decide(ids, decision, settings.reason)
            yield Log(f"{decision}: {counted(len(ids), 'lesion')}")
    yield from _undo(ledger, settings.undo)
    orphans = ledger.orphans(opened.ids)
    if orphans:
        yield Log(
            f"verdicts on {counted(len(orphans), 'lesion')} that the set does not hold any more "
            f"({', '.join(orphans[:3])}) are kept",
            "warning",
        )
    judged = verdicts(opened.table, read_scores(settings.folder), ledger.verdicts)
    rows: list[Any] = counts(judged).to_dict(orient="records")
    yield Done({"set": str(settings.folder), "counts": rows})


def _undo(ledger: Ledger, steps: int) -> EventStream:
    for _ in range(steps):
        undone = ledger.undo()
        if not undone.ids:
            yield Log("there is nothing left to take back")
            return
        yield Log(f"taken back: {undone.decision} of {counted(len(undone.ids), 'lesion')}")


def _matching(ids: Sequence[str], patterns: Sequence[str]) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        fitting = [name for name in ids if fnmatchcase(name, pattern)]
        if not fitting:
            raise ParameterError(
                f"no lesion of the set is called {pattern!r}",
                remedy="Give ids as they stand in samples.csv, or a pattern with * and ?",
            )
        found += [name for name in fitting if name not in found]
    return found
