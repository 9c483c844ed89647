from __future__ import annotations

import json

import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.design.action_settings import ActionSettings
from napari_lesion_synth.perception.design.freeze import freeze, read_frozen, require_frozen
from napari_lesion_synth.perception.design.layout import (
    DESIGN_YAML,
    FROZEN_JSON,
    STIMULI_JSON,
    consent_path,
)
from napari_lesion_synth.perception.design.sections import Judgement, TrialCounts
from napari_lesion_synth.perception.design.settings import sha256_of
from napari_lesion_synth.perception.design.study import Study, create_study, open_study
from napari_lesion_synth.perception.ledger.study_log import (
    AMENDED,
    amend,
    amended_settings,
    study_records,
)


@pytest.fixture
def study(make_study):
    return make_study()


def changed(study, **counts):
    design = study.design.model_copy(update={"counts": TrialCounts(**counts)})
    return Study(study.folder, design, study.stimuli)


def test_a_study_comes_back_from_its_folder(study):
    assert open_study(study.folder) == study
    with pytest.raises(InputError, match="there is a study"):
        create_study(study.folder, study.design)


def test_the_preregistration_states_design_photos_and_consent_with_a_hash_of_all(study):
    frozen = freeze(study)
    assert study.frozen
    assert frozen.design == study.design
    assert frozen.photos == {s.id: s.sha256 for s in study.stimuli}
    assert set(frozen.consent) == {"ja", "en"}
    content = json.loads((study.folder / FROZEN_JSON).read_text(encoding="utf-8"))
    stated = content.pop("sha256")
    del content["frozen_utc"]
    assert stated == sha256_of(content) == frozen.sha256
    assert require_frozen(study) == frozen


def test_a_preregistration_from_before_kinds_could_be_mixed_is_the_same_today(study):
    """It says nothing of costs, neither then nor now, and nothing differs from it."""
    frozen = freeze(study)
    content = json.loads((study.folder / FROZEN_JSON).read_text(encoding="utf-8"))
    assert "actions" not in content["design"]
    assert "actions" not in (study.folder / DESIGN_YAML).read_text(encoding="utf-8")
    assert sha256_of(content["design"]) == open_study(study.folder).design.sha256
    assert require_frozen(open_study(study.folder)).sha256 == frozen.sha256


def test_costs_of_a_mixed_study_are_frozen(make_study):
    study = make_study(judgement=Judgement(kind="mixed"))
    freeze(study)
    dear = study.design.model_copy(update={"actions": ActionSettings(rating_s=9)})
    with pytest.raises(ParameterError, match=r"actions\.rating_s"):
        require_frozen(Study(study.folder, dear, study.stimuli))


def test_a_design_is_frozen_once(study):
    freeze(study)
    with pytest.raises(ParameterError, match="frozen before"):
        freeze(study)


def test_a_preregistration_that_was_touched_is_refused(study):
    freeze(study)
    path = study.folder / FROZEN_JSON
    path.write_text(
        path.read_text(encoding="utf-8").replace('"trials": 20', '"trials": 21'), encoding="utf-8"
    )
    with pytest.raises(InputError, match="changed after it was written"):
        read_frozen(study.folder)
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        read_frozen(study.folder)


def test_a_design_that_was_changed_after_freezing_is_refused_by_name(study):
    freeze(study)
    with pytest.raises(ParameterError, match=r"counts\.practice, counts\.trials"):
        require_frozen(changed(study, trials=21, practice=3, block_size=8))


def test_a_consent_text_that_was_changed_after_freezing_is_refused_by_name(study):
    freeze(study)
    path = consent_path(study.folder, "ja")
    path.write_text(path.read_text(encoding="utf-8") + "追記\n", encoding="utf-8")
    with pytest.raises(ParameterError, match=r"consent\.ja"):
        require_frozen(study)


def test_a_photo_that_was_changed_after_freezing_is_refused_by_name(study, write_photo):
    freeze(study)
    write_photo(study.stimuli.by_id("p03.png").path, 99)
    with pytest.raises(InputError, match=r"p03\.png changed"):
        require_frozen(study)


def test_a_new_list_of_photos_is_refused_too(study):
    freeze(study)
    path = study.folder / STIMULI_JSON
    content = json.loads(path.read_text(encoding="utf-8"))
    content["photos"] = content["photos"][:-1]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"not those that were frozen: p11\.png"):
        require_frozen(open_study(study.folder))


def test_an_unfrozen_photo_change_is_noticed_when_freezing(study, write_photo):
    write_photo(study.stimuli.by_id("p03.png").path, 99)
    with pytest.raises(InputError, match=r"p03\.png changed"):
        freeze(study)


def test_an_amendment_is_on_record_and_allowed(study):
    freeze(study)
    new = amend(study, changed(study, trials=24, practice=2, block_size=8).design, "more power")
    assert open_study(study.folder) == new
    (record,) = (r for r in study_records(study.folder) if r["kind"] == AMENDED)
    assert record["changed"] == {"counts.trials": {"before": 20, "after": 24}}
    assert record["reason"] == "more power"
    assert amended_settings(new) == {"counts.trials"}
    require_frozen(new, amended_settings(new))
    # Only the value on record is allowed.
    other = changed(study, trials=25, practice=2, block_size=8)
    with pytest.raises(ParameterError, match=r"counts\.trials"):
        require_frozen(other, amended_settings(other))


def test_an_amendment_needs_a_reason_a_change_and_the_same_photos(study):
    with pytest.raises(InputError, match="not frozen"):
        amend(study, changed(study, trials=24).design, "early")
    freeze(study)
    with pytest.raises(ParameterError, match="reason"):
        amend(study, changed(study, trials=24).design, " ")
    with pytest.raises(ParameterError, match="nothing differs"):
        amend(study, study.design, "no change")
    with pytest.raises(ParameterError, match="photos cannot be changed"):
        amend(study, study.design.model_copy(update={"stimuli": "other"}), "new photos")
