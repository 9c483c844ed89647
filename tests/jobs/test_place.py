from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from napari_lesion_synth.anatomy.cases import read_case, reread_case
from napari_lesion_synth.anatomy.proposal import propose_sites, site_at
from napari_lesion_synth.ct.write import write_mask
from napari_lesion_synth.dataset.layout import SAMPLES_CSV, patch_path
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import (
    DatasetError,
    DonorError,
    InputError,
    LesionSynthError,
    ParameterError,
    SiteError,
)
from napari_lesion_synth.events import Done, Progress, Started, Stopped, StopToken
from napari_lesion_synth.jobs import place as placing
from napari_lesion_synth.jobs.export import ExportSettings, export
from napari_lesion_synth.jobs.place import PlaceSettings, place, scenes_of
from napari_lesion_synth.jobs.replay import ReplaySettings, replay
from napari_lesion_synth.jobs.sheets import SheetSettings, make_contact_sheet
from napari_lesion_synth.project.case_specs import PhantomCase, PhantomScan
from napari_lesion_synth.project.file import open_project, save_project
from napari_lesion_synth.project.lesions import fingerprints
from napari_lesion_synth.project.model import Project, SiteSpec, ViewSpec, recipe_dict
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.synthesis.sigmoid import Sigmoid
from napari_lesion_synth.synthesis.touching import touching

HERE, THERE, NEAR = (12, 40, 22), (12, 40, 58), (12, 40, 27)
"""Voxels of the liver; the last is so near to the first that lesions of 12 mm touch."""


@pytest.fixture
def sick(ball_case):
    """A liver with a labelled lesion in it."""
    return ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0)


@pytest.fixture
def files(sick, save_case):
    return save_case(sick)


@pytest.fixture
def case(files):
    """The case as the command reads it."""
    return reread_case(files.inputs())


@pytest.fixture
def kept(case):
    """Maker of a lesion that was kept: its sample, and its site in the project."""

    def keep(number, center, *, method="sigmoid", donor=None, diameter=12.0, **fixed):
        site = site_at(case, center, diameter)
        sample = synthesize(case, site, method=method, donor=donor, seed=number, **fixed)
        spec = SiteSpec(
            id=number, center=center, diameter_mm=diameter, method=method, seed=number,
            donor=None if donor is None else donor.id, fixed={method: fixed},
            committed=recipe_dict(sample.recipe),
        )  # fmt: skip
        return sample, spec

    return keep


@pytest.fixture
def project(files, case, kept):
    """Three kept lesions, two of which touch, and a draft."""
    donor = extract_donors(case)[0]
    made = [
        kept(1, HERE, delta_hu=-40.0),
        kept(3, NEAR, delta_hu=-60.0),
        kept(4, THERE, method="poisson", donor=donor),
    ]
    draft = SiteSpec(
        id=7, center=(12, 22, 40), diameter_mm=9.0, method="sigmoid", seed=5,
        fixed={"sigmoid": {"delta_hu": -33.0}, "poisson": {"mixed": True}},
    )  # fmt: skip
    sites = (*(spec for _, spec in made), draft)
    return Project(case=files, sites=sites, **fingerprints(case))


def run(project, out, *, drafts=False, token=None, **inputs):
    settings = PlaceSettings(project=project, out=out, drafts=drafts)
    return list(place(settings, token or StopToken(), **inputs))


def by_site(out):
    """Patches and recipes of a set, by the ids of the project's sites."""
    opened = GeneratedSet.open(out)
    return {
        number: (opened.patch(name), opened.recipes[name])
        for number, name in zip(opened.info["sites"], opened.ids, strict=True)
    }


# --- what is made -------------------------------------------------------------------------------


