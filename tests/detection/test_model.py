"""A detector's file."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
import torch

from napari_lesion_synth.detection import model as model_module
from napari_lesion_synth.detection.facts import UNCALIBRATED, DetectorFacts
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.net_file import load_net, save_net
from napari_lesion_synth.detection.nets.registry import build, spec_of
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.sample_data import sample_detector
from napari_lesion_synth.training.checkpoint import save_checkpoint
from napari_lesion_synth.training.seeds import initial_weights

SMALL = spec_of("candidate", "small", 4)
VERIFIER = spec_of("verifier", width=4)
FACTS = DetectorFacts(
    kind="cascade",
    grid=GridSettings(pixel_mm=1.5),
    nets=(SMALL, VERIFIER),
    patients=("p1", "p2"),
    donors=("p3-lesion-1",),
    lineage=("p3",),
    steps={"candidate": 100, "verifier": 40},
    fold="a",
    calibration=(0.5, 1.5, -1.0),
    thresholds={"score": 0.4},
    validation={"score": 0.7},
    training={"seed": 3},
    hosts={"5f0c": "p1", "a771": "p2"},
)


@pytest.fixture
def detector():
    with initial_weights(0):
        return DetectorModel.of(FACTS, {s.role: build(s).state_dict() for s in FACTS.nets})


@pytest.fixture
def path(tmp_path, detector):
    detector.save(tmp_path / "detector.pt")
    return tmp_path / "detector.pt"


def test_what_is_saved_comes_back(path, detector):
    found = DetectorModel.load(path)
    assert found.facts == detector.facts
    assert found.id == detector.id
    image, crops = torch.randn(1, 4, 32, 32), torch.randn(2, 6, 16, 32, 32)
    with torch.inference_mode():
        assert torch.equal(found.candidate(image), detector.candidate(image))
        assert torch.equal(found.verifier(crops), detector.verifier(crops))


def test_other_weights_or_facts_make_another_detector(detector):
    weights = {s.role: detector.net(s.role).state_dict() for s in FACTS.nets}
    assert DetectorModel.of(FACTS, weights).id == detector.id
    assert DetectorModel.of(dataclasses.replace(FACTS, fold="b"), weights).id != detector.id
    weights["verifier"]["head.bias"] = weights["verifier"]["head.bias"] + 1
    assert DetectorModel.of(FACTS, weights).id != detector.id


def test_it_names_all_whose_cts_or_lesions_it_has_seen(detector):
    assert detector.patients == ("p1", "p2", "p3")


def test_it_names_the_cts_that_it_has_seen_and_whose_they_are(path):
    assert DetectorModel.load(path).hosts == {"5f0c": "p1", "a771": "p2"}


def test_a_file_from_before_cts_were_named_is_read(tmp_path, detector):
    facts = FACTS.to_json()
    del facts["hosts"]
    save_checkpoint(
        tmp_path / "old.pt", model_module.KIND, model_module.VERSION, facts, detector.tensors
    )
    found = DetectorModel.load(tmp_path / "old.pt")
    assert found.hosts == {}
    assert found.patients == detector.patients


def test_the_detector_that_comes_with_the_program_is_read():
    found = DetectorModel.load(sample_detector())
    assert found.patients
    assert set(found.hosts.values()) <= set(found.patients)


def test_a_cascade_may_have_no_verifier_yet_and_is_not_calibrated(tmp_path):
    facts = DetectorFacts("cascade", GridSettings(), (SMALL,))
    DetectorModel.of(facts, {"candidate": build(SMALL).state_dict()}).save(tmp_path / "d.pt")
    found = DetectorModel.load(tmp_path / "d.pt")
    assert found.verifier is None
    assert found.facts.calibration == UNCALIBRATED


def test_the_single_stage_marks_lesions_too():
    spec = spec_of("single", width=4)
    facts = DetectorFacts("single", GridSettings(), (spec,))
    found = DetectorModel.of(facts, {"single": build(spec).state_dict()})
    with torch.inference_mode():
        assert found.candidate(torch.zeros(1, 2, 8, 32, 32)).shape == (1, 1, 8, 32, 32)
    with pytest.raises(CheckpointError, match="no net for the role 'verifier'"):
        found.net("verifier")


def test_weights_of_another_kind_are_refused(tmp_path):
    save_checkpoint(tmp_path / "generator.pt", "generator", 1, {}, {})
    with pytest.raises(CheckpointError, match="of a generator; a detector is needed"):
        DetectorModel.load(tmp_path / "generator.pt")


def test_a_version_of_the_future_is_refused(tmp_path, monkeypatch, detector):
    monkeypatch.setattr(model_module, "VERSION", model_module.VERSION + 1)
    detector.save(tmp_path / "new.pt")
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="Update napari-lesion-synth"):
        DetectorModel.load(tmp_path / "new.pt")


@pytest.mark.parametrize("missing", ["kind", "grid", "nets", "calibration"])
def test_a_description_that_lacks_something_is_refused(tmp_path, missing):
    facts = {name: value for name, value in FACTS.to_json().items() if name != missing}
    save_checkpoint(tmp_path / "detector.pt", model_module.KIND, model_module.VERSION, facts, {})
    with pytest.raises(CheckpointError, match="incomplete"):
        DetectorModel.load(tmp_path / "detector.pt")


def test_weights_that_are_not_the_nets_own_are_refused(detector):
    with pytest.raises(CheckpointError, match="not those of the net 'small'"):
        DetectorModel.of(FACTS, {"candidate": build(VERIFIER).state_dict()}).candidate  # noqa: B018


def test_a_single_net_has_a_file_too(tmp_path):
    weights = build(SMALL).state_dict()
    save_net(tmp_path / "net.pt", SMALL, weights, {"steps": 5})
    found = load_net(tmp_path / "net.pt")
    assert (found.spec, found.facts) == (SMALL, {"steps": 5})
    assert all(torch.equal(found.net().state_dict()[name], weights[name]) for name in weights)
    with pytest.raises(CheckpointError, match="a detector is needed"):
        DetectorModel.load(tmp_path / "net.pt")


def test_torch_is_not_imported_before_a_detector_is_read():
    code = "import sys, napari_lesion_synth.detection.model; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
