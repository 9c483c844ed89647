"""The page on an experiment: what it says, in which order, and that it opens offline."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from tests.evaluation.simulated_runs import World, plan_of, simulate

from napari_lesion_synth.evaluation.experiment.comparison import compare
from napari_lesion_synth.evaluation.experiment.run_result import EDITION
from napari_lesion_synth.evaluation.experiment.trainings import gather
from napari_lesion_synth.evaluation.report.page import experiment_figures, experiment_page

GOALS = [
    {"arm": "poisson", "rate": 0.5, "at_least": 0.01},
    {"arm": "poisson", "rate": 0.5, "at_least": 1.0},
]
SECTIONS = [
    "What was asked, and how",
    "What it shows, and what it does not",
    "Goals",
    "Arms",
    "Differences from the baseline",
    "Free-response curves",
    "Differences, drawn",
    "Groups of lesions",
    "From training to training",
    "Sham control",
    "Power",
    "Cost",
    "Misses and false alarms",
    "Provenance",
]


def page_of(found, pictures=None) -> str:
    return experiment_page(found, experiment_figures(found), pictures or {})


def compared(world=None, arms=("augmented", "poisson"), keep=lambda run: True, **changes):
    plan = plan_of(arms, **{"seeds": 2, "goals": GOALS, **changes})
    world = world or World(patients=6, healthy=2, shams=2)
    return compare(gather(plan, [run for run in simulate(plan, world) if keep(run)]))


@pytest.fixture(scope="module")
def found():
    return compared()


@pytest.fixture(scope="module")
def page(found):
    return page_of(found)


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>|<svg.*?</svg>", " ", page,
                                                   flags=re.DOTALL)))  # fmt: skip


def section(page: str, title: str) -> str:
    (found,) = re.findall(rf"<section><h2>{re.escape(title)}</h2>(.*?)</section>", page, re.DOTALL)
    return found


def test_its_sections_come_in_their_order(page):
    assert re.findall(r"<h2>(.*?)</h2>", page) == SECTIONS


def test_it_opens_offline(page):
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!data:)", page)
    assert not re.search(r"<script|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", page)


def test_the_same_runs_give_the_same_page(page):
    assert page_of(compared()) == page


def test_it_tells_what_was_asked_in_words(page):
    text = words(section(page, SECTIONS[0]))
    for part in (
        "Simulated CTs. To learn from: 5 patients with 2 lesions each",
        "Tested on 8 CTs of 8 patients, of which 2 show no lesion",
        "each trained 2 times",
        "1500 steps",
        "Hit: centre in the lesion",
        "What hits nothing is a false alarm",
        "at 1/2 false alarms per CT",
        '"augmented" is the baseline',
    ):
        assert part in text


def test_goals_are_printed_as_reached_and_as_missed(page):
    cells = re.findall(r'<td class="words">(reached|missed)</td>', section(page, "Goals"))
    assert cells == ["reached", "missed"]


def test_a_plan_without_goals_says_so():
    assert "The plan names no goal." in page_of(compared(goals=[]))


def test_an_unfinished_experiment_is_said_to_be_so_at_the_top_and_decides_nothing():
    page = page_of(compared(keep=lambda run: run.name != "poisson--0--1"))
    top = page[: page.index("<section>")]
    assert "NOT FINISHED. 3 of 4 runs" in top
    assert 'Missing: 1 of 2 of "poisson".' in words(section(page, SECTIONS[1]))
    assert '1 of 2 of "poisson"' in words(section(page, "Provenance"))
    assert "<p></p>" not in page
    assert page.count("not finished</td>") == len(GOALS)
    assert "NOT FINISHED" not in page_of(compared())


def test_every_figure_of_an_arm_stands_with_its_interval(page):
    cells = re.findall(r"<td>(0\.\d\d[^<]*)</td>", section(page, "Arms"))
    bare = [cell for cell in cells if "(" not in cell and " to " not in cell]
    # Standard deviations, and thresholds that are alike in all trainings, have none.
    assert all(re.fullmatch(r"\d\.\d{2,3}", cell) for cell in bare)
    assert len(bare) <= 2 * 2 + 2
    assert any("(" in cell for cell in cells)


def test_exact_intervals_and_false_alarms_per_lesion_are_there(page):
    text = words(section(page, "Arms"))
    for part in ("per lesion", "exact", "CPM", "AFROC area", "false alarms per CT"):
        assert part in text


def test_all_tests_of_a_difference_are_there(page):
    text = words(section(page, SECTIONS[4]))
    for part in ("p, patients", "adjusted", "p, trainings", "McNemar", "mid-p", "1 comparison"):
        assert part in text


def test_power_and_cost_are_told(page):
    assert "More trainings do not add lesions." in words(section(page, "Power"))
    assert "CPU hours in all" in words(section(page, "Cost"))


def test_without_pictures_galleries_are_tables_and_with_them_there_are_both(found, page):
    gallery = section(page, "Misses and false alarms")
    assert "<img" not in gallery
    assert "poisson: false alarms, as a table" in gallery
    shown = page_of(found, {"false_alarms_poisson": b"png"})
    assert section(shown, "Misses and false alarms").count("<img") == 1


def test_detectors_versions_and_lineage_are_told():
    facts = {"program": "1.2.3", "lineage": ["phantom-1"], "software": {"torch": "9"}}
    page = page_of(compared(World(patients=3, facts=facts)))
    text = words(section(page, "Provenance"))
    for part in ("1.2.3", "torch 9", "net-poisson-1", "no detector's patients are among", "seed 0"):
        assert part in text


@pytest.mark.parametrize(
    ("edition", "told"), [(EDITION, False), (EDITION - 1, True)], ids=["as it is", "before"]
)
def test_runs_of_a_program_that_taught_otherwise_are_told_from_those_of_this_one(edition, told):
    page = page_of(compared(World(patients=3, facts={"edition": edition})))
    text = words(section(page, "Provenance"))
    assert f"edition {edition}" in " ".join(text.split())
    assert ("teaches and tests otherwise now" in text) is told


def test_a_detector_that_knows_its_test_patients_is_called_a_leak():
    found = compared(World(patients=3, facts={"lineage": ["f0p001"]}))
    assert "LEAK: detectors have learnt from whom they are tested on (f0p001 in" in page_of(found)


def test_the_share_of_accepted_lesions_is_told():
    facts = {"prepared": {"set-all": {"made": 300, "accepted": 120}, "donors": {"n": 3}}}
    page = page_of(compared(World(patients=3, facts=facts)))
    assert "Lesions accepted. set-all of fold 0: 120 of 300." in page


@pytest.mark.parametrize(
    "world",
    [
        World(patients=1, healthy=0),
        World(patients=0, healthy=3),
        World(patients=3, chosen=False),
        World(patients=3, healthy=0, alarms=1e-9),
    ],
    ids=["one patient", "no lesion", "no threshold", "no false alarm"],
)
def test_poor_experiments_have_a_page_too(world):
    assert [t in page_of(compared(world)) for t in ("Provenance", "Power", "Goals")] == [True] * 3


def test_an_experiment_whose_trainings_all_lack_a_fold_has_a_page():
    plan = plan_of(
        data={
            "cases": [
                {"ct": f"{n}.nii", "organ": "o.nii", "healthy": True, "patient": n} for n in "abc"
            ]
        },
        division={"folds": {"k": 2}},
        goals=GOALS,
        seeds=1,
    )
    runs = simulate(plan, World(patients=3))
    cross = [run for run in runs if (run.arm, run.fold) in {("augmented", 0), ("poisson", 1)}]
    page = page_of(compare(gather(plan, cross)))
    assert "NOT FINISHED" in page
    assert "No training counts yet." in page


def test_names_are_escaped():
    plan = plan_of(seeds=1, name="<b>bold</b>")
    found = compare(gather(plan, simulate(plan, World(patients=2))))
    assert "<b>bold" not in page_of(replace(found))
