"""Limits of transforms, from the answers of a study to the policy that trainings obey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.jobs.studies import make, result, run, simulate

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.events import Log, StopToken
from napari_lesion_synth.jobs.study_files import LIMITS_JSON, POLICY_JSON, read_result
from napari_lesion_synth.jobs.study_limits import LimitsOfStudy, dose_name, limits_of_study
from napari_lesion_synth.jobs.study_scale import ScaleStudy, scale_study
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.limits.policy import read_policy
from napari_lesion_synth.perception.transforms.facts import Change


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Four participants were shown rotated photos beside the originals."""
    tried = LimitSettings(transforms=("rotate",), ends={"rotate": (0.0, 40.0)})
    made = make(
        tmp_path_factory.mktemp("limits") / "study",
        {"counts.trials": 30, "checks.catch_share": 0.0},
        limits=tried,
        freeze=True,
    )
    return simulate(made, 4)


def find(study, **more):
    return run(limits_of_study(LimitsOfStudy(folder=study.folder, **more), StopToken()))


def test_every_question_is_about_an_original_and_its_changed_self(study):
    for person in gather(study):
        for trial, _ in person.state.judged:
            assert trial.kind == "twoafc"
            assert len(set(trial.stimuli)) == 1
            change = Change.of(trial.facts)
            assert change.transform == "rotate"
            assert 0 < change.magnitude <= 40


def test_the_policy_holds_ranges_that_rest_on_this_study(study):
    events = find(study)
    policy = read_policy(study.folder / "results" / POLICY_JSON)
    assert {each.category for each in policy.ranges} == {"curry", "salad", "*"}
    assert all(0 <= each.high < 40 for each in policy.ranges)
    assert {each.study for each in policy.ranges} == {read_frozen(study.folder).sha256}
    assert len(result(events)["study_limits"]) == 3


def test_limits_of_simulated_participants_say_so(study):
    events = find(study)
    policy = read_policy(study.folder / "results" / POLICY_JSON)
    assert all("not for trainings" in each.method for each in policy.ranges)
    assert any(isinstance(e, Log) and "for dry runs" in e.text for e in events)


def test_curves_come_with_their_intervals_and_a_drawing(study):
    find(study)
    (found,) = read_result(study.folder, LIMITS_JSON)["transforms"]
    for curve in found["curves"]:
        low, middle, high = (np.array(curve[name]) for name in ("low", "change", "high"))
        assert np.all((low <= middle) & (middle <= high))
        assert middle[-1] < 0  # simulated participants like rotated photos less
    assert (study.folder / "results" / dose_name("rotate")).exists()


def test_what_is_tested_is_the_curve_up_to_the_limit_and_not_choices_within_it(study):
    find(study)
    (found,) = read_result(study.folder, LIMITS_JSON)["transforms"]
    ranges = {each["category"]: each for each in found["ranges"]}
    assert [test["category"] for test in found["tests"]] == ["curry", "salad"]
    for test in found["tests"]:
        assert test["limit"] == pytest.approx(ranges[test["category"]]["high"], abs=1e-5)
        assert "4 raters as clusters" in test["words"]
        value, low, high = test["change"]
        margin = ranges[test["category"]]["margin"]
        assert low < value < high
        assert max(-low, high) == pytest.approx(margin, abs=0.02)  # it ends where the test fails


def test_answers_given_in_several_ways_are_pooled_only_when_asked(study, monkeypatch):
    from napari_lesion_synth.jobs import study_limits

    original = gather(study)
    first = original.people[0]
    state = replace(
        first.state,
        answers=tuple(replace(a, gaze_source="tracker") for a in first.state.answers),
    )
    mixed = replace(original, people=(replace(first, state=state), *original.people[1:]))
    monkeypatch.setattr(study_limits, "gather", lambda _: mixed)
    with pytest.raises(ParameterError, match="given in 2 ways"):
        find(study)
    assert result(find(study, pooled=True))["participants"] == 4


def test_a_study_of_photos_has_no_limits(tmp_path):
    with pytest.raises(InputError, match="tries no transforms"):
        find(make(tmp_path / "study"))


def test_without_answers_there_are_none(tmp_path):
    study = make(tmp_path / "study", limits=LimitSettings(transforms=("blur",)))
    with pytest.raises(InputError, match="no answers about changed photos"):
        find(study)


def test_a_study_of_limits_has_no_ranking_and_says_what_to_do_instead(study):
    with pytest.raises(InputError, match="about changed photos") as caught:
        run(scale_study(ScaleStudy(folder=study.folder), StopToken()))
    assert "study limits" in caught.value.remedy
