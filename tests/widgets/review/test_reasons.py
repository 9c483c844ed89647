from __future__ import annotations

from napari_lesion_synth.widgets.review.key_table import KEYS
from napari_lesion_synth.widgets.review.reasons import REASONS, SHORT, reason_of


def test_each_digit_has_a_reason_and_each_reason_a_line_in_the_sheet():
    assert len(REASONS) == len(SHORT) == 9
    assert reason_of(1) == "seam"
    assert reason_of(9) == "other"
    sheet = {key.key: key.action for key in KEYS}
    assert all(sheet[str(n)].endswith(reason) for n, reason in enumerate(REASONS, 1))
