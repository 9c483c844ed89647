"""Stored values become int16 HU."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_lesion_synth.ct.units import AIR, HuConverter, parse_units
from napari_lesion_synth.errors import InputError, LesionSynthWarning, ParameterError


def convert(values, units="auto") -> np.ndarray:
    converter = HuConverter(units)
    hu = converter(np.asarray(values))
    converter.finish("scan.nii")
    return hu


NUMBERS = st.sampled_from(
    [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.float32, np.float64]
)


@given(values=NUMBERS.flatmap(lambda t: hnp.arrays(t, (2, 3))))
@settings(deadline=None, max_examples=150)
def test_any_number_becomes_the_nearest_hu_in_range(values):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LesionSynthWarning)
        hu = convert(values)
    exact = np.nan_to_num(values.astype(float), nan=AIR, posinf=1e9, neginf=-1e9)
    assert hu.dtype == np.int16
    assert np.array_equal(hu, np.clip(np.rint(exact), AIR, 32767))


@pytest.mark.parametrize("padding", [-2000, -2048, -3024, -32768])
def test_padding_is_air(padding):
    assert convert(np.array([padding, -1024, 40], np.int16)).tolist() == [AIR, AIR, 40]


def test_an_ordinary_block_is_not_copied():
    values = np.array([-1000, 40, 300], np.int16)
    assert np.shares_memory(HuConverter()(values), values)


def test_out_of_range_is_clipped_with_a_warning():
    with pytest.warns(LesionSynthWarning, match=r"scan\.nii: 2 values do not fit 16 bits"):
        hu = convert(np.array([-1000, 40_000, 99_999], np.int32))
    assert hu.tolist() == [-1000, 32767, 32767]


def test_not_a_number_is_air_with_a_warning():
    with pytest.warns(LesionSynthWarning, match=r"1 values are not finite"):
        hu = convert(np.array([-1000.0, np.nan, 40.4]))
    assert hu.tolist() == [-1000, AIR, 40]


def test_an_8_bit_picture_is_questioned():
    with pytest.warns(LesionSynthWarning, match=r"scan\.nii.*0\.\.255.*--units hu.*LOW:HIGH"):
        hu = convert(np.array([0, 128, 255], np.uint8))
    assert hu.tolist() == [0, 128, 255]


def test_blocks_are_judged_together():
    converter = HuConverter()
    converter(np.array([0, 255], np.int16))
    converter(np.array([-1000, 100], np.int16))
    converter.finish("scan.nii")


def test_units_hu_is_believed():
    assert convert(np.array([0, 255], np.uint8), "hu").tolist() == [0, 255]


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_a_window_maps_black_and_white_onto_its_limits(kind):
    hu = convert(np.array([0, 51, 255], kind), "-160:240")
    assert hu.tolist() == [-160, -80, 240]


def test_a_window_below_air_is_cut_at_air():
    assert convert(np.array([0, 255], np.uint8), "-1350:150").tolist() == [AIR, 150]


def test_a_window_for_a_ct_in_hu_is_an_error():
    with pytest.raises(InputError, match=r"scan\.nii.*-1000 to 300.*Leave units out"):
        convert(np.array([-1000, 300], np.int16), "-160:240")


@pytest.mark.parametrize("bad", ["", "HU", "5", "240:-160", "1:1", "a:b", "nan:5", ":", "0:inf"])
def test_malformed_units_say_what_is_possible(bad):
    with pytest.raises(ParameterError, match=r"'auto', 'hu' or 'LOW:HIGH'"):
        parse_units(bad)
