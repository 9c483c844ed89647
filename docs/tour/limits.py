"""The tour of the page "Limits": a detector's map with a reader's limit in it."""

from __future__ import annotations

from collections.abc import Iterator

from docs.tour.desk import Desk
from docs.tour.detecting import beside_the_workbench, piece, side_by_side
from docs.tour.hand import Hand
from PIL import Image
from qtpy.QtTest import QTest

from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.reader_job import ReaderJob, SimulatedReader
from napari_lesion_synth.jobs.reader_limit import reader_limit
from napari_lesion_synth.perception.limits.reader_limit import READER_JSON
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.sample_data import sample_case

__all__ = ["own_limit"]

LIMITS = 3
"""Place of the page."""

SAMPLE = 0
"""Place of the real CT in the menu of samples."""

GRID = LimitSettings(diameters_mm=(8.0, 14.0, 24.0), contrasts_hu=(-15.0, -30.0, -60.0), repeats=4)
SEEN_HU = (32.0, 24.0, 17.0)
"""What the simulated reader sees of each size."""


def own_limit(desk: Desk, hand: Hand) -> Iterator[tuple[str, Image.Image]]:
    """A map of the real CT, and in it the curve of a simulated reader of the same CT."""
    case = sample_case()
    made, read = desk.folder / "limits", desk.folder / "reader"
    mapped = LimitJob(out=made, grid=GRID, search=LimitDetector(threads=1))
    for _ in limit_map(mapped, StopToken(), cases=[case]):
        QTest.qWait(1)
    job = ReaderJob(
        out=read,
        name="simulated reader",
        asked=VisibilitySettings(diameters_mm=GRID.diameters_mm),
        simulated=SimulatedReader(limits_hu=SEEN_HU),
    )
    for _ in reader_limit(job, StopToken(), cases=[case]):
        QTest.qWait(1)
    hand.choose(desk.widget.case.samples, SAMPLE)
    widget = beside_the_workbench(desk)
    widget.tabs.setCurrentIndex(LIMITS)
    page = widget.limits
    page.set_folder(made)
    desk.wait_for("the map", lambda: page.view is not None)
    own = page.sections["Your own limit"]
    hand.press(own.header)
    page.reader.folder.set_folder("reader")
    page.reader.show_curve(read / READER_JSON)
    QTest.qWait(500)
    drawn = piece(
        page, page.sections["Which lesions are found"], page.sections["Lesions of a cell"]
    )
    yield "own", side_by_side(drawn, piece(page, own, page.sections["New map"]))
    widget.close_detect()
