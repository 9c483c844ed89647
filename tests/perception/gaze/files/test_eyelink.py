import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.eyelink import read_eyelink
from napari_lesion_synth.perception.gaze.files.trials import cut_trials

HEAD = (
    "** CONVERTED FROM dish.edf",
    "** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED",
    "",
    "MSG\t1000 DISPLAY_COORDS 0 0 1919 1079",
)
MONO = (
    *HEAD,
    "MSG\t1990 TRIALID curry az030",
    "START\t2000 \tLEFT\tSAMPLES\tEVENTS",
    "PRESCALER\t1",
    "VPRESCALER\t1",
    "PUPIL\tAREA",
    "EVENTS\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
    "SAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
    "SFIX L   2000",
    "2000\t  960.5\t  540.0\t 1200.0\t...",
    "2002\t  961.5\t  541.0\t 1201.0\t...",
    "EFIX L   2000\t2002\t4\t  961.0\t  540.5\t   1200",
    "SBLINK L 2004",
    "2004\t   .\t   .\t    0.0\t...",
    "EBLINK L 2004\t2004\t2",
    "2006\t  100.0\t  200.0\t 1100.0\t...",
    "MSG\t2007 KEY left",
    "MSG\t2008 TRIAL_RESULT 0",
    "END\t2008 \tSAMPLES\tEVENTS\tRES\t  38.1\t 38.1",
    "MSG\t2990 TRIALID curry az060",
    "START\t3000 \tLEFT\tSAMPLES\tEVENTS",
    "SAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
    "3000\t  700.0\t  300.0\t 1000.0\t...",
    "END\t3002 \tSAMPLES\tEVENTS\tRES\t  38.1\t 38.1",
)


def test_samples_messages_and_fixations_of_one_eye(write):
    found = read_eyelink(write("a.asc", *MONO))
    samples = found.samples
    assert samples.t.tolist() == [2.0, 2.002, 2.004, 2.006, 3.0]
    assert samples.x[[0, 1, 3, 4]].tolist() == [960.5, 961.5, 100, 700]
    assert samples.valid.tolist() == [True, True, False, True, True]
    assert samples.pupil.tolist() == [1200, 1201, 0, 1100, 1000]
    assert (samples.rate_hz, samples.source, samples.frame) == (500, "tracker", "screen")
    assert found.screen_px == (1920, 1080)
    (fixation,) = found.fixations
    assert (fixation.start_s, fixation.duration_s) == (2.0, 0.004)
    assert (fixation.x, fixation.y) == (961, 540.5)
    assert [m.text for m in found.messages][1] == "TRIALID curry az030"
    assert found.facts["blinks"] == 1
    assert "area" in found.facts["pupil_unit"]


def test_trials_are_cut_by_their_messages(write):
    first, second = cut_trials(read_eyelink(write("a.asc", *MONO)))
    assert (first.name, second.name) == ("curry az030", "curry az060")
    assert len(first.samples) == 4
    assert [m.text for m in first.messages] == ["TRIALID curry az030", "KEY left"]
    assert len(first.fixations) == 1
    assert (first.open, second.open) == (False, True)


def test_both_eyes_are_averaged_and_one_is_enough(write):
    found = read_eyelink(
        write(
            "a.asc",
            *HEAD,
            "SAMPLES\tGAZE\tLEFT\tRIGHT\tRATE\t1000.00\tTRACKING\tCR",
            "10\t100.0\t200.0\t900.0\t110.0\t220.0\t1000.0\t.....",
            "11\t.\t.\t0.0\t110.0\t220.0\t1000.0\t.....",
            "12\t.\t.\t0.0\t.\t.\t0.0\t.....",
            "EFIX L 10\t12\t3\t100.0\t200.0\t900",
            "EFIX R 10\t12\t3\t110.0\t220.0\t1000",
        )
    )
    assert found.samples.x[:2].tolist() == [105, 110]
    assert found.samples.valid.tolist() == [True, True, False]
    assert [f.x for f in found.fixations] == [100], "one eye's fixations, not both"


def test_two_samples_of_a_millisecond_are_half_a_millisecond_apart(write):
    lines = [f"{10 + i // 2}\t{i}.0\t0.0\t1.0\t..." for i in range(6)]
    samples_line = "SAMPLES\tGAZE\tRIGHT\tRATE\t2000.00\tTRACKING\tCR"
    found = read_eyelink(write("a.asc", *HEAD, samples_line, *lines))
    assert found.samples.t * 1000 == pytest.approx([10, 10.5, 11, 11.5, 12, 12.5])
    assert found.samples.gaps() == ()


@pytest.mark.parametrize(
    ("line", "place", "words"),
    [
        ("2008\t1.0\t2.0", 26, "has 4 values, not 3"),
        ("2008\t1.0\tx\t2.0", 26, "'x' is no number"),
        ("EFIX L 10\t20", 26, "a fixation has"),
        ("SAMPLES\tHREF\tLEFT\tRATE\t500.00", 26, "no gaze positions"),
        ("SAMPLES\tGAZE\tRATE\t500.00", 26, "no eye"),
        ("SAMPLES\tGAZE\tLEFT\tRATE\t250.00", 26, "rate changes from 500 to 250"),
        ("1990\t1.0\t2.0\t3.0", 26, "time goes back"),
        ("MSG", 26, "without a time"),
    ],
)
def test_damage_is_told_with_its_line(write, line, place, words):
    lines = [*MONO[:25], line, *MONO[25:]]
    with pytest.raises(InputError, match=words) as caught:
        read_eyelink(write("a.asc", *lines))
    assert caught.value.where.endswith(f"a.asc, line {place}")
    if line != "MSG":
        assert caught.value.remedy


def test_a_file_without_samples_asks_for_another_conversion(write):
    with pytest.raises(InputError, match="no samples") as caught:
        read_eyelink(write("a.asc", *HEAD))
    assert "edf2asc" in caught.value.remedy
    with pytest.raises(InputError, match="before the line"):
        read_eyelink(write("a.asc", "10 1.0 2.0 3.0 ..."))


def test_without_a_rate_the_times_tell_it(write):
    lines = [f"{i * 4}\t1.0\t2.0\t3.0\t..." for i in range(10)]
    found = read_eyelink(write("a.asc", "SAMPLES\tGAZE\tLEFT\tTRACKING\tCR", *lines))
    assert found.samples.rate_hz == 250
    assert np.diff(found.samples.t) == pytest.approx(np.full(9, 0.004))
