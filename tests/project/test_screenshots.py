"""The pictures of the tour come out of the program: real pictures, of what their names say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PREFIX = "workbench-"
PANELS, GAP = 4, 6
"""Before, after, difference and outline, beside one another in one picture."""


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a person would."""
    command = [sys.executable, "-m", "docs.screenshots", *arguments]
    return subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env={**os.environ, **environment},
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def taken(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with two of the pictures."""
    out = tmp_path_factory.mktemp("pictures")
    done = run(root, "--only", "empty", "--only", "compare", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {p.name for p in out.iterdir()} == {f"{PREFIX}empty.png", f"{PREFIX}compare.png"}
    return out


def pixels(path: Path) -> np.ndarray:
    """A picture as (y, x, colour)."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


@pytest.mark.gui
def test_a_picture_shows_the_window(taken: Path):
    window = pixels(taken / f"{PREFIX}empty.png")
    assert window.shape == (900, 1400, 3)
    dock, canvas = window[:, 1060:], window[:, 330:1000]
    for part in (dock, canvas):
        assert len(np.unique(part.reshape(-1, 3), axis=0)) > 20
    assert (taken / f"{PREFIX}empty.png").stat().st_size < 250_000


@pytest.mark.gui
def test_the_lesion_is_in_the_picture_after_and_not_in_the_one_before(taken: Path):
    whole = pixels(taken / f"{PREFIX}compare.png")
    side = whole.shape[0]
    assert whole.shape[1] == PANELS * side + (PANELS - 1) * GAP
    before, after, difference, outline = (
        whole[:, k * (side + GAP) :][:, :side] for k in range(PANELS)
    )
    middle = (slice(side // 2 - 20, side // 2 + 20), slice(side // 2 - 5, side // 2 + 45))
    assert after[middle].mean() < before[middle].mean() - 30
    edge = (slice(0, 60), slice(side - 60, side))
    assert np.abs(after[edge] - before[edge]).max() == 0
    red, _, blue = (difference[middle].mean(axis=(0, 1))[k] for k in range(3))
    assert blue > red + 60
    pink = (outline[..., 0] > 200) & (outline[..., 1] < 130) & (outline[..., 2] > 150)
    assert pink.sum() > 100
    assert not ((before[..., 0] > 200) & (before[..., 1] < 130) & (before[..., 2] > 150)).any()


@pytest.mark.gui
def test_every_picture_of_the_tour_is_there_and_shown(root: Path):
    from docs.tour.steps import CHAPTERS

    names = [name for chapter in CHAPTERS for name in chapter.names]
    assert len(set(names)) == len(names)
    for page in {chapter.page for chapter in CHAPTERS}:
        text = (root / "docs" / f"{page}.md").read_text(encoding="utf-8")
        own = [name for chapter in CHAPTERS if chapter.page == page for name in chapter.names]
        for name in own:
            file = f"images/{page}-{name}.png"
            assert f"({file})" in text, name
            assert pixels(root / "docs" / file).std() > 5, name
        there = {p.name for p in (root / "docs" / "images").glob(f"{page}-*.png")}
        assert there == {f"{page}-{name}.png" for name in own}


@pytest.mark.parametrize("page", ["workbench", "food-study"])
def test_the_pictures_stay_small(root: Path, page: str):
    sizes = [p.stat().st_size for p in (root / "docs" / "images").glob(f"{page}-*.png")]
    assert max(sizes) <= 250_000
    assert sum(sizes) <= 2_000_000


def test_the_film_stays_small(root: Path):
    film = root / "docs" / "images" / "workbench.gif"
    assert film.stat().st_size <= 3_000_000
    with Image.open(film) as frames:
        assert frames.n_frames > 50


@pytest.mark.gui
def test_a_name_that_there_is_not_is_refused(root: Path, tmp_path: Path):
    done = run(root, "--only", "no", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "No such picture: no" in done.stdout + done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the display is X's")
def test_without_a_window_it_says_so(root: Path, tmp_path: Path):
    done = run(root, "--out", str(tmp_path), DISPLAY=":987654", WAYLAND_DISPLAY="")
    assert done.returncode == 1
    assert "No window can be opened" in done.stderr
    assert list(tmp_path.iterdir()) == []
