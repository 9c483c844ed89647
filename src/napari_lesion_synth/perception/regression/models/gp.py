"""A Gaussian process: a straight line, and what deviates from it smoothly.

Its kernel is radial plus linear plus white, one length for all columns; its constants maximise
the evidence [1]_, of the rows that are learnt from.

References
----------
.. [1] C. E. Rasmussen, C. K. I. Williams, "Gaussian processes for machine learning", 2006, chapter
   5.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.perception.regression.models.protocol import Training
from napari_lesion_synth.perception.regression.models.search import sklearn_part
from napari_lesion_synth.perception.regression.standardising import Standardiser
from napari_lesion_synth.perception.regression.table import Array

__all__ = ["GaussianProcess"]

_WIDE = (1e-4, 1e3)
_LENGTHS = (0.1, 100.0)


@dataclass(frozen=True)
class GaussianProcess:
    """Gaussian-process regression by scikit-learn."""

    name: str = "GP"

    def fit(self, data: Training) -> _Process:
        """Find the constants with the largest evidence."""
        kernels = sklearn_part("gaussian_process.kernels")
        scale = Standardiser.of(data.blocks)
        kernel = (
            kernels.ConstantKernel(0.3, _WIDE) * kernels.RBF(1.0, _LENGTHS)
            + kernels.ConstantKernel(0.3, _WIDE) * kernels.DotProduct(0.0, "fixed")
            + kernels.WhiteKernel(0.5, (1e-4, 1e2))
        )
        process = sklearn_part("gaussian_process").GaussianProcessRegressor(
            kernel, normalize_y=True, alpha=1e-8, random_state=data.seed
        )
        with warnings.catch_warnings():
            # Constants at their bounds mean that a part of the kernel is not needed.
            warnings.simplefilter("ignore", sklearn_part("exceptions").ConvergenceWarning)
            process.fit(scale.joined(data.blocks), data.target)
        return _Process(scale, process, f"{process.kernel_}")


@dataclass(frozen=True, eq=False)
class _Process:
    scale: Standardiser
    process: Any
    chosen: str

    def predict(self, blocks: Sequence[Array]) -> Array:
        return np.asarray(self.process.predict(self.scale.joined(blocks)), np.float64)
