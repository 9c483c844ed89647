from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from napari_lesion_synth import __version__
from napari_lesion_synth.errors import InputError, StorageError
from napari_lesion_synth.files import TEMPORARY
from napari_lesion_synth.jobs.settings import BatchSettings, CaseFiles, GenerateSettings
from napari_lesion_synth.project.file import SCHEMA, open_project, save_project, upgraded
from napari_lesion_synth.project.model import BatchSpec, Project, SiteSpec
from napari_lesion_synth.project.paths import map_paths

from .strategies import projects

SITE = {"id": 1, "center": [3, 4, 5], "diameter_mm": 12, "method": "sigmoid"}


@pytest.fixture
def saved(tmp_path):
    """Write a file by hand: its YAML, or its content under the version."""

    def write(content, name="project.yaml"):
        path = tmp_path / name
        text = content if isinstance(content, str) else yaml.safe_dump({"schema": 1, **content})
        path.write_text(text, encoding="utf-8")
        return path

    return write


def fault(path) -> str:
    with pytest.raises(InputError) as caught:
        open_project(path)
    assert caught.value.where == str(path)
    return caught.value.what


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("projects").resolve()


@settings(deadline=None, max_examples=150)
@given(project=projects)
def test_what_is_opened_is_what_was_saved(folder, project):
    project = map_paths(project, lambda name: str(folder / name))
    path = save_project(project, folder / "project.yaml")
    assert open_project(path) == project
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["schema"] == SCHEMA
    first = path.read_bytes()
    save_project(open_project(path), path)
    assert path.read_bytes() == first


def test_the_file_is_read_by_people(tmp_path):
    sites = [
        SiteSpec(
            id=2,
            center=(3, 40, 50),
            diameter_mm=12.5,
            method="sigmoid",
            fixed={"sigmoid": {"delta_hu": -45.0}},
        )
    ]
    project = Project(case=CaseFiles(ct=str(tmp_path / "ct.nii.gz")), sites=sites)
    text = save_project(project, tmp_path / "p.yaml").read_text(encoding="utf-8")
    assert "!!" not in text
    assert "case:\n  ct: ct.nii.gz\n" in text
    assert (
        "  - id: 2\n    center: [3, 40, 50]\n    diameter_mm: 12.5\n    method: sigmoid\n"
        "    seed: 0\n    fixed:\n      sigmoid: {delta_hu: -45.0}\n" in text
    )


def test_a_file_needs_only_what_is_not_as_usual(saved):
    project = open_project(saved({"sites": [SITE]}))
    assert project.sites[0].center == (3, 4, 5)
    assert project.batch == BatchSpec()
    assert project.case is None


def test_a_folder_can_be_moved(tmp_path):
    (tmp_path / "old").mkdir()
    outside = str(tmp_path / "elsewhere" / "liver.nii.gz")
    project = Project(
        case=CaseFiles(ct=str(tmp_path / "old" / "scans" / "ct.nii.gz"), organ=outside),
        donors=str(tmp_path / "old" / "donors"),
        batch=BatchSpec(out=str(tmp_path / "old" / "sets" / "one")),
    )
    save_project(project, tmp_path / "old" / "p.yaml")
    shutil.move(tmp_path / "old", tmp_path / "new")
    moved = open_project(tmp_path / "new" / "p.yaml")
    assert moved.case == CaseFiles(ct=str(tmp_path / "new" / "scans" / "ct.nii.gz"), organ=outside)
    assert moved.donors == str(tmp_path / "new" / "donors")
    assert moved.batch.out == str(tmp_path / "new" / "sets" / "one")


def test_saving_makes_the_folder_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "new" / "p.yaml"
    save_project(Project(donors="/old"), path)
    before = path.read_bytes()

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="the disk is full"):
        save_project(Project(donors="/other"), path)
    assert path.read_bytes() == before
    assert not list(path.parent.glob(f"{TEMPORARY}*"))


def test_the_version_of_the_program_is_noted(tmp_path, saved):
    old = saved("schema: 1\nprogram: 0.0.1\n")
    assert open_project(old).program == "0.0.1"
    assert open_project(save_project(open_project(old), tmp_path / "n.yaml")).program == __version__


def test_in_a_file_of_version_1_the_last_site_says_what_is_next(saved, tmp_path):
    two = [SITE, {**SITE, "id": 4, "method": "poisson", "diameter_mm": 7}]
    project = open_project(saved({"sites": two}))
    assert project.selected == 4
    assert (project.next.method, project.next.diameter_mm) == ("poisson", 7)
    assert project.next.own_statistics
    again = open_project(save_project(project, tmp_path / "again.yaml"))
    assert again == project
    empty = open_project(saved({"sites": []}))
    assert empty.selected is None
    assert empty.next.method == "sigmoid"


