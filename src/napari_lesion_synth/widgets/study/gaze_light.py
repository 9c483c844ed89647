"""Whether the gaze is good enough now, at a glance."""

from __future__ import annotations

from qtpy.QtWidgets import QLabel, QWidget

from napari_lesion_synth.perception.gaze.quality import judge, quality_of
from napari_lesion_synth.perception.gaze.samples import Samples

__all__ = ["GazeLight"]

_KEPT_S = 3.0
_GOOD, _SOME = 0.1, 0.3


class GazeLight(QLabel):
    """A word and a sign for the share of samples that were lost in the last seconds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Quality of the gaze")
        self.setWordWrap(True)
        self._recent: Samples | None = None
        self.reset()

    def reset(self) -> None:
        """Nothing is recorded."""
        self._recent = None
        self.setText("Gaze: not recorded")

    def take(self, samples: Samples) -> None:
        """New samples have come."""
        recent = samples
        if self._recent is not None and self._recent.rate_hz == samples.rate_hz:
            recent = Samples.joined([self._recent, samples])
        self._recent = recent.between(float(recent.t[-1]) - _KEPT_S, float("inf"))
        quality = quality_of(self._recent)
        lost = quality.data_loss
        sign = "●" if lost <= _GOOD else "◐" if lost <= _SOME else "○"
        word = "good" if lost <= _GOOD else "lossy" if lost <= _SOME else "poor"
        source = quality.source.replace("_", " ")
        verdict = judge(quality)
        text = f"{sign} {source}: {word}, {lost:.0%} of the last samples lost"
        if quality.source == "tracker" and not verdict.maps:
            text += f"; {verdict}"
        self.setText(text)
