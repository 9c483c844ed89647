"""Does gaze help? Only what beats its controls counts.

A fixation map brings more than gaze: it is densest in the middle, it lies on what stands out, and
its extra columns let a model weigh the photo anew. So the same model is asked with the same kind
of columns made from the centre prior, from computed saliency, from somebody's gaze at another
photo of the same dish, from the real gaze, and from gaze predicted from the photo. Gaze has a gain
of its own only if the real one beats another photo's and the centre, by an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.regression.crossval import OutOfFold, cross_validated
from napari_lesion_synth.perception.regression.differences import (
    FEW_DISHES,
    mean_interval,
    paired_difference,
)
from napari_lesion_synth.perception.regression.folds import Plan
from napari_lesion_synth.perception.regression.models.protocol import Regressor
from napari_lesion_synth.perception.regression.table import Array, Ints, Source, Table

__all__ = [
    "ARMS",
    "Ablation",
    "Arm",
    "ArmName",
    "Verdict",
    "ablation",
    "arm_words",
    "of_another_photo",
]

ArmName: TypeAlias = Literal[
    "image",
    "centre prior",
    "saliency",
    "shuffled gaze",
    "real gaze",
    "predicted gaze",
    "shuffled prediction",
]
ARMS: tuple[ArmName, ...] = (
    *("image", "centre prior", "saliency", "shuffled gaze", "real gaze"),
    *("predicted gaze", "shuffled prediction"),
)

_CONTROLS: dict[ArmName, tuple[ArmName, ...]] = {
    "real gaze": ("shuffled gaze", "centre prior"),
    "predicted gaze": ("shuffled prediction", "centre prior"),
}
"""What each claim has to beat, besides the image alone."""

_RECORDED = {"mouse_aperture": "mouse aperture", "bubble_click": "bubble clicks"}
_GAZE = {"tracker": "gaze", "simulated": "simulated gaze", "replay": "replayed gaze"}


def arm_words(name: str, source: str) -> str:
    """What an arm is called: by what recorded it, since no mouse records gaze.

    Parameters
    ----------
    name : str
        One of `ARMS`.
    source : str
        What recorded the maps, as the answers have it.
    """
    if source == "tracker":
        return name
    recorded = _RECORDED.get(source) or _GAZE.get(source, source.replace("_", " "))
    return name.removeprefix("real ").replace("gaze", recorded)


@dataclass(frozen=True, eq=False)
class Arm:
    """One way of knowing the photos.

    Parameters
    ----------
    name : str
        One of `ARMS`.
    found : tuple of OutOfFold
        Its predictions; several where chance decided the columns, as in shuffling.
    """

    name: ArmName
    found: tuple[OutOfFold, ...]

    @property
    def errors(self) -> Array:
        """Absolute errors of each row, averaged over what chance decided."""
        return np.asarray(np.mean([each.errors for each in self.found], axis=0), np.float64)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of gaze.

    Parameters
    ----------
    gain : bool
        Whether the claim beats all its controls by an interval.
    differences : dict of str to Interval
        Mean absolute error of the claim less each other arm's: below 0, the claim is better.
    sentence : str
        For people.
    """

    gain: bool
    differences: dict[str, Interval]
    sentence: str


