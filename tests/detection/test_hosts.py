"""CTs that are trained on."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.hosts import Host


@pytest.fixture(scope="module")
def case():
    return phantom(3, lesions=2, spacing=(4.0, 2.0, 2.0))


def test_a_host_is_smaller_than_its_ct_and_looks_the_same_to_nets(case):
    grid = GridSettings()
    host, whole = Host.of(case, grid), Frame.of(case, grid)
    assert host.case.volume.hu.size < case.volume.hu.size / 2
    assert host.sha256 == case.volume.sha256
    for name in ("hu", "depth_mm"):
        np.testing.assert_allclose(getattr(host.frame, name), getattr(whole, name), atol=1e-3)
    np.testing.assert_array_equal(host.frame.lesions, whole.lesions)
    np.testing.assert_array_equal(host.frame.organ, whole.organ)


def test_its_real_lesions_are_told_apart(case):
    host = Host.of(case, GridSettings())
    assert len(host.real) == host.labels.max() == 2
    assert sum(int(mask.sum()) for _, mask in host.real) == host.frame.lesions.sum()


def test_rejected_findings_are_places_in_its_frame(case):
    place = tuple(float(s.start + s.stop) / 2 for s in case.organ.bbox)
    host = Host.of(case, GridSettings(), healthy=[place])
    back = np.add(host.frame.to_ct(host.healthy[0]), host.corner)
    np.testing.assert_allclose(back, place)
