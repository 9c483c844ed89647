"""Take the pictures of the pages on napari, and the workbench's film, from the program itself.

    python -m docs.screenshots                   all pictures, into docs/images
    python -m docs.screenshots --only rim        one of them
    python -m docs.screenshots --movie           the film

Run it from the project's folder, in an environment with the extra `dev`. It uses the shipped data
alone. Where there is no display, it starts one in memory (Xvfb).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

IMAGES = Path(__file__).resolve().parent / "images"
FILM = "workbench.gif"
SCREEN = (1400, 900)
PROBE = "from qtpy.QtWidgets import QApplication; QApplication([])"


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures that are asked for; return the exit code."""
    asked = parser().parse_args(arguments)
    with display() as missing:
        fault = missing or window_fault()
        if fault:
            print(f"No window can be opened, so there are no pictures. {fault}", file=sys.stderr)
            return 1
        with tempfile.TemporaryDirectory(prefix="tour-") as folder:
            return take(asked, Path(folder))


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--only", metavar="NAME", action="append", help="take this picture alone")
    made.add_argument("--out", metavar="DIR", type=Path, default=IMAGES, help="where to write")
    made.add_argument("--theme", choices=("dark", "light"), default="dark", help="napari's theme")
    made.add_argument("--movie", action="store_true", help="make the film instead of pictures")
    return made


def take(asked: argparse.Namespace, folder: Path) -> int:
    """Take pictures or the film, with settings of napari's own that nobody has changed."""
    os.environ["NAPARI_CONFIG"] = ""
    from docs.tour.desk import TourError
    from docs.tour.steps import CHAPTERS

    known = [name for chapter in CHAPTERS for name in chapter.names]
    strange = sorted(set(asked.only or ()) - set(known))
    if strange:
        print(f"No such picture: {', '.join(strange)}. There are: {', '.join(known)}.")
        return 2
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        if asked.movie:
            film(asked, folder)
        else:
            pictures(asked, folder)
    except TourError as error:
        print(f"The tour stopped: {error}", file=sys.stderr)
        return 1
    return 0


def pictures(asked: argparse.Namespace, folder: Path) -> None:
    """Walk through the chapters that have a wanted picture, as far as needed."""
    from docs.tour.desk import Desk
    from docs.tour.hand import Hand
    from docs.tour.pictures import save_png
    from docs.tour.steps import CHAPTERS

    for chapter in CHAPTERS:
        wanted = [name for name in chapter.names if name in (asked.only or chapter.names)]
        if not wanted:
            continue
        place = folder / chapter.names[0]
        place.mkdir()
        desk = Desk(chapter.size, chapter.theme or asked.theme, place)
        try:
            for name, picture in chapter.shots(desk, Hand(desk)):
                if name in wanted:
                    path = asked.out / f"{chapter.page}-{name}.png"
                    print(f"{path}: {save_png(picture, path) / 1000:.0f} kB", flush=True)
                    wanted.remove(name)
                if not wanted:
                    break
        finally:
            desk.close()


def film(asked: argparse.Namespace, folder: Path) -> None:
    """Record the film."""
    from docs.tour.film import record

    path = asked.out / FILM
    print(f"{path}: {record(path, asked.theme, folder) / 1000:.0f} kB")


@contextmanager
def display() -> Iterator[str]:
    """Start a display in memory where there is none; gives the reason if that fails."""
    linux = sys.platform.startswith("linux")
    if not linux or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield ""
        return
    try:
        from pyvirtualdisplay.display import Display

        screen = Display(backend="xvfb", size=SCREEN, color_depth=24)
        screen.start()
    except Exception as error:  # of any kind: no Xvfb, no package, no free display
        yield f"There is no display, and none could be started in memory (Xvfb): {error}"
        return
    os.environ.pop("QT_QPA_PLATFORM", None)  # a choice for programs without a display
    try:
        yield ""
    finally:
        screen.stop()


def window_fault() -> str:
    """Why Qt opens no window. It aborts the interpreter then, so a child process finds out."""
    command = [sys.executable, "-c", PROBE]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120, encoding="utf-8"
        )
    except subprocess.TimeoutExpired:
        return "Qt did not answer within two minutes."
    if done.returncode == 0:
        return ""
    said = (done.stderr.strip() or f"Qt ended with {done.returncode}").splitlines()
    return f"Qt says: {said[0]}"


if __name__ == "__main__":
    sys.exit(main())