@dataclass(frozen=True, eq=False)
class Ablation:
    """The arms of one model on the same rows."""

    model: str
    arms: dict[ArmName, Arm]
    clusters: tuple[str, ...]
    source: str = "tracker"
    """What recorded the maps."""

    def mae(self, rng: np.random.Generator) -> dict[ArmName, Interval]:
        """Mean absolute error of each arm, dishes drawn again."""
        return {n: mean_interval(arm.errors, self.clusters, rng) for n, arm in self.arms.items()}

    def difference(self, one: ArmName, other: ArmName, rng: np.random.Generator) -> Interval:
        """Mean absolute error of one arm less the other's."""
        return paired_difference(self.arms[one].errors, self.arms[other].errors, self.clusters, rng)

    def verdict(self, rng: np.random.Generator, claim: ArmName = "real gaze") -> Verdict:
        """Whether gaze, real or predicted, has a gain of its own.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws dishes again.
        claim : str
            ``"real gaze"`` or ``"predicted gaze"``.

        Raises
        ------
        ParameterError
            If the claim or one of its controls was not run.
        """
        controls = _CONTROLS.get(claim)
        if controls is None:
            raise ParameterError(f"'{claim}' is a control, and makes no claim")
        wanted: tuple[ArmName, ...] = (claim, "image", *controls)
        missing = [name for name in wanted if name not in self.arms]
        if missing:
            raise ParameterError(f"nothing can be said of {claim} without the arm '{missing[0]}'")
        others = [name for name in self.arms if name != claim]
        differences: dict[str, Interval] = {
            name: self.difference(claim, name, rng) for name in others
        }
        lost = [n for n in ("image", *controls) if not _below_zero(differences[n])]
        rough = len(set(self.clusters)) < FEW_DISHES
        return Verdict(
            not lost,
            differences,
            self._sentence(claim, lost or list(controls), differences, lost=bool(lost))
            + (f" {len(set(self.clusters))} dishes: the intervals are rough." if rough else ""),
        )

    def _sentence(
        self,
        claim: ArmName,
        told: Sequence[ArmName],
        differences: Mapping[str, Interval],
        *,
        lost: bool,
    ) -> str:
        names = [arm_words(name, self.source) for name in told]
        figures = "; ".join(
            f"against {words} {_told(differences[name])}"
            for name, words in zip(told, names, strict=True)
        )
        what = "pointing" if self.source in _RECORDED else "gaze"
        who = arm_words(claim, self.source)
        if lost:
            return f"No {what}-specific gain: {who} does not beat {_listed(names)} (MAE {figures})."
        return f"A {what}-specific gain: {who} beats {_listed(names)} (MAE {figures})."


def ablation(
    model: Regressor,
    table: Table,
    arms: Mapping[ArmName, Sequence[Sequence[Source]]],
    plan: Plan,
    seed: int = 0,
    source: str = "tracker",
) -> Ablation:
    """Ask a model with each way of knowing the photos.

    Parameters
    ----------
    model : Regressor
        The same for all.
    table : Table
        The rows, with the image's columns as inputs; photos without usable gaze are not in it.
    arms : mapping of str to sequence of sequence of Source
        The columns that each arm adds; several lists of them where chance decided, as in
        shuffling: their errors are averaged. The arm "image" adds none, and need not be given.
    plan : Plan
        Who is tested by whom.
    seed : int
        Of what chance decides in the model; the same for all arms.
    source : str
        What recorded the maps.
    """
    given: dict[ArmName, Sequence[Sequence[Source]]] = {"image": [[]], **arms}
    found: dict[ArmName, Arm] = {}
    for name in ARMS:
        if name in given:
            tables = [table.with_inputs(*table.inputs, *more) for more in given[name]]
            found[name] = Arm(
                name, tuple(cross_validated(model, each, plan, seed=seed) for each in tables)
            )
    return Ablation(model.name, found, found["image"].found[0].clusters, source)


def of_another_photo(items: Sequence[str], dishes: Sequence[str], rng: np.random.Generator) -> Ints:
    """For each row, a row of another photo of its dish, drawn so that all are used alike.

    Parameters
    ----------
    items : sequence of str
        The photo of each row; a photo once.
    dishes : sequence of str
        The dish of each row.
    rng : numpy.random.Generator
        Source of randomness.

    Raises
    ------
    ParameterError
        If a dish has a single photo, or a photo is there twice.
    """
    if len(set(items)) < len(items):
        raise ParameterError("gaze is shuffled between photos, each of which is there once")
    other = np.arange(len(items))
    for dish in dict.fromkeys(dishes):
        members = np.flatnonzero(np.array([d == dish for d in dishes]))
        if len(members) < 2:
            raise ParameterError(
                f"the dish {dish} has one photo: there is no other whose gaze could be taken",
                remedy="Leave it out of the comparison",
            )
        # In a random circle, everybody's neighbour is somebody else.
        circle = rng.permutation(members)
        other[circle] = np.roll(circle, 1)
    return other


def _below_zero(interval: Interval) -> bool:
    return interval.high is not None and interval.high < 0


def _told(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.value:+.3f}, without an interval"
    return f"{interval.value:+.3f}, 95 % interval {interval.low:+.3f} to {interval.high:+.3f}"


def _listed(names: Sequence[str]) -> str:
    words = ["the image alone" if name == "image" else name for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
