"""The keys of "Train & detect", once for the cheat sheet and for the documentation."""

from __future__ import annotations

from napari_lesion_synth.widgets.parts.key import Key

__all__ = ["ACTIONS", "KEYS"]

_WHERE = "findings: their table, their layers and the tab"

KEYS = (
    Key("N", "Next finding", _WHERE),
    Key("P", "Previous finding", _WHERE),
    Key("A", "Accept the finding: it is a lesion", _WHERE),
    Key("R", "Reject it: a hard negative of the next training", _WHERE),
    Key("U", "Take the last verdict back", _WHERE),
    Key("?", "This sheet", _WHERE),
)
"""Everything that the widget does on a key."""

ACTIONS = {"N": "next", "P": "previous", "A": "accept", "R": "reject", "U": "undo", "?": "help"}
"""Names of the actions, by key."""
