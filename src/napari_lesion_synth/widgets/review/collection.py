"""The lesions of a set with their scores and verdicts, as columns to filter, sort and count.

Everything is done on whole columns: a set may hold tens of thousands of lesions, and a threshold
that is being dragged changes the verdict on all of them many times a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT
from napari_lesion_synth.widgets.review.counting import Count, count_by
from napari_lesion_synth.widgets.review.growing_columns import no_lesions
from napari_lesion_synth.widgets.review.query import ANY, Query, SortKey, Which
from napari_lesion_synth.widgets.review.score_table import Scores, other_checks
from napari_lesion_synth.widgets.review.verdict import Verdict

if TYPE_CHECKING:
    from napari_lesion_synth.selection.band import Band

__all__ = ["Collection"]

_NONE, _ACCEPT, _REJECT = 0, 1, 2
_CODES = {ACCEPT: _ACCEPT, REJECT: _REJECT}
_BELOW, _ABOVE = "error too low", "error too high"


class Collection:
    """Lesions, scores and verdicts of one set."""

    def __init__(self) -> None:
        self.frame = no_lesions()
        self._scores: pd.DataFrame | None = None
        self._limits: dict[str, Band] = {}
        self._verdicts: Mapping[str, Mapping[str, Any]] = {}
        self._rejoin()

    def __len__(self) -> int:
        return len(self.ids)

    # --- what is in it ----------------------------------------------------------------------

    def restart(self) -> None:
        """Drop the lesions; scores and verdicts stay."""
        self.frame = no_lesions()
        self._rejoin()

    def add(self, rows: pd.DataFrame) -> None:
        """Take in further lesions."""
        if len(rows):
            self.frame = pd.concat([self.frame, rows], ignore_index=True) if len(self) else rows
            self._rejoin()

    def set_scores(self, scores: Scores) -> None:
        """Take other scores, and the bands that they were judged by."""
        self._scores, self._limits = scores.table, dict(scores.bands)
        self._join_scores()

    def set_limits(self, zone: str, band: Band) -> None:
        """Judge the lesions of a zone by another band."""
        self._limits[zone] = band
        self._apply_band()

    @property
    def limits(self) -> Mapping[str, Band]:
        """The band of each zone."""
        return self._limits

    def set_verdicts(self, verdicts: Mapping[str, Mapping[str, Any]]) -> None:
        """Take a person's verdicts, by id: records with ``decision`` and ``reason``."""
        self._verdicts = verdicts
        self._join_verdicts()

    def update_verdicts(self, names: Sequence[str]) -> None:
        """The verdicts on these have changed in the mapping that was taken."""
        for name in names:
            self._take_verdict(name)

    @property
    def orphans(self) -> list[str]:
        """Ids that were decided on and are not in the set."""
        return [name for name in self._verdicts if name not in self._place]

    def _rejoin(self) -> None:
        self.ids: NDArray[Any] = self.frame["id"].to_numpy(object)
        self._place = {name: place for place, name in enumerate(self.ids)}
        self._kinds = {name: pd.Categorical(self.frame[name]) for name in ("zone", "method")}
        self._text = {name: self.frame[name].to_numpy(object) for name in ("zone", "method")}
        self.size_mm: NDArray[np.float64] = self.frame["diameter_mm"].to_numpy(float)
        self._join_scores()
        self._join_verdicts()

    def _join_scores(self) -> None:
        nothing = np.full(len(self), np.nan)
        if self._scores is None:
            self.error = self.rank = nothing
            self._others: NDArray[np.bool_] = np.zeros(len(self), bool)
            self._why: NDArray[Any] = np.full(len(self), "", object)
            self._passed: NDArray[np.float64] = nothing
        else:
            own = self._scores.reindex(self.ids)
            self.error = own["ae_error"].to_numpy(float)
            self.rank = own["ae_rank"].to_numpy(float)
            self._others, self._why = other_checks(own)
            self._passed = own["passed"].to_numpy(float)
        self._apply_band()

    def _apply_band(self) -> None:
        """Say anew of every scored lesion whether it passes."""
        scored = np.isfinite(self.error)
        self.below, self.above = np.zeros(len(self), bool), np.zeros(len(self), bool)
        known = np.zeros(len(self), bool)
        for zone, band in self._limits.items():
            own = scored & self._is("zone", zone)
            self.below |= own & (self.error < band.low)
            self.above |= own & (self.error > band.high)
            known |= own
        live = self._others & ~self.below & ~self.above
        # A lesion of a zone without a band keeps what the file says.
        self.passes = np.where(known, live.astype(float), self._passed)

    def _join_verdicts(self) -> None:
        self.decision = np.zeros(len(self), np.int8)
        self._reason = np.full(len(self), "", object)
        for name in self._verdicts:
            self._take_verdict(name)

    def _take_verdict(self, name: str) -> None:
        place = self._place.get(name)
        if place is not None:
            record = self._verdicts.get(name, {})
            self.decision[place] = _CODES.get(record.get("decision", ""), _NONE)
            self._reason[place] = record.get("reason") or ""

    # --- one lesion ---------------------------------------------------------------------------

    @property
    def zone(self) -> NDArray[Any]:
        """Zone of each lesion."""
        return self._text["zone"]

    @property
    def method(self) -> NDArray[Any]:
        """Method of each lesion."""
        return self._text["method"]

    def _is(self, column: str, name: str) -> NDArray[np.bool_]:
        """Lesions of one zone or method; codes are compared many times faster than words."""
        kinds = self._kinds[column]
        known = kinds.categories.get_indexer([name])[0]
        return kinds.codes == known if known >= 0 else np.zeros(len(self), bool)

    def place(self, sample: str) -> int | None:
        """Row of a lesion."""
        return self._place.get(sample)

    def verdict(self, row: int) -> Verdict:
        """What holds of the lesion in a row."""
        decision = self.decision[row]
        if decision != _NONE:
            return Verdict(bool(decision == _ACCEPT), True, str(self._reason[row]))
        passes = self.passes[row]
        if np.isnan(passes):
            return Verdict()
        return Verdict(bool(passes), False, self._automatic_reason(row))

    def _automatic_reason(self, row: int) -> str:
        if self.passes[row]:
            return ""
        band = _BELOW if self.below[row] else _ABOVE if self.above[row] else ""
        return ", ".join(part for part in (band, self._why[row]) if part)

    # --- all of them --------------------------------------------------------------------------

    @property
    def accepted(self) -> NDArray[np.float64]:
        """1 accepted, 0 rejected, NaN neither: the person's verdict, else the scores'."""
        final = self.passes.copy()
        final[self.decision == _ACCEPT] = 1.0
        final[self.decision == _REJECT] = 0.0
        return final

    @property
    def undecided(self) -> NDArray[np.bool_]:
        """Lesions on which no person has given a verdict."""
        return self.decision == _NONE

    def choose(self, query: Query) -> NDArray[np.intp]:
        """Rows that pass a filter, in the order asked for."""
        chosen = np.flatnonzero(self._passing(query))
        if query.sort is SortKey.ID:
            return chosen[::-1] if query.falling else chosen
        key = self._sort_key(query.sort)[chosen]
        if query.falling:
            key = -key  # and not the order turned round: equal ones stay in the order of their ids
        return chosen[np.argsort(key, kind="stable")]  # what has no value comes last

    def _passing(self, query: Query) -> NDArray[np.bool_]:
        keep = self._of_verdict(query.which)
        for name, wanted in (("method", query.method), ("zone", query.zone)):
            if wanted:
                keep &= self._is(name, wanted)
        for (low, high), values in (
            (query.size_mm, self.size_mm),
            (query.rank, self.rank),
            (query.error, self.error),
        ):
            if (low, high) != ANY:
                keep &= (values >= low) & (values <= high)
        if query.text:
            found = self.frame["id"].str.contains(query.text, case=False, regex=False)
            keep &= found.to_numpy(bool)
        if query.reason:
            keep &= self._for_reason(query.reason)
        return keep

    def _of_verdict(self, which: Which) -> NDArray[np.bool_]:
        match which:
            case Which.ACCEPTED:
                return self.accepted == 1
            case Which.REJECTED:
                return self.accepted == 0
            case Which.OPEN:
                return np.isnan(self.accepted)
            case Which.MINE:
                return ~self.undecided
            case Which.NOT_MINE:
                return self.undecided.copy()
            case _:
                return np.ones(len(self), bool)

    def _for_reason(self, reason: str) -> NDArray[np.bool_]:
        mine: NDArray[np.bool_] = ~self.undecided & (self._reason == reason)
        failing = self.undecided & (self.passes == 0)
        if reason in (_BELOW, _ABOVE):
            return mine | (failing & (self.below if reason == _BELOW else self.above))
        hits = pd.Series(self._why[failing], dtype=object).str.split(", ")
        mine[np.flatnonzero(failing)] |= hits.map(lambda words: reason in words).to_numpy(bool)
        return mine

    def _sort_key(self, sort: SortKey) -> NDArray[np.float64]:
        match sort:
            case SortKey.SIZE:
                return self.size_mm
            case SortKey.RANK:
                return self.rank
            case SortKey.ERROR:
                return self.error
            case SortKey.VERDICT:
                return self.accepted
            case SortKey.METHOD | SortKey.ZONE:
                return self._kinds[sort.value].codes.astype(float)
            case _:
                words = self._all_reasons()
                codes = pd.factorize(words, sort=True)[0].astype(float)
                codes[words == ""] = np.nan
                return codes

    def _all_reasons(self) -> NDArray[Any]:
        failing = self.undecided & (self.passes == 0)
        band = np.where(self.below, _BELOW, np.where(self.above, _ABOVE, self._why))
        return np.where(self.undecided, np.where(failing, band, ""), self._reason)

    def reasons(self) -> list[str]:
        """Every reason that there is, of persons and of scores."""
        mine = set(pd.unique(self._reason[~self.undecided]))
        failing = self.undecided & (self.passes == 0)
        for joined in pd.unique(self._why[failing]):
            mine.update(joined.split(", "))
        for name, where in ((_BELOW, self.below), (_ABOVE, self.above)):
            if (where & failing).any():
                mine.add(name)
        return sorted(mine - {""})

    def counts(self) -> dict[tuple[str, str], Count]:
        """Counts by (zone, method); an empty name stands for all."""
        return count_by(self._kinds["zone"], self._kinds["method"], self.accepted, self.passes)
