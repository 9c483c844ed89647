from __future__ import annotations

import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.design.answers_before import check_covariates
from napari_lesion_synth.perception.design.feasible import check_feasible
from napari_lesion_synth.perception.design.questions import question
from napari_lesion_synth.perception.design.sections import (
    Covariates,
    Judgement,
    Order,
    Selection,
    TrialCounts,
)
from napari_lesion_synth.perception.design.settings import (
    StudyDesign,
    design_differences,
    read_design,
)


def test_a_design_comes_back_from_its_file_as_it_was(tmp_path):
    design = StudyDesign(
        name="おいしさ", seed=7, selection=Selection(rule="gain", stop_at="width", stop_value=0.2)
    )
    path = tmp_path / "design.yaml"
    design.save(path)
    assert "おいしさ" in path.read_text(encoding="utf-8")
    again = read_design(path)
    assert again == design
    assert again.sha256 == design.sha256


def test_every_setting_is_described():
    for name, section in StudyDesign.model_fields.items():
        assert section.description, name
        inner = getattr(section.annotation, "model_fields", {})
        for key, field in inner.items():
            assert field.description, f"{name}.{key}"
            assert field.title, f"{name}.{key}"


def test_differences_have_the_sections_before_their_names():
    before = StudyDesign(name="a")
    after = StudyDesign(name="b", counts=TrialCounts(trials=99))
    assert design_differences(before, after) == {"name": ("a", "b"), "counts.trials": (60, 99)}
    assert design_differences(before, before) == {}


def test_a_wrong_setting_is_named():
    with pytest.raises(ParameterError, match=r"counts\.trials: input should be greater"):
        StudyDesign.checked(name="a", counts={"trials": 0})
    with pytest.raises(ParameterError, match="give a stop_value above 0"):
        StudyDesign.checked(name="a", selection={"stop_at": "width"})
    with pytest.raises(ParameterError, match="a language is named twice"):
        StudyDesign.checked(name="a", languages=("en", "en"))


@pytest.mark.parametrize("text", ["", "name: [", "name: x\nunknown: 3\n", "- 1\n"])
def test_a_damaged_file_is_refused(tmp_path, text):
    path = tmp_path / "design.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"design\.yaml: the design cannot be"):
        read_design(path)
    with pytest.raises(InputError, match="there is no design"):
        read_design(tmp_path / "gone.yaml")


def test_the_question_is_asked_in_the_participants_language():
    design = StudyDesign(name="a", judgement=Judgement(question_en="Which would you eat?"))
    assert question(design, "en") == "Which would you eat?"
    assert question(design, "ja") == "どちらがおいしそうに見えますか。"


def test_a_study_with_too_few_photos_is_refused(make_study):
    study = make_study(photos=6, order=Order(spacing=2))
    check_feasible(study.design, study.stimuli)

    def refused(match, **sections):
        design = study.design.model_copy(update=sections)
        with pytest.raises(ParameterError, match=match):
            check_feasible(design, study.stimuli)

    refused("8 are needed", order=Order(spacing=3))
    refused("the limit is 2", order=Order(spacing=2, most_exposures=2))
    refused("12 are needed", judgement=Judgement(kind="best-worst"), order=Order(spacing=2))


def test_covariates_are_those_that_the_design_asks_for():
    design = StudyDesign(name="a", covariates=Covariates(age_band=True))
    given = {"hunger": 55, "minutes_since_meal": 90, "age_band": "20-29"}
    assert check_covariates(design, given) == given
    assert check_covariates(design, {**given, "age_band": None})["age_band"] is None
    for wrong, match in (
        ({"hunger": 101}, "hunger is 101"),
        ({"hunger": None}, "hunger is missing"),
        ({"hunger": True}, "hunger is True"),
        ({"hunger": float("nan")}, "hunger is nan"),
        ({"minutes_since_meal": -1}, "minutes_since_meal"),
        ({"age_band": "25"}, "age_band is '25'"),
        ({"shoe_size": 40}, "shoe_size is not asked for"),
    ):
        with pytest.raises(ParameterError, match=match):
            check_covariates(design, given | wrong)
