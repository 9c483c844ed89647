from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs import inputs
from napari_lesion_synth.jobs.donors import DonorSettings, collect_donors
from napari_lesion_synth.synthesis.library import load_donors


@pytest.fixture
def sick(ball_case):
    return ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0, patient="sick")


def collect(*cases, out):
    return list(collect_donors(DonorSettings(cases=cases, out=out), StopToken()))


def test_donors_of_several_cts_go_into_one_library(ball_case, save_case, tmp_path):
    cases = [
        save_case(ball_case((24, 80, 80), lesion_mm=size, seed=k), f"p{k}")
        for k, size in enumerate((10.0, 16.0))
    ]
    collect(cases[0], out=tmp_path / "library")
    events = collect(cases[1], out=tmp_path / "library")
    assert events[-1].result == {"library": str(tmp_path / "library"), "found": 1, "held": 2}
    assert {donor.patient for donor in load_donors(tmp_path / "library")} == {"p0", "p1"}


def test_the_same_ct_twice_adds_nothing(sick, save_case, tmp_path):
    files = save_case(sick)
    collect(files, out=tmp_path / "library")
    assert collect(files, out=tmp_path / "library")[-1].result["held"] == 1


def test_a_ct_without_labels_is_bad_usage(host, save_case, tmp_path):
    with pytest.raises(ParameterError, match="no lesion labels") as caught:
        collect(save_case(host), out=tmp_path / "library")
    assert "--lesions" in str(caught.value.remedy)


def test_generated_lesions_name_their_donor_and_its_patient(
    sick, host, save_case, request_for, make_set, tmp_path
):
    collect(save_case(sick, "sick"), out=tmp_path / "library")
    request = request_for(
        methods={"poisson": 1.0, "sigmoid": 1.0}, n=6, donors=tmp_path / "library"
    )
    make_set(request, cases=[host])
    opened = GeneratedSet.open(request.out)
    (donor,) = load_donors(tmp_path / "library")
    assert opened.info["donors"]["lesions"] == [{"id": donor.id, "patient": "sick"}]
    rows = opened.table.set_index("method")[["donor", "donor_patient"]]
    assert (rows.loc["poisson"] == [donor.id, "sick"]).all(axis=None)
    assert (rows.loc["sigmoid"] == ["", ""]).all(axis=None)


def test_lesions_that_make_no_donors_stop_only_methods_that_need_them(
    sick, request_for, make_set, texts, monkeypatch
):
    def none(case):
        raise DonorError("no lesion can be used", remedy="Label others")

    monkeypatch.setattr(inputs, "extract_donors", none)
    with pytest.raises(DonorError, match="no lesion can be used"):
        make_set(request_for("a", methods={"poisson": 1.0}), cases=[sick])
    events = make_set(request_for("b", n=2), cases=[sick])
    assert "no lesion can be used" in texts(events)
    assert "literature" in texts(events)
    assert GeneratedSet.open(request_for("b").out).info["donors"]["source"] == "none"


def test_a_donor_that_nobody_can_see_is_not_transplanted(
    ball_case, save_case, request_for, make_set, texts, tmp_path
):
    seen = save_case(ball_case((24, 80, 80), lesion_mm=14.0, patient="seen"), "seen")
    faint = ball_case((24, 80, 80), lesion_mm=14.0, patient="faint", seed=1)
    faint.volume.hu[faint.lesions] += 50  # as bright as the liver around it
    collect(seen, save_case(faint, "faint"), out=tmp_path / "library")
    request = request_for(cases=(seen,), methods={"poisson": 1.0}, n=4, donors=tmp_path / "library")
    assert "1 of 2 donors are used" in texts(make_set(request))
    opened = GeneratedSet.open(request.out)
    assert [donor["patient"] for donor in opened.info["donors"]["lesions"]] == ["seen"]
    assert set(opened.table["donor_patient"]) == {"seen"}


def test_processes_measure_many_donors_to_the_same_bytes(
    ball_case, save_case, request_for, make_set, content, tmp_path, monkeypatch
):
    cases = [
        save_case(ball_case((24, 80, 80), lesion_mm=size, seed=k), f"p{k}")
        for k, size in enumerate((10.0, 13.0, 16.0))
    ]
    collect(*cases, out=tmp_path / "library")
    monkeypatch.setattr(inputs, "_FEW_DONORS", 1)
    found = []
    for workers in (1, 2):
        request = request_for(
            f"by-{workers}", cases=cases[:1], donors=tmp_path / "library", workers=workers
        )
        make_set(request)
        found.append(content(request.out))
    assert found[0] == found[1]
