from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.materials import Materials

SHAPE = (24, 80, 80)


@pytest.fixture
def host_of(ball_case) -> Callable[..., Host]:
    """Maker of hosts: an ellipsoid of liver, 48 x 68 x 68 mm, with or without a lesion."""

    def make(shape: tuple[int, int, int] = SHAPE, **options: Any) -> Host:
        dims = 2 if shape[0] == 1 else 3
        return Host.of(ball_case(shape, **options), GridSettings(dims=dims))

    return make


@pytest.fixture
def materials(host_of, ball_donor) -> Materials:
    """Two hosts, one of them with a real lesion, and a donor."""
    hosts = (host_of(lesion_mm=12.0, patient="ill"), host_of(patient="well", seed=1))
    return Materials(hosts, (ball_donor(),))


@pytest.fixture
def data() -> Callable[..., DataSettings]:
    """Maker of small mixtures."""

    def make(**changes: Any) -> DataSettings:
        usual: dict[str, Any] = {"diameter_mm": (5.0, 10.0), "side": 64, "batch": 4}
        return DataSettings(**{**usual, **changes})

    return make
