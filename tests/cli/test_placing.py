from __future__ import annotations

import pytest

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.file import save_project
from napari_lesion_synth.project.model import Project, SiteSpec


@pytest.fixture
def project(files, tmp_path):
    """A project file with two drafts."""
    case = CaseFiles(ct=str(files["ct"]), organ=str(files["organ"]))
    sites = [
        SiteSpec(id=k, center=(12, 40, x), diameter_mm=8.0, method="sigmoid", seed=k)
        for k, x in ((1, 25), (2, 55))
    ]
    return save_project(Project(case=case, sites=sites), tmp_path / "project.yaml")


def test_a_project_becomes_a_set_that_can_be_remade(cli, project, files):
    run = cli("place", project, "--out", files["out"], "--all")
    assert run.code == 0, run.err
    assert f"set: {files['out']}" in run.out
    assert "lesions: 2" in run.out
    assert GeneratedSet.open(files["out"]).complete
    assert cli("replay", files["out"]).code == 0


def test_events_are_json_lines_and_nothing_else(cli, project, files):
    run = cli("place", project, "--out", files["out"], "--all", "--json")
    kinds = [event["event"] for event in run.events]
    assert run.code == 0
    assert (kinds[0], kinds[-1]) == ("started", "done")
    assert run.err == ""


def test_drafts_alone_are_bad_usage_with_the_remedy(cli, project, files):
    run = cli("place", project, "--out", files["out"])
    assert run.code == 2
    assert "none of the 2 lesions of the project was kept" in run.err
    assert "--all" in run.err
    assert not files["out"].exists()


@pytest.mark.parametrize("text", [None, "sites: [", "schema: 1\nsites: 3\n", "schema: 99\n"])
def test_a_file_that_is_no_project_fails_without_a_traceback(cli, tmp_path, files, text):
    path = tmp_path / "other.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    run = cli("place", path, "--out", files["out"])
    assert run.code == 1
    assert "other.yaml" in run.err
    assert "Traceback" not in run.err
