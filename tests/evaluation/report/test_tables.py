"""Tables of an experiment: rows, columns, and what the columns are said to mean."""

from __future__ import annotations

import csv
import io
import math

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.evaluation.report.columns import COLUMNS, columns_of, columns_text
from napari_lesion_synth.evaluation.report.tables import experiment_tables

GOALS = [{"arm": "poisson", "rate": 0.5, "at_least": 1.0, "gain_at_least": 0.0}]


def compared(world, keep=lambda run: True, **changes):
    plan = plan_of(seeds=2, goals=GOALS, **changes)
    return compare(gather(plan, [run for run in simulate(plan, world) if keep(run)]))


@pytest.fixture(scope="module")
def found():
    return compared(World({"poisson": 1.0}, patients=8, healthy=2, shams=2))


@pytest.fixture(scope="module")
def tables(found):
    return {name: rows(text) for name, text in experiment_tables(found).items()}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_every_column_of_every_table_is_described_and_the_other_way_round(found, tables):
    rates = [f"sensitivity@{rate:g}" for rate in found.measures.rates]
    assert {name for name in tables if not name.startswith("froc_")} == {
        name for name in COLUMNS if not name.startswith("froc_")
    }
    for name, table in tables.items():
        assert list(table[0]) == columns_of(name, rates)
    text = columns_text("x", found.rule, 0)
    for name, columns in COLUMNS.items():
        assert f"## {name}" in text
        assert all(f"| {column} | {meaning} |" in text for column, meaning in columns.items())
    assert found.rule in text


def test_a_table_without_rows_keeps_its_head():
    found = compared(World(patients=2), keep=lambda run: run.arm == "augmented")
    tables = experiment_tables(found)
    assert tables["shams.csv"].splitlines() == [",".join(COLUMNS["shams.csv"])]
    assert tables["differences.csv"].count("\n") == 1


def test_lesions_have_a_row_for_each_arm_and_training_and_false_alarms_too(found, tables):
    assert len(tables["lesions.csv"]) == found.lesions * 2 * 2
    alarms = sum(
        len(case.marked(Outcome.FALSE)) for run in found.harvest.runs for case in run.cases
    )
    assert len(tables["false_alarms.csv"]) == alarms
    assert len(tables["shams.csv"]) == sum(len(run.shams) for run in found.harvest.runs)


def test_the_share_found_can_be_had_from_the_lesions(found, tables):
    own = [row for row in tables["lesions.csv"] if row["arm"] == "poisson"]
    share = sum(row["found"] == "True" for row in own) / len(own)
    (row,) = (
        row
        for row in tables["arms.csv"]
        if row["arm"] == "poisson" and row["measure"] == "sensitivity@threshold"
    )
    assert float(row["value"]) == pytest.approx(share, abs=1e-6)
    assert float(row["low_exact"]) < share < float(row["high_exact"])


def test_false_alarms_at_the_threshold_can_be_had_from_theirs(found, tables):
    own = [row for row in tables["false_alarms.csv"] if row["arm"] == "augmented"]
    rate = sum(row["above"] == "True" for row in own) / 2 / len(found.harvest.cases)
    (row,) = (
        row
        for row in tables["arms.csv"]
        if row["arm"] == "augmented" and row["measure"] == "false_per_ct@threshold"
    )
    assert float(row["value"]) == pytest.approx(rate, abs=1e-6)


def test_tests_stand_in_the_row_of_the_rate_that_they_were_made_at(found, tables):
    tested = [row for row in tables["differences.csv"] if row["p_adjusted"]]
    assert [row["measure"] for row in tested] == ["sensitivity@0.5"]
    (row,) = tested
    assert float(row["p_patients"]) == pytest.approx(found.differences[0].p, abs=1e-6)
    counts = sum(int(row[name]) for name in ("both", "only_arm", "only_against", "neither"))
    assert counts == found.lesions


def test_a_goal_that_is_missed_is_written_as_missed(tables):
    verdicts = [row["verdict"] for row in tables["goals.csv"]]
    assert verdicts == ["missed", "reached"]


def test_of_an_experiment_that_goes_on_nothing_is_decided():
    found = compared(World(patients=4), keep=lambda run: run.name != "poisson--0--1")
    tables = {name: rows(text) for name, text in experiment_tables(found).items()}
    assert {row["verdict"] for row in tables["goals.csv"]} == {"not finished"}
    assert "not finished" in {row["shown"] for row in tables["differences.csv"]}


def test_what_does_not_exist_is_empty_and_never_nan(found):
    alone = compared(World(patients=1, healthy=0))
    for made in (found, alone):
        for text in experiment_tables(made).values():
            cells = {cell for line in text.splitlines() for cell in line.split(",")}
            assert not {"nan", "inf", "-inf", "None"} & cells
    (row,) = (r for r in rows(experiment_tables(alone)["differences.csv"]) if r["p_adjusted"])
    assert row["low"] == row["high"] == ""


def test_curves_and_bands_agree(found, tables):
    """The band's sensitivity is the mean of the highest that each curve reaches within a rate."""
    band = {
        float(row["rate"]): float(row["sensitivity"])
        for row in tables["froc_bands.csv"]
        if row["arm"] == "poisson"
    }
    for rate in (0.0, 0.25, 1.0, 8.0):
        shares = []
        for seed in ("0", "1"):
            curve = [row for row in tables["froc_poisson.csv"] if row["seed"] == seed]
            within = [
                float(r["sensitivity"]) for r in curve if float(r["false_per_ct"]) <= rate + 1e-6
            ]
            shares.append(max(within, default=0.0))
        assert band[rate] == pytest.approx(sum(shares) / 2, abs=1e-5)


def test_hours_are_those_of_the_runs(found, tables):
    own = [row for row in tables["cost.csv"] if row["arm"] == "poisson" and row["cpu_hours"]]
    total = math.fsum(float(row["cpu_hours"]) for row in own)
    cost = next(cost for cost in found.costs if cost.arm == "poisson")
    assert total == pytest.approx(cost.total, abs=1e-5)
