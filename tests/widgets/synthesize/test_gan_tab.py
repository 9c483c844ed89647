"""The GAN tab in a real napari window: model, parameters, noise, batch and project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from qtpy.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox
from tests.widgets.generators import write_generator

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.project.file import open_project
from napari_lesion_synth.training.checkpoint import save_checkpoint
from napari_lesion_synth.widgets.synthesize import model_loader
from napari_lesion_synth.widgets.synthesize.batch_fields import BatchFields

pytestmark = pytest.mark.gui

MIDDLE, ELSEWHERE = (12, 32, 20), (12, 50, 32)


@pytest.fixture
def generator(tmp_path) -> Path:
    return write_generator(tmp_path / "model" / "generator.pt")


@pytest.fixture(autouse=True)
def shipped(monkeypatch, tmp_path) -> Path:
    """Where the program's own generator is looked for; it is not there."""
    path = tmp_path / "shipped.pt"
    monkeypatch.setattr(model_loader, "sample_generator", lambda: path)
    return path


@pytest.fixture
def bare(make_widget, files, settle):
    """A dock widget with a lesion placed, and no generator."""
    made = make_widget()
    made.open_case(files["ct"], organ=files["organ"])
    settle(made)
    made.bench.place(MIDDLE)
    made.how.tabs.setCurrentWidget(made.how.tab("cgan"))
    settle(made)
    return made


@pytest.fixture
def widget(bare, generator, settle):
    """A dock widget whose lesion is made by a generator."""
    bare.loader.models.open(generator)
    settle(bare)
    return bare


def tab_of(widget):
    return widget.how.tab("cgan")


def params_of(widget):
    return widget.bench.scene.current.params["cgan"]


# --- the model ----------------------------------------------------------------------------------


def test_the_tab_is_called_gan_and_comes_last(bare):
    tabs = bare.how.tabs
    assert [tabs.tabText(k) for k in range(tabs.count())] == ["Poisson", "Sigmoid", "GAN"]


def test_without_a_generator_the_reason_points_to_the_model(bare):
    assert bare.stage.rendered is None
    assert "needs a trained generator" in bare.how.fault.text()
    assert "Model" in bare.how.fault.text()
    assert bare.faults == []
    assert "there is no such file" in tab_of(bare).model.words.text()


def test_a_generator_from_a_file_makes_the_lesion_at_once(bare, generator, settle):
    bare.loader.models.open(generator)
    settle(bare)
    assert bare.how.fault.isHidden()
    recipe = bare.stage.rendered.sample.recipe
    assert recipe.method == "cgan"
    assert recipe.params["model"] == bare.bench.model.id
    words = tab_of(bare).model.words.text()
    for part in ("Residual, 3-D", "20 lesions", "9 rim", "11 interior", "2 patients", "60 steps"):
        assert part in words
    assert bare.bench.model.id[:8] in words
    assert "press Enter to keep it" in bare.status.text()


def test_the_programs_own_generator_is_read_when_the_tab_is_looked_at(
    make_widget, files, settle, shipped
):
    write_generator(shipped)
    widget = make_widget()
    widget.open_case(files["ct"], organ=files["organ"])
    settle(widget)
    assert widget.bench.model is None
    widget.bench.place(MIDDLE)
    widget.how.tabs.setCurrentWidget(tab_of(widget))
    settle(widget)
    assert widget.bench.model is not None
    assert "comes with the program" in tab_of(widget).model.words.text()
    assert widget.loader.models.file is None


@pytest.mark.parametrize("fault", ["damaged", "another kind", "other weights"])
def test_a_file_that_cannot_be_used_leaves_the_generator_in_use(widget, tmp_path, settle, fault):
    before, path = widget.bench.model, tmp_path / "bad.pt"
    if fault == "damaged":
        path.write_bytes(b"no weights")
    elif fault == "another kind":
        save_checkpoint(path, "autoencoder", 1, {}, {"w": torch.zeros(1)})
    else:
        facts = before.facts.to_json()
        save_checkpoint(path, "generator", 1, facts, {"w": torch.zeros(1)})
    widget.loader.models.open(path)
    settle(widget)
    words = tab_of(widget).model.words.text()
    assert str(path) in words
    assert "Still in use" in words
    assert widget.bench.model is before
    tab_of(widget).form.control("delta_hu").changed.emit(-80.0)
    settle(widget)
    assert widget.stage.rendered.sample.recipe.params["delta_hu"] == -80.0


def test_a_generator_of_slices_says_so_in_a_volume_and_another_one_mends_it(
    bare, generator, tmp_path, settle
):
    bare.loader.models.open(write_generator(tmp_path / "flat.pt", dims=2))
    settle(bare)
    assert "trained on single slices, and this CT is one of volumes" in (
        tab_of(bare).model.words.text()
    )
    assert "single slices" in bare.how.fault.text()
    bare.loader.models.open(generator)
    settle(bare)
    assert bare.how.fault.isHidden()
    assert bare.stage.rendered.sample.mask.any()


