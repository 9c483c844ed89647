"""The tour of a reader's limit: two pictures, one of them with a lesion."""

from __future__ import annotations

from collections.abc import Iterator

from docs.tour.desk import Desk, picture_of
from docs.tour.hand import Hand
from PIL import Image
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.reader_job import ReaderJob
from napari_lesion_synth.jobs.reader_limit import reader_limit
from napari_lesion_synth.jobs.reader_study import ReaderStudy
from napari_lesion_synth.perception.limits.visibility_settings import VisibilitySettings
from napari_lesion_synth.sample_data import sample_case
from napari_lesion_synth.widgets.reader.window import ReaderWindow

__all__ = ["reading"]

MARKED = VisibilitySettings(diameters_mm=(18.0, 27.0), contrasts_hu=(50.0, 90.0))
"""Of lesions that are easily seen in a small picture of the window."""


def reading(desk: Desk, hand: Hand) -> Iterator[tuple[str, Image.Image]]:
    """A question, in a real CT."""
    del hand
    taken: list[Image.Image] = []

    def person(study: ReaderStudy) -> None:
        window = ReaderWindow(study)
        window.open_on()
        desk.wait_for("the notice", window.notice.isVisible)
        QTest.keyClick(window, Qt.Key.Key_Space)
        desk.wait_for("a question", lambda: window.trial.accepts)
        QTest.qWait(200)
        taken.append(picture_of(window.grab()))
        window.close()

    job = ReaderJob(out=desk.folder / "reader", asked=MARKED)
    for _ in reader_limit(job, StopToken(), cases=[sample_case()], person=person):
        pass
    yield "reader", taken[0]
