"""The CT with the kept lesions in it: a copy, made when the first one is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.widgets.workbench.scene import Commit

__all__ = ["WorkingCopy"]


class WorkingCopy:
    """Pastes kept lesions, and takes them back to the bit.

    Parameters
    ----------
    host : Volume
        The CT; never changed.
    """

    def __init__(self, host: Volume) -> None:
        self._host = host
        self._copy: Volume | None = None
        self._pasted: list[tuple[Commit, Callable[[], None]]] = []

    @property
    def hu(self) -> NDArray[np.int16]:
        """The CT with the lesions, (z, y, x); the host's own array before the first one."""
        return (self._copy or self._host).hu

    def show(self, commits: tuple[Commit, ...]) -> bool:
        """Bring the copy to these lesions: what was pasted last goes first.

        Returns
        -------
        bool
            Whether `hu` is another array from now on.
        """
        same = 0
        for (pasted, _), wanted in zip(self._pasted, commits, strict=False):
            if pasted is not wanted:
                break
            same += 1
        while len(self._pasted) > same:
            _, undo = self._pasted.pop()
            undo()
        made = self._copy is None and len(commits) > same
        if made:
            self._copy = replace(self._host, hu=self._host.hu.copy())
        for commit in commits[same:]:
            assert self._copy is not None
            self._pasted.append((commit, commit.sample.paste(self._copy)))
        return made
