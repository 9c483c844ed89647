"""Judging a set: every figure for every method and zone, and why others could not be computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.intervals import wilson
from napari_lesion_synth.selection.checks import CheckLimits, check
from napari_lesion_synth.selection.distances import ProfileDistance
from napari_lesion_synth.selection.figures import Figure
from napari_lesion_synth.selection.groups import compare
from napari_lesion_synth.selection.measures import Measured, measure
from napari_lesion_synth.selection.memorisation import QUANTILE, Memorisation, training_copies
from napari_lesion_synth.selection.set_quality import Copy, GroupQuality, Profile, SetQuality
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.selection.zone_classifier import ZoneClassifier

__all__ = ["GroupQuality", "SetQuality", "judge"]


def judge(
    synthetic: Sequence[LesionView],
    real: Sequence[LesionView],
    training: Sequence[LesionView] | None = None,
    seed: int = 0,
    limits: CheckLimits | None = None,
) -> SetQuality:
    """Judge a set against held-out real lesions.

    Parameters
    ----------
    synthetic : sequence of LesionView
        The set, of one or several methods.
    real : sequence of LesionView
        Real lesions of patients from whom nothing was learnt.
    training : sequence of LesionView, optional
        Real lesions that the set was made from; without them, memorisation is not looked at.
    seed : int
        Of permutations, folds and bootstraps: the same arguments give the same figures.
    limits : CheckLimits, optional
        Of the checks; default: taken from `real`, or the default ones where these are few.

    Returns
    -------
    SetQuality
    """
    notes = list(_notes(synthetic, real, training))
    whole = [view for view in synthetic if view.mask.any()]
    held_out = measure([view for view in real if view.mask.any()])
    passing, usual = _checked(synthetic, real, limits, notes)
    copies, no_copies = _copies(whole, real, training)
    zones, accuracy, no_zones = _zones(whole, [*real, *(training or ())], seed)
    facts = _Facts(
        measured=measure(whole),
        passing=passing,
        usual=usual,
        copied=None if copies is None else copies.distances < copies.limits,
        right=zones,
        accuracy=None if accuracy is None else accuracy.value,
        missing={"memorised": no_copies, "zone_agreement": no_zones},
    )
    groups = tuple(
        _group(facts, synthetic, held_out, method, zone, seed)
        for method, zone in _divisions(synthetic)
    )
    return SetQuality(seed, groups, _listed(copies), accuracy, tuple(notes))


@dataclass(frozen=True, eq=False)
class _Facts:
    """What is known of each lesion; all but `passing` are of those with a label."""

    measured: list[Measured]
    passing: NDArray[np.bool_]
    usual: float | None
    copied: NDArray[np.bool_] | None
    right: NDArray[np.bool_] | None
    accuracy: float | None
    missing: dict[str, str]


def _divisions(synthetic: Sequence[LesionView]) -> list[tuple[str | None, str | None]]:
    methods = sorted({view.method for view in synthetic})
    zones = [zone.value for zone in Zone]
    return [
        (None, None),
        *((method, None) for method in methods),
        *((None, zone) for zone in zones),
        *((method, zone) for method in methods for zone in zones),
    ]


def _chosen(views: Sequence[LesionView], method: str | None, zone: str | None) -> NDArray[np.bool_]:
    return np.array(
        [method in (None, view.method) and zone in (None, view.zone.value) for view in views], bool
    )


def _group(
    facts: _Facts,
    synthetic: Sequence[LesionView],
    held_out: Sequence[Measured],
    method: str | None,
    zone: str | None,
    seed: int,
) -> GroupQuality:
    there = _chosen([each.view for each in facts.measured], method, zone)
    mine = [each for each, wanted in zip(facts.measured, there, strict=True) if wanted]
    theirs = [each for each in held_out if zone in (None, each.view.zone.value)]
    found = compare(mine, theirs, seed, f"{method}/{zone}")
    of_label = _chosen(synthetic, method, zone)
    shares = (
        ("memorised", facts.copied, there, QUANTILE),
        ("zone_agreement", facts.right, there, facts.accuracy),
        ("checks_passed", facts.passing, of_label, facts.usual),
    )
    for name, holds, wanted, reference in shares:
        if holds is None:
            found.missing[name] = facts.missing[name]
        elif not wanted.any():
            found.missing[name] = "no synthetic lesion"
        else:
            share = wilson(int(holds[wanted].sum()), int(wanted.sum()))
            found.figures[name] = Figure.of(share, reference)
    return GroupQuality(
        method=method,
        zone=zone,
        n=int(of_label.sum()),
        real=len(theirs),
        patients=len({each.view.patient for each in mine}),
        real_patients=len({each.view.patient for each in theirs}),
        figures=found.figures,
        missing=found.missing,
        features=found.features,
        profile=_as_profile(found.profile),
    )


def _notes(
    synthetic: Sequence[LesionView],
    real: Sequence[LesionView],
    training: Sequence[LesionView] | None,
) -> Iterator[str]:
    held_out = {view.patient for view in real}
    taught = held_out & {view.patient for view in training or ()}
    if taught:
        yield f"{len(taught)} patients are both in training and held out: the figures flatter"
    donors = held_out & {name for view in synthetic for name in view.lineage}
    if donors:
        yield f"lesions of {len(donors)} held-out patients went into synthetic ones"
    empty = sum(not view.mask.any() for view in synthetic)
    if empty:
        yield f"{empty} synthetic lesions have an empty label and count in the checks alone"
    for name, views in (("synthetic", synthetic), ("real", real)):
        if len({view.patient for view in views}) == 1:
            yield f"all {name} lesions lie in one patient and were taken to be independent"


def _checked(
    synthetic: Sequence[LesionView],
    real: Sequence[LesionView],
    limits: CheckLimits | None,
    notes: list[str],
) -> tuple[NDArray[np.bool_], float | None]:
    """Which lesions pass the checks, and the share of real ones that do."""
    if limits is None:
        try:
            limits = CheckLimits.of(real)
        except InputError as error:
            limits = CheckLimits()
            notes.append(f"the checks have their default limits: {error.what}")
    passing, usual = ([check(view, limits).passed for view in side] for side in (synthetic, real))
    return np.array(passing, bool), float(np.mean(usual)) if usual else None


def _copies(
    synthetic: Sequence[LesionView],
    real: Sequence[LesionView],
    training: Sequence[LesionView] | None,
) -> tuple[Memorisation | None, str]:
    """The comparison with the training lesions, or why there is none."""
    if not training:
        return None, "no training lesions were given"
    if not synthetic:
        return None, "no synthetic lesion"
    try:
        return training_copies(synthetic, training, real), ""
    except InputError as error:
        return None, error.what


def _zones(
    synthetic: Sequence[LesionView], real: Sequence[LesionView], seed: int
) -> tuple[NDArray[np.bool_] | None, Figure | None, str]:
    """Which lesions look to lie in their zone, and how good the judge is; or why there is none."""
    try:
        judge_of_zones = ZoneClassifier.fit(real, seed)
    except InputError as error:
        return None, None, error.what
    said = judge_of_zones.zones(synthetic)
    right = [zone is view.zone for zone, view in zip(said, synthetic, strict=True)]
    return np.array(right, bool), Figure.of(judge_of_zones.accuracy), ""


def _listed(copies: Memorisation | None) -> tuple[Copy, ...]:
    if copies is None:
        return ()
    rows = zip(copies.ids, copies.nearest, copies.distances, copies.limits, strict=True)
    return tuple(
        Copy(name, nearest, float(distance), float(limit))
        for name, nearest, distance, limit in rows
        if distance < limit
    )


def _as_profile(profile: ProfileDistance | None) -> Profile | None:
    if profile is None:
        return None
    columns = (profile.depth_mm, profile.real, profile.low, profile.high, profile.synthetic)
    return Profile(*(tuple(float(value) for value in column) for column in columns))