def test_the_lesions_kept_are_the_ones_that_were_seen(project, case, kept, tmp_path):
    run(project, tmp_path / "set")
    made = by_site(tmp_path / "set")
    assert sorted(made) == [1, 3, 4]
    for number, center, delta in ((1, HERE, -40.0), (3, NEAR, -60.0)):
        sample, spec = kept(number, center, delta_hu=delta)
        patch, recipe = made[number]
        whole = case.volume.hu.copy()
        whole[sample.bbox][sample.support] = sample.hu[sample.support]
        assert np.array_equal(patch.after, whole[patch.bbox])
        assert recipe == sample.recipe == spec.recipe


def test_lesions_that_touch_are_in_different_scenes_and_others_share_one(project, tmp_path):
    events = run(project, tmp_path / "set")
    table = GeneratedSet.open(tmp_path / "set").table
    assert list(table["id"]) == ["lesion_000000", "lesion_000001", "lesion_000002"]
    scene = dict(
        zip(GeneratedSet.open(tmp_path / "set").info["sites"], table["scene"], strict=True)
    )
    assert scene == {1: "scene_00000", 4: "scene_00000", 3: "scene_00001"}
    assert events[-1].result == {"set": str(tmp_path / "set"), "lesions": 3, "scenes": 2}


def test_scenes_hold_no_two_that_touch(case, kept):
    centers = [(12, 40, x) for x in range(14, 68, 6)]
    samples = [kept(k + 1, center, diameter=8.0)[0] for k, center in enumerate(centers)]
    scenes = scenes_of(samples)
    assert sorted(k for scene in scenes for k in scene) == list(range(len(samples)))
    assert 1 < len(scenes) < len(samples)
    for scene in scenes:
        assert not any(touching(samples[a], samples[b]) for a in scene for b in scene if a != b)


def test_a_draft_is_left_out_unless_asked_for(project, tmp_path, case):
    run(project, tmp_path / "set", drafts=True)
    made = by_site(tmp_path / "set")
    assert sorted(made) == [1, 3, 4, 7]
    site = site_at(case, (12, 22, 40), 9.0)
    assert made[7][1] == synthesize(case, site, seed=5, delta_hu=-33.0).recipe


def test_a_draft_keeps_the_parameters_that_were_drawn_for_it(project, tmp_path):
    drawn = {"irregularity": 0.2, "kind": "calcified"}
    draft = project.sites[-1].model_copy(update={"drawn": {"sigmoid": drawn}})
    run(project.model_copy(update={"sites": (draft,)}), tmp_path / "set", drafts=True)
    params = by_site(tmp_path / "set")[7][1].params
    assert {name: params[name] for name in (*drawn, "delta_hu")} == {**drawn, "delta_hu": -33.0}
    assert params["elongation"] == 1.3  # the method's default, not drawn


def test_the_rim_is_as_wide_as_the_project_says(project, tmp_path):
    draft = project.sites[-1:]
    for width, zone in ((1.0, "interior"), (20.0, "rim")):
        view = ViewSpec(rim_mm=width)
        out = tmp_path / zone
        run(project.model_copy(update={"sites": draft, "view": view}), out, drafts=True)
        assert list(GeneratedSet.open(out).table["zone"]) == [zone]


def test_the_host_is_left_alone(project, case, tmp_path):
    before = case.volume.hu.copy()
    run(project, tmp_path / "set", cases=[case])
    assert np.array_equal(case.volume.hu, before)


# --- the set as others see it -------------------------------------------------------------------


def test_the_set_is_remade_from_its_recipes(project, tmp_path):
    run(project, tmp_path / "set", drafts=True)
    events = list(replay(ReplaySettings(folder=tmp_path / "set"), StopToken()))
    assert events[-1].result["same"] == events[-1].result["total"] == 4


