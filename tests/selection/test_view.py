from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.dataset.rows import Origin, lesion_of
from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.selection.view import LesionView, views_of_set
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.extraction import extract_donors


@pytest.fixture
def case(ball_case):
    return ball_case((12, 48, 48), lesion_mm=10.0, patient="host")


@pytest.fixture
def sample(case):
    from napari_lesion_synth.anatomy.proposal import propose_sites

    bare = replace(case, lesions=None)
    return synthesize(bare, propose_sites(bare, 1, diameter_mm=8.0, seed=3)[0], seed=3)


def test_a_donor_is_seen_as_it_is(case):
    donor = extract_donors(case)[0]

    view = LesionView.of_donor(donor)

    assert view.hu is donor.hu
    assert (view.id, view.patient, view.zone) == (donor.id, "host", donor.zone)
    assert view.method == "real"
    assert view.host is None
    assert view.support is None


def test_a_sample_is_seen_in_its_host(case, sample):
    view = LesionView.of_sample(sample, case, "s1", lineage=("donor",))

    changed = view.hu != view.host
    assert changed.any()
    assert not changed[~view.support].any()
    assert view.mask.sum() == sample.mask.sum()
    assert (view.method, view.lineage, view.patients) == ("sigmoid", ("donor",), ("host", "donor"))


def test_known_lesions_of_the_host_are_no_parenchyma(case, sample):
    view = LesionView.of_sample(sample, case, "s1", context_mm=40.0)

    z, y, x = Patch.cut(sample, case.volume, 40.0).bbox
    known = case.lesions[z, y, x] & ~view.mask
    assert known.any()
    assert not view.organ[known].any()


@pytest.mark.parametrize(
    ("lineage", "source"), [((), "host"), (("donor",), "donor"), (("a", "b"), "host")]
)
def test_a_lesion_resembles_its_one_donor_or_its_host(disc_view, lineage, source):
    assert disc_view(patient="host", lineage=lineage).source == source


def test_a_set_on_disk_gives_its_lesions_in_order(tmp_path, case, sample):
    bare = replace(case, lesions=None)
    ids = ("lesion_000000", "lesion_000001")
    lesions = [
        lesion_of(
            sample,
            Patch.cut(sample, case.volume, organ=case.organ.mask),
            Origin(name, "case", "007", "scene_00000"),
        )
        for name in ids
    ]
    facts = {"n": 2, "seed": 0, "donors": {"lesions": [{"patient": "teacher"}]}}
    with SetWriter(tmp_path / "set", header_of(facts, 0), [ids]) as writer:
        writer.add(0, lesions)

    views = list(views_of_set(GeneratedSet.open(tmp_path / "set")))

    assert tuple(view.id for view in views) == ids
    view, there = views[0], LesionView.of_sample(sample, bare, "s")
    assert (view.patient, view.method, view.zone) == ("007", "sigmoid", there.zone)
    assert view.lineage == ("teacher",)
    assert view.diameter_mm == pytest.approx(8.0)
    for name in ("hu", "mask", "organ", "host", "support"):
        assert np.array_equal(getattr(view, name), getattr(there, name)), name


def test_a_patch_gives_the_same_view_as_its_sample(case, sample):
    bare = replace(case, lesions=None)
    patch = Patch.cut(sample, case.volume, organ=case.organ.mask)
    there = LesionView.of_sample(sample, bare, "s")

    view = LesionView.of_patch(
        patch,
        id="s",
        patient="host",
        zone=Zone(sample.recipe.site.zone),
        diameter_mm=8.0,
        method="sigmoid",
    )

    for name in ("hu", "mask", "organ", "host", "support"):
        assert np.array_equal(getattr(view, name), getattr(there, name)), name


def test_a_patch_without_its_organ_is_refused(case, sample):
    patch = Patch.cut(sample, case.volume)

    with pytest.raises(DatasetError, match="older version"):
        LesionView.of_patch(
            patch, id="s", patient="p", zone=Zone.RIM, diameter_mm=8.0, method="sigmoid"
        )
