import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.files.reading import kind_of_file, read_gaze_file

FILES = {
    "eyelink": ("** CONVERTED FROM a.edf", "SAMPLES GAZE LEFT RATE 500.00", "2 1 1 1", "4 1 1 1"),
    "tobii": ("Recording timestamp [ms]\tGaze point X\tGaze point Y", "0\t1\t1", "10\t1\t1"),
    "gazepoint": ("TIME,BPOGX,BPOGY,BPOGV", "0,0.1,0.1,1", "0.01,0.1,0.1,1"),
    "pupil": ("gaze_timestamp,confidence,norm_pos_x,norm_pos_y", "0,1,0.1,0.1", "0.1,1,0.1,0.1"),
    "gazeparser": ("#START_REC,2026,1,1,0,0,0", "0,1,1", "2,1,1", "#STOP_REC"),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_content_tells_what_a_file_is(write, kind):
    path = write("whatever.txt", *FILES[kind])
    assert kind_of_file(path) == kind
    found = read_gaze_file(str(path), (100, 100))
    assert len(found.samples) == 2
    assert found.samples.source == "tracker"


@pytest.mark.parametrize("kind", ["gazepoint", "pupil"])
def test_shares_of_the_screen_need_its_size(write, kind):
    with pytest.raises(InputError, match="how large") as caught:
        read_gaze_file(write("a.csv", *FILES[kind]))
    assert "width and height" in caught.value.remedy


@pytest.mark.parametrize("lines", [("name,age", "Bob,3"), ("",)])
def test_other_files_are_refused_with_what_is_known(write, lines):
    with pytest.raises(InputError, match="no gaze file") as caught:
        read_gaze_file(write("a.csv", *lines))
    assert "EyeLink ASC" in caught.value.remedy
