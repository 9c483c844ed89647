from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.anatomy.cases import read_case
from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.export import ExportSettings, export

sitk = pytest.importorskip("SimpleITK")


@pytest.fixture
def generated(ball_case, save_case, request_for, make_set):
    """Six lesions in the CTs of two patients, one of whom has a known lesion."""
    cases = (
        save_case(ball_case((24, 80, 80), seed=1), "healthy"),
        save_case(ball_case((24, 80, 80), seed=2, lesion_mm=10.0), "sick"),
    )
    request = request_for(cases=cases, n=6)
    make_set(request)
    return request.out


def run(folder, out, **more):
    return list(export(ExportSettings(folder=folder, out=out, **more), StopToken()))


def image(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path)))


def test_the_dataset_is_laid_out_as_nnunet_wants_it(generated, tmp_path):
    run(generated, tmp_path / "raw", number=7, name="Mine")
    target = tmp_path / "raw" / "Dataset007_Mine"
    header = json.loads((target / "dataset.json").read_text(encoding="utf-8"))
    assert header["channel_names"] == {"0": "CT"}
    assert header["labels"] == {"background": 0, "liver": 1, "lesion": 2}
    assert header["file_ending"] == ".nii.gz"
    images = {path.name for path in (target / "imagesTr").glob("*.nii.gz")}
    labels = {path.name for path in (target / "labelsTr").glob("*.nii.gz")}
    assert header["numTraining"] == len(images) == len(labels) == 4
    assert images == {name.replace(".nii.gz", "_0000.nii.gz") for name in labels}
    for path in (target / "labelsTr").glob("*.nii.gz"):
        assert set(np.unique(image(path))) <= {0, 1, 2}
        partner = target / "imagesTr" / path.name.replace(".nii.gz", "_0000.nii.gz")
        assert image(path).shape == image(partner).shape


def test_hosts_are_exported_as_they_are(generated, tmp_path):
    run(generated, tmp_path)
    target = tmp_path / "Dataset501_LesionSynth"
    case = read_case(
        generated.parent / "inputs" / "sick.nii.gz",
        organ=generated.parent / "inputs" / "sick_liver.nii.gz",
        lesions=generated.parent / "inputs" / "sick_lesions.nii.gz",
    )
    assert np.array_equal(image(target / "imagesTr" / "sick_0000.nii.gz"), case.volume.hu)
    assert np.array_equal(image(target / "labelsTr" / "sick.nii.gz") == 2, case.lesions)
    mark = json.loads((target / "imagesTr" / "sick_0000.json").read_text(encoding="utf-8"))
    assert mark["SYNTHETIC"] is False


def test_splits_keep_patients_apart(generated, tmp_path):
    events = run(generated, tmp_path)
    target = tmp_path / "Dataset501_LesionSynth"
    folds = json.loads((target / "splits_final.json").read_text(encoding="utf-8"))
    assert [fold["val"] for fold in folds] == [["healthy"], ["sick"]]
    # Sigmoid lesions follow the statistics of the sick patient's lesion: they descend from it.
    assert folds[0]["train"] == ["sick_scene_00001", "sick"]
    assert folds[1]["train"] == ["healthy"]
    assert any("fold 1 trains on no synthetic case" in getattr(e, "text", "") for e in events)


def test_the_hosts_can_be_left_out_and_with_them_the_splits(generated, tmp_path, texts):
    events = run(generated, tmp_path, hosts=False)
    target = tmp_path / "Dataset501_LesionSynth"
    assert len(list((target / "imagesTr").glob("*.nii.gz"))) == 2
    assert not (target / "splits_final.json").exists()
    assert "no splits are written" in texts(events)


def test_a_host_without_lesion_labels_is_pointed_out(generated, tmp_path, texts):
    assert "healthy has no lesion labels" in texts(run(generated, tmp_path))


def test_only_accepted_lesions_are_exported_where_anything_was_decided(generated, tmp_path):
    opened = GeneratedSet.open(generated)
    append_decision(generated, opened.ids[0], "accept")
    append_decision(generated, opened.ids[1], "reject")
    events = run(generated, tmp_path)
    assert events[-1].result["lesions"] == 1
    labels = image(tmp_path / "Dataset501_LesionSynth" / "labelsTr" / "healthy_scene_00000.nii.gz")
    assert (labels == 2).sum() == opened.patch(opened.ids[0]).mask.sum()


def test_an_export_that_was_interrupted_goes_on_to_the_same_bytes(
    generated, tmp_path, content, texts
):
    run(generated, tmp_path / "whole", workers=2)
    run(generated, tmp_path / "broken")
    target = tmp_path / "broken" / "Dataset501_LesionSynth"
    (target / "labelsTr" / "sick.nii.gz").unlink()
    (target / "imagesTr" / "healthy_0000.json").write_text("{", encoding="utf-8")
    (target / "imagesTr" / ".sick_0000.part-9.nii.gz").touch()
    (target / "splits_final.json").unlink()
    assert "2 of 4 volumes are there already" in texts(run(generated, tmp_path / "broken"))
    assert content(tmp_path / "broken") == content(tmp_path / "whole")


def test_another_dataset_in_the_folder_is_refused(generated, tmp_path):
    run(generated, tmp_path)
    append_decision(generated, "lesion_000000", "accept")
    with pytest.raises(DatasetError, match="holds another dataset"):
        run(generated, tmp_path)


def test_other_files_in_the_folder_are_refused(generated, tmp_path):
    target = tmp_path / "Dataset501_LesionSynth"
    target.mkdir()
    (target / "thesis.txt").touch()
    with pytest.raises(DatasetError, match="other files"):
        run(generated, tmp_path)


def test_volumes_of_a_set_are_its_scenes(host, request_for, make_set, content):
    plain, full = request_for("plain"), request_for("full", volumes=True)
    make_set(plain, cases=[host])
    make_set(full, cases=[host])
    opened = GeneratedSet.open(full.out)
    assert opened.header["numTraining"] == 3
    for scene, rows in opened.table.groupby("scene"):
        hu = image(full.out / "imagesTr" / f"ball_{scene}_0000.nii.gz")
        labels = image(full.out / "labelsTr" / f"ball_{scene}.nii.gz")
        for name in rows["id"]:
            patch = opened.patch(str(name))
            assert np.array_equal(hu[patch.bbox][patch.mask], patch.after[patch.mask])
            assert (labels[patch.bbox][patch.mask] == 2).all()
    make_set(request_for("plain", volumes=True), cases=[host])
    assert content(plain.out) == content(full.out)
