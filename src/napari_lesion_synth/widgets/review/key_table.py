"""The keys of the review, once for the cheat sheet and for the documentation."""

from __future__ import annotations

from napari_lesion_synth.widgets.parts.key import Key
from napari_lesion_synth.widgets.review.reasons import REASONS

__all__ = ["KEYS"]

_GALLERY, _TEST = "gallery", "visual Turing test"

KEYS = (
    Key("A", "Accept what is selected, and go to the next undecided lesion", _GALLERY),
    Key("R", "Reject it without a reason", _GALLERY),
    *(Key(str(n), f"Reject it: {reason}", _GALLERY) for n, reason in enumerate(REASONS, 1)),
    Key("U", "Take the last verdict back (also Ctrl+Z)", _GALLERY),
    Key("Arrows", "Move; with Shift, select several", _GALLERY),
    Key("Ctrl+A", "Select all that are shown", _GALLERY),
    Key("Space", "Before and after", _GALLERY),
    Key("D", "Difference", _GALLERY),
    Key("O", "Outline of the label", _GALLERY),
    Key("?", "This sheet", _GALLERY),
    Key("1 to 9, 0", "Rating 1 to 9, and 10", _TEST),
    Key("Left, Right", "Which of the two is real", _TEST),
    Key("P", "Pause, and go on", _TEST),
)
"""Everything that the review does on a key."""
