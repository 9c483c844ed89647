"""DICOM folders: which series they hold, and what is read from them."""

from __future__ import annotations

import shutil
import warnings

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from napari_lesion_synth.ct.dicom import choose_series, list_series
from napari_lesion_synth.ct.read import read_volume
from napari_lesion_synth.errors import (
    GeometryError,
    InputError,
    LesionSynthWarning,
)

# A body of 6 slices of 16 x 16 (fixture `hu`), unless a test says otherwise.


def test_a_series_reads_as_a_volume(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    volume = read_volume(files[0].parent)
    assert np.array_equal(volume.hu, hu)
    assert volume.hu.flags.c_contiguous
    assert volume.hu.flags.writeable
    assert volume.spacing == pytest.approx((2.5, 0.7, 0.8))
    assert volume.origin == pytest.approx((100.0, -40.0, -50.0))
    assert np.array_equal(volume.direction, np.eye(3))


def test_agrees_with_itk(write_series, stacked, hu):
    """Oracle: ITK's own series reader."""
    files = write_series(hu, stacked(6))
    folder = str(files[0].parent)
    image = sitk.ReadImage(sitk.ImageSeriesReader.GetGDCMSeriesFileNames(folder))
    volume = read_volume(folder)
    assert np.array_equal(volume.hu, sitk.GetArrayFromImage(image))
    assert volume.spacing[::-1] == pytest.approx(image.GetSpacing())
    assert volume.origin[::-1] == pytest.approx(image.GetOrigin())


def test_from_head_to_feet_reads_the_same(write_series, stacked, hu):
    files = write_series(hu[::-1], stacked(6)[::-1])
    volume = read_volume(files[0].parent)
    assert np.array_equal(volume.hu, hu)
    assert volume.origin[0] == pytest.approx(100.0)


@pytest.mark.parametrize(("slope", "intercept"), [(1, -1024), (2, -1000), (4, 100), (1, 0)])
def test_slope_and_intercept(write_series, stacked, hu, slope, intercept):
    files = write_series(hu, stacked(6), slope=slope, intercept=intercept)
    read = read_volume(files[0].parent).hu
    assert np.abs(read.astype(int) - hu).max() < slope  # GDCM's writer truncates


def test_coronal_slices_are_turned(write_series, hu):
    # Rows run to the left, columns to the feet; slices from front to back.
    positions = [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(6)]
    files = write_series(hu, positions, axes=(1, 0, 0, 0, 0, -1), pixel=(0.8, 0.7))
    volume = read_volume(files[0].parent)
    assert np.array_equal(volume.hu, hu.transpose(1, 0, 2)[::-1])
    assert volume.spacing == pytest.approx((0.7, 3.0, 0.8))
    assert volume.origin == pytest.approx((200.0 - 15 * 0.7, 5.0, 0.0))


def test_slices_oblique_to_the_body_are_a_regular_grid(write_series, hu):
    turn = Rotation.from_euler("x", 15, degrees=True).as_matrix()
    positions = [turn @ (0.0, 0.0, 2.5 * k) for k in range(6)]
    axes = [*turn[:, 0], *turn[:, 1]]
    volume = read_volume(write_series(hu, positions, axes=axes)[0].parent)
    assert np.array_equal(volume.hu, hu)
    assert np.allclose(volume.direction[::-1, ::-1], turn, atol=1e-6)
    assert volume.to_world((5, 0, 0))[::-1] == pytest.approx(positions[5], abs=1e-4)


def test_a_single_file_is_a_single_slice(write_series, stacked, hu):
    path = write_series(hu[2:3], stacked(1))[0]
    for source in (path, path.parent):
        volume = read_volume(source)
        assert volume.shape == (1, 16, 16)
        assert np.array_equal(volume.hu, hu[2:3])
        assert volume.spacing == pytest.approx((2.5, 0.7, 0.8))  # the slice's thickness


def test_a_file_with_several_frames(tmp_path, hu):
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((0.8, 0.7, 2.5))
    image.SetMetaData("0008|0060", "CT")
    sitk.WriteImage(image, str(tmp_path / "frames.dcm"))
    for source in (tmp_path, tmp_path / "frames.dcm"):
        volume = read_volume(source)
        assert np.array_equal(volume.hu, hu)
        assert volume.spacing == pytest.approx((2.5, 0.7, 0.8))


# Padding


def test_padding_outside_the_scan_is_air(write_series, stacked, hu):
    hu[:, :3] = -2000
    files = write_series(hu, stacked(6), intercept=0, tags={"0028|0120": "-2000"})
    volume = read_volume(files[0].parent)
    assert (volume.hu[:, :3] == -1024).all()
    assert np.array_equal(volume.hu[:, 3:], hu[:, 3:])


def test_padding_that_looks_like_tissue_is_air_only_at_the_border(write_series, stacked, hu):
    hu[:, :3] = 0
    hu[2, 8, 8] = 0
    files = write_series(hu, stacked(6), intercept=0, tags={"0028|0120": "0"})
    volume = read_volume(files[0].parent)
    assert (volume.hu[:, :3] == -1024).all()
    assert volume.hu[2, 8, 8] == 0


# Several series in a folder


@pytest.fixture
def busy_folder(write_series, stacked, hu):
    """A scout, a thin and a thick axial series, a coronal one and a report's picture."""
    write_series(hu, stacked(6), prefix="A", uid="1.2.40.1", number=2, description="axial")
    write_series(hu[:3], stacked(3, 5.0), prefix="B", uid="1.2.40.2", number=3, description="thick")
    coronal = [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(12)]
    both = np.concatenate([hu, hu])
    write_series(
        both, coronal, prefix="C", uid="1.2.41.3", number=4, axes=(1, 0, 0, 0, 0, -1),
        description="coronal",
    )  # fmt: skip
    scout = write_series(np.zeros((1, 64, 64), np.int16), stacked(1), prefix="S", uid="1.2.7")
    return scout[0].parent


def test_series_are_listed_with_what_tells_them_apart(busy_folder):
    found = list_series(busy_folder)
    assert [(s.uid, s.number, s.shape[0], s.axial) for s in found] == [
        ("1.2.40.1", 2, 6, True),
        ("1.2.40.2", 3, 3, True),
        ("1.2.7", 3, 1, True),
        ("1.2.41.3", 4, 12, False),
    ]
    axial = found[0]
    assert (axial.modality, axial.description) == ("CT", "axial")
    assert axial.shape == (6, 16, 16)
    assert axial.spacing == pytest.approx((2.5, 0.7, 0.8))
    assert len(axial.files) == 6
    with pytest.raises(AttributeError):
        axial.uid = "other"


def test_the_largest_axial_one_is_the_default(busy_folder, write_series, stacked, hu):
    shutil.rmtree(busy_folder)
    write_series(hu, stacked(6), prefix="A", uid="1.2.40.1")
    write_series(hu[:3], stacked(3), prefix="B", uid="1.2.40.2")
    coronal = [(0.0, 5.0 + 3.0 * k, 200.0) for k in range(12)]
    write_series(
        np.concatenate([hu, hu]), coronal, prefix="C", uid="1.2.3", axes=(1, 0, 0, 0, 0, -1)
    )
    with pytest.warns(LesionSynthWarning, match=r"3 series.*1\.2\.40\.1.*6 slices.*--series"):
        volume = read_volume(busy_folder)
    assert np.array_equal(volume.hu, hu)


def test_a_ct_goes_before_a_larger_mr(write_series, stacked, hu):
    write_series(hu[:3], stacked(3), prefix="A", uid="1.2.40.1")
    folder = write_series(hu, stacked(6), prefix="B", uid="1.2.40.2", modality="MR")[0].parent
    with pytest.warns(LesionSynthWarning, match="2 series"):
        assert choose_series(folder).modality == "CT"
    with pytest.warns(LesionSynthWarning, match="modality MR, not CT"):
        read_volume(folder, series="1.2.40.2")


@pytest.mark.parametrize(
    ("wanted", "uid"),
    [("1.2.40.2", "1.2.40.2"), ("1.2.41", "1.2.41.3"), (2, "1.2.40.1"), ("4", "1.2.41.3")],
)
def test_by_uid_beginning_or_number(busy_folder, wanted, uid):
    assert choose_series(busy_folder, wanted).uid == uid


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [("1.2.40", "2 series of 4"), (3, "2 series of 4"), (9, "no series of 4"), ("x", "no series")],
)
def test_an_unclear_choice_lists_what_there_is(busy_folder, wanted, fault):
    with pytest.raises(InputError, match=fault) as caught:
        choose_series(busy_folder, wanted)
    for uid in ("1.2.40.1", "1.2.40.2", "1.2.41.3", "1.2.7"):
        assert uid in str(caught.value)
    assert str(busy_folder) in str(caught.value)


