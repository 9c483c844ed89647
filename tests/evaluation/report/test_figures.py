"""Drawings of an experiment: what stands in them, where, and that nothing is cut off."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.report.choice import chosen_arms, looked_at
from napari_lesion_synth.evaluation.report.figure_words import difference_words
from napari_lesion_synth.evaluation.report.forest import forest, seed_dots
from napari_lesion_synth.evaluation.report.froc import froc_overlay
from napari_lesion_synth.evaluation.report.page import experiment_figures
from napari_lesion_synth.evaluation.report.ratio import ratio_sweep
from napari_lesion_synth.evaluation.report.shams import shams_svg
from napari_lesion_synth.evaluation.report.strata import strata_svg

SVG = "{http://www.w3.org/2000/svg}"
LONG = {"name": "an-arm-of-a-name-that-nobody-would-give-it-in-earnest", "like": "poisson"}
ARMS = ["augmented", "poisson", "cgan-selected", "ratio-25", "all", "ratio-75", LONG]
GOALS = [
    {"arm": "all", "rate": 0.5, "at_least": 0.9, "gain_at_least": 0.15},
    {"arm": "cgan-selected", "against": "poisson", "rate": 0.5, "gain_at_least": 0},
]


def compared(arms=ARMS, world=None, keep=lambda run: True, **changes):
    plan = plan_of(arms, **{"seeds": 2, "goals": GOALS, **changes})
    world = world or World({"all": 1.5}, patients=10, healthy=2, shams=2)
    return compare(gather(plan, [run for run in simulate(plan, world) if keep(run)]))


@pytest.fixture(scope="module")
def found():
    return compared()


@pytest.fixture(scope="module")
def figures(found):
    return experiment_figures(found)


NAMES = (
    "froc", "froc_arms", "differences", "strata_zone", "strata_diameter", "strata_contrast",
    "strata_conspicuity", "ratio", "trainings", "shams",
)  # fmt: skip


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def words(svg: str) -> str:
    return " ".join(texts(svg))


def test_there_is_a_drawing_of_everything(figures):
    assert tuple(figures) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_is_sound_and_refers_to_nothing_outside(figures, name):
    root = ET.fromstring(figures[name])
    assert root.find(f"{SVG}title").text
    assert not re.search(r"href|<script|<style|url\(|nan|None", figures[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "shams"])
def test_the_rule_of_a_hit_and_the_numbers_stand_on_it(found, figures, name):
    shown = words(figures[name])
    for word in f"{found.rule} 12 CTs of 12 patients, {found.lesions} lesions.".split():
        assert word in shown


@pytest.mark.parametrize("name", NAMES)
def test_no_words_are_cut_off_at_its_edges(figures, name):
    """Letters of the widest usual font are taken for 0.56 of their size."""
    root = ET.fromstring(figures[name])
    width, height = float(root.get("width")), float(root.get("height"))
    for text in root.iter(f"{SVG}text"):
        x, y, size = (float(text.get(key)) for key in ("x", "y", "font-size"))
        room = 0.56 * size * len(text.text)
        if text.get("transform"):
            assert room / 2 <= min(y, height - y)
            continue
        left = x - {"start": 0, "middle": room / 2, "end": room}[text.get("text-anchor")]
        assert left >= 0, text.text
        assert left + room <= width, text.text
        assert 0 <= y <= height


def test_the_same_runs_are_drawn_the_same(figures):
    assert experiment_figures(compared()) == figures


def test_what_is_drawn_together_is_settled_by_the_plan(found):
    assert chosen_arms(found) == ["all", "cgan-selected", "poisson"]
    assert looked_at(found) == ["all", "augmented"]
    assert chosen_arms(compared(goals=[])) == ["poisson", "cgan-selected", "ratio-25", "all"]


def test_the_baseline_alone_has_curves_and_no_differences():
    alone = compared(["augmented"], goals=[])
    figures = experiment_figures(alone)
    assert "differences" not in figures
    assert "ratio" not in figures
    assert "augmented (2 trainings)" in words(figures["froc"])
    assert "augmented (2 trainings)" in words(figures["froc_arms"])


def test_too_many_bands_are_not_drawn(found):
    few, many = froc_overlay(found, ["all"]), froc_overlay(found, ["all", "poisson", "ratio-25"])
    bands = [
        [each for each in ET.fromstring(svg).iter(f"{SVG}polygon") if each.get("fill-opacity")]
        for svg in (few, many)
    ]
    assert [len(each) for each in bands] == [2, 2]
    assert "Bands of augmented and all:" in words(many)


def test_differences_stand_in_words_and_full_marks_exclude_zero(found):
    svg = forest(found)
    for each in found.differences:
        assert difference_words(each.main.patients) in texts(svg)
    apart = [e.main.patients.low > 0 or e.main.patients.high < 0 for e in found.differences]
    dots = list(ET.fromstring(svg).iter(f"{SVG}circle"))
    assert [dot.get("fill") != "none" for dot in dots] == apart
    assert any(apart)
    assert not all(apart)


def test_goals_are_marked_where_there_are_some(found):
    assert "Triangle above a row: its goal." in words(forest(found))
    without = replace(found, goals=())
    assert "Triangle" not in words(forest(without)) + words(seed_dots(without))


def test_every_training_is_a_dot(found):
    dots = list(ET.fromstring(seed_dots(found)).iter(f"{SVG}circle"))
    assert len(dots) == sum(arm.seeds for arm in found.arms)


def test_one_training_has_no_spread():
    shown = words(seed_dots(compared(seeds=1)))
    assert shown.count("one training") == len(ARMS)


def test_a_stratum_that_holds_nothing_is_left_out():
    plan = plan_of(["augmented", "poisson"], seeds=1)
    runs = [
        replace(run, cases=tuple(c.only(lambda les: les.diameter_mm > 10) for c in run.cases))
        for run in simulate(plan, World(patients=8))
    ]
    shown = words(strata_svg(compare(gather(plan, runs)), "diameter"))
    assert "below 10 mm" not in shown
    assert "10 to 20 mm" in shown


def test_a_grouping_that_was_not_planned_says_so(found):
    assert "This grouping was not in the plan." in words(strata_svg(found, "contrast"))
    assert "not in the plan" not in words(strata_svg(found, "zone"))


def test_a_sweep_is_of_arms_that_differ_in_their_share_alone(found):
    sweep = ratio_sweep(found.plan, found.arms)
    assert [(share, arm.name) for share, arm in sweep] == [
        (0.0, "augmented"),
        (0.25, "ratio-25"),
        (0.5, "all"),
        (0.75, "ratio-75"),
    ]


def test_shams_stand_beside_untouched_tissue_with_their_difference(found):
    svg = shams_svg(found)
    for row in found.shams:
        if row.method == "all methods":
            assert difference_words(row.answers.difference) in texts(svg)
    assert "without" not in words(svg)
    assert shams_svg(compared(world=World(patients=4))) == ""


def test_too_many_rows_of_shams_are_put_together(found):
    rows = [each for each in texts(shams_svg(found)) if each.startswith("augmented")]
    assert rows == ["augmented, all methods"]
    few = compared(["augmented", "poisson"], goals=[])
    rows = [each for each in texts(shams_svg(few)) if each.startswith("augmented")]
    assert len(rows) == 3


def test_without_lesions_there_is_nothing_to_draw():
    assert experiment_figures(compared(world=World(patients=0, healthy=3))) == {}
    assert experiment_figures(compared(keep=lambda run: False)) == {}


def test_one_patient_is_drawn_without_bars():
    figures = experiment_figures(compared(world=World(patients=1, healthy=0)))
    assert "no interval" in words(figures["differences"])
    root = ET.fromstring(figures["froc"])
    assert not [each for each in root.iter(f"{SVG}polygon") if each.get("fill-opacity")]


def test_slices_are_what_false_alarms_are_counted_per():
    data = {"slices": {"file": "x.npz"}}
    found = compared(data=data, division={"fixed": {"train": 2, "choose": 1}})
    figures = experiment_figures(found)
    assert "false alarms per slice, at most" in words(figures["froc"])
    assert not any("CT" in words(svg) for svg in figures.values())
