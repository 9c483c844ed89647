"""Where a simulated participant looks: what a maker of gaze has to offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.stimuli.photos import Stimulus

__all__ = ["GazeMaker"]


class GazeMaker(Protocol):
    """Makes the samples of gaze that belong to one trial of a simulated participant."""

    def samples(
        self,
        trial: Trial,
        stimuli: Sequence[Stimulus],
        shown: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> Samples:
        """Gaze from the photos' appearance to the answer.

        Parameters
        ----------
        trial : Trial
            The question.
        stimuli : sequence of Stimulus
            Its photos, from left to right.
        shown : mapping
            ``seconds``, and ``rects``: the rectangle (left, top, width, height) of each photo in
            px of the screen.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        Samples
            In px of the screen; their source is ``"simulated"``.
        """
        ...
