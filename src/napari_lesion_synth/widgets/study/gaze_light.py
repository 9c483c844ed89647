"""Whether the gaze is good enough now, at a glance."""

from __future__ import annotations

import time
from dataclasses import replace

from qtpy.QtWidgets import QLabel, QWidget

from napari_lesion_synth.perception.gaze.quality import judge, quality_of
from napari_lesion_synth.perception.gaze.samples import Samples
from napari_lesion_synth.perception.gaze.sources.protocol import Clock

__all__ = ["GazeLight"]

_KEPT_S = 3.0
_SILENT_S = 1.0
_GOOD, _SOME = 0.1, 0.3


class GazeLight(QLabel):
    """A word and a sign for the share of samples that were lost in the last seconds.

    Of the accuracy nothing is said here: the last validation told it.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    clock : callable
        Seconds, the clock of the samples.
    """

    def __init__(self, parent: QWidget | None = None, *, clock: Clock = time.perf_counter) -> None:
        super().__init__(parent)
        self.setAccessibleName("Quality of the gaze")
        self.setWordWrap(True)
        self._clock = clock
        self._recent: Samples | None = None
        self.reset()

    def reset(self) -> None:
        """Nothing is recorded."""
        self._recent = None
        self.setText("Gaze: not recorded")

    def take(self, samples: Samples) -> None:
        """What has come since the last time, perhaps nothing."""
        if len(samples):
            self._take(samples)
        elif self._recent is not None:
            silent = self._clock() - float(self._recent.t[-1])
            if silent > _SILENT_S:
                self.setText(f"○ {_named(samples)}: silent for {silent:.0f} s, nothing is recorded")

    def _take(self, samples: Samples) -> None:
        recent = samples
        if self._recent is not None and self._recent.rate_hz == samples.rate_hz:
            recent = Samples.joined([self._recent, samples])
        self._recent = recent.between(float(recent.t[-1]) - _KEPT_S, float("inf"))
        quality = replace(quality_of(self._recent), accuracy_deg=0.0)
        lost = quality.data_loss
        sign = "●" if lost <= _GOOD else "◐" if lost <= _SOME else "○"
        word = "good" if lost <= _GOOD else "lossy" if lost <= _SOME else "poor"
        verdict = judge(quality)
        text = f"{sign} {_named(samples)}: {word}, {lost:.0%} of the last samples lost"
        if quality.source == "tracker" and not verdict.maps:
            text += f"; {verdict}"
        self.setText(text)


def _named(samples: Samples) -> str:
    return samples.source.replace("_", " ")
