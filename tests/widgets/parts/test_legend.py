"""A legend says all that it has to, however narrow the plot is."""

from __future__ import annotations

import pytest
from qtpy.QtGui import QColor, QPen

from napari_lesion_synth.widgets.parts.legend import Entry, Legend

TEXTS = ("half found", "9 of 10 found", "simulated reader")


@pytest.fixture
def legend(qtbot):
    made = Legend()
    qtbot.addWidget(made)
    made.set_entries([Entry(text, QPen(QColor("red"))) for text in TEXTS])
    return made


def test_entries_stand_in_one_row_where_there_is_room(legend):
    legend.resize(2000, 20)
    assert legend.rows == 1


def test_what_does_not_fit_goes_to_the_next_row(legend):
    legend.resize(2000, 20)
    low = legend.sizeHint().height()
    metrics = legend.fontMetrics()
    legend.resize(metrics.horizontalAdvance("".join(TEXTS)), 20)
    assert legend.rows == 2
    assert legend.sizeHint().height() == 2 * low


def test_one_that_is_too_long_for_a_row_has_a_row_of_its_own(legend):
    legend.resize(20, 20)
    assert legend.rows == len(TEXTS)
    legend.grab()
