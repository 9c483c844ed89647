"""From answers to values: what is scaled together, what agreement is told, what is left out."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from tests.jobs.studies import make, result, run, simulate

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs.study_answers import grouped
from napari_lesion_synth.jobs.study_files import RANKING_CSV, SCALE_JSON, read_result
from napari_lesion_synth.jobs.study_next import next_actions
from napari_lesion_synth.jobs.study_ranking import RANKING_COLUMNS, ranking_svg
from napari_lesion_synth.jobs.study_scale import (
    ScaleStudy,
    ranking_name,
    scale_study,
    scaled_groups,
)
from napari_lesion_synth.jobs.study_scaled import ScaleSettings
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.scaling.scale01 import Anchors

PAIRS = {"counts.trials": 40, "checks.repeat_share": 0.2, "order.spacing": 0}


def scale(study, **how):
    asked = ScaleStudy(folder=study.folder, how=ScaleSettings(**how))
    return run(scale_study(asked, StopToken()))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Four participants who compare, one of them careless."""
    study = make(tmp_path_factory.mktemp("pairs") / "study", {**PAIRS, "checks.catch_share": 0.2})
    return simulate(study, 4, careless=1)


def figures(told):
    return {figure["name"]: figure for figure in told["study_figures"]}


def test_the_ranking_has_every_photo_with_its_interval(pairs):
    told = result(scale(pairs))
    values = [row["value"] for row in told["study_ranking"]]
    assert values == sorted(values, reverse=True)
    assert (values[0], values[-1]) == pytest.approx((1.0, 0.0))
    assert all(row["low"] < row["value"] < row["high"] for row in told["study_ranking"])
    with (pairs.folder / "results" / RANKING_CSV).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == RANKING_COLUMNS
    assert [row["photo"] for row in rows] == [row["photo"] for row in told["study_ranking"]]


def test_who_failed_the_catch_trials_is_left_out_and_named(pairs):
    events = scale(pairs)
    texts = [event.text for event in events if isinstance(event, Log)]
    assert any(text.startswith("sim-04 is left out: passed") for text in texts)
    assert result(events)["participants"] == 3
    assert result(events)["study_groups"][0]["raters"] == 3


def test_what_would_teach_most_next_is_told_by_bits_a_second(pairs):
    scale(pairs)
    (group,) = read_result(pairs.folder, SCALE_JSON)["groups"]
    rates = [each["bits"] / each["seconds"] for each in group["next"]]
    assert rates == sorted(rates, reverse=True)
    kinds = {each["kind"]: each for each in group["next"]}
    assert set(kinds) == {"pair", "re-rate"}  # every photo is judged; gaze has shown nothing
    (answers,) = grouped(gather(pairs))
    took = [answer.response_time_s for _, _, answer in answers.first]
    assert kinds["pair"]["seconds"] == pytest.approx(np.median(took))
    first, second = kinds["pair"]["photos"]
    assert first != second
    assert {first, second} <= {row["photo"] for row in group["photos"]}


def test_a_photo_that_nobody_judged_is_something_to_do_next(pairs):
    cohort = gather(pairs)
    asked = cohort.study.stimuli.ids[0]

    def without(person):
        kept = [(t, a) for t, a in person.answered if asked not in t.stimuli]
        trials, answers = zip(*kept, strict=True)
        return replace(person, state=replace(person.state, trials=trials, answers=answers))

    few = replace(cohort, people=tuple(map(without, cohort.people)))
    (scaled,) = scaled_groups(few, ScaleSettings())
    new = next(action for action in next_actions(scaled) if action.kind == "new photo")
    assert scaled.group.items.index(asked) in new.photos


def test_hidden_repeats_tell_of_reliability_and_not_of_values(pairs):
    told = figures(result(scale(pairs)))
    (group,) = grouped(gather(pairs))
    repeats = len(group.answers) - len(group.first)
    assert repeats > 0
    assert told["test-retest, same answer"]["n"] == repeats
    assert read_result(pairs.folder, SCALE_JSON)["groups"][0]["answers"] == len(group.first)


def test_a_repeat_with_its_sides_swapped_is_the_same_answer(pairs):
    """Whoever always prefers the same photo agrees with themselves, on whichever side it is."""
    worth = {name: k for k, name in enumerate(pairs.stimuli.ids)}

    def steadily(trial, answer):
        if not trial.counts:
            return answer
        left = worth[trial.stimuli[0]] > worth[trial.stimuli[-1]]
        return replace(answer, response="left" if left else "right")

    def steady(person):
        answers = tuple(steadily(*asked) for asked in person.answered)
        return replace(person, state=replace(person.state, answers=answers))

    people = tuple(steady(person) for person in gather(pairs).people[:3])
    assert any(
        trial.repeat_of is not None
        and trial.stimuli != person.state.trials[trial.repeat_of].stimuli
        for person in people
        for trial, _ in person.answered
    )
    (scaled,) = scaled_groups(Cohort(pairs, people), ScaleSettings())
    same = next(f for f in scaled.figures if f.name == "test-retest, same answer")
    circular = next(f for f in scaled.figures if f.name == "circular triads, share")
    assert (same.value, circular.value) == (1.0, 0.0)
    order = [scaled.group.items[k] for k in scaled.order]
    assert order == sorted(worth, key=worth.get, reverse=True)


def test_agreement_comes_with_what_it_rests_on(pairs):
    told = figures(result(scale(pairs)))
    assert 0 < told["reliability of the scale"]["value"] < 1
    for_more = [told[f"raters for a reliability of {r:g}"]["value"] for r in (0.8, 0.9)]
    assert for_more[0] < for_more[1]
    assert 0 <= told["circular triads, share"]["value"] <= 0.5
    assert told["random pairs predicted rightly"]["value"] is None
    assert "all pairs were random" in told["random pairs predicted rightly"]["words"]


