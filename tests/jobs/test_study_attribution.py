"""What predictions rest on: learnt without the photo's dish, kept, and bound to the answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.jobs.studies import make, result, run, simulate, twin

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs import study_attribution
from napari_lesion_synth.jobs.study_attribution import (
    AttributeStudy,
    attribute_study,
    kept_attribution,
)
from napari_lesion_synth.perception.export.people import gather

CHANGES = {"counts.trials": 24, "checks.catch_share": 0.0}
PHOTO = "curry/curry_az090_el45.png"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three dishes of four views each."""
    folder = tmp_path_factory.mktemp("attribution") / "study"
    return simulate(make(folder, CHANGES, categories=("curry", "salad", "soup")), 2)


def attribute(study, *photos, **more):
    asked = AttributeStudy(folder=study.folder, photos=photos, parts=2, **more)
    return result(run(attribute_study(asked, StopToken())))


def kept(study, photo=PHOTO):
    return kept_attribution(study, "ridge", photo, gather(study).sha256)


def test_the_attribution_of_a_photo_is_kept_with_the_answers_it_rests_on(study):
    assert attribute(study, PHOTO)["photos"] == 1

    attribution, learnt = kept(study)

    assert attribution.fall.shape == (2, 2)  # 72 x 96 px
    assert np.abs(attribution.fall).max() > 0
    assert learnt == "from other dishes"
    assert kept(study, "soup/soup_az000_el45.png") is None
    assert kept_attribution(study, "ridge", PHOTO, "0" * 64) is None
    assert kept_attribution(study, "forest", PHOTO, gather(study).sha256) is None


def test_the_model_has_not_learnt_from_the_photos_dish(study, tmp_path, monkeypatch):
    seen = []
    learn = study_attribution.learn

    def watching(model, table, **more):
        seen.append(set(table.dishes))
        return learn(model, table, **more)

    monkeypatch.setattr(study_attribution, "learn", watching)
    attribute(twin(study, tmp_path / "twin"), PHOTO, "soup/soup_az000_el45.png", seed=1)

    assert seen == [{"salad", "soup"}, {"curry", "salad"}]


def test_what_was_done_from_the_same_answers_is_not_done_again(study, monkeypatch):
    attribute(study, PHOTO)

    def never(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(study_attribution, "part_by_part", never)
    attribute(study, PHOTO)
    assert kept(study) is not None
    with pytest.raises(AssertionError, match="again"):
        attribute(study, PHOTO, seed=3)


def test_a_photo_that_was_changed_has_no_attribution(study, tmp_path):
    other = twin(study, tmp_path / "twin")
    attribute(other, PHOTO)
    photos = tuple(
        replace(photo, sha256="0" * 64) if photo.id == PHOTO else photo for photo in other.stimuli
    )
    changed = replace(other, stimuli=replace(other.stimuli, stimuli=photos))
    assert kept_attribution(changed, "ridge", PHOTO, gather(other).sha256) is None


def test_the_mean_rests_on_nothing(study):
    with pytest.raises(ParameterError, match="the same for all photos"):
        attribute(study, PHOTO, model="mean")
