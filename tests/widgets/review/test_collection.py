"""Filters, orders and verdicts, compared with pandas and with the selection's own functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.widgets.review.small_sets import write_some_scores

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.layout import sample_id
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.selection.review import counts, verdicts
from napari_lesion_synth.selection.scores_file import apply_bands, read_scores
from napari_lesion_synth.widgets.review.band_section import moved
from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.growing_columns import GrowingColumns
from napari_lesion_synth.widgets.review.query import Query, SortKey, Which
from napari_lesion_synth.widgets.review.score_table import load_scores

N = 24
SHARED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def folder(made_set):
    folder = made_set(N)
    rng = np.random.default_rng(1)
    write_some_scores(folder, rng.lognormal(2.6, 0.5, N), (rng.random(N) > 0.3).astype(int))
    return folder


@pytest.fixture
def lesions(folder):
    made = Collection()
    made.set_scores(load_scores(folder))
    made.add(GrowingColumns(folder).read()[1])
    return made


DECISIONS = {
    sample_id(0): {"decision": "reject", "reason": "seam"},
    sample_id(1): {"decision": "accept", "reason": ""},
    sample_id(5): {"decision": "reject", "reason": "blurred"},
    "lesion_999999": {"decision": "accept", "reason": ""},
}


def test_final_verdicts_are_those_of_the_selection(lesions, folder):
    lesions.set_verdicts(DECISIONS)
    table = GeneratedSet.open(folder).table
    expected = verdicts(table, read_scores(folder), DECISIONS)
    ours = ["accept" if accepted else "reject" for accepted in lesions.accepted]
    assert ours == list(expected["verdict"])
    by_zone = counts(expected).set_index(["zone", "method"])
    for (zone, method), count in lesions.counts().items():
        if zone and method:
            line = by_zone.loc[zone, method]
            assert (count.lesions, count.accepted) == (line["n"], line["accept"])
    assert lesions.counts()["", ""].lesions == N


@SHARED
@given(low=st.floats(0, 40), width=st.floats(0, 40), zone=st.sampled_from(list(Zone)))
def test_a_band_that_is_moved_judges_as_the_score_file_would(lesions, folder, low, width, zone):
    band = moved(lesions.limits[zone.value], low, low + width)
    bands = {Zone(name): known for name, known in lesions.limits.items()} | {zone: band}
    lesions.set_limits(zone.value, band)
    expected = apply_bands(read_scores(folder), lesions.zone, bands)
    assert lesions.passes.tolist() == expected["passed"].tolist()
    for row, reasons in enumerate(expected["reasons"]):
        said = lesions.verdict(row).reason
        assert said == reasons.replace("error-high", "error too high").replace(
            "error-low", "error too low"
        ).replace(";", ", ")


@SHARED
@given(
    sort=st.sampled_from(list(SortKey)),
    falling=st.booleans(),
    method=st.sampled_from(["", "poisson", "sigmoid", "gone"]),
    zone=st.sampled_from(["", "rim"]),
    which=st.sampled_from(list(Which)),
    text=st.sampled_from(["", "1", "LESION_00002", "x"]),
)
def test_a_query_gives_what_pandas_gives(lesions, sort, falling, method, zone, which, text):
    lesions.set_verdicts(DECISIONS)
    query = Query(text, method, zone, which=which, sort=sort, falling=falling)
    table = lesions.frame.assign(
        size=lesions.size_mm,
        rank=lesions.rank,
        error=lesions.error,
        verdict=lesions.accepted,
        decision=lesions.decision,
        reason=[lesions.verdict(k).reason if k in (0, 5) else None for k in range(N)],
    )
    keep = table["id"].str.lower().str.contains(text.lower(), regex=False)
    keep &= (table["method"] == method) | (not method)
    keep &= (table["zone"] == zone) | (not zone)
    keep &= {
        Which.ALL: True,
        Which.ACCEPTED: table["verdict"] == 1,
        Which.REJECTED: table["verdict"] == 0,
        Which.OPEN: table["verdict"].isna(),
        Which.MINE: table["decision"] > 0,
        Which.NOT_MINE: table["decision"] == 0,
    }[which]
    rows = lesions.choose(query).tolist()
    assert sorted(rows) == table.index[keep].tolist()
    if sort is not SortKey.REASON:
        key = table.loc[rows, sort.value].tolist()
        assert key == sorted(key, reverse=falling)


def test_equal_ones_stay_in_the_order_of_their_ids(lesions):
    rows = lesions.choose(Query(sort=SortKey.ZONE, falling=True))
    zones = lesions.zone[rows]
    assert set(zones[: N // 2]) == {"rim"}
    assert np.all(np.diff(rows[: N // 2]) > 0)


def test_reasons_of_persons_and_of_scores_can_be_asked_for(lesions):
    lesions.set_verdicts(DECISIONS)
    assert {"seam", "blurred"} <= set(lesions.reasons())
    for reason in lesions.reasons():
        rows = lesions.choose(Query(reason=reason))
        assert rows.size
        assert all(reason in lesions.verdict(row).reason for row in rows)


def test_ranges(lesions):
    rows = lesions.choose(Query(size_mm=(10.0, 12.0)))
    assert set(lesions.size_mm[rows]) == {10.5, 11.5}
    rows = lesions.choose(Query(error=(lesions.error.mean(), np.inf)))
    assert 0 < rows.size < N


def test_without_scores_nothing_is_judged_but_by_persons(made_set):
    made = Collection()
    made.add(GrowingColumns(made_set(4)).read()[1])
    assert [made.verdict(k).words for k in range(4)] == ["no verdict"] * 4
    made.set_verdicts({sample_id(2): {"decision": "reject", "reason": "seam"}})
    assert made.verdict(2).words == "rejected: seam"
    assert made.choose(Query(which=Which.OPEN)).tolist() == [0, 1, 3]
    assert made.choose(Query(rank=(0.0, 1.0))).size == 0
    assert made.choose(Query(sort=SortKey.RANK)).tolist() == [0, 1, 2, 3]


def test_verdicts_on_lesions_that_are_gone_are_named(lesions):
    lesions.set_verdicts(DECISIONS)
    assert lesions.orphans == ["lesion_999999"]


def test_an_empty_collection_answers_too():
    made = Collection()
    assert made.choose(Query(sort=SortKey.REASON, text="a")).size == 0
    assert made.counts()["", ""].lesions == 0
    assert made.reasons() == []
