"""The photos of a study, each known by its content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.stimuli.pictures import Picture, file_sha256, read_picture

if TYPE_CHECKING:
    from napari_lesion_synth.perception.stimuli.survey import ScanRules

__all__ = ["Changes", "Stimulus", "StimulusSet", "named"]

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One photo.

    Parameters
    ----------
    id : str
        Its path within the folder, with ``/`` and its ending: ``curry/az030_el45.jpg``.
    path : Path
        The file.
    sha256 : str
        Hash of the file's bytes.
    width, height : int
        Pixels, upright.
    category : str
        The dish.
    view : str
        The angle, as `views.View.name` has it, or any text that a table gives.
    """

    id: str
    path: Path
    sha256: str
    width: int
    height: int
    category: str = ""
    view: str = ""

    def picture(self) -> Picture:
        """The photo itself, shape (height, width, 3).

        Raises
        ------
        InputError
            If it is gone or damaged.
        """
        return read_picture(self.path)


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the photos since they were scanned: ids, in the set's order."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing)

    def __str__(self) -> str:
        parts = [f"{named(self.changed)} changed"] if self.changed else []
        return ", and ".join(
            parts + ([f"{named(self.missing)} cannot be found"] if self.missing else [])
        )


@dataclass(frozen=True)
class StimulusSet:
    """Photos in the order of their ids.

    Parameters
    ----------
    stimuli : tuple of Stimulus
        With different ids.

    Raises
    ------
    ParameterError
        If two have the same id.
    """

    stimuli: tuple[Stimulus, ...]
    _by_id: dict[str, Stimulus] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {stimulus.id: stimulus for stimulus in self.stimuli}
        if len(known) < len(self.stimuli):
            raise ParameterError("two photos have the same name", remedy="Rename one of them")
        object.__setattr__(self, "_by_id", known)

    def __len__(self) -> int:
        return len(self.stimuli)

    def __iter__(self) -> Iterator[Stimulus]:
        return iter(self.stimuli)

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, in order."""
        return tuple(self._by_id)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """The ids of each category; categories in alphabetical order."""
        names = sorted({stimulus.category for stimulus in self.stimuli})
        return {name: tuple(s.id for s in self.stimuli if s.category == name) for name in names}

    def by_id(self, name: str) -> Stimulus:
        """One photo.

        Raises
        ------
        ParameterError
            If there is none of that id.
        """
        try:
            return self._by_id[name]
        except KeyError:
            raise ParameterError(
                f"the study has no photo {name!r}",
                remedy="Ids are paths within the folder of photos",
            ) from None

    @classmethod
    def scan(cls, folder: str | Path, rules: ScanRules | None = None) -> StimulusSet:
        """The photos of a folder, if all of them can be used.

        Parameters
        ----------
        folder : path
            Photos, in subfolders of the categories' names or not.
        rules : ScanRules, optional
            What counts as usable, and where categories and views are told.

        Raises
        ------
        InputError
            If the folder holds no photos, or some that are damaged or too small; all of them are
            named.

        Warns
        -----
        LesionSynthWarning
            If a photo is there twice; the first one is taken.
        """
        from napari_lesion_synth.perception.stimuli.survey import survey

        return survey(folder, rules).accepted()

    def changes(self) -> Changes:
        """Compare the files with what they were when they were scanned."""
        changed, missing = [], []
        for stimulus in self.stimuli:
            try:
                if file_sha256(stimulus.path) != stimulus.sha256:
                    changed.append(stimulus.id)
            except InputError:
                missing.append(stimulus.id)
        return Changes(tuple(changed), tuple(missing))

    def verify(self) -> None:
        """See that every file is what it was when it was scanned.

        Raises
        ------
        InputError
            If photos are missing or have changed; all of them are named.
        """
        if changes := self.changes():
            raise InputError(
                f"the photos are not those that the study was made with: {changes}",
                where=Path(os.path.commonpath([each.path.parent for each in self.stimuli])),
                remedy="Put the original files back, or make a new study with the new photos",
            )


def named(names: Sequence[str], most: int = _MOST_NAMES) -> str:
    """Names in a sentence; of many, the first few and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
