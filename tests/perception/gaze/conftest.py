"""A screen, a photo on it, and recordings that are made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from napari_lesion_synth.perception.gaze.geometry import Screen, Shown, Viewing, letterbox
from napari_lesion_synth.perception.gaze.samples import Samples

MakeSamples = Callable[..., Samples]


@pytest.fixture
def screen() -> Screen:
    """24 inches, Full HD, at 60 cm: nearly 38 px a degree."""
    return Screen(1920, 1080, 531.0, 299.0, 600.0)


@pytest.fixture
def shown() -> Shown:
    """A photo of 800 x 600 pixels that fills the screen's height."""
    return letterbox((800, 600), (1920, 1080))


@pytest.fixture
def viewing(screen: Screen, shown: Shown) -> Viewing:
    """Both of them."""
    return Viewing(screen, shown)


def _samples(x: Any, y: Any, rate_hz: float = 250.0, **kinds: Any) -> Samples:
    x, y = np.asarray(x, float), np.asarray(y, float)
    settings = {"pupil": None, "frame": "screen", "source": "tracker", "start": 0.0, **kinds}
    t = settings.pop("start") + np.arange(len(x)) / rate_hz
    return Samples(t=t, x=x, y=y, valid=np.isfinite(x), rate_hz=rate_hz, **settings)


@pytest.fixture
def make_samples() -> MakeSamples:
    """Samples from positions; NaN is lost."""
    return _samples
