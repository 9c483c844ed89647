"""What a detector is to learn from: read, divided by patient, refused where it would leak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.detection.toys import toy

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.dataset.decisions import append_decision
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.detection.split import Part
from napari_lesion_synth.detection.verdicts import FindingLedger
from napari_lesion_synth.errors import DatasetError, InputError, LesionSynthError, ParameterError
from napari_lesion_synth.events import Log, Stopped, StopToken
from napari_lesion_synth.jobs.detector_job import DetectorFiles, DetectorJob
from napari_lesion_synth.jobs.detector_lessons import gather_detector_lessons
from napari_lesion_synth.jobs.detector_split import PatientRow
from napari_lesion_synth.sample_data import sample_generator
from napari_lesion_synth.synthesis.library import save_donors


@pytest.fixture
def job(tmp_path):
    def make(data=None, settings=None, **files) -> DetectorJob:
        return DetectorJob(
            files=DetectorFiles(cases=files.pop("cases", ()), **files),
            out=tmp_path / "run",
            data=DataSettings(**(data or {"methods": {"sigmoid": 1.0}})),
            settings=DetectorSettings(**(settings or {})),
        )

    return make


def gathered(job, *cases, events=None, token=None):
    stream = gather_detector_lessons(job, token or StopToken(), cases=cases)
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return end.value
        if events is not None:
            events.append(event)


@pytest.fixture(scope="module")
def four():
    """Four patients with one, two, three and no lesion."""
    return [toy(1, 1), toy(2, 2), toy(3, 3), toy(4, 0)]


@pytest.fixture
def accepted(make_set, request_for):
    """Maker of a set of two lesions in a case, one of them accepted."""

    def make(case, name="set", verdict="accept", **changes):
        usual = {"n": 2, "per_scene": 1, "diameter_mm": (10.0, 14.0), "methods": {"sigmoid": 1.0}}
        asked = request_for(name, **{**usual, **changes})
        make_set(asked, cases=[case])
        append_decision(asked.out, GeneratedSet.open(asked.out).ids[0], verdict)
        return asked.out

    return make


def test_patients_are_divided_and_told_with_what_there_is_of_them(job, four, accepted):
    files = {"validation": ("toy-2",), "test": ("toy-3",), "sets": (accepted(four[3]),)}
    found = gathered(job(**files), *four)
    assert found.rows == (
        PatientRow("toy-1", Part.TRAIN, 1, 1, 0),
        PatientRow("toy-2", Part.VALIDATION, 1, 2, 0),
        PatientRow("toy-3", Part.TEST, 1, 3, 0),
        PatientRow("toy-4", Part.TRAIN, 1, 0, 1),
    )
    hosts = found.lessons.materials.hosts
    assert [host.patient for host in hosts] == ["toy-1", "toy-4"]
    assert [len(host.known) for host in hosts] == [0, 1]
    assert [host.patient for host in found.lessons.exam] == ["toy-2"]
    assert [case.patient for case in found.exam] == ["toy-2"]
    assert {donor.patient for donor in found.lessons.materials.donors} == {"toy-1"}
    assert found.lessons.facts["patients"]["toy-3"] == "test"
    assert found.lessons.facts["lineage"] == ["toy-1", "toy-4"]


def test_cts_of_one_patient_are_counted_together(job):
    first, second = toy(1, 1, patient="a"), toy(2, 2, patient="a")
    (row,) = gathered(job(), first, second).rows
    assert (row.cts, row.real_lesions) == (2, 3)


def test_cts_are_read_from_files(job, save_case):
    case = toy(1, 2)
    found = gathered(job(cases=(save_case(case),)))
    (host,) = found.lessons.materials.hosts
    assert host.sha256 == case.volume.sha256
    assert len(host.real) == 2


def test_a_patient_in_two_parts_is_refused_by_name(job, four):
    asked = job(validation=("toy-2", "toy-3"), test=("toy-3",))
    with pytest.raises(ParameterError, match="'toy-3' is named for validation and for test"):
        gathered(asked, *four)


def test_one_ct_under_two_names_is_refused_and_both_are_named(job, four):
    with pytest.raises(ParameterError, match="'toy-1' and 'copy'"):
        gathered(job(test=("copy",)), *four, replace(four[0], patient="copy"))


@pytest.mark.parametrize("part", ["test", "validation"])
def test_a_set_that_was_made_in_a_ct_of_a_patient_who_is_kept_out_is_refused(
    job, four, accepted, part
):
    folder = accepted(four[1], "lesions-7")
    with pytest.raises(ParameterError) as caught:
        gathered(job(sets=(folder,), **{part: ("toy-2",)}), *four)
    assert "the set lesions-7 is made from patient 'toy-2', who is for " + part in str(caught.value)


def test_a_set_that_descends_from_a_test_patients_lesions_is_refused(
    job, four, make_set, request_for, ball_donor
):
    """It was made in the CT of somebody else, from a lesion of the patient who tests."""
    donor = replace(ball_donor(12.0, four[0].volume.spacing), patient="toy-2")
    asked = request_for(n=2, per_scene=1, diameter_mm=(10.0, 14.0), methods={"poisson": 1.0})
    make_set(asked, cases=[four[0]], donors=[donor])
    append_decision(asked.out, GeneratedSet.open(asked.out).ids[0], "accept")
    with pytest.raises(ParameterError, match="the set set is made from patient 'toy-2'"):
        gathered(job(sets=(asked.out,), test=("toy-2",)), *four)
    assert gathered(job(sets=(asked.out,), test=("toy-3",)), *four).lessons.facts["sets"] == {
        "set": [GeneratedSet.open(asked.out).ids[0]]
    }


def test_whose_lesions_a_set_is_made_from_never_validates_unasked(job, four, accepted):
    asked = job(sets=(accepted(four[0]),), settings={"holdout": 0.6})
    parts = {row.patient: row.part for row in gathered(asked, *four).rows}
    assert parts["toy-1"] is Part.TRAIN
    assert {parts["toy-2"], parts["toy-3"]} == {Part.VALIDATION}


def test_a_set_without_an_accepted_lesion_is_refused(job, four, accepted):
    folder = accepted(four[0], verdict="reject")
    with pytest.raises(DatasetError, match="no accepted lesion") as caught:
        gathered(job(sets=(folder,)), *four)
    assert caught.value.where == str(folder)


def test_no_ct_is_refused(job):
    with pytest.raises(ParameterError, match="no CT"):
        gathered(job())


def test_a_ct_without_its_organ_is_refused_by_name(job):
    case = toy(1, 1)
    bare = Case(case.volume, None, case.lesions, "no-liver")
    with pytest.raises(LesionSynthError, match="organ"):
        gathered(job(), bare)


def test_slices_beside_volumes_are_refused(job):
    with pytest.raises(InputError, match="single slices and others are volumes"):
        gathered(job(), toy(1, 1), toy(2, 1, dims=2))


@pytest.mark.parametrize("dims", [2, 3])
def test_the_nets_see_slices_or_volumes_as_the_cts_are(job, dims):
    assert gathered(job(), toy(1, 1, dims=dims)).lessons.grid.dims == dims


def test_donors_of_a_library_go_before_labels_and_those_kept_out_are_left_out(
    job, four, ball_donor, tmp_path
):
    lesions = [
        replace(ball_donor(9.0 + k, seed=k), patient=name)
        for k, name in enumerate(("toy-2", "stranger", "toy-1"))
    ]
    save_donors(lesions, tmp_path / "library")
    events = []
    asked = job(donors=tmp_path / "library", test=("toy-2",))
    found = gathered(asked, *four, events=events)
    assert {donor.patient for donor in found.lessons.materials.donors} == {"stranger", "toy-1"}
    assert any("1 donors of validation or test patients" in e.text for e in events)
    assert found.lessons.facts["lineage"] == ["stranger", "toy-1"]
    assert found.lessons.materials.statistics is not None


def rejected_at(folder, case, center, verdict="reject"):
    z, y, x = (int(i) for i in center)
    finding = Finding(
        number=1, center=center, position_mm=case.volume.to_world(center), score=0.9,
        diameter_mm=10.0, depth_mm=12.0, zone="interior",
        bbox=(slice(z, z + 1), slice(y, y + 1), slice(x, x + 1)), region=np.ones((1, 1, 1), bool),
    )  # fmt: skip
    FindingLedger(folder).decide(case.volume.sha256, finding, verdict)


def test_rejected_findings_are_healthy_places_of_their_hosts(job, four, tmp_path):
    rejected_at(tmp_path / "found", four[0], (8.0, 20.0, 30.0))
    rejected_at(tmp_path / "found", four[0], (8.0, 30.0, 20.0), "accept")
    rejected_at(tmp_path / "all" / "ct-4", four[3], (7.0, 24.0, 24.0))
    asked = job(hard_negatives=(tmp_path / "found", tmp_path / "all"), settings={"holdout": 0.0})
    hosts = gathered(asked, *four).lessons.materials.hosts
    assert [len(host.healthy) for host in hosts if host.patient == "toy-1"] == [1]
    (host,) = (host for host in hosts if host.patient == "toy-4")
    back = np.add(host.frame.to_ct(host.healthy[0]), host.corner)
    np.testing.assert_allclose(back, (7.0, 24.0, 24.0))


def test_rejected_findings_in_cts_that_are_not_trained_on_are_told(job, four, tmp_path):
    rejected_at(tmp_path / "found", four[1], (8.0, 20.0, 30.0))
    events = []
    gathered(job(hard_negatives=(tmp_path / "found",), test=("toy-2",)), *four, events=events)
    assert any(
        isinstance(e, Log) and e.level == "warning" and "1 rejected findings" in e.text
        for e in events
    )


def test_a_generator_that_no_method_uses_is_refused(job, four, tmp_path):
    with pytest.raises(ParameterError, match="none of the methods uses one"):
        gathered(job(model=tmp_path / "generator.pt"), *four)


def test_shams_beside_a_set_know_the_generator_that_made_it(job, four, accepted):
    made = accepted(four[3], methods={"cgan": 1.0}, model=sample_generator())
    asked = job(data={"methods": {"sets": 1.0}}, sets=(made,), model=sample_generator())
    found = gathered(asked, *four).lessons
    assert found.materials.makers(asked.data) == {"cgan": 1.0}
    assert found.materials.generator.id == found.facts["generator"]
    without = job(data={"methods": {"sets": 1.0}}, sets=(made,))
    assert gathered(without, *four).lessons.materials.makers(asked.data) == {"sigmoid": 1.0}


def test_a_generator_of_which_selection_left_nothing_is_no_error_and_is_told(job, four, accepted):
    events = []
    asked = job(
        data={"methods": {"sets": 1.0}}, sets=(accepted(four[3]),), model=sample_generator()
    )
    found = gathered(asked, *four, events=events).lessons
    assert found.materials.generator is None
    assert found.materials.makers(asked.data) == {"sigmoid": 1.0}
    assert any("the generator has no part" in event.text for event in events)


def test_a_generator_of_volumes_is_refused_for_slices(job):
    with pytest.raises(ParameterError, match="trained on volumes"):
        gathered(job(data={"methods": {"cgan": 1.0}}), toy(1, 1, dims=2))


def test_a_generator_that_has_seen_a_test_patient_is_refused(job):
    with pytest.raises(ParameterError, match="the generator is made from patient"):
        gathered(
            job(data={"methods": {"cgan": 1.0}}, test=(_taught(),)),
            toy(1, 1), toy(2, 1, patient=_taught()),
        )  # fmt: skip


def _taught():
    from napari_lesion_synth.jobs.materials import SHIPPED, ModelFacts
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    return GeneratorModel.load(ModelFacts("", (), SHIPPED).path).facts.patients[0]


def test_what_is_learnt_from_has_other_facts_where_anything_is_other(job, four, tmp_path):
    rejected_at(tmp_path / "one", four[0], (8.0, 20.0, 30.0))
    rejected_at(tmp_path / "two", four[0], (8.0, 20.0, 31.0))
    more = four[0].lesions.copy()
    more[8, 24, 24] = True
    other = replace(four[0], lesions=more)
    runs = [
        gathered(job(), *four),
        gathered(job(), *four),
        gathered(job(hard_negatives=(tmp_path / "one",)), *four),
        gathered(job(hard_negatives=(tmp_path / "two",)), *four),
        gathered(job(), other, *four[1:]),
    ]
    first, again, *others = [run.lessons.facts["hosts"] + run.lessons.facts["exam"] for run in runs]
    assert first == again
    assert len({tuple(facts) for facts in (first, *others)}) == 4


def test_a_stop_is_heard_between_cts(job, four):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        gathered(job(), *four, token=token)
