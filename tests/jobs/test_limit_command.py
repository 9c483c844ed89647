"""Any program as a detector: one that works, fails, hangs, or writes nonsense."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from napari_lesion_synth.ct.write import sidecar_of
from napari_lesion_synth.errors import InputError, LesionSynthError, ParameterError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.jobs.limit_command import CommandDetector

TABLE = """
import sys, SimpleITK as sitk
ct, organ, out = sys.argv[1:4]
image, mask = sitk.ReadImage(ct), sitk.ReadImage(organ)
assert image.GetSize() == mask.GetSize()
assert "SYNTHETIC" in image.GetMetaData("ITK_FileNotes") or image.HasMetaDataKey("descrip")
x, y, z = image.TransformContinuousIndexToPhysicalPoint((40.0, 30.0, 12.0))
with open(out, "w") as file:
    file.write("score,x_mm,y_mm,z_mm,diameter_mm\\n")
    file.write(f"0.8,{x},{y},{z},9\\n")
"""

MAP = """
import sys, SimpleITK as sitk
image = sitk.ReadImage(sys.argv[1])
found = sitk.Cast(image, sitk.sitkFloat32) * 0
found[40, 30, 12] = 0.7
sitk.WriteImage(found, sys.argv[2])
"""


@pytest.fixture
def liver(ball_case):
    return ball_case((24, 80, 80), (2.5, 1.0, 1.0))


@pytest.fixture
def detector(tmp_path):
    def make(code, places="{ct} {organ} {out}", timeout=60.0):
        script = tmp_path / "my detector.py"
        script.write_text(code, encoding="utf-8")
        command = f"'{sys.executable}' '{script}' {places}"
        return CommandDetector(command, tmp_path / "work", timeout)

    return make


def test_a_table_in_mm_is_read_where_it_belongs(liver, detector, tmp_path):
    found = detector(TABLE).detect(liver)

    (finding,) = found.findings
    assert finding.score == 0.8
    assert finding.center == pytest.approx((12, 30, 40), abs=0.01)
    assert (found.patient, found.facts["kind"]) == ("ball", "command")
    assert found.seconds["command"] > 0
    assert not [*(tmp_path / "work").iterdir()]


def test_a_map_is_read_too(liver, detector):
    (finding,) = detector(MAP, "{ct} {map}").detect(liver).findings

    assert finding.score == pytest.approx(0.7)
    assert finding.center == (12, 30, 40)


def test_an_empty_table_says_that_nothing_was_found(liver, detector):
    code = "import sys; open(sys.argv[3], 'w').write('score,x,y,z\\n')"

    assert detector(code).detect(liver).findings == ()


def test_what_it_is_given_is_marked_as_synthetic(liver, detector, tmp_path):
    """Its folder goes away with the search, so that the command keeps a copy."""
    code = f"""
import shutil, sys
from pathlib import Path
shutil.copytree(Path(sys.argv[1]).parent, {str(tmp_path / "seen")!r})
open(sys.argv[3], "w").write("score,x,y,z\\n")
"""
    detector(code).detect(liver)

    assert '"SYNTHETIC": true' in sidecar_of(tmp_path / "seen" / "ct.nii.gz").read_text(
        encoding="utf-8"
    )


def test_a_command_that_fails_is_quoted(liver, detector):
    code = "import sys; print('no licence', file=sys.stderr); sys.exit(3)"

    with pytest.raises(LesionSynthError, match="exit code 3; it said: no licence"):
        detector(code).detect(liver)


def test_a_command_that_hangs_is_ended(liver, detector):
    code = "import time; print('thinking', flush=True); time.sleep(600)"

    with pytest.raises(LesionSynthError, match=r"more than 1 s .* it said: thinking"):
        detector(code, timeout=1).detect(liver)


def test_a_command_is_ended_when_the_run_is_stopped(liver, detector):
    class Soon(StopToken):
        begun = time.monotonic()

        def check(self):
            if time.monotonic() > self.begun + 1:
                raise Stopped

    with pytest.raises(Stopped):
        detector("import time; time.sleep(600)").detect(liver, Soon())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("pass", "written nothing to {out}"),
        ("open(out, 'w').write('what a nice liver')", "columns what a nice liver"),
        ("open(out, 'wb').write(bytes(range(256)))", "cannot be read as a table"),
        ("open(out, 'w').write('score,x,y,z\\n7,1,1,1\\n')", "no scores between 0 and 1"),
        ("open(out, 'w').write('score,x,y,z\\n0.5,900,1,1\\n')", "outside the CT"),
        ("open(out, 'w').write('score,x,y,z\\n0.5,,1,1\\n')", "lacks a number"),
    ],
)
def test_nonsense_is_told_and_never_taken_for_nothing_found(liver, detector, line, complaint):
    with pytest.raises(InputError, match=complaint):
        detector(f"import sys; out = sys.argv[3]; {line}").detect(liver)


def test_a_command_that_does_not_exist_is_told(liver, tmp_path):
    with pytest.raises(LesionSynthError, match="could not be started"):
        CommandDetector("no-such-program {ct} {out}", tmp_path, 10).detect(liver)


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("detect {organ} {out}", "{ct} is missing"),
        ("", "{ct} is missing"),
        ("detect {ct}", "neither"),
        ("detect {ct} {out} {map}", "both"),
        ("detect 'open {ct} {out}", "cannot be split"),
    ],
)
def test_a_command_that_cannot_work_is_refused_before_it_is_run(tmp_path, command, complaint):
    with pytest.raises(ParameterError, match=complaint):
        CommandDetector(command, tmp_path, 10)


def test_other_braces_are_the_commands_business(liver, detector):
    code = (
        "import sys; assert sys.argv[4] == '{a: 1}'; open(sys.argv[3], 'w').write('score,x,y,z\\n')"
    )

    assert detector(code, "{ct} {organ} {out} '{a: 1}'").detect(liver).findings == ()


def test_paths_with_blanks_arrive_whole(liver, detector, tmp_path):
    spaced = CommandDetector(
        f"'{sys.executable}' -c 'import sys; open(sys.argv[2], \"w\").write(\"score,x,y,z\\n\")' "
        "{ct} {out}",
        tmp_path / "a folder",
        60,
    )

    assert spaced.detect(liver).findings == ()


def test_the_ct_is_handed_over_unchanged(liver, detector, tmp_path):
    kept = tmp_path / "kept.npy"
    code = f"""
import sys, numpy, SimpleITK as sitk
numpy.save({str(kept)!r}, sitk.GetArrayFromImage(sitk.ReadImage(sys.argv[1])))
open(sys.argv[3], "w").write("score,x,y,z\\n")
"""
    detector(code).detect(liver)

    assert np.array_equal(np.sort(np.load(kept), axis=None), np.sort(liver.volume.hu, axis=None))
