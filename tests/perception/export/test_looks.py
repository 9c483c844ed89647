from __future__ import annotations

from dataclasses import replace

import pytest

from napari_lesion_synth.perception.design.layout import gaze_path
from napari_lesion_synth.perception.export.looks import GazeRules, looks_of
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.gaze.quality import QualityRules


@pytest.fixture
def looked(take_parts):
    study = take_parts(1, gaze="tracker")
    return study, gather(study).people[0]


def test_every_trial_with_gaze_has_a_look(looked):
    study, person = looked
    looks = list(looks_of(study, person))
    assert [look.trial.number for look in looks] == [t.number for t in person.state.trials]
    for look in looks:
        assert [photo.id for photo in look.photos] == list(look.trial.stimuli)


def test_fixations_are_told_apart_by_the_photo_they_lie_on(looked):
    study, person = looked
    for look in looks_of(study, person):
        places = [look.place_of(fixation) for fixation in look.fixations]
        assert {0, 1} >= {place for place in places if place is not None}
        for place in (0, 1):
            own = look.on(place)
            assert len(own) == places.count(place)
            for fixation in own:
                assert 0 <= fixation.x <= look.photos[place].width


def test_a_degree_is_as_many_pixels_of_the_photo_as_it_was_drawn_with(looked):
    study, person = looked
    look = next(looks_of(study, person))
    across = look.screen.px_per_degree[0] / look.places[0].scale[0]
    assert look.sigma_px(0)[0] == pytest.approx(across)


def test_the_verdict_knows_the_accuracy_of_the_validation(looked):
    study, person = looked
    strict = GazeRules(quality=QualityRules(map_accuracy_deg=0.3))
    (first, *_) = looks_of(study, person, strict)
    assert not first.verdict.maps
    assert "0.5°" in str(first.verdict)


def with_answers(person, change):
    """The participant with other answers."""
    answers = tuple(change(answer) for answer in person.state.answers)
    return replace(person, state=replace(person.state, answers=answers))


def test_what_was_looked_at_after_the_photos_were_gone_is_left_out(looked):
    study, person = looked

    def gone(answer):
        return replace(answer, shown={**answer.shown, "seen_s": 0.7})

    whole = list(looks_of(study, person))
    cut = list(looks_of(study, with_answers(person, gone)))
    assert max(look.samples.t[-1] for look in whole) > 0.7
    for look in cut:
        assert look.samples.t[-1] < 0.7
        assert all(fixation.end_s <= 0.7 + 1 / look.samples.rate_hz for fixation in look.fixations)


def test_a_tracker_that_fell_silent_makes_no_maps(looked):
    study, person = looked

    def longer(answer):
        return replace(answer, response_time_s=answer.response_time_s + 60)

    assert any(look.verdict.maps for look in looks_of(study, person))
    for look in looks_of(study, with_answers(person, longer)):
        assert not look.verdict.sides
        assert "of the samples are lost" in str(look.verdict)


def test_trials_without_a_readable_file_have_no_look(looked):
    study, person = looked
    gaze_path(study.folder, "P-1", 1).unlink()
    gaze_path(study.folder, "P-1", 2).write_bytes(b"broken")
    numbers = {look.trial.number for look in looks_of(study, person)}
    assert numbers == {t.number for t in person.state.trials} - {1, 2}


def test_without_knowing_where_photos_were_there_is_no_look(looked):
    study, person = looked
    blind = tuple(replace(answer, shown={}) for answer in person.state.answers)
    assert not list(looks_of(study, replace(person, state=replace(person.state, answers=blind))))
