"""Findings against the truth: what is read, judged, told and refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.ct.write import write_mask
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.export import FINDINGS_JSON
from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.grid import GridSettings
from napari_lesion_synth.detection.model import DetectorModel
from napari_lesion_synth.detection.nets.registry import build, spec_of
from napari_lesion_synth.errors import CheckpointError, InputError, ParameterError
from napari_lesion_synth.evaluation.matching import match
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.evaluation.truth import Truth
from napari_lesion_synth.events import Artifact, Done, Stopped, StopToken
from napari_lesion_synth.jobs.evaluate import evaluate
from napari_lesion_synth.jobs.evaluate_settings import (
    EvaluateJob,
    EvaluateSettings,
    FindingsFiles,
)
from napari_lesion_synth.jobs.evaluate_sources import named
from napari_lesion_synth.training.seeds import initial_weights


class Remembering:
    """Finds what another one finds, and says whom it has learnt from."""

    id = "remembering"

    def __init__(self, inner, patients=(), hosts=None, *, own=0.5):
        self._inner, self.patients, self.hosts, self._own = inner, patients, hosts or {}, own

    def detect(self, case, token=None, report=None):
        facts = {"kind": "cascade", "patients": list(self.patients), "hosts": self.hosts}
        found = self._inner.detect(case, token, report)
        return replace(found, detector=self.id, facts={**facts, "threshold": self._own})


@pytest.fixture
def cases(ball_case):
    """Three patients with two lesions each."""
    made = []
    for k in range(3):
        case = ball_case((16, 60, 60), lesion_mm=12.0, patient=f"p{k}", seed=k)
        lesions = case.lesions.copy()
        lesions[7:9, 27:32, 12:17] = True
        made.append(replace(case, lesions=lesions))
    return made


@pytest.fixture
def run(tmp_path):
    """Run an evaluation to its end; gives its events."""

    def go(cases=(), detectors=None, files=(), rule=None, token=None, out="out", **more):
        given = {k: more.pop(k) for k in ("findings", "detectors_files") if k in more}
        job = EvaluateJob(
            cases=tuple(files),
            findings=given.get("findings", ()),
            detectors=given.get("detectors_files", ()),
            out=tmp_path / out,
            rule=rule or HitRule(),
            settings=EvaluateSettings(**more),
        )
        return list(evaluate(job, token or StopToken(), cases=cases, detectors=detectors))

    return go


def result(events) -> dict:
    assert isinstance(events[-1], Done)
    return events[-1].result


def rows(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_findings_are_judged_and_everything_is_written(run, cases, peeking, tmp_path):
    events = run(cases, {"peeking": peeking})
    told = result(events)
    assert (told["cts"], told["patients"], told["lesions"]) == (3, 3, 6)
    figures = told["measured"]["peeking"]["figures"]
    found = figures["lesions found at the threshold"]
    assert (found["part"], found["whole"], found["value"]) == (3, 6, 0.5)
    assert figures["false alarms per CT at the threshold"]["value"] == 1
    out = tmp_path / "out"
    kept = {path.name for path in out.iterdir()}
    assert kept == {
        *("figures.csv", "lesions.csv", "false_alarms.csv", "froc.csv", "strata.csv"),
        *("froc.svg", "report.html", "evaluation.json", "findings"),
    }
    written = {e.path for e in events if isinstance(e, Artifact)}
    assert written >= {str(out / name) for name in kept - {"findings"}}
    assert [row["found"] for row in rows(out / "lesions.csv")].count("1") == 3
    assert len(rows(out / "false_alarms.csv")) == 3
    assert {row["by"] for row in rows(out / "strata.csv")} == {
        *("diameter", "zone", "contrast", "conspicuity"),
    }


def test_what_is_judged_is_what_matching_says(run, cases, peeking, tmp_path):
    rule = HitRule(kind="distance", radius_mm=30.0)
    run(cases, {"peeking": peeking}, rule=rule)
    expected = [
        lesion.score
        for case in cases
        for lesion in match(peeking.detect(case), Truth.of(case), rule).lesions
    ]
    scores = [float(row["score"]) for row in rows(tmp_path / "out" / "lesions.csv")]
    assert scores == pytest.approx(expected)


def test_the_rule_is_named_on_the_page_and_in_the_drawing(run, cases, peeking, tmp_path):
    run(cases, {"peeking": peeking}, rule=HitRule(kind="iou", iou=0.3))
    for name in ("report.html", "froc.svg"):
        assert "IoU of at least 0.3" in (tmp_path / "out" / name).read_text(encoding="utf-8")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'src="http' not in page
    assert "<script" not in page
    assert "For research only. Not a medical device." in page
    assert "synthetic" not in page


def test_a_search_is_not_repeated(run, cases, peeking, texts):
    run(cases, {"peeking": peeking})
    again = run(cases, {"peeking": peeking})
    assert texts(again).count("finished already") == 3


def test_a_folder_that_detect_wrote_gives_the_same_figures(run, cases, peeking, tmp_path):
    first = result(run(cases, {"peeking": peeking}))
    folder = tmp_path / "out" / "findings" / "peeking"
    files = FindingsFiles(name="peeking", files=(folder,))
    second = result(run(cases, findings=(files,), out="again"))
    assert second["measured"] == first["measured"]


def test_one_patient_has_exact_intervals_and_is_told_so(run, cases, peeking):
    told = result(run(cases[:1], {"peeking": peeking}))
    figures = told["measured"]["peeking"]["figures"]
    found = figures["lesions found at the threshold"]
    assert found["interval"].startswith("exact")
    assert (found["low"], found["high"]) == pytest.approx((0.0126, 0.9874), abs=1e-4)
    assert figures["CPM (mean of the seven)"]["low"] is None
    assert any("There is one patient" in note for note in told["notes"])
    assert not any("There is one patient" in n for n in result(run(cases, {"p": peeking}))["notes"])


def test_two_detectors_are_compared_on_the_same_cts(run, cases, peeking, tmp_path):
    table = tmp_path / "theirs.csv"
    table.write_text(
        "patient,score,z,y,x\n"
        + "".join(f"p{k},0.9,8,29,29\np{k},0.8,8,29,14\n" for k in range(3)),
        encoding="utf-8",
    )
    files = FindingsFiles(name="theirs", files=(table,))
    mine = Remembering(peeking, ("other",))
    told = result(run(cases, {"ours": mine}, findings=(files,)))
    assert list(told["measured"]) == ["theirs", "ours"]
    (pair,) = told["differences"]
    assert (pair["detector"], pair["less"]) == ("ours", "theirs")
    less = pair["figures"]["lesions found at the threshold"]
    assert less["value"] == -0.5
    assert "theirs alone 3" in pair["by_lesion"]
    assert len(rows(tmp_path / "out" / "differences.csv")) == len(pair["figures"])
    assert "ours" in (tmp_path / "out" / "froc.svg").read_text(encoding="utf-8")


def test_a_threshold_is_the_detectors_own_or_the_one_asked_for(run, cases, peeking):
    def at(**asked):
        told = result(run(cases, {"d": Remembering(peeking, ("x",), own=0.93)}, **asked))
        figures = told["measured"]["d"]["figures"]
        return (
            told["measured"]["d"]["threshold"],
            figures["lesions found at the threshold"]["part"],
            figures["false alarms per CT at the threshold"]["part"],
            told["notes"],
        )

    words, found, false, _ = at()
    assert "0.93" in words
    assert "the detector's own" in words
    assert (found, false) == (3, 0)
    words, found, false, notes = at(threshold=0.95)
    assert (found, false) == (0, 0)
    assert any("asked for" in note for note in notes)
    words, found, false, notes = at(rate=1.0)
    assert "chosen on these same CTs" in words
    assert any("flatters" in note for note in notes)


def test_a_threshold_and_a_rate_are_too_much():
    with pytest.raises(ValueError, match="one of them"):
        EvaluateSettings(threshold=0.5, rate=1)


# --- leaks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("patients", "by_hash", "verdict"),
    [
        (("x",), False, "clean"),
        (("x", "p1"), False, "contaminated"),
        (("renamed",), True, "contaminated"),
        ((), False, "unknown"),
    ],
)
def test_whether_the_test_is_fair_is_told(run, cases, peeking, texts, patients, by_hash, verdict):
    hosts = {cases[1].volume.sha256: "renamed"} if by_hash else {}
    events = run(cases, {"d": Remembering(peeking, patients, hosts)})
    check = result(events)["leak_check"]["d"]
    assert check["verdict"] == verdict
    leaks = [word for word in check["words"] if "Patient p1" in word]
    assert len(leaks) == (verdict == "contaminated")
    assert ("d: " in texts(events)) == (verdict != "clean")


@pytest.mark.parametrize(
    ("patients", "refused"),
    [(("x", "p1"), "patient p1 is tested on"), ((), "not known whether the test is fair")],
)
def test_strict_refuses_what_is_not_known_to_be_fair(run, cases, peeking, patients, refused):
    with pytest.raises(ParameterError, match=refused):
        run(cases, {"d": Remembering(peeking, patients)}, strict=True)
    fair = run(cases, {"d": Remembering(peeking, ("x",))}, strict=True, out="fair")
    assert result(fair)["leak_check"]["d"]["verdict"] == "clean"


def test_findings_of_other_programs_are_never_called_clean(run, cases, tmp_path):
    table = tmp_path / "theirs.csv"
    table.write_text(
        "patient,score,z,y,x\np0,0.9,8,29,29\np1,0.9,8,29,29\np2,0.9,8,29,29\n", encoding="utf-8"
    )
    files = (FindingsFiles(name="theirs", files=(table,)),)
    assert result(run(cases, findings=files))["leak_check"]["theirs"]["verdict"] == "unknown"


@pytest.fixture
def weights(tmp_path):
    """An untrained detector as a file, that has learnt from some patients."""

    def save(*patients, name="mine"):
        specs = (spec_of("candidate", "small", 4), spec_of("verifier", "", 4, 3))
        facts = DetectorFacts(
            *("cascade", GridSettings(), specs), patients=patients, donors=("p1-0123",)
        )
        with initial_weights(0):
            states = {spec.role: build(spec).state_dict() for spec in specs}
        path = tmp_path / name / "detector.pt"
        path.parent.mkdir(exist_ok=True)
        DetectorModel.of(facts, states).save(path)
        return str(path)

    return save


def test_a_detectors_file_searches_first(run, cases, weights, tmp_path):
    events = run(cases[:2], detectors_files=(weights("p1", "x"),), device="cpu", threads=1)
    told = result(events)
    assert list(told["measured"]) == ["mine"]
    assert told["leak_check"]["mine"]["verdict"] == "contaminated"
    assert told["leak_check"]["mine"]["words"][0].startswith("Patient p1 is tested on")
    kept = json.loads(
        (tmp_path / "out/findings/mine/p0" / FINDINGS_JSON).read_text(encoding="utf-8")
    )
    assert kept["threshold"] == 0


def test_a_name_that_leaks_is_refused_before_the_search(run, cases, weights, tmp_path):
    with pytest.raises(ParameterError, match="donor p1-0123 -> detector"):
        run(cases, detectors_files=(weights("p1"),), strict=True)
    assert not (tmp_path / "out").exists()


def test_what_is_no_detector_is_refused_before_the_search(run, cases, tmp_path):
    table = tmp_path / "x.csv"
    table.write_text("score,z,y,x\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="--findings"):
        run(cases, detectors_files=(str(table),))
    with pytest.raises(CheckpointError, match="no such file"):
        run(cases, detectors_files=(str(tmp_path / "none.pt"),))
    with pytest.raises(InputError, match="no findings"):
        run(cases, findings=(FindingsFiles(name="x", files=(tmp_path / "x.pt",)),))


# --- CTs and truth --------------------------------------------------------------------------


def test_cts_without_lesions_are_healthy_beside_others_that_have_some(run, cases, peeking):
    class Quiet(Detector):
        id, patients = "quiet", ()

        def detect(self, case, token=None, report=None):
            found = peeking.detect(cases[0], token, report)
            return replace(found, patient=case.patient)

    healthy = replace(cases[1], lesions=None)
    told = result(run([cases[0], healthy], {"quiet": Quiet()}, threshold=0))
    assert (told["cts"], told["lesions"]) == (2, 2)
    assert "area under the AFROC" in told["measured"]["quiet"]["figures"]


def test_a_mask_that_holds_no_lesion_is_that_of_a_healthy_ct(
    run, cases, save_case, texts, tmp_path
):
    files = [save_case(case, f"ct{k}") for k, case in enumerate(cases[:2])]
    empty = tmp_path / "empty.nii.gz"
    write_mask(empty, np.zeros(cases[0].volume.shape, bool), cases[0].volume)
    files[1] = files[1].model_copy(update={"lesions": str(empty)})
    table = tmp_path / "t.csv"
    table.write_text("patient,score,z,y,x\nct0,0.9,8,29,29\nct1,0.9,8,29,29\n", encoding="utf-8")
    source = (FindingsFiles(name="t", files=(table,)),)
    events = run(files=files, findings=source)
    assert (result(events)["cts"], result(events)["lesions"]) == (2, 2)
    assert "empty.nii.gz holds no lesion" in texts(events)
    labelled = [each.model_copy(update={"lesion_label": 7}) for each in files[:1]]
    with pytest.raises(ParameterError, match="no lesion counts"):
        run(files=labelled, findings=source)


def test_a_lesion_mask_that_cannot_be_read_is_an_error_and_no_healthy_ct(
    run, cases, save_case, tmp_path
):
    files = save_case(cases[0]).model_copy(update={"lesions": str(tmp_path / "gone.nii.gz")})
    table = tmp_path / "t.csv"
    table.write_text("score,z,y,x\n0.9,8,29,29\n", encoding="utf-8")
    with pytest.raises(InputError, match="gone"):
        run(files=[files], findings=(FindingsFiles(name="t", files=(table,)),))


def test_without_any_truth_nothing_is_evaluated(run, cases, peeking):
    blind = [replace(case, lesions=None) for case in cases]
    with pytest.raises(ParameterError, match="what there is to find"):
        run(blind, {"peeking": peeking})
    with pytest.raises(ParameterError, match="no CT"):
        run((), {"peeking": peeking})


def test_several_cts_of_a_patient_are_told_apart(run, cases, peeking, tmp_path):
    twice = [cases[0], replace(cases[1], patient="p0")]
    told = result(run(twice, {"peeking": peeking}))
    assert (told["cts"], told["patients"]) == (2, 1)
    assert {row["case"] for row in rows(tmp_path / "out" / "lesions.csv")} == {"p0", "p0-2"}


def test_one_table_for_several_cts_has_to_name_the_patients(run, cases, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("score,z,y,x\n0.9,8,29,29\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="which finding is of which"):
        run(cases, findings=(FindingsFiles(name="t", files=(table,)),))
    each = FindingsFiles(name="t", files=(table,) * 3)
    assert result(run(cases, findings=(each,)))["cts"] == 3
    with pytest.raises(ParameterError, match="2 files of findings for 3 CTs"):
        run(cases, findings=(FindingsFiles(name="t", files=(table,) * 2),))


def test_findings_that_were_not_kept_are_told(run, cases, peeking, texts, tmp_path):
    run(cases, {"peeking": peeking})
    folder = tmp_path / "out" / "findings" / "peeking"
    for file in folder.glob(f"*/{FINDINGS_JSON}"):
        content = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(
            json.dumps({**content, "threshold": 0.5, "below_threshold": 4}), encoding="utf-8"
        )
    events = run(cases, findings=(FindingsFiles(name="cut", files=(folder,)),), out="again")
    assert "12 findings below 0.5 were not kept" in texts(events)
    assert any("curve ends early" in note for note in result(events)["notes"])


def test_nothing_found_at_all_is_an_answer(run, cases, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("patient,score,z,y,x\n", encoding="utf-8")
    told = result(run(cases, findings=(FindingsFiles(name="t", files=(table,)),)))
    assert told["measured"]["t"]["figures"]["lesions found at the threshold"]["value"] == 0
    assert rows(tmp_path / "out" / "false_alarms.csv") == []
    assert (
        (tmp_path / "out" / "false_alarms.csv")
        .read_text(encoding="utf-8")
        .startswith("detector,patient")
    )


def test_a_ct_without_an_organ_is_judged_and_not_drawn(run, cases, tmp_path):
    bare = [replace(case, organ=None) for case in cases]
    table = tmp_path / "t.csv"
    table.write_text("patient,score,z,y,x\np0,0.9,8,29,29\n", encoding="utf-8")
    told = result(run(bare, findings=(FindingsFiles(name="t", files=(table,)),)))
    assert told["measured"]["t"]["figures"]["lesions found at the threshold"]["part"] == 1
    assert "data:image/png" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_worst_cts_are_drawn(run, cases, peeking, tmp_path):
    run(cases, {"peeking": peeking}, pictures=2)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 2


def test_it_stops_when_it_is_told_to(run, cases, peeking):
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        run(cases, {"peeking": peeking}, token=token)


def test_names_are_those_of_files_and_folders_each_once(tmp_path):
    weights = [tmp_path / name / "detector.pt" for name in ("one", "two")]
    for file in weights:
        file.parent.mkdir()
        file.touch()
    given = [*map(str, weights), str(tmp_path / "x" / "one"), "theirs.csv", "maps/{case}.nii.gz"]
    assert list(named([*given, "shipped"], taken=("two",))) == [
        *("one", "two-2", "one-2", "theirs", "case", "shipped"),
    ]
