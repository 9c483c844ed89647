import numpy as np
import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.gaze.storage import read_samples, write_samples


@pytest.mark.parametrize("pupil", [None, np.array([3.0, np.nan, 3.2])])
def test_samples_come_back_as_they_were(tmp_path, make_samples, pupil):
    samples = make_samples(
        [1, np.nan, 3], [4, 5, 6], 60.0, pupil=pupil, frame="image", source="bubble_click"
    )
    write_samples(tmp_path / "gaze.npz", samples)
    again = read_samples(tmp_path / "gaze.npz")
    for name in ("t", "x", "y", "valid"):
        assert np.array_equal(getattr(again, name), getattr(samples, name), equal_nan=True)
    assert (again.frame, again.source, again.rate_hz) == ("image", "bubble_click", 60.0)
    assert (again.pupil is None) == (pupil is None)
    if pupil is not None:
        assert np.array_equal(again.pupil, pupil, equal_nan=True)


def test_a_damaged_file_says_where_it_is(tmp_path, make_samples):
    path = tmp_path / "gaze.npz"
    write_samples(path, make_samples([1, 2], [3, 4]))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be read") as caught:
        read_samples(path)
    assert caught.value.where == str(path)


def test_a_file_of_something_else_is_refused(tmp_path, make_samples):
    path = tmp_path / "gaze.npz"
    np.savez(path, t=np.zeros(1), frame="wall", source="tracker")
    with pytest.raises(InputError, match="'wall'"):
        read_samples(path)
