"""What would teach most about a group's photos, for each second of a participant's time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from napari_lesion_synth.jobs.study_scaled import Scaled
from napari_lesion_synth.perception.choice.actions import (
    Action,
    ActionSettings,
    Judged,
    weigh_actions,
)

__all__ = ["next_actions", "next_json", "next_rows"]


def next_actions(scaled: Scaled) -> tuple[Action, ...]:
    """The best action of each kind, the highest gain per second first.

    Pairs and ratings cost what those of the group took, in the median. Gaze is not among the
    actions: what it is worth, only a regression with its controls can say.

    Parameters
    ----------
    scaled : Scaled
        A group with comparisons; ratings alone, which have no utilities, have no actions.
    """
    if scaled.posterior is None:
        return ()
    mean, covariance = scaled.posterior.centred
    spread = float(np.var(mean) + np.diag(covariance).mean())
    nobody = np.zeros(len(mean), np.int64)
    judged = Judged(scaled.compared.astype(np.int64), nobody, spread)
    found = weigh_actions(scaled.posterior, judged, _costs(scaled))
    return tuple(action for action in found if action.bits > 0)


def next_json(scaled: Scaled) -> list[dict[str, Any]]:
    """The actions as JSON types, photos by id."""
    return [
        {
            "kind": action.kind,
            "photos": [scaled.group.items[k] for k in action.photos],
            "bits": action.bits,
            "seconds": action.seconds,
        }
        for action in next_actions(scaled)
    ]


def next_rows(actions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What `next_json` made, for a table."""
    return [
        {
            "action": each["kind"],
            "photos": ", ".join(each["photos"]),
            "expected bits": f"{each['bits']:.3f}",
            "seconds": f"{each['seconds']:.1f}",
            "bits a second": f"{each['bits'] / each['seconds']:.3f}",
        }
        for each in actions
    ]


def _costs(scaled: Scaled) -> ActionSettings:
    """The usual costs; those of pairs and ratings as they were in the study."""
    known: dict[str, float] = {}
    if scaled.rating_noise is not None:
        known["rating_noise"] = scaled.rating_noise
    if scaled.group.way.kind in ("pair", "mixed"):
        for name, kind in (("pair_s", "pair"), ("rating_s", "vas")):
            took = [a.response_time_s for _, t, a in scaled.group.first if t.kind == kind]
            if took and np.median(took) > 0:
                known[name] = float(np.median(took))
    return ActionSettings(**known)
