"""The steps of the tour, each with its picture. All of it is done with mouse and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docs.tour.desk import Desk
from docs.tour.detecting import detect, train
from docs.tour.evaluating import evaluate
from docs.tour.hand import Hand
from docs.tour.learnt import gan, review, training
from docs.tour.limits import own_limit
from docs.tour.pictures import beside
from docs.tour.reading import reading
from docs.tour.studying import participant, studying
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_lesion_synth.sample_data import sample_files

__all__ = ["CHAPTERS", "Chapter"]

Shots = Iterator[tuple[str, Image.Image]]

STUDY = "food-study"
FULL, LAPTOP = (1400, 900), (1280, 700)
REAL, PHANTOM = 0, 1
"""Places in the menu of samples."""

IN_LIVER, DEEP, RIM = (14, 52, 32), (14, 60, 24), (14, 52, 21)
"""Voxels of the real CT: in the middle of the liver, 20 mm deep, and 11 mm deep."""

NEAR_CAPSULE, KNOWN_LESION, BETWEEN_LESIONS = (34, 194, 64), (42, 240, 98), (33, 200, 120)
"""Voxels of the phantom: 5 mm deep, in one of its own lesions, and in the liver's middle."""

IN_BATCH, SEEN_IN_BATCH = 200, 8


@dataclass(frozen=True)
class Chapter:
    """Steps that follow one another in one window.

    Parameters
    ----------
    names : tuple of str
        Of the pictures, in order.
    size : tuple of int
        Of the window.
    shots : callable
        Does the steps; gives each picture with its name.
    theme : str or None
        None: as the caller wishes.
    page : str
        Page of the documentation that shows the pictures; their names begin with it.
    """

    names: tuple[str, ...]
    size: tuple[int, int]
    shots: Callable[[Desk, Hand], Shots]
    theme: str | None = None
    page: str = "workbench"


def first_lesion(desk: Desk, hand: Hand) -> Shots:
    """From the empty window to a lesion at the rim of a real liver."""
    widget = desk.widget
    yield "empty", desk.window()
    hand.choose(widget.case.samples, REAL)
    yield "sample", desk.window()
    hand.press(widget.where.zones)
    desk.look_at(DEEP, 170)
    hand.point_at(DEEP)
    yield "zones", desk.window(hand.place)
    hand.press(widget.where.zones)
    hand.slide(widget.where.diameter.slider, 54)
    desk.scroll_to("case")
    hand.click_at(RIM)
    desk.look_at(IN_LIVER, 130)
    hand.point_at(RIM)
    yield "rim", desk.window()


def organ(desk: Desk, hand: Hand) -> Shots:
    """A CT without a mask: the liver by one click."""
    widget = desk.widget
    widget.open_case(sample_files()[0], patient="my-ct")
    desk.wait()
    hand.press(widget.case.click)
    desk.look_at(IN_LIVER, 330)
    hand.click_at(IN_LIVER)
    yield "organ", desk.window(hand.place)


def methods(desk: Desk, hand: Hand) -> Shots:
    """One lesion in the phantom by both methods, and compared."""
    place_in_phantom(desk, hand)
    widget = desk.widget
    hand.choose_tab(widget.how.tabs, "Poisson")
    hand.press(widget.how.comparison.open)
    strip = widget.how.comparison.strip
    desk.wait_for("the cards", lambda: all("HU" in strip.card(m).caption for m in strip.methods))
    desk.scroll_to("how")
    yield "poisson", desk.window()
    yield "preview-all", desk.part(widget.how.comparison, margin=4)
    hand.press(widget.how.comparison.open)
    hand.choose_tab(widget.how.tabs, "Sigmoid")
    yield "compare", compared(desk, hand)
    yield "look", desk.section("look")


def place_in_phantom(desk: Desk, hand: Hand) -> None:
    """Open the phantom and place a lesion at the liver's rim."""
    hand.choose(desk.widget.case.samples, PHANTOM)
    desk.look_at(NEAR_CAPSULE, 110)
    hand.click_at(NEAR_CAPSULE)


def compared(desk: Desk, hand: Hand) -> Image.Image:
    """Before, after, difference and outline beside one another: the middle of the canvas."""
    sites = desk.widget.stage.sites.layer
    sites.visible = False  # its ring would lie on what is to be seen
    cuts = []
    for key in (Qt.Key.Key_Space, None, Qt.Key.Key_D, Qt.Key.Key_O):
        if key is not None:
            hand.key(key)
        cuts.append(middle(desk.part(desk.canvas), 340))
        if key is not None:
            hand.key(key)
    sites.visible = True
    return beside(cuts)


