"""The film: a lesion placed, changed, moved, looked at and kept, in one go."""

from __future__ import annotations

from pathlib import Path

from docs.tour.desk import Desk
from docs.tour.hand import Hand
from docs.tour.pictures import palette_of
from docs.tour.steps import PHANTOM
from PIL import Image
from qtpy.QtCore import Qt

__all__ = ["record"]

SIZE = (900, 620)
"""Small enough for a page; napari's own docks are closed to make room."""

FRAME_MS = 90
START, ALONG, ASIDE, NEXT = (34, 194, 66), (34, 164, 71), (34, 186, 94), (34, 214, 92)
"""Voxels of the phantom: at the rim, further along it, beside that, and in the interior."""


class Camera:
    """Takes a frame whenever the hand has moved; a frame like the last one makes that longer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.hand = Hand(desk, self.take)
        self.frames: list[Image.Image] = []
        self.lengths: list[int] = []

    def take(self) -> None:
        """Take a frame."""
        frame = self._desk.window(self.hand.place)
        if self.frames and frame.tobytes() == self.frames[-1].tobytes():
            self.lengths[-1] += FRAME_MS
        else:
            self.frames.append(frame)
            self.lengths.append(FRAME_MS)

    def hold(self, seconds: float) -> None:
        """Let the viewer look."""
        self.take()
        self.lengths[-1] += round(1000 * seconds)

    def save(self, path: Path) -> int:
        """Write a GIF with one palette for all frames; its size in bytes."""
        some = self.frames[:: max(1, len(self.frames) // 12)]
        palette = palette_of(some, colours=192, greys=48)
        few = [f.quantize(palette=palette, dither=Image.Dither.NONE) for f in self.frames]
        few[0].save(
            path,
            save_all=True,
            append_images=few[1:],
            duration=self.lengths,
            loop=0,
            optimize=False,
        )
        return path.stat().st_size


def record(path: Path, theme: str, folder: Path) -> int:
    """Record the film; its size in bytes."""
    desk = Desk(SIZE, theme, folder, layer_list=False)
    try:
        camera = Camera(desk)
        play(desk, camera)
        return camera.save(path)
    finally:
        desk.close()


def play(desk: Desk, camera: Camera) -> None:
    """What is seen."""
    widget, hand = desk.widget, camera.hand
    camera.hold(0.6)
    hand.choose(widget.case.samples, PHANTOM)
    camera.hold(1.0)
    desk.look_at(START, 105)
    hand.click_at(START)
    camera.hold(1.2)
    desk.scroll_to("how")
    form = widget.how.tab("sigmoid").form
    for name, share in (("delta_hu", 0.12), ("edge_mm", 0.6), ("edge_mm", 0.1)):
        slider = form.control(name).slider
        hand.slide(slider, round(slider.minimum() + share * (slider.maximum() - slider.minimum())))
        camera.hold(0.4)
    hand.drag_voxel(START, ALONG)
    camera.hold(0.8)
    hand.point_at(ASIDE)
    for _ in range(2):
        for seconds in (0.7, 0.9):
            hand.key(Qt.Key.Key_Space)
            camera.hold(seconds)
    hand.key(Qt.Key.Key_D)
    camera.hold(1.0)
    hand.key(Qt.Key.Key_D)
    hand.key(Qt.Key.Key_Return)
    camera.hold(1.0)
    hand.click_at(NEXT)
    camera.hold(0.8)
    hand.key(Qt.Key.Key_Return)
    desk.scroll_to("where")
    camera.hold(1.8)
