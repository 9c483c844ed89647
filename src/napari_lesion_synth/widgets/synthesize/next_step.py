"""The first line of the dock: what to do next, or what the mouse and the keys do now."""

from __future__ import annotations

from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["NEED_CASE", "NEED_ORGAN", "next_step"]

NEED_CASE = "Open a CT under Case first."
NEED_ORGAN = "Say where the organ is: under Case, click in it or give its mask."
_ORGAN_CLICKS = (
    "Organ outlined. Click to add, Alt+click to take away, Ctrl+Z takes a click back; then press "
    "Place by click."
)
_TOOLS = {"paint": "paint", "erase": "erase", "fill": "fill", "polygon": "draw"}
"""What clicks do with napari's tools for labels."""


def next_step(bench: Workbench, stage: Stage, *, before: bool, failed: bool) -> str:
    """A sentence for the user.

    Parameters
    ----------
    bench, stage
        The workbench and its canvas.
    before : bool
        Whether the CT is shown without the selected lesion.
    failed : bool
        Whether the selected lesion cannot be made as it is.
    """
    if bench.case is None:
        return "Begin: open a CT, or a sample, under Case."
    return _of_the_mouse(bench, stage) or _of_the_lesion(bench, before=before, failed=failed)


def _of_the_mouse(bench: Workbench, stage: Stage) -> str:
    mode, hand = stage.tool.mode, stage.tool.in_hand
    if hand is not None and mode is not Mode.OFF:
        layer, tool = hand
        does = _TOOLS.get(tool, f"are those of the tool {tool!r}")
        return f"Clicks {does} on the layer {layer} now. Place by click takes the mouse back."
    if mode is Mode.ORGAN:
        return _ORGAN_CLICKS if bench.ready else "Click in the middle of the organ."
    if mode is Mode.FIT:
        return "Click one of the outlined lesions to fit the model to it; Esc: do not."
    if not bench.ready:
        return NEED_ORGAN
    if not bench.scene.sites:
        return "Click in the organ to place a lesion."
    if mode is Mode.OFF:
        return "The mouse is napari's; Esc or Place by click takes it back."
    return ""


def _of_the_lesion(bench: Workbench, *, before: bool, failed: bool) -> str:
    placed = bench.scene.current
    if placed is None:
        return "Click a lesion to select it, or place another."
    if before:
        return f"Before: the CT without lesion {placed.id}. Space shows it again."
    if bench.scene.commit_of(placed.id):
        return f"Lesion {placed.id} is kept. Place another, or save the set."
    if failed:
        return f"Lesion {placed.id} cannot be made as it is; How says why."
    return f"Lesion {placed.id}: change it under How, then press Enter to keep it."
