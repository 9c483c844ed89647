"""Blinks: the eye is lost for as long as a lid takes to close and open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from napari_lesion_synth.perception.gaze.samples import Samples

__all__ = ["Blink", "find_blinks", "without_lids"]

SHORTEST_S, LONGEST_S = 0.05, 0.5
"""Losses between these are taken for blinks; shorter ones are drop-outs, longer ones absence."""


@dataclass(frozen=True, slots=True)
class Blink:
    """A time without an eye.

    Parameters
    ----------
    start_s, duration_s : float
        When, on the clock of the samples.
    """

    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.start_s + self.duration_s


def find_blinks(
    samples: Samples, shortest_s: float = SHORTEST_S, longest_s: float = LONGEST_S
) -> tuple[Blink, ...]:
    """Losses that last as long as blinks do.

    Parameters
    ----------
    samples : Samples
        A recording.
    shortest_s, longest_s : float
        Limits of the duration.
    """
    return tuple(
        Blink(start, end - start)
        for start, end in _losses(samples)
        if shortest_s - 1e-9 <= end - start <= longest_s + 1e-9
    )


def without_lids(samples: Samples, margin_s: float, shortest_s: float = SHORTEST_S) -> Samples:
    """Samples close to a blink made invalid: there the lid covers part of the pupil.

    Parameters
    ----------
    samples : Samples
        A recording.
    margin_s : float
        How long before and after a loss positions are not believed.
    shortest_s : float
        Losses shorter than this are no blinks and keep their neighbours.
    """
    valid = samples.valid.copy()
    for start, end in _losses(samples):
        if end - start >= shortest_s - 1e-9:
            low, high = np.searchsorted(samples.t, [start - margin_s, end + margin_s])
            valid[low:high] = False
    return replace(samples, valid=valid)


def _losses(samples: Samples) -> list[tuple[float, float]]:
    """From the first lost sample, or the end of the last one known, to the next one known."""
    step, t = 1 / samples.rate_hz, samples.t
    if not len(samples):
        return []
    known = np.flatnonzero(samples.valid)
    if not len(known):
        return [(float(t[0]), float(t[-1]) + step)]
    # As if the eye were known just before the recording and just after it.
    before = np.concatenate([[t[0] - step], t[known]]) + step
    after = np.concatenate([t[known], [t[-1] + step]])
    lost = after - before > step / 2
    return list(zip(before[lost].tolist(), after[lost].tolist(), strict=True))
