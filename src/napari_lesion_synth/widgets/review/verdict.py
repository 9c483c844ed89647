"""What holds of a lesion: accepted or not, by whom, and why."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds of a lesion now.

    Parameters
    ----------
    accepted : bool or None
        None where nobody and nothing has judged it.
    by_person : bool
        Whether a person said so; else the scores did.
    reason : str
        Of a rejection.
    """

    accepted: bool | None = None
    by_person: bool = False
    reason: str = ""

    @property
    def sign(self) -> str:
        """A sign that needs no colour."""
        return {None: "·", True: "✓", False: "✗"}[self.accepted]

    @property
    def words(self) -> str:
        """The verdict in words."""
        if self.accepted is None:
            return "no verdict"
        if self.by_person:
            word = "accepted" if self.accepted else "rejected"
        else:
            word = "passes" if self.accepted else "fails"
        return f"{word}: {self.reason}" if self.reason else word
