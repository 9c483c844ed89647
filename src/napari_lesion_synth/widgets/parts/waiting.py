"""A call that takes a while, in a thread, while the window stays alive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QEventLoop, Qt
from qtpy.QtWidgets import QProgressDialog, QWidget

from napari_lesion_synth.widgets.parts.latest import LatestOnly

__all__ = ["Canceled", "wait_for"]

_PATIENCE_MS = 400
"""A shorter wait needs no words."""


class Canceled(Exception):
    """The person did not want to wait."""


def wait_for(parent: QWidget | None, words: str, call: Callable[[], Any]) -> Any:
    """Call in a thread and return what it gives; after a moment a dialog says what goes on.

    Parameters
    ----------
    parent : QWidget or None
        In front of whose window.
    words : str
        What goes on, as in "Reading liver.nii.gz".
    call : callable
        Its result comes back, and so does its exception. It touches no widget.

    Raises
    ------
    Canceled
        If the person cancels; the call then runs to its end, and nobody hears of it.
    Exception
        Whatever the call raises.
    """
    loop, worker = QEventLoop(), LatestOnly("waiting")
    ended: list[tuple[bool, Any]] = []

    def end(well: bool, result: Any) -> None:
        ended.append((well, result))
        loop.quit()

    worker.finished.connect(lambda _number, result: end(True, result))
    worker.failed.connect(lambda _number, error: end(False, error))
    box = QProgressDialog(words, "Cancel", 0, 0, parent)
    box.setWindowTitle("One moment")
    box.setAccessibleName(words)
    box.setToolTip("Cancel: Esc")
    box.setWindowModality(Qt.WindowModality.WindowModal)
    box.setMinimumDuration(_PATIENCE_MS)
    box.canceled.connect(loop.quit)
    worker.submit(call)
    try:
        loop.exec()
    finally:
        worker.close()
        box.canceled.disconnect()
        box.close()
        box.deleteLater()
    if not ended:
        raise Canceled
    well, result = ended[0]
    if not well:
        raise result
    return result
