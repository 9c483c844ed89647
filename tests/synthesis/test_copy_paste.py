"""Lesions pasted as they are."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.proposal import propose_sites
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.registry import method_names


@pytest.fixture
def case(ball_case):
    return ball_case((24, 80, 80))


def test_a_pasted_lesion_has_its_own_hu_and_a_hard_edge(case, ball_donor):
    site = propose_sites(case, 1, diameter_mm=14.0, seed=1)[0]
    made = synthesize(case, site, method="copy-paste", donor=ball_donor(lesion_hu=40.0), seed=2)
    host = case.volume.hu[made.bbox]
    np.testing.assert_array_equal(made.support, made.mask)
    np.testing.assert_array_equal(made.hu[~made.mask], host[~made.mask])
    assert made.hu[made.mask].mean() == pytest.approx(45, abs=8)


def test_it_is_found_by_name_and_not_offered():
    assert "copy-paste" not in method_names()
