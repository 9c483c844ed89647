"""Scoring a set: every lesion is judged, and it is told what became of each zone."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import SCORES_CSV
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import (
    Artifact,
    Done,
    Event,
    EventStream,
    Log,
    Progress,
    Started,
    StopToken,
)
from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.selection.acceptance import acceptance, starved_zones
from napari_lesion_synth.selection.band import Band, BandSettings, bands_of, held_out_acceptance
from napari_lesion_synth.selection.checks import CheckLimits, check
from napari_lesion_synth.selection.scores_file import apply_bands, write_scores
from napari_lesion_synth.selection.view import LesionView, views_of_set
from napari_lesion_synth.wording import counted

if TYPE_CHECKING:
    from napari_lesion_synth.selection.autoencoder import AutoEncoder

__all__ = ["score_set", "score_views"]

_MOST_JUDGED = 500
_ALIKE = 1.5


def score_set(
    generated: GeneratedSet,
    autoencoder: AutoEncoder,
    band: BandSettings,
    limits: CheckLimits | None,
    token: StopToken,
    *,
    real: Sequence[LesionView] = (),
    training: Sequence[LesionView] = (),
    seed: int = 0,
) -> EventStream:
    """Judge every lesion of a set, and write ``scores.csv`` and ``scores.json`` beside it.

    Parameters
    ----------
    generated : GeneratedSet
        The set, finished or not.
    autoencoder : AutoEncoder
        Trained on real lesions.
    band : BandSettings
        How wide the band of errors is.
    limits : CheckLimits or None
        Of the cheap checks; None: those of the real lesions that the auto-encoder learnt from,
        or the default ones where its file holds none.
    token : StopToken
        Checked at every lesion; nothing is written if it stops.
    real : sequence of LesionView
        Real lesions that no model has seen; with them the set as a whole is judged too.
    training : sequence of LesionView
        Real lesions from which the set was made, for the check of memorisation.
    seed : int
        Of the choice among more than 500 lesions, and of the set's metrics.

    Yields
    ------
    Event
        Started, Log, Progress (in lesions), Artifact (the table), and Done with
        ``acceptance`` (see `acceptance.acceptance`), ``held_out`` (the same of real lesions),
        ``bands``, and ``quality`` where real lesions were given.

    Raises
    ------
    Stopped
        If the token was set.
    LesionSynthError
        If the set is empty or damaged, or does not fit the auto-encoder.
    """
    table = generated.table
    if table.empty:
        raise DatasetError(
            "the set has no finished lesion to score",
            where=generated.folder,
            remedy="Generate lesions first",
        )
    yield Started("score", len(table))
    yield from _remarks(generated, autoencoder)
    limits, limits_from = _limits(limits, autoencoder)
    bands = bands_of(autoencoder.held_out, band)
    yield from _pooled(bands, table["zone"])
    views = views_of_set(generated)
    scores, kept = yield from _scored(views, len(table), autoencoder, bands, limits, token, seed)
    zones, methods = ([str(v) for v in table[name]] for name in ("zone", "method"))
    rows = acceptance(scores, zones, methods)
    for row in starved_zones(rows):
        yield Log(
            f"only {row['passed']} of {row['n']} lesions of the zone {row['zone']} passed "
            f"({row['share']:.0%}, 95 % interval {row['low']:.0%} to {row['high']:.0%}): the "
            "selection all but removes this zone. See the reasons in scores.csv",
            "warning",
        )
    summary: dict[str, Any] = {
        "lesions": len(scores),
        "acceptance": rows,
        "held_out": _held_out(autoencoder, band),
        "bands": {zone.value: each.to_dict() for zone, each in bands.items()},
        "limits": limits.model_dump(mode="json"),
        "limits_from": limits_from,
        "autoencoder": {
            "sha256": autoencoder.sha256,
            "patients": list(autoencoder.patients),
            "by_patient": autoencoder.by_patient,
            "dims": autoencoder.grid.dims,
        },
    }
    if real:
        yield Log(f"judging the set as a whole against {counted(len(real), 'real lesion')}")
        passed = set(scores.loc[scores["passed"] == 1, "id"])
        summary["quality"] = _quality(kept, passed, real, training, seed, limits)
        token.check()
    write_scores(generated.folder, scores, summary)
    yield Artifact("scores", str(generated.folder / SCORES_CSV))
    yield Done({**summary, "set": str(generated.folder)})


def score_views(
    views: Sequence[LesionView],
    autoencoder: AutoEncoder,
    bands: Mapping[Zone, Band],
    limits: CheckLimits,
) -> pd.DataFrame:
    """Judge lesions that are in memory.

    Parameters
    ----------
    views : sequence of LesionView
        Synthetic or real.
    autoencoder : AutoEncoder
        Trained on real lesions.
    bands : mapping of Zone to Band
        From `bands_of`.
    limits : CheckLimits
        Of the cheap checks.

    Returns
    -------
    DataFrame
        One row a lesion, with `scores_file.COLUMNS`.

    Raises
    ------
    InputError
        If a lesion does not fit the auto-encoder.
    """
    rows = [_judged(view, autoencoder, limits) for view in views]
    return _finished(rows, [view.zone.value for view in views], bands)


def _scored(
    views: Iterable[LesionView],
    total: int,
    autoencoder: AutoEncoder,
    bands: Mapping[Zone, Band],
    limits: CheckLimits,
    token: StopToken,
    seed: int,
) -> Generator[Event, None, tuple[pd.DataFrame, list[LesionView]]]:
    """Scores of all lesions, and the views of as many as the set's metrics take."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0x5C0]))
    few = set(rng.choice(total, min(total, _MOST_JUDGED), replace=False).tolist())
    every = max(1, total // 200)
    rows, zones, kept, told = [], [], [], False
    for number, view in enumerate(views):
        token.check()
        rows.append(_judged(view, autoencoder, limits))
        zones.append(view.zone.value)
        if number in few:
            kept.append(view)
        if not told and not _alike(view, autoencoder):
            told = True
            yield Log(_unlike(view, autoencoder), "warning")
        if (number + 1) % every == 0 or number + 1 == total:
            yield Progress(number + 1, total, view.id)
    return _finished(rows, zones, bands), kept


def _judged(view: LesionView, autoencoder: AutoEncoder, limits: CheckLimits) -> dict[str, Any]:
    checked = check(view, limits)
    return {
        "id": view.id,
        "ae_error": autoencoder.error(view) if view.mask.any() else np.nan,
        "ae_rank": np.nan,
        "in_band": 0,
        "hu_ok": int(checked.hu_ok),
        "seam": checked.seam,
        "seam_ok": int(checked.seam_ok),
        "edge_mm": checked.edge_mm,
        "edge_ok": int(checked.edge_ok),
        "label_ok": int(checked.label_ok),
        "passed": 0,
        "reasons": ";".join(checked.reasons),
    }


def _finished(
    rows: list[dict[str, Any]], zones: list[str], bands: Mapping[Zone, Band]
) -> pd.DataFrame:
    return apply_bands(pd.DataFrame(rows), np.array(zones, object), bands)


def _held_out(autoencoder: AutoEncoder, band: BandSettings) -> list[dict[str, Any]]:
    """Acceptance of held-out real lesions, each by a band without its own patient."""
    found = []
    for zone, (inside, n) in held_out_acceptance(autoencoder.held_out, band).items():
        if n:
            share = wilson(inside, n)
            found.append(
                {
                    "zone": zone.value,
                    "n": n,
                    "in_band": inside,
                    "share": share.value,
                    "low": share.low,
                    "high": share.high,
                }
            )
    return found


def _quality(
    kept: Sequence[LesionView],
    passed: set[str],
    real: Sequence[LesionView],
    training: Sequence[LesionView],
    seed: int,
    limits: CheckLimits,
) -> dict[str, Any]:
    """The set's own metrics, of all lesions and of those that passed."""
    from napari_lesion_synth.selection.quality import judge

    known = list(training) or None
    groups = {"all": list(kept), "passed": [view for view in kept if view.id in passed]}
    return {
        name: judge(views, list(real), known, seed, limits).as_dict()
        for name, views in groups.items()
        if views
    }


def _remarks(generated: GeneratedSet, autoencoder: AutoEncoder) -> EventStream:
    if not generated.complete:
        yield Log(
            f"the set is unfinished: {len(generated.ids)} of {generated.info['n']}", "warning"
        )
    if not autoencoder.by_patient:
        yield Log(
            "the auto-encoder was trained on fewer patients than it has folds: its band is that "
            "of known patients, and too narrow for others",
            "warning",
        )


def _pooled(bands: Mapping[Zone, Band], zones: pd.Series[str]) -> EventStream:
    """Say which lesions are judged by a band that hardly stands on their own zone."""
    for zone, count in zones.value_counts().items():
        band = bands[Zone(str(zone))]
        if band.pooled:
            lesions = counted(count, "lesion")
            yield Log(f"the zone {zone} ({lesions}) is judged by {band.note}", "warning")


def _limits(given: CheckLimits | None, autoencoder: AutoEncoder) -> tuple[CheckLimits, str]:
    """Limits of the checks, and where they come from."""
    if given is not None:
        return given, "given"
    if autoencoder.limits is not None:
        return autoencoder.limits, "autoencoder"
    return CheckLimits(), "default"


def _alike(view: LesionView, autoencoder: AutoEncoder) -> bool:
    """Whether voxels are about as large as those that the auto-encoder knows."""
    axes = range(1, 3) if autoencoder.grid.dims == 2 else range(3)
    low, high = autoencoder.spacing
    return all(low[a] / _ALIKE <= view.spacing[a] <= high[a] * _ALIKE for a in axes)


def _unlike(view: LesionView, autoencoder: AutoEncoder) -> str:
    low, high = (" x ".join(f"{s:.3g}" for s in size) for size in autoencoder.spacing)
    own = " x ".join(f"{s:.3g}" for s in view.spacing)
    return (
        f"voxels of {own} mm are judged by an auto-encoder that knows those of {low} to {high} "
        "mm: noise differs with the voxel size, and so do errors"
    )