def test_a_zone_that_the_generator_has_not_seen_is_said_at_the_site(bare, tmp_path, settle):
    path = write_generator(tmp_path / "rim.pt", lesions={Zone.RIM: 20, Zone.INTERIOR: 0})
    bare.loader.models.open(path)
    settle(bare)
    current = bare.bench.scene.current
    unseen = current.site.zone is Zone.INTERIOR
    assert ("has seen no lesion of the interior" in bare.how.fault.text()) == unseen
    bare.bench.set_rim(60.0 if unseen else 0.0)
    settle(bare)
    assert ("has seen no lesion of the interior" in bare.how.fault.text()) != unseen
    assert str(bare.bench.scene.current.site.zone) in tab_of(bare).zone.text()


def test_drafts_follow_another_generator_and_kept_lesions_stay(widget, tmp_path, settle):
    first = widget.bench.model.id
    widget.keep.commit()
    kept = widget.bench.working.copy()
    widget.bench.place(ELSEWHERE)
    settle(widget)
    seed = params_of(widget)["latent_seed"]
    before = widget.stage.rendered.sample
    widget.loader.models.open(write_generator(tmp_path / "other.pt", seed=1))
    settle(widget)
    second = widget.bench.model.id
    assert second != first
    assert params_of(widget)["model"] == second
    assert params_of(widget)["latent_seed"] == seed
    after = widget.stage.rendered.sample
    assert after.recipe.params["model"] == second
    assert not np.array_equal(before.hu, after.hu)
    assert np.array_equal(widget.bench.working, kept)
    assert widget.bench.scene.commits[0].sample.recipe.params["model"] == first
    widget.bench.withdraw(1)
    settle(widget)
    widget.bench.select(1)
    settle(widget)
    assert widget.stage.rendered.sample.recipe.params["model"] == second


# --- parameters and noise -----------------------------------------------------------------------


def test_every_control_changes_the_lesion(widget, settle):
    tab = tab_of(widget)
    tab.form.control("latent_mix").changed.emit(0.5)
    for name, value in {
        "delta_hu": -70.0,
        "edge_mm": 2.2,
        "strength": 1.7,
        "irregularity": 0.2,
        "latent_mix": 0.9,
        "elongation": 1.9,
        "host_structure": 0.9,
        "latent_seed": 77,
        "latent_seed_2": 78,
    }.items():
        before = widget.stage.rendered.sample.hu
        tab.form.control(name).changed.emit(value)
        settle(widget)
        after = widget.stage.rendered.sample.hu
        assert before.shape != after.shape or not np.array_equal(before, after), name
        assert name in tab.form.pinned


def test_the_record_of_the_model_is_no_control(widget):
    assert "model" not in tab_of(widget).form.names


def test_new_noise_draws_the_noise_alone_in_one_step(widget, settle):
    before, steps = dict(params_of(widget)), widget.bench.history.depth
    tab_of(widget).walk.again.click()
    settle(widget)
    after = dict(params_of(widget))
    assert {name for name in after if after[name] != before[name]} == {"latent_seed"}
    assert widget.bench.history.depth == steps + 1
    assert "latent_seed" not in tab_of(widget).form.pinned
    widget.undo()
    assert params_of(widget) == before


def test_draw_again_draws_the_noise_too(widget, settle):
    before = params_of(widget)["latent_seed"]
    widget.how.draw_again()
    settle(widget)
    assert params_of(widget)["latent_seed"] != before


def test_the_walk_goes_to_and_fro_as_one_step(widget, qtbot, settle):
    tab, steps = tab_of(widget), widget.bench.history.depth
    before = dict(params_of(widget))
    mixes = []
    widget.bench.scene_changed.connect(lambda *_: mixes.append(params_of(widget)["latent_mix"]))
    tab.walk.play.click()
    qtbot.waitUntil(lambda: max(mixes, default=0.0) == 1.0, timeout=120_000)
    qtbot.waitUntil(lambda: mixes[-1] < 1.0, timeout=120_000)
    there = params_of(widget)
    assert there["latent_seed"] != before["latent_seed"]  # out of sight by then
    assert there["latent_seed_2"] == before["latent_seed_2"]
    qtbot.waitUntil(lambda: params_of(widget)["latent_seed_2"] != before["latent_seed_2"],
                    timeout=120_000)  # fmt: skip
    tab.walk.play.click()
    assert not tab.walk.playing
    assert max(abs(np.diff(mixes))) < 0.06
    assert widget.bench.history.depth == steps + 1
    settle(widget)
    widget.undo()
    assert params_of(widget) == before


def test_the_walk_stops_when_nobody_sees_it(widget, qtbot):
    tab = tab_of(widget)
    tab.walk.play.click()
    assert tab.walk.playing
    widget.how.tabs.setCurrentWidget(widget.how.tab("sigmoid"))
    assert not tab.walk.playing
    assert not tab.walk.play.isChecked()


