"""Real lesions divided into parts that share no patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.selection.view import LesionView

__all__ = ["assign_folds"]


def assign_folds(
    views: Sequence[LesionView], folds: int, seed: int
) -> tuple[NDArray[np.int64], bool]:
    """Divide lesions into folds of about equal size in both zones.

    Patients with many lesions are dealt out first, each to the fold that then has the fewest
    lesions of the patient's zones; patients alike are shuffled.

    Parameters
    ----------
    views : sequence of LesionView
        Real lesions; their order does not matter, for the same ids.
    folds : int
        How many.
    seed : int
        Of the shuffling.

    Returns
    -------
    ndarray of int64, shape (n,)
        Fold of each lesion.
    bool
        Whether the folds share no patient. With fewer patients than folds they do: single
        lesions are dealt out then.
    """
    by_patient = len({view.patient for view in views}) >= folds
    groups = [view.patient if by_patient else view.id for view in views]
    zones: dict[str, Counter[str]] = {}
    for group, view in zip(groups, views, strict=True):
        zones.setdefault(group, Counter())[view.zone.value] += 1
    names = sorted(zones)
    np.random.default_rng(np.random.SeedSequence([seed, folds])).shuffle(names)
    names.sort(key=lambda name: -zones[name].total())
    loads: list[Counter[str]] = [Counter() for _ in range(folds)]
    fold_of = {}
    for name in names:
        fold_of[name] = min(range(folds), key=lambda k: _load(loads[k], zones[name]))
        loads[fold_of[name]] += zones[name]
    return np.array([fold_of[group] for group in groups], np.int64), by_patient


def _load(load: Counter[str], extra: Counter[str]) -> tuple[int, int]:
    """How full a fold would be: first in the zones of the newcomer, then at all."""
    return sum(load[zone] * count for zone, count in extra.items()), load.total()