def test_the_set_can_be_exported_and_drawn(project, tmp_path, case):
    run(project, tmp_path / "set")
    settings = ExportSettings(folder=tmp_path / "set", out=tmp_path / "raw")
    events = list(export(settings, StopToken()))
    assert events[-1].result["lesions"] == 3
    target = tmp_path / "raw" / "Dataset501_LesionSynth"
    exported = read_case(next(target.glob("imagesTr/*_scene_00000_0000.nii.gz")))
    expected = case.volume.hu.copy()
    for number, (patch, _) in by_site(tmp_path / "set").items():
        if number in (1, 4):
            expected[patch.bbox] += patch.after - patch.before
    assert np.array_equal(exported.volume.hu, expected)
    list(
        make_contact_sheet(
            SheetSettings(folder=tmp_path / "set", out=tmp_path / "s.png"), StopToken()
        )
    )
    assert (tmp_path / "s.png").exists()


def test_the_record_says_from_what_and_with_which_versions(project, tmp_path, case, files):
    run(project, tmp_path / "set")
    info = GeneratedSet.open(tmp_path / "set").info
    assert {"version", "software", "context_mm", "recipes"} <= set(info)
    assert info["n"] == 3
    assert info["sites"] == [1, 4, 3]
    (host,) = info["cases"]
    assert host["host"] == case.volume.sha256
    assert host["inputs"] == files.inputs()
    donor = project.sites[2].donor
    assert info["donors"] == {
        "lesions": [{"id": donor, "patient": case.patient}],
        "source": "lesions of the cases",
    }
    assert "seed" not in info


def test_of_a_library_all_donors_count_as_teachers(project, tmp_path, case, ball_case):
    other = ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=18.0, patient="teacher")
    library = save_donors(extract_donors(case) + extract_donors(other), tmp_path / "library")
    changed = project.model_copy(update={"donors": str(library)})
    run(changed, tmp_path / "set")
    donors = GeneratedSet.open(tmp_path / "set").info["donors"]
    assert {donor["patient"] for donor in donors["lesions"]} == {case.patient, "teacher"}
    assert donors["source"] == str(library)
    events = list(replay(ReplaySettings(folder=tmp_path / "set"), StopToken()))
    assert events[-1].result["same"] == 3


# --- the same bytes -----------------------------------------------------------------------------


@pytest.fixture
def whole(project, tmp_path, content):
    """Content of the set, made in one go."""
    run(project, tmp_path / "whole")
    return content(tmp_path / "whole")


def test_the_stream_begins_counts_and_ends_with_the_set(project, tmp_path):
    events = run(project, tmp_path / "set")
    assert events[0] == Started("place", 3)
    counts = [(e.done, e.total) for e in events if isinstance(e, Progress)]
    assert counts == [(0, 3), (1, 3), (2, 3), (0, 3), (2, 3), (3, 3)]
    assert isinstance(events[-1], Done)


def test_memory_and_file_give_the_same_bytes(project, case, kept, tmp_path, content, whole):
    known = {1: kept(1, HERE, delta_hu=-40.0)[0]}
    donors = extract_donors(case)
    bare = replace(case, inputs={})
    run(project, tmp_path / "memory", cases=[bare], donors=donors, samples=known)
    path = save_project(project, tmp_path / "p.yaml")
    run(open_project(path), tmp_path / "file")
    assert content(tmp_path / "memory") == content(tmp_path / "file") == whole


def test_a_sample_in_memory_is_used_only_where_it_is_the_one_kept(
    project, kept, tmp_path, content, whole, monkeypatch
):
    made = []
    real = placing.lesion_at

    def spy(case, site, *more, **options):
        made.append(site.id)
        return real(case, site, *more, **options)

    monkeypatch.setattr(placing, "lesion_at", spy)
    same, other = kept(1, HERE, delta_hu=-40.0)[0], kept(3, NEAR, delta_hu=-10.0)[0]
    run(project, tmp_path / "set", samples={1: same, 3: other})
    assert made == [3, 4]
    assert content(tmp_path / "set") == whole


def test_a_second_run_changes_nothing(project, tmp_path, content, whole, texts):
    assert "3 of 3 lesions are there already" in texts(run(project, tmp_path / "whole"))
    assert content(tmp_path / "whole") == whole