def test_the_walk_waits_for_the_canvas(widget, monkeypatch):
    tab = tab_of(widget)
    tab.walk.play.click()
    monkeypatch.setattr(type(widget.stage), "busy", property(lambda _: True))
    before = params_of(widget)["latent_mix"]
    tab.walk.step()
    assert params_of(widget)["latent_mix"] == before


def test_preview_all_includes_the_gan(widget, qtbot):
    strip = widget.how.comparison.strip
    widget.how.comparison.open.setChecked(True)
    qtbot.waitUntil(lambda: strip.card("cgan").has_picture, timeout=120_000)
    assert strip.methods[-1] == "cgan"
    assert strip.card("cgan").text() == "GAN"


def test_the_tab_fits_a_small_window_and_every_control_has_a_name(widget, generator):
    tab = tab_of(widget)
    widget.resize(360, 700)
    assert tab.sizeHint().height() < 480
    assert tab.minimumSizeHint().width() <= 340
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
    for part in (part for kind in kinds for part in tab.findChildren(kind)):
        if part.isVisible():
            assert part.accessibleName(), part
            assert part.toolTip(), part.accessibleName()


def test_the_file_dialog_and_the_menu(widget, tmp_path, monkeypatch, settle):
    other = write_generator(tmp_path / "chosen.pt", seed=3)
    monkeypatch.setattr(
        "qtpy.QtWidgets.QFileDialog.getOpenFileName", lambda *_, **__: (str(other), "")
    )
    tab_of(widget).model.ask_file()
    settle(widget)
    assert widget.bench.model.path == other
    assert not tab_of(widget).model.trained.isEnabled()
    widget.loader.models.offer_trained(tmp_path / "model" / "generator.pt")
    settle(widget)
    assert widget.bench.model.path == other  # the user's choice stays
    tab_of(widget).model.trained.trigger()
    settle(widget)
    assert widget.bench.model.path == tmp_path / "model" / "generator.pt"


# --- batch and project --------------------------------------------------------------------------


def test_a_batch_needs_a_generator_for_the_gan(bare, generator, settle):
    assert "no trained generator" in bare.saving.available_methods()["cgan"]
    bare.loader.models.open(generator)
    settle(bare)
    assert bare.saving.available_methods()["cgan"] is None


def test_a_batch_gets_the_file_of_the_generator(widget, generator, tmp_path):
    fields = BatchFields()
    asked = {**fields.settings(), "methods": {"cgan": 1.0}, "out": tmp_path / "set"}
    settings = widget.saving.prepare_batch(asked)()
    assert settings.model == generator
    assert f"--model {generator}" in widget.saving.batch_command(asked)
    asked["methods"] = {"sigmoid": 1.0}
    assert widget.saving.prepare_batch(asked)().model is None
    assert "--model" not in widget.saving.batch_command(asked)


def test_a_project_brings_generator_and_lesions_back(
    make_widget, widget, generator, tmp_path, settle
):
    tab_of(widget).form.control("latent_mix").changed.emit(0.3)
    settle(widget)
    widget.keep.commit()
    widget.bench.place(ELSEWHERE)
    settle(widget)
    kept, drafted = widget.bench.working.copy(), widget.stage.rendered.sample
    widget.saving.save_project(tmp_path / "p.yaml")
    settle(widget)
    assert open_project(tmp_path / "p.yaml").model == str(generator)
    assert "model: model/generator.pt" in (tmp_path / "p.yaml").read_text(encoding="utf-8")
    again = make_widget()
    again.saving.open_project(tmp_path / "p.yaml")
    settle(again)
    assert again.faults == []
    assert np.array_equal(again.bench.working, kept)
    assert np.array_equal(again.stage.rendered.sample.hu, drafted.hu)
    assert again.loader.models.file == generator


def test_a_project_whose_generator_was_trained_on_says_so(
    make_widget, widget, generator, tmp_path, settle
):
    widget.keep.commit()
    widget.saving.save_project(tmp_path / "p.yaml")
    settle(widget)
    write_generator(generator, seed=5)
    again = make_widget()
    warned = []
    again.loader.warned.connect(warned.append)
    again.saving.open_project(tmp_path / "p.yaml")
    settle(again)
    assert any("made with the generator" in text for text in warned)
    assert again.bench.scene.commits == ()
    assert len(again.bench.scene.sites) == 1


def test_a_set_of_kept_lesions_names_the_generator(widget, generator, tmp_path, settle):
    widget.keep.commit()
    widget.saving.save_set(tmp_path / "set")
    settle(widget)
    record = GeneratedSet.open(tmp_path / "set").info["model"]
    assert record["id"] == widget.bench.model.id
    assert record["patients"] == ["p", "q"]
    assert record["source"] == str(generator)
