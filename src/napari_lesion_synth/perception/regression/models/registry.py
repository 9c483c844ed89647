"""The regressors by name."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from napari_lesion_synth.perception.regression.models.chosen import Chosen
from napari_lesion_synth.perception.regression.models.gp import GaussianProcess
from napari_lesion_synth.perception.regression.models.mean import Mean
from napari_lesion_synth.perception.regression.models.others import Forest, SupportVectors
from napari_lesion_synth.perception.regression.models.protocol import Regressor
from napari_lesion_synth.perception.regression.models.ridge import Ridge

__all__ = ["MODELS", "ModelName", "make_model"]

ModelName: TypeAlias = Literal["mean", "ridge", "GP", "SVR", "forest", "extra trees", "chosen"]
MODELS: tuple[ModelName, ...] = get_args(ModelName)
"""From the simplest to the most flexible; "chosen" is the one that does best in training."""


def make_model(name: ModelName) -> Regressor:
    """A regressor."""
    models: dict[ModelName, Regressor] = {
        "mean": Mean(),
        "ridge": Ridge(),
        "GP": GaussianProcess(),
        "SVR": SupportVectors(),
        "forest": Forest(),
        "extra trees": Forest("extra trees", extra=True),
        "chosen": Chosen((Ridge(), GaussianProcess(), SupportVectors(), Forest(trees=90))),
    }
    return models[name]
