"""Whether the model predicts: on pairs at random, which the choice had no part in.

Pairs by gain are those that the model is unsure of, so that its hit rate on them is poor by
design. The share of random pairs is there for this check: the model is fitted to all other
answers, and predicts those to random pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.intervals import Interval, wilson
from napari_lesion_synth.perception.choice.gain import Information, differences
from napari_lesion_synth.perception.choice.model import PosteriorModel
from napari_lesion_synth.perception.scaling.comparisons import Comparisons
from napari_lesion_synth.perception.scaling.utilities import Z95

__all__ = ["ModelCheck", "check_model"]


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """Predictions of random pairs.

    Parameters
    ----------
    right : Interval
        Share in which the photo that was expected to win did, with Wilson's interval.
    expected : float
        The same share as the model itself expects it.
    bits : Interval
        Mean surprise of an answer in bits, with the interval of its mean; 1 is a coin.
    n : int
        Random pairs; ties are left out.
    """

    right: Interval
    expected: float
    bits: Interval
    n: int


def check_model(
    comparisons: Comparisons, at_random: NDArray[np.bool_], model: PosteriorModel
) -> ModelCheck:
    """Fit the model to all other answers, and predict those to random pairs.

    Parameters
    ----------
    comparisons : Comparisons
        All answers.
    at_random : ndarray of bool, shape (n,)
        Which pairs were chosen at random.
    model : PosteriorModel
        Of the study.

    Raises
    ------
    ParameterError
        If there are no random pairs with a winner.
    """
    asked = comparisons.only(at_random & (comparisons.outcome != 0.5))
    n = len(asked)
    if n == 0:
        raise ParameterError(
            "no random pair was answered: the model cannot be checked",
            remedy="Let a share of the pairs be random",
        )
    posterior = model.posterior(comparisons.only(~at_random))
    mean, variance = differences(posterior, asked.first, asked.second)
    chance = Information.of(posterior.link).chance(mean, variance)
    right = int(((chance > 0.5) == (asked.outcome == 1)).sum())
    surprise = -np.log2(np.where(asked.outcome == 1, chance, 1 - chance))
    middle = float(surprise.mean())
    bits = Interval(middle)
    if n > 1:
        reach = Z95 * float(surprise.std(ddof=1)) / np.sqrt(n)
        bits = Interval(middle, float(middle - reach), float(middle + reach))
    return ModelCheck(wilson(right, n), float(np.maximum(chance, 1 - chance).mean()), bits, n)
