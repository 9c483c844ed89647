"""The gallery of a set with everything around it: counts, filters, verdicts, one lesion, band."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT
from napari_lesion_synth.dataset.layout import patch_path
from napari_lesion_synth.dataset.patch import Patch
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.review.gallery_page import GalleryPage
from napari_lesion_synth.widgets.review.open_set import OpenSet
from napari_lesion_synth.widgets.review.query import Query, SortKey, Which
from napari_lesion_synth.widgets.review.reasons import reason_of
from napari_lesion_synth.widgets.review.score_table import save_bands
from napari_lesion_synth.wording import counted

__all__ = ["GalleryTab"]

_COUNT_MS = 40
_FIRST_MS = 300
"""The pictures come first: napari takes a while for the first layer on its canvas."""


class GalleryTab(GalleryPage):
    """A set, looked through and judged.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    opened = Signal(Path)
    """Another set is open."""
    lesion_shown = Signal(str, object)
    """Id of the chosen lesion, and its `Patch`."""
    nothing_shown = Signal()
    help_wanted = Signal()
    troubled = Signal(object)
    """An error that a person has to hear of."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.set = OpenSet(self.lesions, self)
        self._patches = LatestOnly("reviewed lesion", self)
        self._asked = (0, "")
        self._count_soon = QTimer(self, interval=_COUNT_MS, singleShot=True)
        self._first = QTimer(self, interval=_FIRST_MS, singleShot=True)
        self._connect()
        self._offer()

    def _connect(self) -> None:
        self.open_button.clicked.connect(lambda *_: self.ask_set())
        self.help.clicked.connect(lambda *_: self.help_wanted.emit())
        self.set.replaced.connect(self._on_replaced)
        self.set.grown.connect(self._on_grown)
        self.set.rescored.connect(self._on_rescored)
        self.set.judged.connect(self._on_judged)
        self.set.told.connect(self.say)
        self.set.book.undone.connect(self._on_undone)
        self.set.book.failed.connect(self.troubled)
        self.thumbs.loaded.connect(self.view.repaint_cells)
        self.filters.changed.connect(self._on_query)
        self.view.current_changed.connect(self._on_current)
        self.view.selectionModel().selectionChanged.connect(self._offer)
        self.view.pressed_key.connect(self.act)
        self.verdicts.pressed.connect(self._on_button)
        self.band.changed.connect(self._on_verdicts_moved)
        self.band.save_requested.connect(self._save_band)
        self.score.scored.connect(self.set.read_scores)
        self._patches.finished.connect(self._on_patch)
        self._patches.failed.connect(self._on_no_patch)
        self._count_soon.timeout.connect(self._show_counts)
        self._first.timeout.connect(self._choose_first)

    # --- opening ------------------------------------------------------------------------------

    def ask_set(self) -> None:
        """Ask for a folder and open it."""
        start = str(self.set.folder.parent) if self.set.folder is not None else ""
        chosen = QFileDialog.getExistingDirectory(self, "Open a generated set", start)
        if chosen:
            self.open_set(chosen)

    def open_set(self, folder: str | Path) -> bool:
        """Open a set, finished or not; False where the folder is none, which is then said."""
        try:
            self.set.open(folder)
        except LesionSynthError as error:
            self.troubled.emit(error)
            return False
        assert self.set.folder is not None
        self.path.setToolTip(str(self.set.folder))
        self.score.set_folder(self.set.folder)
        self.opened.emit(self.set.folder)
        self._first.start()
        self.view.setFocus()
        return True

    def _choose_first(self) -> None:
        if self.model.rowCount() and not self.view.current:
            self.view.show_place(0)

    def show_again(self) -> None:
        """Show the chosen lesion once more, as after its CT was opened."""
        self._on_current(self.view.current)

    def close_tab(self) -> None:
        """End threads and processes; verdicts that wait are written first."""
        self.set.close()
        self.score.close_section()
        self._patches.close()
        self.thumbs.close()

    # --- verdicts -----------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Do what a key stands for; see `GalleryView.pressed_key`."""
        match name:
            case "accept":
                self._decide(ACCEPT, "")
            case "reject":
                self._decide(REJECT, "")
            case "undo":
                self.set.book.undo()
            case "before":
                self.lesion.toggle_before()
            case "difference":
                self.lesion.toggle_difference()
            case "outline":
                self.lesion.toggle_outline()
            case "help":
                self.help_wanted.emit()
            case _:
                self._decide(REJECT, reason_of(int(name)))

    def _on_button(self, name: str) -> None:
        self.act(name)
        self.view.setFocus()  # so that the keys work after a click

    def _decide(self, decision: Literal["accept", "reject"], reason: str) -> None:
        places = self.view.chosen()
        if not places or not self.set.book.ready:
            return
        if self.set.gone:
            self.set.look_again()
            self.say(self.state.text())
            return
        names = [self.model.id_at(place) for place in places]
        self.set.book.decide(names, decision, reason)
        self._go_on(places)

    def _go_on(self, places: list[int]) -> None:
        """Make the next lesion that needs a verdict the current one."""
        last = after = places[-1]
        if _by_verdict(self.model.query):  # those just judged may have left the view
            self.model.refill()
            after = last - len(places)
        place = self.model.next_undecided(after)
        if place is None:  # all are judged
            place = min(last, self.model.rowCount() - 1)
        if place >= 0:
            self.view.show_place(place)
        else:
            self._on_current("")
        self._show_title()

    def _on_undone(self, undone: object) -> None:
        names = getattr(undone, "ids", ())
        if names and not self.view.show_id(names[0]):
            self.say(f"The verdict on {names[0]} was taken back; the filter hides it.")

    def _on_judged(self, names: list[str]) -> None:
        if not names:
            self._refill()
        self.view.repaint_cells()
        self._count_soon.start()
        self._show_facts()
        self._offer()

    # --- what is shown ------------------------------------------------------------------------

    def _on_query(self, query: Query) -> None:
        self.model.query = query
        self._refill()

    def _refill(self) -> None:
        """Filter and sort anew; the current lesion stays so where it is still shown."""
        current = self.view.current
        self.model.refill()
        if current and self.view.current != current and not self.view.show_id(current):
            self.view.show_place(0) if self.model.rowCount() else self._on_current("")
        self._show_title()
        self._offer()

    def _on_replaced(self) -> None:
        """Nothing of what was shown is there any more."""
        if self.set.folder is not None:
            self.thumbs.open(self.set.folder)
        self.model.clear()
        self._on_current("")

    def _on_grown(self) -> None:
        self._offer_filters()
        self._refill()
        self._show_counts()

    def _on_rescored(self) -> None:
        self.band.refresh()
        self._on_verdicts_moved()
        self._show_facts()

    def _on_verdicts_moved(self) -> None:
        if _by_verdict(self.model.query):
            self._refill()
        self.view.repaint_cells()
        self._count_soon.start()

    def _show_counts(self) -> None:
        self.counts.show_counts(self.lesions.counts())
        self._offer_filters()
        self._show_title()

    def _show_title(self) -> None:
        if self.set.folder is not None:
            shown, total = self.model.rowCount(), len(self.lesions)
            of = "" if shown == total else f"{shown} of "
            growing = "" if self.set.complete else " so far"
            self.path.setText(f"{self.set.folder.name}: {of}{counted(total, 'lesion')}{growing}")

    def _offer_filters(self) -> None:
        counts = self.lesions.counts()
        self.filters.offer(
            methods={method for _, method in counts if method},
            zones={zone for zone, _ in counts if zone},
            reasons=self.lesions.reasons(),
        )

    def _offer(self, *_: object) -> None:
        chosen = len(self.view.chosen()) if self.set.book.ready else 0
        self.verdicts.set_ready(chosen, bool(self.set.book.records))

    def _save_band(self) -> None:
        if self.set.folder is None:
            return
        kinds = zip(self.lesions.zone, self.lesions.method, strict=True)
        try:
            save_bands(
                self.set.folder,
                dict(zip(self.lesions.ids, kinds, strict=True)),
                self.lesions.limits,
            )
        except LesionSynthError as error:
            self.troubled.emit(error)
            return
        self.set.read_scores()

    # --- the chosen lesion --------------------------------------------------------------------

    def _on_current(self, sample: str) -> None:
        if not sample or self.set.folder is None:
            self._patches.forget()
            self._asked = (0, "")  # one may be under way
            self.lesion.clear()
            self.nothing_shown.emit()
            return
        self._show_facts()
        path = patch_path(self.set.folder, sample)
        self._asked = (self._patches.submit(lambda: Patch.load(path)), sample)

    def _on_patch(self, number: int, patch: Patch) -> None:
        if number == self._asked[0]:
            self.lesion.show_patch(patch)
            self.lesion_shown.emit(self._asked[1], patch)

    def _on_no_patch(self, number: int, error: Exception) -> None:
        if number == self._asked[0]:
            self.lesion.clear(f"⚠ {error}")
            self.nothing_shown.emit()

    def _show_facts(self) -> None:
        place = self.lesions.place(self.view.current) if self.view.current else None
        if place is not None:
            self.lesion.say(self.model.words(place))


def _by_verdict(query: Query) -> bool:
    """Whether a verdict may change what is shown, or where."""
    return (
        query.which is not Which.ALL
        or bool(query.reason)
        or query.sort in (SortKey.VERDICT, SortKey.REASON)
    )