def test_sizes_mixed_in_one_series_are_apart(write_series, stacked, hu):
    """A scout that shares the series' UID must not be stacked with the slices."""
    write_series(hu, stacked(6), prefix="A", uid="1.2.40.1")
    small = np.zeros((1, 8, 8), np.int16)
    folder = write_series(small, stacked(1), prefix="SC", uid="1.2.40.1")[0].parent
    assert [(s.uid, s.shape) for s in list_series(folder)] == [
        ("1.2.40.1", (6, 16, 16)),
        ("1.2.40.1#2", (1, 8, 8)),
    ]
    assert read_volume(folder, series="1.2.40.1").shape == (6, 16, 16)
    assert read_volume(folder, series="1.2.40.1#2", units="hu").shape == (1, 8, 8)


def test_phases_in_one_series_are_apart_by_acquisition(write_series, stacked, hu):
    late = np.where(hu > 0, hu + 50, hu).astype(np.int16)
    write_series(hu, stacked(6), prefix="A", uid="1.2.40", tags={"0020|0012": "1"})
    folder = write_series(
        late, stacked(6), prefix="LT", uid="1.2.40", tags={"0020|0012": "2"}
    )[0].parent  # fmt: skip
    assert np.array_equal(read_volume(folder, series="1.2.40").hu, hu)
    assert np.array_equal(read_volume(folder, series="1.2.40#2").hu, late)


