"""Errors for people: what was wrong, where, and what to do about it.

Every error that a user can cause derives from `LesionSynthError`. The command line prints it
without a traceback, the widgets show it in a dialog, and both show the remedy.
"""

from __future__ import annotations

from os import PathLike, fspath

__all__ = [
    "CheckpointError",
    "DatasetError",
    "DonorError",
    "GeometryError",
    "InputError",
    "LesionSynthError",
    "LesionSynthWarning",
    "ParameterError",
    "SiteError",
    "StorageError",
    "TrainingError",
]


class LesionSynthError(Exception):
    """Something a user can mend.

    Parameters
    ----------
    what : str
        What was wrong, as a sentence without its full stop.
    where : path or str, optional
        The file, folder or object at fault.
    remedy : str, optional
        What to do about it, as a sentence without its full stop.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | PathLike[str] | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what = what
        self.where = None if where is None else fspath(where)
        self.remedy = remedy
        super().__init__(what, self.where, remedy)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.remedy}." if self.remedy else ""
        return f"{place}{self.what}.{advice}"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle across process borders with the keyword arguments kept."""
        return (_rebuild, (type(self), self.what, self.where, self.remedy))


def _rebuild(
    kind: type[LesionSynthError], what: str, where: str | None, remedy: str | None
) -> LesionSynthError:
    return kind(what, where=where, remedy=remedy)


class InputError(LesionSynthError):
    """A file or array that cannot be used as it is."""


class GeometryError(InputError):
    """Two images that do not lie in the same frame, or a grid that is not regular."""


class ParameterError(LesionSynthError):
    """A parameter outside its range, or two that contradict each other."""


class SiteError(LesionSynthError):
    """No room for the lesions asked for."""


class DonorError(LesionSynthError):
    """A donor lesion that cannot be used, or none where one is needed."""


class DatasetError(LesionSynthError):
    """A generated set that is damaged, or not the one expected."""


class CheckpointError(LesionSynthError):
    """A file of weights that is damaged, of another kind, or from another version."""


class TrainingError(LesionSynthError):
    """A training that cannot begin, or cannot go on; the message says what to change."""


class StorageError(LesionSynthError):
    """A file that cannot be written: full disk, read-only folder."""


class LesionSynthWarning(UserWarning):
    """Something was mended or guessed on the way; the message says what."""
