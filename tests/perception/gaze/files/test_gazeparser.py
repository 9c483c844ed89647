import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.gazeparser import read_gazeparser
from napari_lesion_synth.perception.gaze.files.trials import cut_trials

MONO = (
    "#SCREEN_WIDTH,1920",
    "#SCREEN_HEIGHT,1080",
    "#VIEWING_DISTANCE,57.3",
    "#START_REC,2026,11,20,10,0,0",
    "#MESSAGE,0,trial1",
    "#XPARAM,-53.0,-2.3,979.1,0.0,0.0",
    "#YPARAM,-0.3,-66.4,-397.9,0.0,0.0",
    "#CALPOINT,960,290",
    "2.0,618.3,515.7",
    "4.0,FAIL,FAIL",
    "6.0,622.9,525.8",
    "#MESSAGE,5.0,STIM 960 540",
    "#STOP_REC",
    "#START_REC,2026,11,20,10,0,7",
    "#MESSAGE,0,trial2",
    "2.0,100.0,200.0",
    "4.0,101.0,201.0",
    "#STOP_REC",
)


def test_recordings_follow_each_other_as_the_clock_has_it(write):
    found = read_gazeparser(write("a.csv", *MONO))
    samples = found.samples
    assert samples.t == pytest.approx([0.002, 0.004, 0.006, 7.002, 7.004])
    assert samples.x[[0, 2, 3]].tolist() == [618.3, 622.9, 100]
    assert samples.valid.tolist() == [True, False, True, True, True]
    assert samples.rate_hz == 500
    assert found.screen_px == (1920, 1080)
    assert found.facts["viewing_distance_cm"] == 57.3
    assert ("STIM 960 540", 0.005) in [(m.text, m.t) for m in found.messages]


def test_recordings_are_trials(write):
    first, second = cut_trials(read_gazeparser(write("a.csv", *MONO)), "START_REC", "STOP_REC")
    assert (len(first.samples), len(second.samples)) == (2, 1)
    one, two = cut_trials(read_gazeparser(write("a.csv", *MONO)), r"(trial\d)", None)
    assert (one.name, two.name) == ("trial1", "trial2")
    assert [len(one.samples), len(two.samples)] == [3, 2]


@pytest.mark.parametrize(
    ("line", "x", "pupil"),
    [
        ("{t},100,200", 100, None),
        ("{t},100,200,31.5", 100, 31.5),
        ("{t},100,200,110,220", 105, None),
        ("{t},FAIL,FAIL,110,220", 110, None),
        ("{t},100,200,110,220,30,31", 105, 30.5),
    ],
)
def test_one_eye_or_two_with_pupils_or_without(write, line, x, pupil):
    rows = [line.format(t=t) for t in (2.0, 4.0)]
    found = read_gazeparser(write("a.csv", "#START_REC,2026,1,1,0,0,0", *rows, "#STOP_REC"))
    assert found.samples.x.tolist() == [x, x]
    assert (found.samples.pupil is None) == (pupil is None)
    if pupil is not None:
        assert found.samples.pupil.tolist() == [pupil, pupil]


def test_newer_files_name_their_values_and_add_what_they_like(write):
    found = read_gazeparser(
        write(
            "a.csv",
            "#SimpleGazeTrackerDataFile",
            "#TRACKER_VERSION,0.11.0",
            "#DATAFORMAT,T,X,Y,P,USBIO;AD0,C",
            "#START_DETAIL_CALDATA,2026,1,1,0,0,0",
            "960,540,961,541",
            "#END_DETAIL_CALDATA",
            "#START_REC,2026,1,1,0,0,0",
            "#CALPOINT,960.0,540.0,NO_CALIBRATION_DATA,NO_CALIBRATION_DATA",
            "2.000,100.0,200.0,31.0,512,7",
            "4.000,NOPUPIL,NOPUPIL,FAIL,512,8",
            "#OVERFLOW_FLUSH_GAZEDATA,4.000",
            "#STOP_REC",
        )
    )
    assert found.samples.pupil[0] == 31
    assert found.samples.valid.tolist() == [True, False]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("origin", "expected"),
    [("TopLeft", (100, 200)), ("BottomLeft", (100, 880)), ("Center", (1060, 340))],
)
def test_the_origin_of_the_screen_is_the_files_own(write, origin, expected):
    found = read_gazeparser(
        write(
            "a.csv",
            f"#SCREEN_ORIGIN,{origin}",
            *MONO[:2],
            "#START_REC,2026,1,1,0,0,0",
            "2.0,100,200",
            "4.0,100,200",
            "#STOP_REC",
        )
    )
    assert (found.samples.x[0], found.samples.y[0]) == expected


def test_an_origin_needs_the_screens_size(write):
    lines = ("#SCREEN_ORIGIN,Center", "#START_REC,2026,1,1,0,0,0", "2,1,1", "4,1,1", "#STOP_REC")
    with pytest.raises(InputError, match="without the screen's size"):
        read_gazeparser(write("a.csv", *lines))


def test_a_recording_that_was_broken_off_is_kept_and_said(write):
    found = read_gazeparser(write("a.csv", *MONO[:-1]))
    assert len(found.samples) == 5
    assert "broken off" in found.notes[0]


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("618.3", "six"), "'six' is no number", 9),
        (("2026,11,20,10,0,7", "yesterday"), "no date and time", 14),
        (("2.0,100.0,200.0", "2.0,100.0"), "a sample of 2 values", 16),
        (("#MESSAGE,5.0", "#MESSAGE,soon"), "'soon' is no number", 12),
        (("6.0,622.9", "1.0,622.9"), "time goes back", 11),
        (("#START_REC,2026,11,20,10,0,0", "#BEGIN"), "outside of", 9),
    ],
)
def test_damage_is_told_with_its_line(write, change, words, line):
    lines = [text.replace(*change) for text in MONO]
    with pytest.raises(InputError, match=words) as caught:
        read_gazeparser(write("a.csv", *lines))
    assert caught.value.where.endswith(f"line {line}")


def test_japanese_messages_are_read(write):
    lines = [text.replace("trial1", "試行1") for text in MONO]
    found = read_gazeparser(write("a.csv", *lines, encoding="cp932"))
    assert "試行1" in [m.text for m in found.messages]
