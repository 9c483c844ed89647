"""Trainings at multiples of the limits: what the curve is drawn from that proves a limit or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.limits.policy import AugmentationPolicy
from napari_lesion_synth.perception.limits.ucurve import Scores
from napari_lesion_synth.perception.regression.augmented import (
    AugmentationSettings,
    augmented,
    copies_of,
)
from napari_lesion_synth.perception.regression.crossval import cross_validated
from napari_lesion_synth.perception.regression.features.cache import FeatureCache
from napari_lesion_synth.perception.regression.folds import By, plan
from napari_lesion_synth.perception.regression.models.protocol import Regressor
from napari_lesion_synth.perception.regression.photo_model import Describer
from napari_lesion_synth.perception.regression.table import Table
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["LimitTraining"]


@dataclass(frozen=True)
class LimitTraining:
    """Trains at a multiple of a policy's limits, and scores on photos it has not seen.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        The photos of the table, in its order.
    table : Table
        A row a photo, whose inputs are the describer's.
    describer : Describer
        What describes photos and their copies.
    model : Regressor
        What learns.
    policy : AugmentationPolicy
        The limits.
    settings : AugmentationSettings
        How many copies, and how; the strength is "limited", whatever it says.
    runs : int
        Trainings at each multiple; each draws copies of its own.
    by : str
        Who is tested by whom.
    cache : FeatureCache, optional
        Where descriptions are kept between runs.

    Raises
    ------
    ParameterError
        If the photos are not those of the table, or there are no runs.
    """

    stimuli: Sequence[Stimulus]
    table: Table
    describer: Describer
    model: Regressor
    policy: AugmentationPolicy
    settings: AugmentationSettings
    runs: int = 2
    by: By = "dish"
    cache: FeatureCache | None = None

    def __post_init__(self) -> None:
        if tuple(s.id for s in self.stimuli) != self.table.items:
            raise ParameterError("the photos are not those of the table")
        if self.runs < 1:
            raise ParameterError("a limit is judged by a training at least")

    def __call__(self, multiple: float) -> Scores:
        """Errors of the trainings at a multiple of the limits; at 0 there are no copies.

        Raises
        ------
        ParameterError
            If the policy allows nothing for a photo's category.
        """
        found = [self._run(multiple, run) for run in range(self.runs)]
        return Scores(np.stack([errors for errors, _ in found]), found[0][1])

    def _run(self, multiple: float, run: int) -> tuple[np.ndarray, tuple[str, ...]]:
        seed = self.settings.seed + run
        asked = self.settings.model_copy(
            update={"seed": seed, "strength": "limited" if multiple > 0 else "none"}
        )
        copies = copies_of(self.stimuli, asked, self.policy.times(multiple))
        table = augmented(self.table, copies, self.describer, self.cache)
        found = cross_validated(self.model, table, plan(table, self.by), seed=seed)
        return found.errors, found.clusters