@pytest.mark.parametrize("steps", range(1, 7))
def test_a_stopped_run_goes_on_to_the_same_bytes(project, tmp_path, content, whole, steps):
    token, heard = StopToken(), []
    settings = PlaceSettings(project=project, out=tmp_path / "set")

    def listen():
        for event in place(settings, token):
            heard.append(event)
            if sum(isinstance(e, Progress) for e in heard) == steps:
                token.stop()

    if steps == 6:  # the last one: there is nothing left to stop
        listen()
    else:
        with pytest.raises(Stopped):
            listen()
    assert (tmp_path / "set").exists() == (steps > 3)
    run(project, tmp_path / "set")
    assert content(tmp_path / "set") == whole


def test_damage_is_mended(project, tmp_path, content, whole):
    out = tmp_path / "whole"
    patch_path(out, "lesion_000001").unlink()
    table = out / SAMPLES_CSV
    table.write_bytes(table.read_bytes()[:-100])
    run(project, out)
    assert content(out) == whole


def test_another_project_in_the_folder_is_refused(project, kept, tmp_path):
    run(project, tmp_path / "set")
    changed = (kept(1, HERE, delta_hu=-41.0)[1], *project.sites[1:])
    with pytest.raises(DatasetError, match="recipes is"):
        run(project.model_copy(update={"sites": changed}), tmp_path / "set")
    with pytest.raises(DatasetError, match="n is 3 there and 4 here"):
        run(project, tmp_path / "set", drafts=True)


# --- other cases --------------------------------------------------------------------------------


