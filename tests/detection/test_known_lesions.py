"""Accepted lesions of generated sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.batches import Batches
from napari_lesion_synth.detection.data_settings import SETS
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.known_lesions import patients_behind, with_sets
from napari_lesion_synth.detection.materials import Materials
from napari_lesion_synth.detection.scenes import render_scene
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import GenerateSettings


@pytest.fixture
def case(ball_case):
    return ball_case((24, 80, 80), patient="host")


@pytest.fixture
def folder(case, tmp_path) -> Path:
    """A set of four lesions, two of them accepted and one rejected."""
    asked = GenerateSettings(
        out=tmp_path / "set", methods={"sigmoid": 1.0}, n=4, per_scene=1, diameter_mm=(6.0, 9.0)
    )
    list(generate(asked, StopToken(), cases=(case,)))
    ids = GeneratedSet.open(asked.out).ids
    for name, verdict in zip(ids, ("accept", "reject", "accept"), strict=False):
        append_decision(asked.out, name, verdict)
    return asked.out


def host(case):
    return Host.of(case, GridSettings())


def test_only_accepted_lesions_are_used_where_they_were_made(case, folder):
    generated = GeneratedSet.open(folder)
    (found,) = with_sets([host(case)], [generated])
    accepted = [name for name in generated.ids if generated.verdicts.get(name) == "accept"]
    assert len(found.known) == len(accepted) == 2
    for lesion, name in zip(found.known, accepted, strict=True):
        site = generated.recipes[name].site
        z, y, x = (i - c for i, c in zip(site.center, found.corner, strict=True))
        center = found.frame.to_frame((z, y, x))
        assert np.linalg.norm(np.subtract(lesion.center, center)) < 3
        assert lesion.hu.min() < -5
        assert lesion.kind == SETS


def test_scenes_and_batches_are_made_of_them(case, folder, data):
    hosts = with_sets([host(case)], [GeneratedSet.open(folder)])
    materials = Materials(hosts)
    mixture = data(methods={SETS: 1.0}, healthy=0.0, sham=0.0)
    scene = render_scene(materials, mixture, 0, 0, 5)
    assert set(scene.kinds) == {SETS}
    assert len(scene.kinds) <= 2
    assert any(example.target.any() for example in Batches(materials, mixture).examples(1))


def test_a_set_of_another_ct_is_refused_and_both_are_named(case, folder, ball_case):
    other = ball_case((24, 80, 80), patient="other", seed=9)
    with pytest.raises(DatasetError) as caught:
        with_sets([host(other)], [GeneratedSet.open(folder)])
    text = str(caught.value)
    assert "'host'" in text
    assert "'other'" in text
    assert case.volume.sha256[:12] in text
    assert other.volume.sha256[:12] in text


def test_a_set_of_another_spacing_is_refused_and_both_are_named(case, folder):
    spacing = (5.0, 1.0, 1.0)
    organ = replace(case.organ, spacing=spacing)
    other = replace(case, volume=Volume(case.volume.hu, spacing), organ=organ)
    with pytest.raises(DatasetError) as caught:
        with_sets([host(other)], [GeneratedSet.open(folder)])
    assert "2.5 x 1 x 1 mm" in str(caught.value)
    assert "5 x 1 x 1 mm" in str(caught.value)


@pytest.mark.parametrize("verdict", [None, "reject"])
def test_a_set_without_an_accepted_lesion_is_refused(case, tmp_path, verdict):
    asked = GenerateSettings(out=tmp_path / "new", methods={"sigmoid": 1.0}, n=2)
    list(generate(asked, StopToken(), cases=(case,)))
    if verdict:
        for name in GeneratedSet.open(asked.out).ids:
            append_decision(asked.out, name, verdict)
    with pytest.raises(DatasetError, match="no accepted lesion"):
        with_sets([host(case)], [GeneratedSet.open(asked.out)])


def test_the_patients_behind_a_set_are_its_hosts_and_its_donors(folder):
    assert patients_behind(GeneratedSet.open(folder)) == ("host",)
