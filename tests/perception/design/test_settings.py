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
    with pytest.raises(ParameterError, match=r"counts\.trials: must be \d+ or more, not 0"):
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


@pytest.mark.parametrize(
    ("sections", "sha256"),
    [
        ({"name": "a"}, "4970b7cb230bf48e58d1b862666bc8b30b26f1b5aa9eb9f4e029845f2f438437"),
        (
            {"name": "soups", "seed": 7, "selection": {"rule": "gain"},
             "judgement": {"kind": "vas"}},
            "e583d90e1cf070ef90b369c6725c23afb3ecfea39d3f61ab83722285cd8a73a4",
        ),
    ],
)  # fmt: skip
def test_designs_of_one_kind_of_question_keep_the_hash_that_they_always_had(sections, sha256):
    # The share of catch trials that was usual then.
    assert StudyDesign.checked(**sections, checks={"catch_share": 0.05}).sha256 == sha256


def test_what_questions_cost_is_part_of_a_mixed_design_and_of_its_hash():
    usual = StudyDesign.checked(name="a", judgement={"kind": "mixed"})
    dear = StudyDesign.checked(name="a", judgement={"kind": "mixed"}, actions={"pair_s": 9})
    assert usual.content["actions"]["pair_s"] == 4.0
    assert usual.sha256 != dear.sha256
    assert design_differences(usual, dear) == {"actions.pair_s": (4.0, 9.0)}
    # Whatever somebody wrote down is kept, even where it makes no difference.
    assert StudyDesign.checked(name="a", actions={"pair_s": 9}).content["actions"]["pair_s"] == 9


def test_where_kinds_are_mixed_each_trial_has_the_question_of_its_kind():
    design = StudyDesign.checked(
        name="a",
        judgement={"kind": "mixed", "question_en": "Which?"},
        actions={"rating_question_en": "How much?"},
    )
    assert question(design, "en", "pair") == "Which?"
    assert question(design, "en", "vas") == "How much?"
    assert question(design, "en", "view") == "Please look at the photo."
    assert question(design, "ja", "vas") == "どのくらいおいしそうに見えますか。"
    assert question(design, "en") == "Which?\nHow much?"


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
