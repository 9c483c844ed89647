"""Crops that are mined from scenes, and kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.detection.toys import lessons, mixture, toy
from torch import nn

from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.materials import Materials
from napari_lesion_synth.detection.pool import MINED, mine_scenes, scene_count
from napari_lesion_synth.errors import StorageError
from napari_lesion_synth.events import Progress, Stopped, StopToken

FIELDS = ("crops", "lesion", "score", "number")


class Counting:
    """Sees what is darker than the organ, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, net, frame):
        self.asked += 1
        dark = (frame.seen < -0.4) & (frame.depth_mm > 4)
        return np.where(dark, net.weight.item(), 0.0).astype(np.float32)


def net_of(value=0.9):
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, value)
    return net


@pytest.fixture(scope="module")
def materials():
    return lessons([toy(1, 2), toy(2, 0)]).materials


def mined(materials, folder, *, heat=None, net=None, count=3, token=None, events=None, **data):
    stream = mine_scenes(
        net or net_of(), heat or Counting(), materials, mixture(**data),
        count=count, seed=5, folder=folder, token=token or StopToken(),
    )  # fmt: skip
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return end.value
        if events is not None:
            events.append(event)


def same(one, other):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name == "score")
        and a.lesions == b.lesions
        for a, b in zip(one, other, strict=True)
        for name in FIELDS
    )


def test_each_scene_gives_lesions_and_what_is_none(materials, tmp_path):
    events = []
    found = mined(materials, tmp_path, events=events)
    assert [(event.done, event.total) for event in events if isinstance(event, Progress)] == [
        (1, 3), (2, 3), (3, 3),
    ]  # fmt: skip
    assert all(part.lesion.any() and not part.lesion.all() for part in found)
    assert all(part.lesions >= 1 for part in found)
    assert any((part.candidates & part.lesion).any() for part in found)
    assert len(list((tmp_path / MINED).iterdir())) == 3


def test_what_is_there_is_not_made_again(materials, tmp_path):
    once = mined(materials, tmp_path)
    heat = Counting()
    again = mined(materials, tmp_path, heat=heat)
    assert heat.asked == 0
    assert same(once, again)


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "foreign"])
def test_a_torn_file_is_made_again(materials, tmp_path, damage):
    once = mined(materials, tmp_path)
    file = tmp_path / MINED / "00001.npz"
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(
        {
            "cut": whole[:middle],
            "empty": b"",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
            "foreign": b"no archive at all",
        }[damage]
    )
    heat = Counting()
    again = mined(materials, tmp_path, heat=heat)
    assert heat.asked == 1
    assert same(once, again)
    assert file.read_bytes() == whole


def test_crops_of_another_net_are_made_again(materials, tmp_path):
    mined(materials, tmp_path, net=net_of(0.9))
    heat = Counting()
    again = mined(materials, tmp_path, net=net_of(0.6), heat=heat)
    assert heat.asked == 3
    scores = np.concatenate([part.score[part.candidates] for part in again])
    assert scores == pytest.approx(0.6)


def test_a_stop_leaves_what_was_made_and_the_rest_is_the_same(materials, tmp_path):
    token, events = StopToken(), []

    class Stopping(Counting):
        def __call__(self, net, frame):
            if self.asked == 1:
                token.stop()
            return super().__call__(net, frame)

    with pytest.raises(Stopped):
        mined(materials, tmp_path / "halves", heat=Stopping(), token=token, events=events)
    assert len(list((tmp_path / "halves" / MINED).iterdir())) == 2
    whole = mined(materials, tmp_path / "whole")
    assert same(mined(materials, tmp_path / "halves"), whole)


PLAIN = {"flips": False, "zoom": 0.0, "shift_hu": 0.0, "gain": 0.0, "noise_hu": 0.0}


