import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.tobii import read_tobii
from napari_lesion_synth.perception.gaze.files.trials import cut_trials

COLUMNS = (
    "Recording timestamp [ms]",
    "Sensor",
    "Participant name",
    "Recording name",
    "Event",
    "Event value",
    "Gaze point X [DACS px]",
    "Gaze point Y [DACS px]",
    "Validity left",
    "Validity right",
    "Pupil diameter left [mm]",
    "Pupil diameter right [mm]",
    "Presented Stimulus name",
    "Eye movement type",
    "Eye movement type index",
    "Fixation point X [DACS px]",
    "Fixation point Y [DACS px]",
    "Recording resolution width [px]",
    "Recording resolution height [px]",
)


def _gaze(ms, x, y, *, left="Valid", stimulus="", kind="", index="", fix=("", "")):
    cells = {
        "Recording timestamp [ms]": ms,
        "Sensor": "Eye Tracker",
        "Participant name": "P01",
        "Recording name": "Recording1",
        "Gaze point X [DACS px]": x,
        "Gaze point Y [DACS px]": y,
        "Validity left": left,
        "Validity right": "Invalid",
        "Pupil diameter left [mm]": "3.1",
        "Presented Stimulus name": stimulus,
        "Eye movement type": kind,
        "Eye movement type index": index,
        "Fixation point X [DACS px]": fix[0],
        "Fixation point Y [DACS px]": fix[1],
        "Recording resolution width [px]": 1920,
        "Recording resolution height [px]": 1080,
    }
    return "\t".join(str(cells.get(name, "")) for name in COLUMNS)


def _event(ms, event, value=""):
    cells = {"Recording timestamp [ms]": ms, "Event": event, "Event value": value}
    cells |= {"Participant name": "P01", "Recording name": "Recording1"}
    return "\t".join(str(cells.get(name, "")) for name in COLUMNS)


FILE = (
    "\t".join(COLUMNS),
    _event(0, "RecordingStart"),
    _gaze(10, 960, 540, stimulus="curry", kind="Fixation", index=1, fix=(961, 541)),
    _gaze(20, 962, 542, stimulus="curry", kind="Fixation", index=1, fix=(961, 541)),
    _event(25, "KeyboardEvent", "Left"),
    _gaze(30, "", "", left="Invalid", stimulus="curry", kind="EyesNotFound", index=1),
    _gaze(40, 100, 200, stimulus="", kind="Saccade", index=1),
    _gaze(50, 500, 600, stimulus="eel", kind="Fixation", index=2, fix=(500, 600)),
)


def test_samples_events_stimuli_and_fixations(write):
    found = read_tobii(write("a.tsv", *FILE))
    samples = found.samples
    assert samples.t == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert samples.x[[0, 1, 3, 4]].tolist() == [960, 962, 100, 500]
    assert samples.valid.tolist() == [True, True, False, True, True]
    assert samples.pupil.tolist() == [3.1] * 5
    assert samples.rate_hz == 100
    assert found.screen_px == (1920, 1080)
    assert [(round(m.t, 3), m.text) for m in found.messages] == [
        (0.0, "RecordingStart"),
        (0.01, "STIMULUS curry"),
        (0.025, "KeyboardEvent Left"),
        (0.04, "STIMULUS_END curry"),
        (0.05, "STIMULUS eel"),
    ]
    assert [(f.start_s, round(f.duration_s, 3), f.x) for f in found.fixations] == [
        (0.01, 0.02, 961),
        (0.05, 0.01, 500),
    ]
    assert "P01" not in str(found.facts), "names of participants stay behind"


def test_photos_cut_the_recording(write):
    curry, eel = cut_trials(read_tobii(write("a.tsv", *FILE)), r"^STIMULUS (.+)", r"^STIMULUS_END")
    assert (curry.name, len(curry.samples)) == ("curry", 3)
    assert (eel.name, len(eel.samples)) == ("eel", 1)


@pytest.mark.parametrize(
    ("name", "step", "rate"),
    [
        ("Recording timestamp [ms]", 10, 100),
        ("Recording timestamp [μs]", 10_000, 100),
        ("Recording timestamp", 10, 100),
        ("Recording timestamp", 10_000, 100),
        ("Recording timestamp", 833, 1200.48),
    ],
)
def test_the_unit_of_time_is_in_the_name_or_told_by_the_rate(write, name, step, rate):
    lines = [f"{i * step}\t{i}\t{i}" for i in range(20)]
    found = read_tobii(write("a.tsv", f"{name}\tGaze point X\tGaze point Y", *lines))
    assert found.samples.rate_hz == pytest.approx(rate)
    assert found.screen_px is None


def test_rows_with_an_event_only_are_no_samples_where_no_sensor_is_told(write):
    lines = ("0\t\t1\t1", "5\tMouse\t\t", "10\t\t2\t2", "20\t\t3\t3")
    head = "Recording timestamp [ms]\tEvent\tGaze point X\tGaze point Y"
    found = read_tobii(write("a.tsv", head, *lines))
    assert len(found.samples) == 3
    assert [m.text for m in found.messages] == ["Mouse"]


def test_decimal_commas_are_read(write):
    head = "Recording timestamp [ms]\tGaze point X\tGaze point Y"
    found = read_tobii(write("a.tsv", head, "0\t1,5\t2,5", "10\t2\t3", encoding="utf-16"))
    assert found.samples.x.tolist() == [1.5, 2]


def test_several_recordings_in_a_file_are_refused(write):
    other = FILE[-1].replace("P01", "P02")
    with pytest.raises(InputError, match="several recordings") as caught:
        read_tobii(write("a.tsv", *FILE, other))
    assert "file of its own" in caught.value.remedy


@pytest.mark.parametrize(
    ("change", "words", "line"),
    [
        (("Gaze point X [DACS px]", "Gaze point X [DACS mm]"), "no column 'Gaze point X'", 1),
        (("Recording timestamp [ms]", "Time"), "no column 'Recording timestamp'", 1),
        (("\t962\t", "\tabc\t"), "'abc' in the column 'Gaze point X", 4),
        (("20\tEye", "5\tEye"), "time goes back", 4),
    ],
)
def test_damage_is_told_with_its_line(write, change, words, line):
    lines = [text.replace(*change) for text in FILE]
    with pytest.raises(InputError, match=words.replace("[", r"\[")) as caught:
        read_tobii(write("a.tsv", *lines))
    assert caught.value.where.endswith(f"line {line}")


def test_an_export_of_events_alone_is_refused(write):
    with pytest.raises(InputError, match="no samples"):
        read_tobii(write("a.tsv", FILE[0], FILE[1]))
