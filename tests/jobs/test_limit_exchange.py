"""Copies for a detector that is run by hand, and what it found in them."""

from __future__ import annotations

import csv
import json

import pytest
import SimpleITK as sitk

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.ct.write import sidecar_of
from napari_lesion_synth.detection.export import detection_map, table_of
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.limits.results import read_insertions
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.limit_exchange import EXPORT, MANIFEST
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.limit_report import INSERTIONS

from .seeing import Seeing

GRID = LimitSettings(
    diameters_mm=(5, 9), contrasts_hu=(-20, -60), repeats=1, per_copy=4, gap_mm=8, filled=0.3
)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture
def run(tmp_path, liver):
    def go(name="map", detector=None, **search):
        job = LimitJob(out=tmp_path / name, grid=GRID, search=LimitDetector(**search))
        return list(limit_map(job, StopToken(), cases=[liver], detector=detector))

    return go


@pytest.fixture
def exported(run, tmp_path):
    run(export=True)
    return tmp_path / "map" / EXPORT


def manifest(folder):
    with (folder / MANIFEST).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def by_hand(folder, liver, detector):
    """What a vendor's program does: reads each file, and knows nothing else."""
    for line in manifest(folder):
        volume = read_volume(folder / line["ct"])
        case = Case(volume, Organ(liver.organ.mask, volume.spacing), None, line["patient"])
        yield case, detector.detect(case)


def test_every_copy_and_the_ct_itself_are_written_and_listed(exported):
    lines = manifest(exported)

    assert lines[0]["patient"] == "ball_untouched"
    assert all((exported / line["ct"]).exists() for line in lines)
    assert all((exported / line["organ"]).exists() for line in lines)
    assert sum(int(line["lesions"]) for line in lines) == len(GRID.cells)
    assert "--findings" in (exported / "README.txt").read_text(encoding="utf-8")


def test_copies_with_lesions_are_marked_and_the_ct_itself_is_not(exported):
    for line in manifest(exported):
        path = exported / line["ct"]
        told = json.loads(sidecar_of(path).read_text(encoding="utf-8"))["SYNTHETIC"]
        header = sitk.ReadImage(str(path))
        notes = " ".join(header.GetMetaData(key) for key in header.GetMetaDataKeys())
        assert told == (line["lesions"] != "0") == ("SYNTHETIC" in notes)


def test_nothing_is_searched(run, liver, tmp_path):
    detector = Seeing(liver)

    run(detector=detector, export=True)

    assert detector.searched == 0
    assert [each.name for each in (tmp_path / "map").iterdir()] == [EXPORT]


def test_an_interrupted_export_goes_on(run, exported):
    kept = {path: path.stat().st_mtime_ns for path in exported.glob("images/*.nii.gz")}
    gone = sorted(kept)[1]
    gone.unlink()

    run(export=True)

    assert gone.exists()
    now = {path: path.stat().st_mtime_ns for path in kept if path != gone}
    assert now == {path: kept[path] for path in now}


@pytest.mark.parametrize("form", ["one table", "tables", "maps"])
def test_what_was_found_by_hand_gives_the_same_map(run, liver, exported, tmp_path, form):
    found = [*by_hand(exported, liver, Seeing(liver, sure=True))]
    theirs = tmp_path / ("theirs.csv" if form == "one table" else "theirs")
    if form == "one table":
        tables = [table_of(d.findings, case.patient).splitlines() for case, d in found]
        theirs.write_text(
            "\n".join([tables[0][0], *(r for t in tables for r in t[1:])]) + "\n", encoding="utf-8"
        )
    else:
        theirs.mkdir()
    for case, detection in found if form != "one table" else ():
        if form == "tables":
            (theirs / f"{case.patient}.csv").write_text(
                table_of(detection.findings, case.patient), encoding="utf-8"
            )
        else:
            from napari_lesion_synth.ct.write import write_map

            values = detection_map(detection.findings, detection.shape)
            write_map(theirs / f"{case.patient}.nii.gz", values, case.volume)

    run("by hand", findings=theirs)
    run("direct", detector=Seeing(liver, sure=True))

    ours = read_insertions(tmp_path / "direct" / INSERTIONS)
    others = read_insertions(tmp_path / "by hand" / INSERTIONS)
    assert [row.spot for row in ours] == [row.spot for row in others]
    assert [row.found(0.5) for row in ours] == [row.found(0.5) for row in others]
    assert [row.set_hu for row in ours] == [row.set_hu for row in others]


def test_a_missing_file_is_not_taken_for_nothing_found(run, exported, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    names = [line["patient"] for line in manifest(exported)]
    for name in names[:-2]:
        (theirs / f"{name}.csv").write_text("score,x,y,z\n", encoding="utf-8")

    with pytest.raises(InputError, match=f"2 of {len(names)} copies are missing, {names[-2]}"):
        run(findings=theirs)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("patient,score,x,y,z\n", "no findings at all"),
        ("score,x,y,z\n0.5,1,1,1\n", "does not say which copy"),
        ("patient,score,x,y,z\nsomebody,0.5,1,1,1\n", "'somebody', which is not a copy"),
    ],
)
def test_a_table_of_other_cts_is_refused(run, tmp_path, text, complaint):
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=complaint):
        run(findings=theirs)


def test_no_such_findings_are_told(run, tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        run(findings=tmp_path / "nowhere")


def test_one_detector_at_a_time():
    with pytest.raises(ValueError, match="command and export exclude each other"):
        LimitDetector(command="a {ct} {out}", export=True)
