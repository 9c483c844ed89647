"""Experiments, run in seconds: what they leave, what they refuse, and that nothing is repeated."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from tests.detection.toys import toy
from tests.jobs.experiments import (
    PLAN,
    TRAINING,
    archive,
    case_entries,
    plan_file,
    results,
    run,
)

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.errors import (
    DatasetError,
    InputError,
    LesionSynthError,
    ParameterError,
    TrainingError,
)
from napari_lesion_synth.evaluation.experiment.run_result import EDITION, read_runs
from napari_lesion_synth.events import Done, Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs import experiment_prepare, experiment_run
from napari_lesion_synth.jobs.experiment import run_experiment
from napari_lesion_synth.jobs.experiment_model import ExperimentSettings
from napari_lesion_synth.locks import claim
from napari_lesion_synth.synthesis.cgan.model import GeneratorModel
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors, save_donors


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small experiment that has run to its end, not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    plan = plan_file(folder)
    events = run(plan, folder / "out")
    return plan, folder / "out", events


@pytest.fixture
def copy(finished, tmp_path):
    """The same in a folder that may be changed: its plan and its folder."""
    shutil.copytree(finished[0].parent, tmp_path / "copy")
    return tmp_path / "copy" / "plan.yaml", tmp_path / "copy" / "out"


def logs(events):
    return [event.text for event in events if isinstance(event, Log)]


def test_it_leaves_the_plan_the_runs_and_the_table(finished):
    plan, out, events = finished
    assert (out / "plan.yaml").read_bytes() == plan.read_bytes()
    runs = read_runs(out)
    assert [run.name for run in runs] == ["augmented--0--0", "sigmoid--0--0"]
    assert events[-1] == Done({"folder": str(out), "finished": 2, "of": 2})
    rows = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("arm,runs,of,seeds,patients,cts,lesions,at_0.5,low_0.5,high_0.5,at_2")
    assert rows[1].startswith("augmented,1,1,1,4,4,3,")


def test_what_can_be_seen_is_said_before_the_first_training(finished):
    said = logs(finished[2])
    power = next(k for k, text in enumerate(said) if "With 3 test lesions" in text)
    first = next(k for k, text in enumerate(said) if text.startswith("augmented: "))
    assert power < first


def test_a_run_tells_from_what_by_what_and_on_whom(finished):
    sigmoid = read_runs(finished[1])[1]
    facts = sigmoid.facts
    assert (sigmoid.per, sigmoid.arm, sigmoid.fold, sigmoid.seed) == ("slice", "sigmoid", 0, 0)
    assert facts["steps"] == {"candidate": 6, "verifier": 2}
    assert facts["mixture"]["methods"] == {"sigmoid": 1.0}
    assert facts["training"]["seed"] == 0
    assert facts["device"].startswith("CPU, 1 thread")
    assert set(facts["lineage"]) == {*facts["train"], *facts["choose"]}
    assert {case.patient for case in sigmoid.cases} == set(facts["test"])
    assert not set(facts["test"]) & set(facts["lineage"])
    assert set(facts["prepared"]["donors"]["patients"]) <= set(facts["train"])
    assert sigmoid.threshold is not None
    assert sigmoid.validation["cts"] == len(facts["choose"])
    assert {"train", "train_cpu", "search_cpu", "shams_cpu", "prepare_cpu"} <= set(sigmoid.seconds)
    assert all(value >= 0 for value in sigmoid.seconds.values())


def test_shams_are_the_same_for_all_arms_and_lie_in_the_first_test_cts(finished):
    one, other = read_runs(finished[1])
    assert len(one.shams) >= 2
    assert len({pair.case for pair in one.shams}) == 2
    assert [replace(p, sham=0, untouched=0) for p in one.shams] == [
        replace(p, sham=0, untouched=0) for p in other.shams
    ]


def test_of_a_training_the_detector_and_the_records_stay(finished):
    folder = finished[1] / "trainings" / "sigmoid" / "0-0"
    model = DetectorModel.load(folder / "detector.pt")
    assert model.id == read_runs(finished[1])[1].facts["detector"]
    for name in ("provenance.json", "split.csv", "events.jsonl", "candidates/metrics.jsonl"):
        assert (folder / name).exists()
    assert not list(folder.rglob("resume.pt"))
    assert not list(folder.glob("*.png"))
    assert not list((folder / "mined").glob("*"))


def test_finished_runs_are_not_repeated(copy, content):
    plan, out = copy
    (out / "summary.csv").unlink()
    before = content(out)
    events = run(plan, out)
    assert content(out / "runs") == {
        name.removeprefix("runs/"): data for name, data in before.items() if "runs/" in name
    }
    assert not any(isinstance(event, Progress) and event.text for event in events)
    assert (out / "summary.csv").exists()


def test_a_run_that_was_lost_is_made_again_and_is_the_same(copy):
    plan, out = copy
    before = results(out)
    (out / "runs" / "sigmoid--0--0.json").unlink()
    shutil.rmtree(out / "trainings" / "sigmoid")
    run(plan, out)
    assert results(out) == before


def test_another_plan_in_the_folder_is_refused_and_it_is_told_what_differs(copy, content):
    plan, out = copy
    before = content(out)
    other = plan_file(plan.parent, "other.yaml", training={**TRAINING, "steps": 7}, rate=1)
    with pytest.raises(ParameterError, match=r"rate \(0.5 there, 1.0 asked for\)") as caught:
        run(other, out)
    assert "training.steps (6 there, 7 asked for)" in caught.value.what
    assert content(out) == before


def test_a_run_that_is_damaged_or_was_made_otherwise_is_told_before_anything_is_done(copy):
    plan, out = copy
    (out / "runs" / "augmented--0--0.json").unlink()
    path = out / "runs" / "sigmoid--0--0.json"
    whole = path.read_text(encoding="utf-8")
    for text, words in (
        (whole.replace('"plan": "', '"plan": "0'), "made by another plan"),
        (whole.replace(f'"edition": {EDITION}', '"edition": 1'), "teaches and tests otherwise"),
        ("{", "cannot be read"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DatasetError, match=words) as caught:
            run(plan, out)
        assert caught.value.where == str(path)
        assert len(list((out / "runs").iterdir())) == 1


def test_remarks_and_the_order_of_keys_make_no_other_plan(copy):
    plan, out = copy
    turned = dict(reversed(list(yaml.safe_load(plan.read_text(encoding="utf-8")).items())))
    plan.write_text("# a remark\n" + yaml.safe_dump(turned, sort_keys=False), encoding="utf-8")
    assert run(plan, out)[-1].result["finished"] == 2


def test_arms_and_seeds_can_be_run_apart(tmp_path):
    plan = plan_file(tmp_path, seeds=2, shams={"per_ct": 0})
    run(plan, tmp_path / "out", arms=("sigmoid",), seeds=1)
    assert list(results(tmp_path / "out")) == ["sigmoid--0--0"]
    seen = logs(run(plan, tmp_path / "out"))
    order = [text.split(":")[0] for text in seen if " in all" in text]
    assert order == ["augmented", "augmented", "sigmoid"]
    assert len(results(tmp_path / "out")) == 4


def test_an_arm_that_the_plan_has_not_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no arm 'all'") as caught:
        run(plan_file(tmp_path), tmp_path / "out", arms=("all",))
    assert caught.value.remedy == "It has: augmented, sigmoid"
    assert not (tmp_path / "out").exists()


def test_weights_that_are_not_there_are_told_before_anything_is_written(tmp_path):
    plan = plan_file(tmp_path, arms=["augmented", "cgan"], generator="gone.pt")
    with pytest.raises(InputError, match="names as its generator") as caught:
        run(plan, tmp_path / "out")
    assert caught.value.where == str(tmp_path / "gone.pt")
    assert not (tmp_path / "out").exists()


def test_a_device_that_is_not_there_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(ParameterError, match="no device 'quantum'"):
        run(plan_file(tmp_path), tmp_path / "out", device="quantum")
    assert not (tmp_path / "out").exists()


def test_more_patients_than_there_are_are_refused_before_anything_is_written(tmp_path):
    plan = plan_file(tmp_path, division={"fixed": {"train": 3, "choose": 2}})
    with pytest.raises(ParameterError, match="there are 5 in all"):
        run(plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_goes_on_wherever_it_was_stopped(finished, tmp_path):
    """Stopped at every kind of moment, one after the other."""
    plan, out = plan_file(tmp_path), tmp_path / "out"
    moments = set()
    while True:
        token = StopToken()
        try:
            asked = ExperimentSettings(plan=plan, out=out)
            for event in _progress(run_experiment(asked, token)):
                moment = re.sub("[0-9]+", "", event.text)
                if moment not in moments:
                    moments.add(moment)
                    token.stop()
            break
        except Stopped:
            continue
    assert any("choosing" in moment for moment in moments)
    assert sum("testing" in moment for moment in moments) == 2
    assert results(out) == results(finished[1])
    assert (out / "summary.csv").read_bytes() == (finished[1] / "summary.csv").read_bytes()


def _progress(events):
    return (event for event in events if isinstance(event, Progress) and event.text)


def test_when_the_time_is_up_it_ends_in_order(tmp_path):
    plan = plan_file(tmp_path, training={**TRAINING, "steps": 100_000})
    events = run(plan, tmp_path / "out", stop_after=0.05)
    assert events[-1].result["finished"] == 0
    assert any("the time is up" in text for text in logs(events))
    assert not list((tmp_path / "out").glob(".running-*"))


def test_a_run_that_another_process_is_at_is_left_to_it_and_waited_for(copy):
    plan, out = copy
    before = results(out)
    (out / "runs" / "augmented--0--0.json").unlink()
    (out / "runs" / "sigmoid--0--0.json").unlink()
    held = (out / "trainings" / "augmented" / "0-0" / "run.lock").open("ab")
    assert claim(held)
    waited = False
    for event in run_experiment(ExperimentSettings(plan=plan, out=out), StopToken()):
        if isinstance(event, Log) and "in other hands" in event.text:
            waited = True
            assert list(results(out)) == ["sigmoid--0--0"]
            held.close()  # the other process has died
    assert waited
    assert results(out) == before


def test_of_some_arms_the_finished_runs_of_others_do_not_count(copy):
    plan, out = copy
    (out / "runs" / "sigmoid--0--0.json").unlink()
    asked = ExperimentSettings(plan=plan, out=out, arms=("sigmoid",))
    told = list(_progress(run_experiment(asked, StopToken())))
    assert next((each.done, each.total) for each in told if "testing" in each.text) == (0, 1)
    assert (told[-1].done, told[-1].total) == (1, 1)


def test_several_processes_give_the_same(finished, tmp_path):
    plan = plan_file(tmp_path)
    run(plan, tmp_path / "out", workers=2)
    assert results(tmp_path / "out") == results(finished[1])


def test_a_run_that_fails_does_not_keep_the_others_from_it(tmp_path, monkeypatch):
    trained = experiment_run.learn_detector

    def failing(job, token):
        if "augmented" in str(job.out):
            raise TrainingError("the loss is no number", remedy="Halve the learning rate")
        return trained(job, token)

    monkeypatch.setattr(experiment_run, "learn_detector", failing)
    plan, out = plan_file(tmp_path), tmp_path / "out"
    with pytest.raises(LesionSynthError, match=r"1 of 2 runs failed.*augmented--0--0") as caught:
        run(plan, out)
    assert caught.value.remedy == "Halve the learning rate"
    assert list(results(out)) == ["sigmoid--0--0"]


def test_a_donor_of_a_patient_who_tests_is_refused_with_its_path(copy):
    plan, out = copy
    tested = results(out)["sigmoid--0--0"]["facts"]["test"]
    shutil.rmtree(out / "runs")
    name = next(name for name in tested if name.startswith("ill"))
    number = int(name.removeprefix("ill-"))
    case = toy(number, 1 + number % 2, dims=2, patient=name)
    save_donors(extract_donors(case), out / "prepared" / "fold-0" / "donors")
    with pytest.raises(ParameterError, match=f"patient {name} is tested on.*donor {name}"):
        run(plan, out)
    assert not results(out)


def test_a_patient_under_two_names_is_refused_since_the_ct_is_the_same(tmp_path):
    names = ("a", "b", "c")
    cases = case_entries(tmp_path, [toy(n, 2, dims=2, patient=p) for n, p in enumerate(names)])
    again = {**cases[0], "patient": "renamed"}
    plan = plan_file(
        tmp_path,
        data={"cases": [*cases, again]},
        division={"named": {"choose": ["b"], "test": ["c", "renamed"]}},
    )
    with pytest.raises(ParameterError, match=r"patient renamed.*is tested on"):
        run(plan, tmp_path / "out")
    assert not results(tmp_path / "out")


def test_folds_test_everybody_once(tmp_path):
    plan = plan_file(
        tmp_path,
        division={"folds": {"k": 2, "choose": 0.3}},
        arms=["augmented"],
        shams={"per_ct": 0},
    )
    events = run(plan, tmp_path / "out")
    one, other = results(tmp_path / "out").values()
    tested = [case["patient"] for each in (one, other) for case in each["cases"]]
    assert len(tested) == len(set(tested)) == 8
    assert "of 7 lesions found" in logs(events)[-1]


@pytest.fixture
def lenient(monkeypatch):
    """Nets that have hardly learnt make nothing that passes: every other lesion passes anyway."""

    def judged(settings, token):
        assert settings.autoencoder.parent.parent.name == "fold-0"
        yield from judge(settings, token)
        path = settings.folder / "scores.csv"
        table = pd.read_csv(path)
        table["passed"] = np.arange(len(table)) % 2
        table.to_csv(path, index=False)

    judge = experiment_prepare.score
    monkeypatch.setattr(experiment_prepare, "score", judged)


def test_learnt_arms_make_their_generator_and_sets_once_a_fold(tmp_path, lenient):
    archive(tmp_path / "slices.npz", ill=8)
    plan = plan_file(
        tmp_path,
        division={"fixed": {"train": 6, "hosts": 0, "choose": 1}},
        arms=["augmented", "cgan", "cgan-selected", "all", {"name": "unselected", "like": "all",
              "made": {"sigmoid": 1}, "selected": False}],
        gan={"steps": 2, "fewest": 4, "width": 4, "grid": 16, "places": 8, "batch": 2,
             "device": "cpu", "threads": 1},
        autoencoder={"steps": 2, "fewest": 8, "folds": 2, "batch": 4, "width": 8,
                     "device": "cpu", "threads": 1},
        mixture={**PLAN["mixture"], "rim": 0.0},
        sets={"n": 10, "per_scene": 1, "diameter_mm": [14, 22], "rim": 0.0},
    )  # fmt: skip
    out = tmp_path / "out"
    run(plan, out)
    prepared = out / "prepared" / "fold-0"
    found = results(out)
    assert len(found) == 5
    generator = GeneratorModel.load(prepared / "generator" / "generator.pt")
    facts = {name.split("--")[0]: run["facts"] for name, run in found.items()}
    assert facts["cgan"]["prepared"]["generator"]["id"] == generator.id
    train = set(facts["cgan"]["train"])
    assert set(generator.facts.patients) <= train
    assert {d.patient for d in load_donors(prepared / "donors")} <= train
    assert {path.name for path in (prepared / "sets").iterdir()} == {
        "cgan-selected", "cgan-poisson-sigmoid-selected", "sigmoid",
    }  # fmt: skip
    for name in ("cgan-selected", "cgan-poisson-sigmoid-selected"):
        noted = next(
            run["facts"]["prepared"][f"set-{name}"]
            for run in found.values()
            if f"set-{name}" in run["facts"]["prepared"]
        )
        made = GeneratedSet.open(prepared / "sets" / name)
        assert noted["made"] == 10
        assert noted["accepted"] == 5 == list(made.verdicts.values()).count("accept")
    assert facts["unselected"]["prepared"]["set-sigmoid"]["accepted"] == 10
    assert "generator" not in facts["augmented"]["prepared"]
    methods = {pair["method"] for pair in found["augmented--0--0"]["shams"]}
    assert methods == {"poisson", "sigmoid", "cgan"}


def test_a_selection_that_leaves_nothing_says_so(tmp_path, monkeypatch):
    def nothing(folder):
        raise DatasetError("the set has no accepted lesion")

    monkeypatch.setattr(experiment_prepare, "accepted_ids", nothing)
    plan = plan_file(
        tmp_path,
        arms=["augmented", {"name": "x", "methods": {"sets": 1}, "made": {"sigmoid": 1}}],
    )
    with pytest.raises(DatasetError, match="left none of 6 lesions for fold 0") as caught:
        run(plan, tmp_path / "out")
    assert "ask for more lesions" in caught.value.remedy


def test_an_archive_that_is_not_there_is_told(tmp_path):
    plan = plan_file(tmp_path, data={"slices": {"file": "gone.npz"}})
    with pytest.raises(InputError, match="no such archive") as caught:
        run(plan, tmp_path / "out")
    assert caught.value.where == str(tmp_path / "gone.npz")


def test_trainings_are_kept_where_that_is_asked_for(tmp_path):
    run(plan_file(tmp_path), tmp_path / "out", arms=("augmented",), keep_trainings=True)
    folder = tmp_path / "out" / "trainings" / "augmented" / "0-0"
    assert list(folder.rglob("resume.pt"))
    assert list(folder.glob("batch_*.png"))
