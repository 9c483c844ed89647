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