def test_every_mixture_has_as_many_scenes_as_are_asked_for(materials):
    for changes in ({}, {"synthetic": 0.0}, {"synthetic": 0.0, "sham": 0.2}, PLAIN):
        assert scene_count(materials, mixture(**changes), 50) == 50


def test_without_anything_new_to_see_each_ct_is_looked_at_once(materials, tmp_path):
    found = mined(materials, tmp_path, count=50, synthetic=0.0, **PLAIN)
    assert len(found) == scene_count(materials, mixture(synthetic=0.0, **PLAIN), 50) == 2
    assert sorted(part.lesions for part in found) == [0, 2]
    assert scene_count(materials, mixture(synthetic=0.0, **PLAIN), 1) == 1


class Keeping(Counting):
    """Keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.frames = []

    def __call__(self, net, frame):
        self.frames.append(frame)
        return super().__call__(net, frame)


def test_real_lesions_alone_are_seen_as_they_are_and_then_changed(materials, tmp_path):
    heat = Keeping()
    found = mined(materials, tmp_path, heat=heat, count=8, synthetic=0.0)
    plain = [host.frame.hu for host in materials.hosts]
    first, others = heat.frames[:2], heat.frames[2:]
    assert all(any(np.array_equal(frame.hu, hu) for hu in plain) for frame in first)
    seen = [frame.hu for frame in heat.frames]
    for number, frame in enumerate(others, start=2):
        assert not any(np.array_equal(frame.hu, other) for other in seen[:number])
    assert sorted(part.lesions for part in found) == [0] * 4 + [2] * 4
    assert all(part.lesion.any() == (part.lesions > 0) for part in found)


def test_scenes_with_synthetic_lesions_are_not_changed_otherwise(materials, tmp_path):
    heat = Keeping()
    mined(materials, tmp_path, heat=heat, count=4)
    for frame in heat.frames:
        alike = [np.mean(frame.hu == host.frame.hu) for host in materials.hosts
                 if host.frame.shape == frame.shape]  # fmt: skip
        assert max(alike) > 0.5


def test_repeated_cts_that_were_mined_before_are_not_made_again(materials, tmp_path):
    once = mined(materials, tmp_path, count=6, synthetic=0.0)
    (tmp_path / MINED / "00004.npz").unlink()
    heat = Counting()
    again = mined(materials, tmp_path, heat=heat, count=6, synthetic=0.0)
    assert heat.asked == 1
    assert same(once, again)


def test_shams_are_shown_as_healthy_without_synthetic_lesions_too(materials, tmp_path):
    plain, with_shams = (
        mined(materials, tmp_path / name, count=12, synthetic=0.0, **changes)
        for name, changes in (("plain", {}), ("shams", {"sham": 0.15}))
    )
    assert all(part.lesions in (0, 2) for part in with_shams)
    healthy = [
        sum(int((~part.lesion & ~part.candidates).sum()) for part in parts)
        for parts in (plain, with_shams)
    ]
    assert healthy[0] == 3 * 12
    assert healthy[1] > healthy[0] + 6


def test_what_a_person_rejected_is_shown_as_healthy(tmp_path):
    case = toy(1, 0)
    grid = lessons([case]).grid
    place = tuple(n / 2 for n in case.volume.shape)
    plain, told = (
        mined(Materials((Host.of(case, grid, healthy),)), tmp_path / name, synthetic=0.0)
        for name, healthy in (("plain", ()), ("told", (place,)))
    )
    assert len(told[0]) == len(plain[0]) + 1
    assert not told[0].lesion.any()


def test_a_folder_that_cannot_be_made_is_told(materials, tmp_path):
    (tmp_path / MINED).write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError):
        mined(materials, tmp_path)


def test_slices_have_crops_of_slices(tmp_path):
    materials = lessons([toy(1, 2, dims=2)], dims=2).materials
    found = mined(materials, tmp_path)
    assert found[0].crops.shape[1:] == (6, 48, 48)
    assert torch.from_numpy(found[0].crops).dtype == torch.float16
