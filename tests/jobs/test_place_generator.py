"""Sets of lesions that a learnt generator has made, from a project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.widgets.generators import write_generator

from napari_lesion_synth.anatomy.proposal import site_at
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import CheckpointError, ParameterError
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.place import PlaceSettings, place
from napari_lesion_synth.project.file import open_project, save_project
from napari_lesion_synth.project.lesions import generator_of, lesion_at
from napari_lesion_synth.project.model import Project, SiteSpec, recipe_dict
from napari_lesion_synth.synthesis.api import synthesize

CENTER, ELSEWHERE = (12, 32, 20), (12, 50, 32)


@pytest.fixture
def case(ball_case):
    return ball_case()


@pytest.fixture
def generator(tmp_path):
    return write_generator(tmp_path / "model" / "generator.pt")


@pytest.fixture
def kept(case, generator):
    """A lesion that was kept, and its site."""
    made = synthesize(case, site_at(case, CENTER, 9.0), method="cgan", model=generator, seed=4)
    spec = SiteSpec(
        id=1, center=CENTER, diameter_mm=9.0, method="cgan", committed=recipe_dict(made.recipe)
    )
    return made, spec


@pytest.fixture
def project(kept, generator):
    """A kept lesion and a draft."""
    draft = SiteSpec(id=2, center=ELSEWHERE, diameter_mm=9.0, method="cgan", seed=7)
    return Project(sites=(kept[1], draft), model=str(generator))


def run(project, out, case, **more):
    settings = PlaceSettings(project=project, out=out, **more)
    return list(place(settings, StopToken(), cases=[case]))


def test_the_set_has_the_lesions_and_names_the_generator(project, case, generator, tmp_path):
    run(project, tmp_path / "set", case, drafts=True)
    made = GeneratedSet.open(tmp_path / "set")
    assert len(made.ids) == 2
    facts = generator_of(project, project.sites)
    assert made.info["model"] == {
        "id": facts.id, "patients": ["p", "q"], "source": str(generator),
    }  # fmt: skip


def test_a_project_without_such_lesions_asks_for_no_generator(case, tmp_path):
    site = SiteSpec(id=1, center=CENTER, diameter_mm=9.0, method="sigmoid")
    project = Project(sites=(site,), model=str(tmp_path / "gone.pt"))
    run(project, tmp_path / "set", case, drafts=True)
    assert "model" not in GeneratedSet.open(tmp_path / "set").info


def test_a_lesion_of_another_generator_is_refused(project, generator, case, tmp_path):
    write_generator(generator, seed=9)
    with pytest.raises(ParameterError, match="lesion 1 was made with the generator"):
        run(project, tmp_path / "set", case)


def test_a_generator_that_is_gone_is_named(project, generator, case, tmp_path):
    generator.unlink()
    with pytest.raises(CheckpointError, match=str(generator)):
        run(project, tmp_path / "set", case)


def test_the_file_keeps_the_path_relative(project, generator, tmp_path):
    path = save_project(project, tmp_path / "p.yaml")
    assert "model: model/generator.pt" in path.read_text(encoding="utf-8")
    assert open_project(path).model == str(generator)


def test_a_draft_drawn_for_another_generator_is_made_with_this_one(case, kept, generator):
    from napari_lesion_synth.synthesis.cgan import GeneratorModel

    model = GeneratorModel.load(Path(generator))
    made, spec = kept
    drawn = {**made.recipe.params, "model": "0" * 16}
    draft = spec.model_copy(update={"committed": None, "drawn": {"cgan": drawn}})
    again = lesion_at(case, draft, {}, rim_mm=5.0, model=model)
    assert np.array_equal(again.hu, made.hu)
    assert again.recipe.params["model"] == model.id
