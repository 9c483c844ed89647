"""Who lies where: the organs' fields on the lattice, kept from running into each other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from napari_lesion_synth.ct.phantom.body import Trunk
from napari_lesion_synth.ct.phantom.canvas import Lattice
from napari_lesion_synth.ct.phantom.frame import Array, Frame
from napari_lesion_synth.ct.phantom.shapes import FAR, meet
from napari_lesion_synth.ct.volume import Box

__all__ = ["Part", "Scene"]


@dataclass(frozen=True, eq=False)
class Part:
    """An organ's implicit field in a box of the lattice."""

    box: Box
    frame: Frame
    field: Array


@dataclass(eq=False)
class Scene:
    """The lattice, the trunk on it, and what has been given a place so far.

    Parameters
    ----------
    lattice : Lattice
        Where organs are shaped.
    trunk : Trunk
        The surfaces that hold them.
    taken : ndarray of float32
        Field of the union of all placed organs.
    parts : dict
        The organs by name.
    """

    lattice: Lattice
    trunk: Trunk
    taken: Array = field(init=False)
    parts: dict[str, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = np.full(self.lattice.frame.shape, FAR, np.float32)

    def place(
        self,
        name: str,
        box: Box,
        shape: Array,
        *,
        gap_mm: float | Array = 2.0,
        wall_mm: float = 3.0,
        below_diaphragm: float | None = 2.0,
    ) -> Part:
        """Give an organ its place: out of the wall, the chest and the organs before it.

        Parameters
        ----------
        name : str
            Under which it is kept.
        box : tuple of slice
            Part of the lattice that holds it.
        shape : ndarray of float32
            The field that it would have alone.
        gap_mm : float or ndarray
            Fat left between it and the organs before it.
        wall_mm : float
            Distance from the inside of the wall.
        below_diaphragm : float or None
            Distance from the diaphragm; None for what crosses it.
        """
        result = meet(shape, np.float32(gap_mm) - self.taken[box], 5)
        result = meet(result, self.trunk.cavity[box] + np.float32(wall_mm), 4)
        if below_diaphragm is not None:
            result = meet(result, self.trunk.abdomen[box] + np.float32(below_diaphragm), 4)
        np.minimum(self.taken[box], result, out=self.taken[box])
        part = Part(box, self.lattice.frame.sub(box), result)
        self.parts[name] = part
        return part
