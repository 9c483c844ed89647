from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.cases import phantom, read_case
from napari_lesion_synth.anatomy.changes import with_organ
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.case_specs import (
    PhantomCase,
    SampleCase,
    case_spec_of,
    open_case,
)
from napari_lesion_synth.project.lesions import changed_inputs, fingerprints
from napari_lesion_synth.project.model import Project
from napari_lesion_synth.sample_data import sample_case


def same(one, other) -> bool:
    return fingerprints(one) == fingerprints(other) and one.patient == other.patient


@pytest.fixture
def files(ball_case, tmp_path):
    """A CT, its organ and a lesion as files."""
    case = ball_case(lesion_mm=12.0)
    assert case.lesions is not None
    return {
        "ct": write_volume(tmp_path / "ct.nii.gz", case.volume),
        "organ": write_mask(tmp_path / "liver.nii.gz", case.require_organ().mask, case.volume),
        "lesions": write_mask(tmp_path / "lesions.nii.gz", case.lesions, case.volume),
    }


def test_a_case_from_files_is_read_again(files):
    case = read_case(**files, organ_label=1, patient="p7")
    spec = case_spec_of(case.inputs)
    assert isinstance(spec, CaseFiles)
    again = open_case(spec)
    assert same(case, again)
    assert np.array_equal(again.lesions, case.lesions)


def test_a_phantom_is_simulated_again():
    case = phantom(seed=3, lesions=1, spacing=(5.0, 2.5, 2.5), slices=12, noise=5.0)
    spec = case_spec_of(case.inputs)
    assert isinstance(spec, PhantomCase)
    assert spec.inputs()["phantom"] == case.inputs["phantom"]
    assert same(case, open_case(spec))


def test_the_sample_is_found_wherever_the_package_lies(tmp_path):
    case = sample_case()
    spec = case_spec_of(case.inputs)
    assert spec == SampleCase(sample="real")
    assert same(case, open_case(spec))
    mask = case.require_organ().mask.copy()
    mask[:10] = False
    path = write_mask(tmp_path / "painted.nii.gz", mask, case.volume)
    painted = with_organ(case, mask, str(path))
    spec = case_spec_of(painted.inputs)
    assert spec == SampleCase(sample="real", organ=str(path))
    assert same(painted, open_case(spec))


def test_what_is_in_memory_only_cannot_be_read_again(ball_case):
    with pytest.raises(InputError, match="in memory only"):
        case_spec_of(ball_case().inputs)


def test_changed_inputs_are_told_apart(ball_case):
    case = ball_case()
    project = Project(**fingerprints(case))
    assert changed_inputs(project, case) == ()
    (text,) = changed_inputs(project, ball_case(seed=1))
    assert text.startswith("the CT is not the one")
    (text,) = changed_inputs(project, ball_case(margin_mm=8.0, noise_hu=0.0, seed=0))[1:]
    assert text.startswith("the organ's mask is not the one")
    assert changed_inputs(Project(), replace(case, organ=None)) == ()
