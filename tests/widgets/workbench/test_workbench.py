"""The state behind the dock widget, without a window."""

from __future__ import annotations

import numpy as np
import pytest

from napari_lesion_synth.anatomy.changes import with_organ
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DonorError, ParameterError, SiteError
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.replay import render_recipe
from napari_lesion_synth.widgets.workbench.workbench import Workbench

MIDDLE = (12, 32, 32)
BESIDE = (12, 32, 12)


@pytest.fixture
def bench(ball_case) -> Workbench:
    """A workbench with a case of 24 x 64 x 64 voxels."""
    made = Workbench()
    made.open(ball_case())
    made.diameter_mm = 10.0
    return made


@pytest.fixture
def donor_bench(ball_case) -> Workbench:
    """A workbench whose case has a lesion to transplant."""
    made = Workbench()
    made.open(ball_case(lesion_mm=12.0))
    made.set_donors(extract_donors(made.require_case()))
    made.diameter_mm = 8.0
    return made


def test_a_click_makes_a_selected_site_with_all_parameters_drawn(bench: Workbench):
    placed = bench.place(MIDDLE)
    assert bench.scene.current is placed
    assert placed.site.center == MIDDLE
    assert placed.site.zone is Zone.INTERIOR
    assert placed.params["sigmoid"]["delta_hu"] < 0
    assert placed.pinned == {}


def test_a_click_outside_the_organ_says_how_far(bench: Workbench):
    with pytest.raises(SiteError, match="outside the organ"):
        bench.place((0, 0, 0))
    assert bench.scene.sites == ()


def test_numbers_and_seeds_are_never_used_twice(bench: Workbench):
    first = bench.place(MIDDLE)
    bench.remove([first.id])
    second = bench.place(MIDDLE)
    assert second.id != first.id
    assert second.seed != first.seed


def test_a_change_pins_the_parameter_and_keeps_the_others(bench: Workbench):
    before = bench.place(MIDDLE).params["sigmoid"]
    bench.set_params({"edge_mm": 2.5})
    placed = bench.scene.current
    assert placed.params["sigmoid"] == {**before, "edge_mm": 2.5}
    assert placed.pinned["sigmoid"] == {"edge_mm"}


def test_drawing_again_keeps_what_is_pinned(bench: Workbench):
    bench.place(MIDDLE)
    bench.set_params({"edge_mm": 2.5})
    before = bench.scene.current
    bench.draw_again()
    after = bench.scene.current
    assert after.seed != before.seed
    assert after.params["sigmoid"]["edge_mm"] == 2.5
    assert after.params["sigmoid"]["delta_hu"] != before.params["sigmoid"]["delta_hu"]


def test_a_released_parameter_gets_its_drawn_value_back(bench: Workbench):
    drawn = bench.place(MIDDLE).params["sigmoid"]
    bench.set_params({"edge_mm": 2.5})
    bench.release(["edge_mm"])
    assert bench.scene.current.params["sigmoid"] == drawn
    assert bench.scene.current.pinned["sigmoid"] == frozenset()


def test_a_value_out_of_range_is_refused_and_changes_nothing(bench: Workbench):
    bench.place(MIDDLE)
    scene = bench.scene
    with pytest.raises(ParameterError, match="edge_mm"):
        bench.set_params({"edge_mm": 99})
    assert bench.scene is scene


def test_moving_measures_zone_and_depth_anew(bench: Workbench):
    placed = bench.place(MIDDLE)
    bench.move(placed.id, BESIDE)
    moved = bench.scene.current
    assert moved.site.zone is Zone.RIM
    assert moved.site.depth_mm < placed.site.depth_mm
    assert moved.params == placed.params


def test_a_move_out_of_the_organ_leaves_the_site_where_it_was(bench: Workbench):
    placed = bench.place(MIDDLE)
    with pytest.raises(SiteError):
        bench.move(placed.id, (0, 0, 0))
    assert bench.scene.current is placed


def test_methods_keep_their_parameters_while_one_looks_at_another(donor_bench: Workbench):
    placed = donor_bench.place(BESIDE)
    donor_bench.set_params({"edge_mm": 2.0})
    donor_bench.set_method("poisson")
    assert "rotation_deg" in donor_bench.scene.current.params["poisson"]
    donor_bench.set_method("sigmoid")
    assert donor_bench.scene.current.params["sigmoid"]["edge_mm"] == 2.0
    assert placed.donor in donor_bench.donors


def test_poisson_without_donors_says_where_to_get_one(bench: Workbench):
    placed = bench.place(MIDDLE)
    bench.set_method("poisson")
    with pytest.raises(DonorError, match="no donor") as caught:
        bench.render(placed.id)
    assert "lesion labels" in caught.value.remedy


def test_donors_that_come_later_serve_sites_that_wait(ball_case):
    bench = Workbench()
    bench.open(ball_case(lesion_mm=12.0))
    placed = bench.place(BESIDE, 8.0)
    assert placed.donor is None
    bench.set_donors(extract_donors(bench.require_case()))
    assert bench.scene.current.donor in bench.donors


