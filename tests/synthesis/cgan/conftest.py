from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.synthesis.cgan import GanSettings


@pytest.fixture
def tiny():
    """Settings of a training that takes a second."""
    return GanSettings(
        steps=2, batch=2, width=4, latent=3, grid=16, places=10, look_every=2, device="cpu"
    )


@pytest.fixture
def lesions(ball_donor):
    """Maker of donors that differ, of single slices or of volumes, in both zones."""

    def make(count=15, *, single_slice=True, rim=True):
        made = []
        for number in range(count):
            donor = ball_donor(
                9.0 + number % 4,
                (3.0, 1.5, 1.5),
                single_slice=single_slice,
                lesion_hu=60 + number,
                seed=number,
            )
            mask = donor.mask.copy()
            mask[tuple(np.argwhere(mask)[-1])] = False  # no label is quite symmetric
            zone = Zone.RIM if rim and number % 3 == 0 else Zone.INTERIOR
            made.append(replace(donor, mask=mask, zone=zone, patient=f"p{number % 8}"))
        return made

    return make


@pytest.fixture
def hosts(ball_case):
    """Maker of the training patients' CTs."""

    def make(count=2, *, single_slice=True):
        shape = (1, 60, 60) if single_slice else (24, 60, 60)
        return [
            ball_case(shape, (3.0, 1.5, 1.5), patient=f"p{number}", seed=number)
            for number in range(count)
        ]

    return make