def test_the_fewest_photos_that_hold_the_best_one_are_named(pairs):
    told = result(scale(pairs))
    best = told["study_groups"][0]["best"]
    assert best[0] == told["study_ranking"][0]["photo"]
    assert 0 < len(best) <= len(pairs.stimuli)


def test_anchors_can_be_two_photos(pairs):
    low, high = pairs.stimuli.ids[0], pairs.stimuli.ids[-1]
    told = result(scale(pairs, anchors=Anchors(rule="reference", low=low, high=high)))
    values = {row["photo"]: row["value"] for row in told["study_ranking"]}
    assert values[low] == pytest.approx(0)
    assert values[high] == pytest.approx(1)
    with pytest.raises(ParameterError, match="none of the photos"):
        scale(pairs, anchors=Anchors(rule="reference", low=low, high="gone.png"))


def test_the_same_answers_give_the_same_result(pairs):
    one, two = (result(scale(pairs))["study_ranking"] for _ in range(2))
    assert one == two


def test_the_drawing_names_every_photo(pairs):
    (scaled,) = scaled_groups(gather(pairs), ScaleSettings())
    drawn = ranking_svg(scaled)
    assert drawn.count("<circle") == len(pairs.stimuli)
    assert "95 % intervals" in drawn
    scale(pairs)
    assert (pairs.folder / "results" / ranking_name(0)).read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("vas", "ICC(2,1), one rater"),
        ("likert", "Krippendorff's alpha, interval"),
    ],
)
def test_ratings_stay_on_their_own_scale(tmp_path, kind, expected):
    changes = {
        "judgement.kind": kind, "counts.trials": 20, "checks.catch_share": 0.0,
        "checks.repeat_share": 0.25, "order.spacing": 0,
    }  # fmt: skip
    study = simulate(make(tmp_path / "study", changes), 4)
    told = result(scale(study))
    group = told["study_groups"][0]
    assert group["anchors"] == "0 and 1: the ends of the rating scale."
    values = np.array([row["value"] for row in told["study_ranking"]])
    assert values.min() > 0
    assert values.max() < 1
    assert figures(told)[expected]["value"] is not None
    assert figures(told)["test-retest correlation"]["n"] > 3
    with pytest.raises(ParameterError, match="have no other anchors"):
        scale(study, anchors=Anchors(rule="reference", low="a", high="b"))


def test_one_rater_is_told_to_be_one(tmp_path):
    study = simulate(make(tmp_path / "study", {"judgement.kind": "vas", "counts.trials": 12}), 1)
    told = result(scale(study))
    assert figures(told)["ICC(2,1), one rater"]["value"] is None
    notes = read_result(study.folder, SCALE_JSON)["groups"][0]["notes"]
    assert any("Plain means" in note for note in notes)


def test_best_worst_becomes_utilities(tmp_path):
    changes = {"judgement.kind": "best-worst", "order.spacing": 0, "counts.trials": 10}
    study = simulate(make(tmp_path / "study", changes), 2)
    told = result(scale(study))
    assert told["study_ranking"][0]["value"] == 1.0
    notes = read_result(study.folder, SCALE_JSON)["groups"][0]["notes"]
    assert any("too narrow" in note for note in notes)


def test_dishes_that_are_compared_with_themselves_alone_have_scales_of_their_own(tmp_path):
    study = make(tmp_path / "study", {"order.blocks": "category", "order.spacing": 0, **PAIRS})
    simulate(study, 2)
    told = result(scale(study))
    assert len(told["study_groups"]) == 2
    assert {group["text"].split(", ")[-1] for group in told["study_groups"]} == {"curry", "salad"}
    assert (study.folder / "results" / ranking_name(1)).exists()


def test_what_was_viewed_in_different_ways_is_not_pooled_silently(pairs):
    """A participant whose gaze was recorded is scaled apart, unless pooling is asked for."""

    def recorded(person):
        answers = tuple(replace(a, gaze_source="tracker") for a in person.state.answers)
        return replace(person, state=replace(person.state, answers=answers))

    people = gather(pairs).people
    mixed = Cohort(pairs, (recorded(people[0]), *people[1:]))
    ways = {group.way.gaze: len(group.raters) for group in grouped(mixed)}
    assert ways == {"tracker": 1, "none": 2}
    (pooled,) = grouped(mixed, pooled=True)
    assert pooled.way.gaze == "pooled"
    assert len(pooled.raters) == 3


def test_people_and_simulations_are_not_pooled(pairs):
    people = gather(pairs).people

    def real(person):
        header = {**person.state.header, "simulated": False}
        return replace(person, state=replace(person.state, header=header))

    mixed = Cohort(pairs, (real(people[0]), *people[1:]))
    assert [person.code for person in mixed.used] == ["sim-01"]
    assert "simulated" in mixed.left_out["sim-02"]


def test_a_prior_from_features_narrows_the_intervals_and_is_recorded(pairs):
    plain = result(scale(pairs))["study_groups"][0]["median_width"]
    told = result(scale(pairs, features=True))["study_groups"][0]["median_width"]
    assert told != plain
    assert read_result(pairs.folder, SCALE_JSON)["settings"]["features"] is True
    scale(pairs)


def test_without_answers_there_is_nothing_to_scale(tmp_path):
    with pytest.raises(InputError, match="no answers to scale"):
        scale(make(tmp_path / "study"))


def test_results_are_json_that_everybody_can_read(pairs):
    scale(pairs)
    text = (pairs.folder / "results" / SCALE_JSON).read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["simulated"] is True