def test_keeping_changes_the_working_copy_and_never_the_case(bench: Workbench):
    pristine = bench.require_case().volume.hu.copy()
    bench.place(MIDDLE)
    rendered = bench.commit()
    assert np.array_equal(bench.require_case().volume.hu, pristine)
    changed = bench.working != pristine
    inside = np.zeros(changed.shape, bool)
    inside[rendered.sample.bbox] = rendered.sample.support
    assert changed.any()
    assert not (changed & ~inside).any()


def test_the_recipe_of_a_kept_lesion_makes_it_again(donor_bench: Workbench):
    donor_bench.method = "poisson"
    donor_bench.place(BESIDE)
    sample = donor_bench.commit().sample
    donor = donor_bench.donors[sample.recipe.donor]
    again = render_recipe(donor_bench.require_case(), sample.recipe, donor)
    assert again.sha256 == sample.sha256


def test_a_lesion_that_runs_into_a_kept_one_is_refused(bench: Workbench):
    bench.place(MIDDLE)
    bench.commit()
    bench.place((12, 32, 35))
    with pytest.raises(SiteError, match="runs into lesion 1"):
        bench.commit()
    assert len(bench.scene.commits) == 1


def test_editing_a_kept_lesion_makes_it_a_draft_again(bench: Workbench):
    pristine = bench.require_case().volume.hu
    said = []
    bench.message.connect(said.append)
    bench.place(MIDDLE)
    bench.commit()
    bench.set_params({"edge_mm": 2.0})
    assert bench.scene.commits == ()
    assert np.array_equal(bench.working, pristine)
    assert "draft again" in said[-1]


def test_undo_takes_everything_back_to_the_bit_and_redo_does_it_again(bench: Workbench):
    pristine = bench.require_case().volume.hu
    states = [bench.scene]
    bench.place(MIDDLE)
    states.append(bench.scene)
    bench.set_params({"delta_hu": -60})
    states.append(bench.scene)
    bench.commit()
    states.append(bench.scene)
    bench.place(BESIDE)
    states.append(bench.scene)
    bench.commit()
    states.append(bench.scene)
    bench.remove([1])
    last = bench.working.copy()
    for state in reversed(states):
        assert bench.undo()
        assert bench.scene is state
    assert not bench.undo()
    assert np.array_equal(bench.working, pristine)
    for _ in states:
        assert bench.redo()
    assert not bench.redo()
    assert np.array_equal(bench.working, last)


def test_a_slide_is_one_step(bench: Workbench):
    bench.place(MIDDLE)
    for value in (1.1, 1.2, 1.3):
        bench.set_params({"edge_mm": value}, gesture="slide")
    assert bench.history.depth == 2
    bench.undo()
    assert bench.scene.current.pinned.get("sigmoid", frozenset()) == frozenset()


def test_selecting_is_no_step(bench: Workbench):
    first = bench.place(MIDDLE)
    bench.place(BESIDE)
    depth = bench.history.depth
    bench.select(first.id)
    assert bench.history.depth == depth


def test_keep_all_is_one_step_and_names_those_that_cannot_be_kept(bench: Workbench):
    bench.place(MIDDLE)
    bench.place((12, 32, 35))
    bench.place(BESIDE)
    faults = bench.commit_all()
    assert set(faults) == {2}
    assert len(bench.scene.commits) == 2
    bench.undo()
    assert bench.scene.commits == ()


def test_another_organ_measures_sites_anew_and_removes_those_outside(bench: Workbench):
    bench.place(MIDDLE)
    bench.commit()
    bench.place(BESIDE)
    case = bench.require_case()
    mask = case.organ.mask.copy()
    mask[:, :, :20] = False
    gone = bench.change_anatomy(with_organ(case, mask))
    assert gone == (2,)
    assert [placed.id for placed in bench.scene.sites] == [1]
    (commit,) = bench.scene.commits  # made again, clipped by the new capsule
    again = render_recipe(bench.require_case(), commit.sample.recipe)
    assert again.sha256 == commit.sample.sha256
    assert (bench.working != case.volume.hu).any()
    assert bench.history.depth == 0


def test_other_known_lesions_leave_kept_ones_and_the_history_alone(bench: Workbench):
    bench.place(MIDDLE)
    bench.commit()
    scene, depth = bench.scene, bench.history.depth
    case = bench.require_case()
    assert bench.change_anatomy(with_organ(case, case.organ.mask.copy())) == ()
    assert bench.scene is scene
    assert bench.history.depth == depth


def test_undo_sorts_sites_by_the_rim_as_it_is_now(bench: Workbench):
    bench.place(MIDDLE)
    bench.place(BESIDE)
    bench.set_rim(0.0)
    bench.undo()
    assert {placed.site.zone for placed in bench.scene.sites} == {Zone.INTERIOR}


def test_a_wider_rim_sorts_drafts_anew(bench: Workbench):
    bench.place(MIDDLE)
    assert bench.scene.current.site.zone is Zone.INTERIOR
    bench.set_rim(30.0)
    assert bench.scene.current.site.zone is Zone.RIM


def test_another_case_forgets_the_old_one(bench: Workbench, ball_case):
    bench.place(MIDDLE)
    bench.commit()
    bench.open(ball_case(seed=3))
    assert bench.scene.sites == ()
    assert not bench.undo()
    assert np.array_equal(bench.working, bench.require_case().volume.hu)
