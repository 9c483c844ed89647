"""The tour of what is learnt and judged: the GAN tab, a training, the gallery of samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.tour.desk import Desk
from docs.tour.hand import Hand
from PIL import Image
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QDockWidget

import napari_lesion_synth as nls
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.generate import generate
from napari_lesion_synth.jobs.settings import GenerateSettings
from napari_lesion_synth.synthesis.library import save_donors
from napari_lesion_synth.widgets.review.turing_tab import TuringTab
from napari_lesion_synth.widgets.review.widget import ReviewWidget

__all__ = ["gan", "review", "training"]

Shots = Iterator[tuple[str, Image.Image]]

PHANTOM = 1
NEAR_CAPSULE = (34, 194, 64)
IN_SET, PAIRS = 60, 4
ACROSS_MM = 110
TEACHERS = (3, 4, 5)
"""Phantoms whose lesions the training of the pictures learns from."""

TRAINING_S = 600
"""Twenty steps take a quarter of a minute, and many times that on a machine with other work."""


def gan(desk: Desk, hand: Hand) -> Shots:
    """A lesion of the trained generator."""
    hand.choose(desk.widget.case.samples, PHANTOM)
    desk.look_at(NEAR_CAPSULE, 110)
    hand.click_at(NEAR_CAPSULE)
    hand.choose_tab(desk.widget.how.tabs, "GAN")
    tab = desk.widget.how.tab("cgan")
    desk.wait_for("the generator", lambda: desk.widget.bench.model is not None)
    desk.wait()
    desk.wait_for("the lesion", lambda: shown_by(desk) == "cgan")
    tab.model.setFocus()
    desk.scroll_to("how")
    QTest.qWait(300)
    yield "gan", desk.window()


def shown_by(desk: Desk) -> str:
    """The method of the lesion on the canvas."""
    rendered = desk.widget.stage.rendered
    return "" if rendered is None else str(rendered.placed.method)


def training(desk: Desk, hand: Hand) -> Shots:
    """A training at work."""
    library = donor_library(desk.folder / "lesions")
    hand.choose(desk.widget.case.samples, PHANTOM)
    hand.choose_tab(desk.widget.how.tabs, "GAN")
    part = desk.widget.how.tab("cgan").open_training()
    fields = part.fields
    fields.set_library(library)
    fields.set_settings(steps=60, look_every=20, places=40)
    fields.folder.set_folder(str(desk.folder / "training"))
    desk.wait_for("the lesions' count", part.run.button.isEnabled)
    hand.press(part.run.button)
    desk.wait_for("the first strip", lambda: len(part.strip.paths) >= 1, TRAINING_S)
    QTest.qWait(300)
    desk.scroll_to("how")
    picture = desk.section("how")
    part.run.cancel()
    desk.wait_for("the end of the training", lambda: not part.run.running, TRAINING_S)
    yield "training", picture


def donor_library(folder: Path) -> Path:
    """Lesions of three simulated patients."""
    cases = [nls.phantom(seed=seed, lesions=8, spacing=(5.0, 2.0, 2.0)) for seed in TEACHERS]
    save_donors([donor for case in cases for donor in nls.extract_donors(case)], folder)
    return folder


def review(desk: Desk, hand: Hand) -> Shots:
    """A selected set in the gallery, its band, and the test of whether people can tell."""
    hand.choose(desk.widget.case.samples, PHANTOM)
    folder = selected_set(desk)
    widget = ReviewWidget(desk.viewer)
    dock = desk.viewer.window.add_dock_widget(widget, name="Review samples", area="right")
    for other in desk.main.findChildren(QDockWidget):
        if desk.widget in other.findChildren(type(desk.widget)):
            desk.main.tabifyDockWidget(other, dock)
    QTest.qWait(200)
    dock.raise_()
    widget.open_set(folder)
    gallery = widget.gallery
    desk.wait_for("the first lesion", lambda: bool(gallery.view.current))
    gallery.view.show_id(clear_lesion(folder))
    desk.viewer.scene.camera.zoom = desk.canvas.width() / ACROSS_MM
    QTest.qWait(1500)
    yield "review", desk.window()
    gallery.pages.setCurrentIndex(1)
    QTest.qWait(700)
    yield "band", desk.window()
    turing = begin_test(desk, widget)
    yield "turing", desk.part(turing)
    widget.close_review()


def clear_lesion(folder: Path) -> str:
    """The accepted one that stands out most from what was there."""
    opened = GeneratedSet.open(folder)
    contrast = {}
    for name in (name for name, good in opened.passed.items() if good):
        patch = opened.patch(name)
        contrast[name] = float((patch.after.astype(int) - patch.before)[patch.mask].mean())
    return min(contrast, key=lambda name: contrast[name])


def begin_test(desk: Desk, widget: ReviewWidget) -> TuringTab:
    """The first question of a visual Turing test; the phantom's own lesions are the real ones."""
    library = desk.folder / "real-lesions"
    save_donors(list(nls.extract_donors(desk.widget.bench.require_case())), library)
    turing = widget.turing
    widget.tabs.setCurrentIndex(1)
    turing.setup.donors.setText(str(library))
    turing.setup.task.setCurrentIndex(turing.setup.task.findData("2afc"))
    turing.setup.n.setValue(PAIRS)
    turing.setup.start.click()
    desk.wait_for("the first question", lambda: turing.trials.trial is not None)
    QTest.qWait(700)
    return turing


def selected_set(desk: Desk) -> Path:
    """Lesions of every method in the phantom that is open, judged by the auto-encoder."""
    folder = desk.folder / "set-review"
    settings = GenerateSettings(
        out=folder,
        n=IN_SET,
        methods=dict.fromkeys(("cgan", "poisson", "sigmoid"), 1.0),
        diameter_mm=(8.0, 24.0),
        select=True,
    )
    for _ in generate(settings, StopToken(), cases=[desk.widget.bench.require_case()]):
        QTest.qWait(1)
    return folder
