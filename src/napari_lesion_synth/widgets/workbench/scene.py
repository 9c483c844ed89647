"""What a person has placed so far, as values that never change.

Undo is a step back to an earlier `Scene`; nothing in here is edited in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["Commit", "PlacedSite", "Scene"]


@dataclass(frozen=True, eq=False)
class PlacedSite:
    """A site, and how its lesion is to be made.

    Parameters
    ----------
    id : int
        Number shown to the user; never used again in the same workbench.
    site : Site
        Place and size.
    method : str
        The method chosen.
    params : mapping
        All parameters, by method: those of a method appear when it is first looked at.
    pinned : mapping
        By method, the names of the parameters that the user decided; drawing again keeps them.
    seed : int
        From which the others were drawn.
    donor : str or None
        Id of the donor, for methods that transplant one.
    """

    id: int
    site: Site
    method: str
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pinned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seed: int = 0
    donor: str | None = None

    def with_params(self, method: str, params: Mapping[str, Any]) -> PlacedSite:
        """The same site with other parameters for one method."""
        return replace(self, params={**self.params, method: dict(params)})

    def with_pinned(self, method: str, names: Iterable[str]) -> PlacedSite:
        """The same site with other pinned parameters for one method."""
        return replace(self, pinned={**self.pinned, method: frozenset(names)})

    def fixed(self, method: str) -> dict[str, Any]:
        """The parameters of a method that the user decided."""
        known = self.params.get(method, {})
        return {name: known[name] for name in self.pinned.get(method, ()) if name in known}


@dataclass(frozen=True, eq=False)
class Commit:
    """A lesion that was kept.

    Parameters
    ----------
    placed : PlacedSite
        The site as it was when the lesion was kept.
    sample : Sample
        What was pasted.
    """

    placed: PlacedSite
    sample: Sample


@dataclass(frozen=True, eq=False)
class Scene:
    """All sites and all kept lesions.

    Parameters
    ----------
    sites : tuple of PlacedSite
        In the order of placing; a kept lesion's site is among them.
    commits : tuple of Commit
        In the order of keeping.
    selected : int or None
        Id of the site at work.
    """

    sites: tuple[PlacedSite, ...] = ()
    commits: tuple[Commit, ...] = ()
    selected: int | None = None

    @property
    def current(self) -> PlacedSite | None:
        """The selected site."""
        return None if self.selected is None else self.find(self.selected)

    def find(self, number: int) -> PlacedSite | None:
        """The site with this id."""
        return next((placed for placed in self.sites if placed.id == number), None)

    def commit_of(self, number: int) -> Commit | None:
        """The kept lesion of this site, if it was kept."""
        return next((commit for commit in self.commits if commit.placed.id == number), None)

    def with_site(self, placed: PlacedSite) -> Scene:
        """Put a site in, in place of the one with its id; its kept lesion becomes a draft again."""
        known = any(other.id == placed.id for other in self.sites)
        sites = (
            tuple(placed if other.id == placed.id else other for other in self.sites)
            if known
            else (*self.sites, placed)
        )
        return replace(self, sites=sites, commits=self._commits_without({placed.id}))

    def with_commit(self, commit: Commit) -> Scene:
        """Keep a lesion of a site."""
        return replace(self, commits=(*self._commits_without({commit.placed.id}), commit))

    def without(self, numbers: Iterable[int]) -> Scene:
        """Remove sites with their kept lesions; the last one left is selected instead."""
        gone = set(numbers)
        left = tuple(placed for placed in self.sites if placed.id not in gone)
        selected = self.selected
        if selected in gone:
            selected = left[-1].id if left else None
        return Scene(left, self._commits_without(gone), selected)

    def without_commit(self, number: int) -> Scene:
        """Turn a kept lesion into a draft again."""
        return replace(self, commits=self._commits_without({number}))

    def select(self, number: int | None) -> Scene:
        """The same scene with another selection."""
        return replace(self, selected=number)

    def _commits_without(self, numbers: set[int]) -> tuple[Commit, ...]:
        """The very same tuple where none of them was kept: nothing has to be pasted anew then."""
        left = tuple(commit for commit in self.commits if commit.placed.id not in numbers)
        return self.commits if len(left) == len(self.commits) else left
