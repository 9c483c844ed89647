"""The widgets of the gallery and where they stand; what they do together is in `gallery_tab`."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QSplitter, QTabWidget, QVBoxLayout, QWidget

from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.review.band_section import BandSection
from napari_lesion_synth.widgets.review.collection import Collection
from napari_lesion_synth.widgets.review.count_table import CountTable
from napari_lesion_synth.widgets.review.filter_bar import FilterBar
from napari_lesion_synth.widgets.review.gallery_model import GalleryModel
from napari_lesion_synth.widgets.review.gallery_view import GalleryView
from napari_lesion_synth.widgets.review.lesion_panel import LesionPanel
from napari_lesion_synth.widgets.review.plane_thumbs import PlaneThumbs
from napari_lesion_synth.widgets.review.score_section import ScoreSection
from napari_lesion_synth.widgets.review.verdict_bar import VerdictBar

__all__ = ["GalleryPage"]

_NO_SET = "Open a generated set, or drop its folder here."


class GalleryPage(QWidget):
    """Counts, filters and the gallery above; one lesion, the band and the scoring below.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lesions = Collection()
        self.thumbs = PlaneThumbs(self)
        self.model = GalleryModel(self.lesions, self.thumbs, self)
        self.view = GalleryView(self.model)
        self.open_button = button("Open set…", "Choose the folder of a generated set")
        self.path = QLabel(_NO_SET)
        self.path.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.path.setAccessibleName("The open set")
        self.help = button("?", "Keys (?)")
        self.help.setAccessibleName("Keys")
        self.help.setMaximumWidth(2 * self.help.fontMetrics().height())
        self.state = note(name="State of the set")
        self.state.hide()
        self.counts = CountTable()
        self.filters = FilterBar()
        self.verdicts = VerdictBar()
        self.lesion = LesionPanel()
        self.band = BandSection(self.lesions)
        self.score = ScoreSection()
        self._lay_out()

    def _lay_out(self) -> None:
        upper = QWidget()
        above = QVBoxLayout(upper)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(3)
        above.addWidget(self.view, 1)
        above.addWidget(self.verdicts)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, name in ((self.lesion, "Lesion"), (self.band, "Band"), (self.score, "Score")):
            self.pages.addTab(page, name)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.pages)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 4, 2, 2)
        layout.setSpacing(4)
        layout.addWidget(row(self.open_button, self.path, self.help, stretch=1))
        layout.addWidget(self.state)
        layout.addWidget(self.counts)
        layout.addWidget(self.filters)
        layout.addWidget(self.splitter, 1)

    def say(self, text: str) -> None:
        """Show what is amiss; without a text, nothing is."""
        self.state.setText(text)
        self.state.setVisible(bool(text))