# --- errors -------------------------------------------------------------------------------------


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    assert fault(tmp_path / "none.yaml") == "there is no such file"


def test_a_folder_is_no_project(tmp_path):
    assert "cannot be read" in fault(tmp_path)


@pytest.mark.parametrize(
    ("text", "line"),
    [("schema: 1\nsites: [\n", 3), ("schema: 1\nnote: it: is\n", 2), ("schema: 1\n\tx: 2\n", 2)],
)
def test_broken_yaml_is_named_with_its_line(saved, text, line):
    assert fault(saved(text)).startswith(f"this is not YAML, line {line}: ")


def test_a_date_that_is_none_is_no_crash(saved):
    assert "this is not YAML" in fault(saved("schema: 1\nprogram: 2024-13-45\n"))


def test_python_objects_are_not_made(saved):
    assert "could not determine a constructor" in fault(
        saved("schema: 1\nprogram: !!python/object/apply:os.getcwd []\n")
    )


@pytest.mark.parametrize("text", ["", "- 1\n", "hello", "a: 1\n", "schema: one\n", "schema: yes\n"])
def test_other_yaml_is_not_taken_for_a_project(saved, text):
    assert fault(saved(text)).startswith("this is not a project: ")


def test_a_picture_is_no_project(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe\x00")
    assert fault(path) == "this is not a project: it is not text"


def test_a_newer_file_asks_for_an_update(saved):
    path = saved(f"schema: {SCHEMA + 1}\nfuture: 1\n")
    with pytest.raises(InputError, match=f"knows up to {SCHEMA}") as caught:
        open_project(path)
    assert caught.value.remedy == "Update napari-lesion-synth"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema: 1\nsights: []\n", "sights (line 2): there is no such key"),
        (
            "schema: 1\nsites:\n- id: 1\n  center: [1, 2, 3]\n  diameter_mm: -4\n  method: a\n",
            "sites[0].diameter_mm (line 5): must be more than 0, not -4",
        ),
        (
            "schema: 1\nsites:\n- {id: 1, center: [1, 2, 3], method: sigmoid}\n",
            "sites[0].diameter_mm (line 3): this key is missing",
        ),
        (
            "schema: 1\nsites:\n- {id: 1, center: [1, -2, 3], method: sigmoid, diameter_mm: 9}\n",
            "sites[0].center[1] (line 3): must be 0 or more, not -2",
        ),
        ("schema: 1\ncase:\n  ctt: a.nii\n", "case.ctt (line 3): there is no such key"),
        (
            "schema: 1\ncase:\n  phantom:\n    lesions: many\n",
            "case.phantom.lesions (line 4): must be a whole number, not 'many'",
        ),
        ("schema: 1\ncase: {sample: moon}\n", "case.sample (line 2): must be 'real', not 'moon'"),
        ("schema: 1\nbatch:\n  diameter_mm: [9, 5]\n", "the smallest diameter, 9 mm, exceeds"),
        ("schema: 1\nview:\n  rim_mm: .nan\n", "view.rim_mm (line 3): "),
    ],
)
def test_a_fault_is_named_with_its_place(saved, text, words):
    assert words in fault(saved(text))


def test_only_the_first_faults_are_told(saved):
    content = {"sites": [{**SITE, "id": k, "seed": -1} for k in range(1, 6)]}
    assert fault(saved(content)).endswith("; and 2 more")


def test_two_sites_with_one_id_are_refused(saved):
    assert "two sites have the id 1" in fault(saved({"sites": [SITE, SITE]}))


@pytest.mark.parametrize("recipe", [{}, {"method": "sigmoid"}, {"site": 3}])
def test_what_is_no_recipe_is_refused(saved, recipe):
    text = fault(saved({"sites": [{**SITE, "committed": recipe}]}))
    assert "sites[0].committed" in text
    assert "this is not a recipe" in text


# --- versions -----------------------------------------------------------------------------------


def test_an_older_file_is_brought_up_to_date_step_by_step(tmp_path):
    steps = {
        1: lambda old: {"places": old["spots"]},
        2: lambda old: {"sites": old["places"]},
    }
    found = upgraded({"schema": 1, "spots": [7]}, tmp_path, upgrades=steps, newest=3)
    assert found == {"sites": [7]}
    found = upgraded({"schema": 2, "places": [7]}, tmp_path, upgrades=steps, newest=3)
    assert found == {"sites": [7]}


@pytest.mark.parametrize("version", [0, -3])
def test_a_version_that_never_was_is_refused(saved, version):
    assert f"there is no layout version {version}" in fault(saved(f"schema: {version}\n"))


def test_a_batch_is_described_where_generate_is():
    for name, field in BatchSettings.model_fields.items():
        for model in (BatchSpec, GenerateSettings):
            assert model.model_fields[name].description == field.description
            assert model.model_fields[name].default == field.default