def test_a_simulated_ct_with_another_organ_is_read_again(tmp_path):
    scan = PhantomScan(seed=1, lesions=1, spacing=(5.0, 2.5, 2.5), slices=30)
    plain = reread_case(PhantomCase(phantom=scan).inputs())
    mask = plain.require_organ().mask.copy()
    mask[:, :, mask.shape[2] // 2 :] = False
    organ = write_mask(tmp_path / "painted.nii.gz", mask, plain.volume)
    spec = PhantomCase(phantom=scan, organ=str(organ))
    case = reread_case(spec.inputs())
    assert not np.array_equal(case.require_organ().mask, plain.require_organ().mask)
    center = propose_sites(case, 1, zone="interior", diameter_mm=15.0)[0].center
    site = SiteSpec(id=1, center=center, diameter_mm=15.0, method="sigmoid")
    project = Project(case=spec, sites=(site,), **fingerprints(case))
    path = save_project(project, tmp_path / "p.yaml")
    events = run(open_project(path), tmp_path / "set", drafts=True)
    assert not [e for e in events if getattr(e, "level", "") == "warning"]
    events = list(replay(ReplaySettings(folder=tmp_path / "set"), StopToken()))
    assert events[-1].result["same"] == 1


# --- errors -------------------------------------------------------------------------------------


def test_drafts_alone_are_nothing_to_place(project, tmp_path):
    drafts = project.model_copy(update={"sites": project.sites[-1:]})
    with pytest.raises(ParameterError, match="none of the 1 lesions") as caught:
        run(drafts, tmp_path / "set")
    assert "--all" in caught.value.remedy
    assert not (tmp_path / "set").exists()


def test_an_empty_project_is_nothing_to_place(files, tmp_path):
    with pytest.raises(ParameterError, match="the project has no lesions"):
        run(Project(case=files), tmp_path / "set", drafts=True)


def test_a_project_without_a_ct_needs_one(project, tmp_path, case):
    bare = project.model_copy(update={"case": None})
    with pytest.raises(ParameterError, match="names no CT"):
        run(bare, tmp_path / "set")
    assert run(bare, tmp_path / "set", cases=[case])[-1].result["lesions"] == 3
    with pytest.raises(ParameterError, match="one case, and 2 are given"):
        run(bare, tmp_path / "other", cases=[case, case])


def test_a_case_without_an_organ_is_refused(project, tmp_path, case):
    with pytest.raises(InputError, match="needs the organ's mask"):
        run(project, tmp_path / "set", cases=[replace(case, organ=None)])


def test_a_file_that_is_gone_is_named(project, files, tmp_path):
    shutil.move(files.ct, f"{files.ct}.away")
    with pytest.raises(LesionSynthError) as caught:
        run(project, tmp_path / "set")
    assert caught.value.where == files.ct


def test_another_ct_is_refused_for_what_was_kept(project, tmp_path, ball_case, save_case, texts):
    save_case(ball_case((24, 80, 80), (2.5, 1.0, 1.0), lesion_mm=14.0, seed=9))
    kept = project.model_copy(update={"sites": project.sites[:2]})
    with pytest.raises(DatasetError, match="lesion 1: the CT differs"):
        run(kept, tmp_path / "set")
    drafts = project.model_copy(update={"sites": project.sites[-1:]})
    told = texts(run(drafts, tmp_path / "set", drafts=True))
    assert "the CT is not the one that the project was saved with" in told


def test_another_organ_is_pointed_out(project, tmp_path, case, texts):
    organ = case.require_organ()
    mask = organ.mask.copy()
    mask[:4] = False
    smaller = replace(case, organ=type(organ)(mask, organ.spacing))
    told = texts(run(project, tmp_path / "set", cases=[smaller], donors=extract_donors(case)))
    assert "the organ's mask is not the one" in told
    assert "the CT is not" not in told


def test_a_donor_that_is_not_there_is_named(project, tmp_path, sick):
    sites = (project.sites[2].model_copy(update={"committed": None, "donor": "who-1234"}),)
    with pytest.raises(DonorError, match="1 donors of the project are not there: who-1234"):
        run(project.model_copy(update={"sites": sites}), tmp_path / "set", drafts=True)


def test_a_draft_without_the_donor_it_needs_is_named(project, tmp_path):
    sites = (project.sites[2].model_copy(update={"committed": None, "donor": None}),)
    with pytest.raises(DonorError, match="lesion 4: method 'poisson' transplants"):
        run(project.model_copy(update={"sites": sites}), tmp_path / "set", drafts=True)


def test_a_library_that_is_gone_is_named(project, tmp_path):
    changed = project.model_copy(update={"donors": str(tmp_path / "gone")})
    with pytest.raises(DonorError, match="not a donor library"):
        run(changed, tmp_path / "set")


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"center": (0, 0, 0)}, SiteError, "lesion 7: the point .* lies outside the organ"),
        ({"method": "magic"}, ParameterError, "there is no synthesis method 'magic'"),
        ({"fixed": {"sigmoid": {"edge_mm": -1}}}, ParameterError, "lesion 7: parameter 'edge_mm'"),
        ({"drawn": {"sigmoid": {"nothing": 1}}}, ParameterError, "lesion 7: .* no parameter"),
    ],
)
def test_a_draft_that_cannot_be_made_is_named(project, tmp_path, change, kind, words):
    sites = (project.sites[-1].model_copy(update=change),)
    with pytest.raises(kind, match=words):
        run(project.model_copy(update={"sites": sites}), tmp_path / "set", drafts=True)


def test_a_lesion_without_a_voxel_is_named(project, tmp_path, monkeypatch):
    real = Sigmoid.render

    def empty(self, context, params):
        sample = real(self, context, params)
        return replace(sample, mask=np.zeros_like(sample.mask))

    monkeypatch.setattr(Sigmoid, "render", empty)
    with pytest.raises(SiteError, match="lesion 1 fills no voxel by half"):
        run(project, tmp_path / "set")


def test_a_folder_with_other_files_is_refused_before_anything_is_read(project, tmp_path, files):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.tex").write_text("", encoding="utf-8")
    shutil.move(files.ct, f"{files.ct}.away")
    with pytest.raises(DatasetError, match=r"holds other files \(thesis.tex\)"):
        run(project, tmp_path / "set")
    assert json.dumps(sorted(p.name for p in (tmp_path / "set").iterdir())) == '["thesis.tex"]'
