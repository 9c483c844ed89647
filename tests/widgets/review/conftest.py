from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.widgets.review.small_sets import write_set, write_some_scores

from napari_lesion_synth.widgets.review.gallery_tab import GalleryTab


@pytest.fixture
def made_set(tmp_path) -> Callable[..., Path]:
    """Maker of a set on the disk."""

    def make(n: int = 12, *, name: str = "set", asked: int | None = None, scored: bool = False):
        folder = write_set(tmp_path / name, n, asked)
        if scored:
            write_some_scores(folder)
        return folder

    return make


@pytest.fixture
def gallery(qtbot):
    """A gallery in a window; its threads end with the test."""
    tab = GalleryTab()
    qtbot.addWidget(tab)
    tab.resize(420, 700)
    with qtbot.waitExposed(tab):
        tab.show()
    yield tab
    tab.close_tab()


@pytest.fixture
def opened(gallery, made_set, qtbot):
    """The gallery with a set of twelve, the first of which is chosen."""

    def open_one(**asked):
        assert gallery.open_set(made_set(**asked))
        qtbot.waitUntil(lambda: bool(gallery.view.current))
        return gallery

    return open_one
