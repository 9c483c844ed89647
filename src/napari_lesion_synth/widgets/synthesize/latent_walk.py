"""New noise for the lesion, and a walk from one noise to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.layout import button
from napari_lesion_synth.widgets.workbench.scene import PlacedSite
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["LatentWalk"]

_EVERY_MS = 100
_STEP = 0.05
_PLAY, _PAUSE = "\u25b6 &Walk", "\u275a\u275a &Pause"


class LatentWalk(QWidget):
    """Two buttons: new noise, and play or pause.

    The walk goes back and forth between two noises. At each end the noise that is out of sight
    then is drawn anew, so that it never jumps and never comes back.

    Parameters
    ----------
    method : str
        Of the lesions that walk.
    bench : Workbench
        Whose lesions they are.
    stage : Stage
        Shows them; a step waits until the last one is shown.
    on_error : callable
        Takes what went wrong.
    """

    def __init__(
        self,
        method: str,
        bench: Workbench,
        stage: Stage,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._method, self._bench, self._stage, self._on_error = method, bench, stage, on_error
        self._rng = np.random.default_rng()
        self._gesture = 0
        self._up = True
        self._walking: int | None = None
        self.again = button(
            "New &noise", "Draw only the noise anew; everything else stays", self.draw_noise
        )
        self.play = button(
            _PLAY,
            "Walk from this noise to others and on, about ten steps a second; a pause keeps what "
            "is in sight. The slider Mix does it by hand.",
            checkable=True,
        )
        self.play.toggled.connect(self._on_play)
        self.play.setMinimumWidth(self.play.sizeHint().width() + 12)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.step)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.again)
        layout.addWidget(self.play)
        layout.addStretch(1)

    @property
    def playing(self) -> bool:
        """Whether it walks."""
        return bool(self._timer.isActive())

    def stop(self) -> None:
        """Stop walking."""
        self.play.setChecked(False)

    def draw_noise(self) -> None:
        """Give the lesion another noise."""
        self.stop()
        self._bench.history.seal()
        self._set({"latent_seed": self._seed()}, None)

    def step(self) -> None:
        """One step of the walk, if the last one is on the canvas."""
        placed = self._mine
        if placed is None or placed.id != self._walking or not self.isVisible():
            self.stop()
            return
        if self._stage.busy:
            return
        mix = float(placed.params[self._method]["latent_mix"])
        values: dict[str, Any] = {}
        if mix >= 1 and self._up:
            self._up, values = False, {"latent_seed": self._seed()}
        elif mix <= 0 and not self._up:
            self._up, values = True, {"latent_seed_2": self._seed()}
        mix = round(min(max(mix + (_STEP if self._up else -_STEP), 0.0), 1.0), 4)
        self._set({"latent_mix": mix, **values}, ("walk", self._gesture))

    @property
    def _mine(self) -> PlacedSite | None:
        placed = self._bench.scene.current
        return placed if placed is not None and placed.method == self._method else None

    def _seed(self) -> int:
        return int(self._rng.integers(2**32))

    def _on_play(self, on: bool) -> None:
        placed = self._mine
        if on and placed is not None:
            self._gesture += 1
            self._walking = placed.id
            self._up = float(placed.params[self._method]["latent_mix"]) < 1
            self._timer.start()
        else:
            self._timer.stop()
            self._bench.history.seal()
        walking = self.playing
        self.play.setText(_PAUSE if walking else _PLAY)
        self.play.setAccessibleName("Pause the walk" if walking else "Walk through the noise")
        if on and not walking:
            self.play.setChecked(False)

    def _set(self, values: dict[str, Any], gesture: object) -> None:
        try:
            self._bench.set_params(values, gesture=gesture, pin=False)
        except LesionSynthError as error:
            self.stop()
            self._on_error(error)
