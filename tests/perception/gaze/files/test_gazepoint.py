import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.gazepoint import read_gazepoint
from napari_lesion_synth.perception.gaze.files.trials import cut_trials

NAMES = (
    "MEDIA_ID,MEDIA_NAME,CNT,TIME(2026/11/20 10:00:00.000),TIMETICK(f=10000000),"
    "FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,BPOGY,BPOGV,USER,LPMM,LPMMV,RPMM,RPMMV,"
)
# Two media at 100 Hz: the media's own clock begins anew, the ticks go on.
FILE = (
    NAMES,
    "0,curry,0,0.000,50000000,0.50,0.50,0.000,0.000,1,0,0.50,0.50,1,,3.0,1,4.0,1,",
    "0,curry,1,0.010,50100000,0.50,0.50,0.000,0.010,1,1,0.51,0.50,1,,3.0,1,4.0,0,",
    "0,curry,2,0.020,50200000,0.50,0.50,0.000,0.020,1,1,0.50,0.51,1,GO,3.0,1,4.0,1,",
    "1,eel,3,0.000,50300000,0.10,0.20,0.000,0.000,1,0,0.00,0.00,0,GO,0.0,0,0.0,0,",
    "1,eel,4,0.010,50400000,0.10,0.20,0.005,0.005,1,1,0.10,0.20,1,,3.0,1,4.0,1,",
)


def test_shares_become_pixels_and_ticks_seconds(write):
    found = read_gazepoint(write("User 1_all_gaze.csv", *FILE), (1000, 500))
    samples = found.samples
    assert samples.t == pytest.approx([0, 0.01, 0.02, 0.03, 0.04])
    assert samples.x == pytest.approx([500, 510, 500, 0, 100])
    assert samples.y == pytest.approx([250, 250, 255, 0, 100])
    assert samples.valid.tolist() == [True, True, True, False, True]
    assert samples.pupil[[0, 1]].tolist() == [3.5, 3.0]
    assert samples.rate_hz == 100
    assert found.facts["pupil_unit"] == "mm"


def test_fixations_of_each_medium_are_on_the_clock_of_the_samples(write):
    one, other = read_gazepoint(write("a.csv", *FILE), (1000, 500)).fixations
    assert (one.start_s, one.duration_s, one.x) == pytest.approx((0.0, 0.02, 500))
    # Begun 5 ms after the second medium, which began at 30 ms.
    assert (other.start_s, other.duration_s, other.y) == pytest.approx((0.035, 0.005, 100))


def test_media_and_markers_are_messages_that_cut(write):
    found = read_gazepoint(write("a.csv", *FILE), (1000, 500))
    assert [m.text for m in found.messages] == [
        "STIMULUS curry",
        "GO",
        "STIMULUS_END curry",
        "STIMULUS eel",
    ]
    curry, eel = cut_trials(found, r"^STIMULUS (.+)", r"^STIMULUS_END")
    assert (len(curry.samples), len(eel.samples)) == (3, 2)


def test_without_ticks_the_time_is_taken(write):
    head = "TIME,BPOGX,BPOGY,BPOGV"
    found = read_gazepoint(write("a.csv", head, "0.5,0.1,0.2,1", "0.51,0.2,0.2,1"), (100, 100))
    assert found.samples.t.tolist() == [0.5, 0.51]
    assert (found.samples.pupil, found.fixations, found.messages) == (None, (), ())


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("BPOGV,", "BPV,"), "no column 'BPOGV'", 1),
        (("0.51,0.50,1", "0.51,up,1"), "'up' in the column 'BPOGY'", 3),
        (("50200000", "50000001"), "time goes back", 4),
        (("TIME", "CLOCK"), "no column 'TIME'", 1),
    ],
)
def test_damage_is_told_with_its_line(write, change, words, line):
    lines = [text.replace(*change) for text in FILE]
    with pytest.raises(InputError, match=words) as caught:
        read_gazepoint(write("a.csv", *lines), (1000, 500))
    assert caught.value.where.endswith(f"line {line}")
    assert caught.value.remedy