def test_a_file_copied_twice_is_one_slice(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    shutil.copy(files[2], files[2].with_name("copy of slice.dcm"))
    assert np.array_equal(read_volume(files[0].parent).hu, hu)


def test_sub_folders_are_searched_where_the_folder_holds_none(write_series, stacked, hu):
    write_series(hu, stacked(6), "study/series")
    folder = write_series(hu, stacked(6), "study/series")[0].parent
    (folder.parent / "notes.txt").write_text("nothing", encoding="utf-8")
    assert np.array_equal(read_volume(folder.parent).hu, hu)


def test_other_files_in_the_folder_do_not_matter(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    folder = files[0].parent
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")
    (folder / "report.dcm").write_bytes(bytes(128) + b"DICM" + b"no image" * 50)
    for path in files:
        path.rename(path.with_suffix(""))  # as on a hospital's disc
    assert np.array_equal(read_volume(folder).hu, hu)


# Stacks that are no grid


def sheared(hu, degrees=12.0, step=2.5):
    """Positions of slices under a tilted gantry: along the body's axis, not their normal."""
    turn = Rotation.from_euler("x", degrees, degrees=True).as_matrix()
    positions = [(0.0, 0.0, k * step / np.cos(np.radians(degrees))) for k in range(len(hu))]
    return positions, [*turn[:, 0], *turn[:, 1]]


def test_a_tilted_gantry_is_named(write_series, hu):
    positions, axes = sheared(hu)
    files = write_series(hu, positions, axes=axes)
    with pytest.raises(GeometryError, match=r"tilted by 12\.0 degrees") as caught:
        read_volume(files[0].parent)
    message = str(caught.value)
    assert files[0].name in message
    assert files[-1].name in message
    assert "resample=True" in message
    assert "--resample" in message
    assert str(files[0].parent) in message


def test_a_tilted_gantry_is_resampled_on_request(write_series, hu):
    positions, axes = sheared(hu)
    folder = write_series(hu, positions, axes=axes)[0].parent
    with pytest.warns(LesionSynthWarning, match=r"tilted by 12\.0 degrees.*Resampled"):
        volume = read_volume(folder, resample=True)
    drift = 5 * 2.5 * np.tan(np.radians(12.0))
    assert volume.shape == (6, 16 + np.ceil(drift / 0.7), 16)
    assert volume.spacing == pytest.approx((2.5, 0.7, 0.8), abs=1e-4)
    assert np.allclose(volume.direction.T @ volume.direction, np.eye(3))
    for k, position in enumerate(positions):
        plane, row, column = volume.to_index(position[::-1])
        assert (plane, column) == pytest.approx((k, 0), abs=1e-3)
        inner = volume.hu[k, int(np.ceil(row)) + 5 : int(np.ceil(row)) + 11, 5:11]
        assert inner.mean() == pytest.approx(hu[k, 5:11, 5:11].mean(), abs=10)
    assert (volume.hu[:, 0] == -1024).any()


def test_a_missing_slice_is_named(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    files[3].unlink()
    expected = rf"1 slice is missing: 5\.00 mm from {files[2].name} to {files[4].name}.*--resample"
    with pytest.raises(GeometryError, match=expected):
        read_volume(files[0].parent)


def test_a_damaged_file_is_named_beside_the_gap_that_it_leaves(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    files[3].write_bytes(files[3].read_bytes()[:300])
    with pytest.raises(GeometryError, match=rf"missing.*cannot be read.*{files[3].name}"):
        read_volume(files[0].parent)


def test_uneven_spacing_is_named(write_series, stacked, hu):
    positions = stacked(6)
    positions[4] = (*positions[4][:2], positions[4][2] + 0.9)
    files = write_series(hu, positions)
    with pytest.raises(GeometryError, match=r"not evenly spaced \(1\.60 to 3\.40 mm") as caught:
        read_volume(files[0].parent)
    assert files[4].name in str(caught.value)


def test_rounded_positions_are_even_enough(write_series, hu):
    positions = [(0.0, 0.0, round(k * 0.78125, 1)) for k in range(6)]
    volume = read_volume(write_series(hu, positions)[0].parent)
    assert volume.shape == hu.shape
    assert volume.spacing[0] == pytest.approx(0.78, abs=0.01)


def test_slices_at_one_place_are_refused(write_series, hu):
    files = write_series(hu, [(0.0, 0.0, 0.0)] * 6)
    with pytest.raises(GeometryError, match=r"lie at the same place.*folder of their own"):
        read_volume(files[0].parent, resample=True)


def test_resampling_fills_a_gap_in_proportion(write_series, stacked, hu):
    ramp = np.zeros((6, 16, 16), np.int16)
    ramp += (np.arange(6, dtype=np.int16) * 100)[:, None, None]
    files = write_series(ramp, stacked(6))
    files[3].unlink()
    with pytest.warns(LesionSynthWarning, match="1 slice is missing.*Resampled"):
        volume = read_volume(files[0].parent, resample=True)
    assert np.array_equal(volume.hu, ramp)
    assert volume.spacing == pytest.approx((2.5, 0.7, 0.8))


# No DICOM, or none that can be read


def test_a_folder_without_dicom(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds no DICOM images\. Give the folder"):
        read_volume(tmp_path)


def test_a_folder_of_damaged_dicom(tmp_path, capfd):
    (tmp_path / "report.dcm").write_bytes(bytes(128) + b"DICM" + b"no image" * 50)
    with pytest.raises(InputError, match=r"holds no DICOM images; report\.dcm cannot be read"):
        read_volume(tmp_path)
    assert capfd.readouterr().err == ""


def test_a_missing_folder(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        list_series(tmp_path / "nowhere")


def test_pixels_that_cannot_be_read(write_series, stacked, hu):
    files = write_series(hu, stacked(6))
    series = choose_series(files[0].parent)
    files[3].write_bytes(files[3].read_bytes()[:-300])
    from napari_lesion_synth.ct.read import read_series

    with pytest.raises(InputError, match=rf"{files[3].name}: its pixels cannot be read"):
        read_series(series)


def test_colour_pictures(tmp_path):
    image = sitk.GetImageFromArray(np.zeros((8, 8, 3), np.uint8), isVector=True)
    sitk.WriteImage(image, str(tmp_path / "report.dcm"))
    with pytest.raises(InputError, match="colour"):
        read_volume(tmp_path)


def test_nothing_is_warned_about_in_an_ordinary_folder(write_series, stacked, hu):
    folder = write_series(hu, stacked(6))[0].parent
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_volume(folder)
