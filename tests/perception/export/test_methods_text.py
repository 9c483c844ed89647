from __future__ import annotations

from dataclasses import replace

import pytest

from napari_lesion_synth.intervals import Interval
from napari_lesion_synth.perception.design.action_settings import ActionSettings
from napari_lesion_synth.perception.design.freeze import freeze, read_frozen
from napari_lesion_synth.perception.design.sections import Judgement, Selection
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.methods_text import methods_paragraph, methods_text
from napari_lesion_synth.perception.export.people import Cohort, gather
from napari_lesion_synth.perception.export.quality import data_quality
from napari_lesion_synth.perception.export.reporting import MethodsFacts, reporting_items


def facts_of(study, **more):
    return MethodsFacts(study, data_quality(gather(study)), **more)


def test_the_paragraph_holds_the_figures_of_the_data(take_parts):
    study = take_parts(2, gaze="tracker")
    quality = data_quality(gather(study))
    text = methods_paragraph(facts_of(study))
    assert "2 participants took part, 2 to the end; nobody was excluded." in text
    assert f"{quality.judgements} judgements count" in text
    assert f"{quality.catch_trials} catch trials were passed" in text
    assert "Accuracy was 0.50° on average" in text
    assert "data loss" in text
    assert "2 validations" in text
    assert "seed 0" in text


def test_figures_of_quality_are_counted_from_the_ledger(take_parts):
    study = take_parts(2, gaze="mouse_aperture")
    cohort = gather(study)
    quality = data_quality(cohort)
    judged = [pair for person in cohort.used for pair in person.state.judged]
    assert quality.judgements == len(judged)
    assert quality.repeats == sum(trial.repeat_of is not None for trial, _ in judged)
    assert (quality.longest_frame_ms, quality.late_frames) == (17.5, len(judged))
    (gaze,) = quality.gaze
    assert (gaze.source, gaze.trials) == ("mouse_aperture", len(judged))
    times = sorted(answer.response_time_s for _, answer in judged)
    assert times[0] < quality.response_s[0] < quality.response_s[1] < times[-1]


def test_marks_and_clocks_that_were_set_are_told(take_parts):
    study = take_parts(1)
    cohort = gather(study)
    (person,) = cohort.people
    marked = tuple(replace(answer, marks=("paused",)) for answer in person.state.answers)
    late = person.records[-3]
    jumped = ({**late, "t": "2026-04-01" + late["t"][10:]},)
    records = (*person.records[:-3], *jumped, *person.records[-2:])
    changed = replace(person, state=replace(person.state, answers=marked), records=records)
    quality = data_quality(Cohort(study, (changed,)))
    assert quality.marks == {"paused": quality.judgements}
    assert quality.clock_jumps == 2
    text = methods_paragraph(MethodsFacts(study, quality))
    assert f"paused: {quality.judgements}" in text
    assert "The computer's clock was set 2 times" in text


def test_a_frozen_design_is_named_by_its_hash(take_parts):
    study = take_parts(1)
    freeze(study)
    frozen = read_frozen(study.folder)
    text = methods_paragraph(
        facts_of(
            study,
            frozen_sha256=frozen.sha256,
            frozen_utc=frozen.frozen_utc,
            amendments=("fewer trials",),
        )
    )
    assert frozen.sha256[:16] in text
    assert "1 amendment followed (fewer trials)" in text
    assert "was not frozen" in methods_paragraph(facts_of(study))


def test_figures_come_with_their_intervals(take_parts):
    figures = (
        Figure.of("ICC(2,1), one rater", Interval(0.4, 0.2, 0.6), 12),
        Figure.missing("Kendall's W", "gaps"),
        Figure("raters for a reliability of 0.8", 7.0),
    )
    text = methods_paragraph(facts_of(take_parts(1), figures=figures))
    assert "ICC(2,1), one rater: 0.40 (0.20 to 0.60), n = 12" in text
    assert "raters for a reliability of 0.8: 7." in text
    assert "Kendall" not in text


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(), "balanced random design"),
        (Selection(rule="gain"), "until all trials were done"),
        (
            Selection(rule="gain", feature_prior=True, stop_at="width", stop_value=0.2),
            "a prior from image features",
        ),
    ],
)
def test_the_choice_and_the_stopping_rule_are_told(take_parts, selection, words):
    assert words in methods_paragraph(facts_of(take_parts(1, selection=selection)))


def test_a_mixed_choice_is_told_with_what_questions_were_taken_to_cost(take_parts):
    study = take_parts(
        1,
        judgement=Judgement(kind="mixed"),
        selection=Selection(rule="gain"),
        actions=ActionSettings(pair_s=3, gaze_share=0.2),
    )
    text = methods_paragraph(facts_of(study))
    assert "compared photos in pairs and rated photos on a visual analogue scale" in text
    assert "by expected bits a second (a pair taken as 3 s, a rating as 5 s" in text
    assert "looking alone as 6 s" in text


def test_what_was_not_recorded_is_left_to_the_authors(take_parts):
    plain = facts_of(take_parts(1, name="plain"))
    eyes = facts_of(take_parts(1, name="eyes", gaze="tracker"))
    names = [item.name for item in reporting_items(plain)]
    assert "Ethics approval" in names
    assert not any("Eye tracker" in name for name in names)
    told = {item.name: item.text for item in reporting_items(eyes)}
    assert told["Eye tracker: make, model, sampling rate, recorded eye"] == ""
    assert "0.50°" in told["Accuracy, precision and data loss"]
    assert "to be added by the authors" in methods_text(eyes)


def test_the_text_names_the_versions(take_parts):
    text = methods_text(facts_of(take_parts(1)))
    assert "- numpy " in text
    assert "- Python 3" in text


def test_nobody_took_part_is_a_text_too(make_study):
    text = methods_paragraph(facts_of(make_study()))
    assert "0 participants took part" in text
    assert "There were no catch trials." in text


def test_figures_go_to_json_and_back():
    figure = Figure.of("x", Interval(float("nan"), None, float("inf")), 3, "why")
    assert figure == Figure("x", None, None, None, 3, "why")
    assert Figure.from_json(figure.to_json()) == figure
    assert figure.text == "not available"
