from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.dataset.blind_sheet import blind_sheet, match_by_diameter, specimen


def make(origin: str, name: str, level: int = 60):
    hu = np.full((8, 40, 40), level, np.int16)
    return specimen(
        hu, (2.5, 1.0, 1.0), (4, 20, 20), origin=origin, name=name, diameter_mm=10.0, pixels=32
    )


def test_the_key_names_every_specimen_once_in_the_order_of_the_sheet():
    specimens = [make("real", f"r{i}") for i in range(3)] + [make("synthetic", "s0")]
    _, key = blind_sheet(specimens, np.random.default_rng(0))
    assert [row["number"] for row in key] == [1, 2, 3, 4]
    assert {row["name"] for row in key} == {"r0", "r1", "r2", "s0"}


def test_the_order_is_shuffled_by_the_seed():
    specimens = [make("real", f"r{i}") for i in range(12)]
    orders = {
        tuple(row["name"] for row in blind_sheet(specimens, np.random.default_rng(seed))[1])
        for seed in range(4)
    }
    assert len(orders) == 4


def test_equal_voxels_look_equal_whatever_their_origin():
    pictures = [
        np.asarray(blind_sheet([make(origin, origin)], np.random.default_rng(0))[0])
        for origin in ("real", "synthetic")
    ]
    assert np.array_equal(*pictures)


def test_the_numbered_cell_shows_the_specimen_that_the_key_names():
    dark, bright = make("real", "dark", -100), make("synthetic", "bright", 200)
    sheet, key = blind_sheet([dark, bright], np.random.default_rng(1), columns=1)
    pixels = np.asarray(sheet)[..., 0]
    half = pixels.shape[0] // 2
    first_is_bright = pixels[25:half].mean() > pixels[half + 25 :].mean()
    assert (key[0]["name"] == "bright") == first_is_bright


def test_each_real_lesion_is_paired_with_the_nearest_size_left():
    assert sorted(match_by_diameter([10, 20], [19, 9, 40])) == [(0, 1), (1, 0)]


def test_no_synthetic_lesion_is_used_twice():
    assert len(match_by_diameter([10, 10, 10], [10, 30])) == 2


def test_an_empty_sheet_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        blind_sheet([], np.random.default_rng(0))
