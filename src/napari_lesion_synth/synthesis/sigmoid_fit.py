"""A real lesion in the terms of the sigmoid model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.synthesis.kinds import LesionKind
from napari_lesion_synth.synthesis.parameters import clipped
from napari_lesion_synth.synthesis.rotations import rotation_matrix
from napari_lesion_synth.synthesis.shapes import RadialShape
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.synthesis.statistics import LesionDraw

__all__ = ["SigmoidFit"]

_SHARED = ("delta_hu", "edge_mm", "irregularity", "elongation", "texture_hu", "texture_mm")
"""Numbers that the fit and the parameters of the method have in common."""


@dataclass(frozen=True, eq=False)
class SigmoidFit:
    """A real lesion in the terms of the sigmoid model.

    Parameters
    ----------
    donor, patient : str
        Which lesion, and whose.
    delta_hu : float
        Contrast to the parenchyma around it.
    edge_mm : float
        Width of the sigmoid: the scanner's blur and the lesion's own softness together.
    diameter_mm : float
        Equivalent diameter of the surface where the contrast is half.
    elongation, irregularity : float
        Of the outline; see `SigmoidParams`.
    rotation_deg : tuple of float
        Of the outline's principal axes.
    outline : tuple of float
        Harmonics, as `SigmoidParams.outline` takes them.
    texture_hu, texture_mm : float
        Texture inside the lesion beyond the parenchyma's own.
    background_hu : float
        Parenchyma around the lesion.
    noise_hu : float
        Standard deviation of the CT's noise.
    residual_hu : float
        RMS of what the model leaves in the lesion and its edge; noise included.
    delta_error_hu, edge_error_mm, diameter_error_mm : float
        Standard errors, the noise's correlation included.
    center : tuple of float
        Fitted centre in voxels (z, y, x) of the donor's box.
    reliable : bool
        The contrast stands out from the noise and no value is at the end of its range.
    flat : int or None
        The axis of length 1 of a single slice.
    """

    donor: str
    patient: str
    delta_hu: float
    edge_mm: float
    diameter_mm: float
    elongation: float
    irregularity: float
    rotation_deg: Triple
    outline: tuple[float, ...]
    texture_hu: float
    texture_mm: float
    background_hu: float
    noise_hu: float
    residual_hu: float
    delta_error_hu: float
    edge_error_mm: float
    diameter_error_mm: float
    center: Triple
    reliable: bool
    flat: int | None

    @property
    def radius_mm(self) -> float:
        """Half the equivalent diameter."""
        return self.diameter_mm / 2

    def draw(self) -> LesionDraw:
        """The numbers that statistics are made of."""
        return LesionDraw(
            self.diameter_mm,
            self.delta_hu,
            self.edge_mm,
            self.irregularity,
            self.elongation,
            self.texture_hu,
            self.texture_mm,
            self.outline,
        )

    def params(self, shape_seed: int = 0) -> SigmoidParams:
        """Parameters that draw this lesion elsewhere."""
        values = {name: clipped(SigmoidParams, name, getattr(self, name)) for name in _SHARED}
        return SigmoidParams(
            **values,
            kind=LesionKind.HYPERDENSE if self.delta_hu > 0 else LesionKind.HYPODENSE,
            rotation_deg=self.rotation_deg,
            outline=self.outline,
            shape_seed=shape_seed,
        )

    def shape(self) -> RadialShape:
        """The fitted outline."""
        turn = rotation_matrix(self.rotation_deg, self.flat)
        return RadialShape(
            self.diameter_mm, np.asarray(self.outline), self.elongation, turn, self.flat
        )
