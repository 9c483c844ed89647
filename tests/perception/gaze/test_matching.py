import pytest

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.gaze.matching import match_fixations
from napari_lesion_synth.perception.gaze.samples import Fixation


def _path(*spans):
    return tuple(Fixation(low, high - low, 0, 0, 1, 0) for low, high in spans)


def test_the_same_agrees_with_itself():
    path = _path((0, 1), (1.1, 2))
    match = match_fixations(path, path)
    assert (match.precision, match.recall, match.f1) == (1, 1, 1)


def test_half_is_not_enough_and_more_is():
    assert match_fixations(_path((0, 0.5)), _path((0, 1))).f1 == 0
    assert match_fixations(_path((0, 0.51)), _path((0, 1))).f1 == 1


def test_a_fixation_that_is_split_pairs_with_its_larger_part():
    match = match_fixations(_path((0, 0.3), (0.31, 1)), _path((0, 1)))
    assert (match.precision, match.recall) == (0.5, 1)
    assert match.f1 == pytest.approx(2 / 3)
    assert match.pairs[0][0].start_s == 0.31


def test_two_that_are_merged_pair_with_the_longer_one_alone():
    match = match_fixations(_path((0, 1)), _path((0, 0.3), (0.35, 1)))
    assert len(match.pairs) == 1
    assert match.pairs[0][1].start_s == 0.35


def test_missed_and_made_up_ones_are_counted():
    match = match_fixations(_path((0, 1), (5, 6)), _path((0, 1), (2, 3), (3.5, 4)))
    assert (match.precision, match.recall) == (0.5, pytest.approx(1 / 3))
    assert match.f1 == pytest.approx(0.4)


def test_nothing_has_no_agreement():
    assert match_fixations((), ()).f1 != match_fixations((), ()).f1
    assert match_fixations((), _path((0, 1))).recall == 0


def test_an_overlap_that_allows_two_partners_is_refused():
    with pytest.raises(ParameterError, match="overlap"):
        match_fixations((), (), 0.4)