def middle(picture: Image.Image, side: int) -> Image.Image:
    """The square in the middle of a picture."""
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def fit(desk: Desk, hand: Hand) -> Shots:
    """The sigmoid's numbers from a real lesion (here one of the phantom's)."""
    place_in_phantom(desk, hand)
    tab = desk.widget.how.tab("sigmoid")
    hand.press(tab.fit)
    desk.look_at(KNOWN_LESION, 110)
    hand.click_at(KNOWN_LESION)
    desk.wait_for("the fit", tab.plot.isVisible)
    QTest.qWait(300)
    desk.scroll_to("how")
    yield "fit", desk.section("how")


def keep(desk: Desk, hand: Hand) -> Shots:
    """Lesions kept by key, proposed, kept all at once."""
    place_in_phantom(desk, hand)
    widget = desk.widget
    hand.key(Qt.Key.Key_Return)
    hand.press(widget.where.propose)
    desk.wait_for("the proposals", lambda: len(widget.bench.scene.sites) > 1)
    desk.wait()
    hand.press(widget.keep.keep_all)
    for _ in widget.bench.scene.sites:
        hand.key(Qt.Key.Key_N)
        QTest.qWait(300)
    desk.look_at(BETWEEN_LESIONS, 190)
    hand.point_at(BETWEEN_LESIONS)
    desk.scroll_to("where")
    yield "kept", desk.window()
    widget.saving.save_project(desk.folder / "lesions.yaml")
    desk.wait()
    yield "keep", desk.section("keep")


def batch(desk: Desk, hand: Hand) -> Shots:
    """A batch at work, and its lesions as they come."""
    hand.choose(desk.widget.case.samples, PHANTOM)
    section = desk.widget.batch
    hand.press(desk.widget.sections["batch"].header)
    section.set_settings({"n": IN_BATCH, "methods": {"poisson": 1.0, "sigmoid": 1.0}})
    hand.press(section.run.button)
    desk.wait_for("the first lesions", lambda: len(section.browser.model.rows) >= SEEN_IN_BATCH)
    scroll = desk.widget.scroll.verticalScrollBar()
    scroll.setValue(scroll.maximum())  # pictures are loaded when they come into view
    desk.wait_for("the thumbnails", lambda: section.browser.model.kept >= SEEN_IN_BATCH // 2)
    QTest.qWait(300)
    picture = desk.section("batch")
    section.cancel()
    desk.wait_for("the end of the batch", lambda: not section.run.running)
    yield "batch", picture


def keys(desk: Desk, hand: Hand) -> Shots:
    """The sheet of keys."""
    hand.key(Qt.Key.Key_Question, Qt.KeyboardModifier.ShiftModifier)
    QTest.qWait(300)
    yield "keys", desk.alone(desk.widget.cheat_sheet)


def laptop(desk: Desk, hand: Hand) -> Shots:
    """All of it on a small screen."""
    place_in_phantom(desk, hand)
    yield "laptop", desk.window()


def light(desk: Desk, hand: Hand) -> Shots:
    """The same in the light theme of napari."""
    place_in_phantom(desk, hand)
    hand.choose_tab(desk.widget.how.tabs, "Poisson")
    desk.scroll_to("how")
    yield "light", desk.window()


CHAPTERS = (
    Chapter(("empty", "sample", "zones", "rim"), FULL, first_lesion),
    Chapter(("organ",), FULL, organ),
    Chapter(("poisson", "preview-all", "compare", "look"), FULL, methods),
    Chapter(("fit",), FULL, fit),
    Chapter(("kept", "keep"), FULL, keep),
    Chapter(("batch",), FULL, batch),
    Chapter(("gan",), FULL, gan),
    Chapter(("training",), FULL, training),
    Chapter(("review", "band", "turing"), FULL, review),
    Chapter(("train",), FULL, train),
    Chapter(("detect", "findings"), FULL, detect),
    Chapter(("evaluate", "missed"), FULL, evaluate),
    Chapter(("design", "run", "review-gaze", "model"), FULL, studying, page=STUDY),
    Chapter(("consent", "pair", "break", "aperture", "line"), FULL, participant, page=STUDY),
    Chapter(("reader",), FULL, reading, page="limit-map"),
    Chapter(("own",), FULL, own_limit, page="limit-map"),
    Chapter(("keys",), FULL, keys),
    Chapter(("laptop",), LAPTOP, laptop),
    Chapter(("light",), FULL, light, theme="light"),
)
"""The whole tour."""
