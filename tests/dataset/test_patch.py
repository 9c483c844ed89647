from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import DatasetError


@pytest.fixture
def patch(ball_case, dark_ball) -> Patch:
    case = ball_case()
    return Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)


def same(one: Patch, other: Patch) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name))
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in ("before", "after", "mask", "support")
    )
    return arrays and one.bbox == other.bbox and one.spacing == other.spacing


def test_a_patch_holds_the_host_before_and_the_pasted_lesion_after(ball_case, dark_ball):
    case = ball_case()
    sample = dark_ball(case, (12, 30, 30))
    patch = Patch.cut(sample, case.volume)
    assert np.array_equal(patch.before, case.volume.hu[patch.bbox])
    undo = sample.paste(case.volume)
    assert np.array_equal(patch.after, case.volume.hu[patch.bbox])
    undo()
    assert np.array_equal(patch.before, case.volume.hu[patch.bbox])
    assert patch.mask.sum() == sample.mask.sum()
    assert patch.support.sum() == sample.support.sum()


def test_a_patch_remembers_the_organ_where_it_is_given(ball_case, dark_ball):
    case = ball_case()
    sample = dark_ball(case, (12, 30, 30))
    patch = Patch.cut(sample, case.volume, 30.0, case.organ.mask)
    again = Patch.from_bytes(patch.to_bytes())
    assert np.array_equal(again.organ, case.organ.mask[patch.bbox])
    assert not again.organ.all()
    assert Patch.from_bytes(Patch.cut(sample, case.volume).to_bytes()).organ is None


def test_of_the_organ_other_lesions_are_left_out_and_its_own_is_kept(ball_case, dark_ball):
    case = ball_case()
    sample = dark_ball(case, (12, 30, 30))
    others = np.zeros(case.volume.shape, bool)
    others[:, :, :32] = True
    patch = Patch.cut(sample, case.volume, 8.0, case.organ.mask, others)
    expected = case.organ.mask[patch.bbox] & ~others[patch.bbox] | patch.mask
    assert np.array_equal(patch.organ, expected)
    assert patch.organ[patch.mask].all()


def test_cutting_a_patch_leaves_the_host_alone(ball_case, dark_ball):
    case = ball_case()
    before = case.volume.hu.copy()
    patch = Patch.cut(dark_ball(case, (12, 30, 30)), case.volume)
    patch.before[:] = 0
    assert np.array_equal(case.volume.hu, before)


@pytest.mark.parametrize("context_mm", [0.0, 3.0, 12.0])
def test_the_context_is_measured_in_mm_from_the_support(ball_case, dark_ball, context_mm):
    case = ball_case((40, 90, 90))
    patch = Patch.cut(dark_ball(case, (20, 45, 45)), case.volume, context_mm)
    for axis, (size, spacing) in enumerate(zip(patch.support.shape, patch.spacing, strict=True)):
        others = tuple(a for a in range(3) if a != axis)
        used = np.flatnonzero(patch.support.any(axis=others))
        margin = int(np.ceil(context_mm / spacing))
        assert used[0] == margin
        assert size - 1 - used[-1] == margin


def test_the_context_ends_where_the_volume_ends(ball_case, dark_ball):
    case = ball_case((8, 30, 30), margin_mm=0.0)
    patch = Patch.cut(dark_ball(case, (0, 15, 15)), case.volume, 50.0)
    assert patch.bbox == (slice(0, 8), slice(0, 30), slice(0, 30))


def test_a_single_slice_gives_a_single_slice_patch(ball_case, dark_ball):
    case = ball_case((1, 48, 48))
    patch = Patch.cut(dark_ball(case, (0, 24, 24)), case.volume)
    assert patch.before.shape[0] == 1
    assert same(Patch.from_bytes(patch.to_bytes()), patch)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**16),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9)),
)
def test_what_is_stored_is_read_back_exactly(seed, shape):
    rng = np.random.default_rng(seed)
    before = rng.integers(-1024, 3072, shape).astype(np.int16)
    support = rng.random(shape) < 0.5
    mask = support & (rng.random(shape) < 0.5)
    after = np.where(support, rng.integers(-1024, 3072, shape), before).astype(np.int16)
    box = tuple(slice(3, 3 + n) for n in shape)
    patch = Patch(before, after, mask, support, box, (2.5, 0.7, 0.1 + 0.2))
    assert same(Patch.from_bytes(patch.to_bytes()), patch)


def test_equal_patches_have_equal_bytes_at_any_time(patch, monkeypatch):
    first = patch.to_bytes()
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert patch.to_bytes() == first


def test_numpy_alone_can_read_a_patch_without_pickles(patch, tmp_path):
    path = tmp_path / "patch.npz"
    path.write_bytes(patch.to_bytes())
    with np.load(path, allow_pickle=False) as stored:
        before = stored["before_high"].astype(int) * 256 + stored["before_low"].astype(int)
        assert stored["changed"].size == patch.support.sum()
    assert np.array_equal(before, patch.before)


@pytest.mark.parametrize("harm", ["truncated", "garbage", "empty", "another npz"])
def test_a_damaged_patch_is_refused_by_name(patch, tmp_path, harm):
    path = tmp_path / "lesion_000000.npz"
    data = patch.to_bytes()
    if harm == "another npz":
        np.savez(path, other=np.zeros(3))
    else:
        path.write_bytes({"truncated": data[:-40], "garbage": b"x" * 99, "empty": b""}[harm])
    with pytest.raises(DatasetError, match=r"lesion_000000\.npz.*cannot be read"):
        Patch.load(path)


def test_a_missing_patch_is_refused_by_name(tmp_path):
    with pytest.raises(DatasetError, match=r"gone\.npz.*cannot be opened"):
        Patch.load(tmp_path / "gone.npz")
