"""What a lesion adds to its host, voxel by voxel, before the host has a say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from napari_lesion_synth.synthesis.coverage import Levels
from napari_lesion_synth.synthesis.kinds import COMPOSITIONS
from napari_lesion_synth.synthesis.shapes import Axes, Shape
from napari_lesion_synth.synthesis.sigmoid_params import SigmoidParams
from napari_lesion_synth.synthesis.texture import GaussianField

__all__ = ["Change", "Matter", "amplitude"]

_GRAIN_RADII = 0.09
_GRAIN_MM = 0.6
_GRAIN_SOFTNESS = np.float32(0.25)
_TEXTURE_SIGMAS = 3.5

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Change:
    """A lesion, without its host.

    Parameters
    ----------
    hu : ndarray of float32
        To add to the host.
    envelope : ndarray of float32
        0 outside to 1 inside the lesion's outer edge.
    """

    hu: Field
    envelope: Field


def amplitude(params: SigmoidParams) -> float:
    """The most that the lesion can change a voxel, in HU."""
    composition = COMPOSITIONS[params.kind]
    feature = _feature(params)[0] if len(composition.steps) > 1 else 0.0
    return abs(params.delta_hu) + abs(feature) + _TEXTURE_SIGMAS * params.texture_hu


def _feature(params: SigmoidParams) -> tuple[float, float]:
    """HU and size of the kind's feature."""
    usual = COMPOSITIONS[params.kind]
    hu = usual.feature_hu if params.feature_hu is None else params.feature_hu
    size = usual.feature_size if params.feature_size is None else params.feature_size
    return hu, size


@dataclass(frozen=True, eq=False)
class Matter:
    """What a lesion is made of: its kind's steps, and the random fields that it was given.

    Parameters
    ----------
    shape : Shape
        The lesion's outline.
    params : SigmoidParams
        Contrast, edge, kind, texture.
    texture, grains : GaussianField or None
        None where there are none.
    """

    shape: Shape
    params: SigmoidParams
    texture: GaussianField | None
    grains: GaussianField | None

    @classmethod
    def of(cls, shape: Shape, params: SigmoidParams) -> Matter:
        """Draw the fields; from `params.shape_seed` alone."""
        z, y, x = shape.reach(0.0).max(axis=1)
        reach = (float(z), float(y), float(x))
        texture = grains = None
        if params.texture_hu > 0:
            rng = np.random.default_rng([params.shape_seed, 1])
            texture = GaussianField.draw(params.texture_mm, reach, rng)
        if any(step.specks for step in COMPOSITIONS[params.kind].steps):
            rng = np.random.default_rng([params.shape_seed, 2])
            scale = max(_GRAIN_RADII * shape.radius_mm, _GRAIN_MM)
            grains = GaussianField.draw(scale, reach, rng)
        return cls(shape, params, texture, grains)

    def change(self, levels: Levels, axes: Axes) -> Change:
        """What it adds to a box of its host.

        Parameters
        ----------
        levels : Levels
            The shape's level in the box.
        axes : tuple of ndarray of float32
            Offsets in mm of the voxels from the lesion's centre.
        """
        params = self.params
        feature_hu, feature_size = _feature(params)
        envelope = levels.step(params.edge_mm)
        total = self._texture_at(axes, envelope)
        for step in COMPOSITIONS[params.kind].steps:
            depth = self.shape.radius_mm * (step.depth + step.depth_per_size * feature_size)
            part = envelope
            if depth or step.blur != 1:
                part = levels.step(step.blur * params.edge_mm, depth)
            if step.specks and self.grains is not None:
                part = part * _grainy(self.grains.at(axes), feature_size)
            amount = params.delta_hu if step.amount == "delta" else feature_hu
            total += np.float32(step.sign * amount) * part
        return Change(total, envelope)

    def _texture_at(self, axes: Axes, envelope: Field) -> Field:
        """HU of the internal texture, cut at some standard deviations so that it has a bound."""
        if self.texture is None:
            return np.zeros_like(envelope)
        field = self.texture.at(axes)
        np.clip(field, -_TEXTURE_SIGMAS, _TEXTURE_SIGMAS, out=field)
        field *= np.float32(self.params.texture_hu)
        field *= envelope
        return field


def _grainy(field: Field, part: float) -> Field:
    """1 where a random field is above the quantile that leaves `part` of the volume, else 0."""
    field -= np.float32(ndtri(1 - part))
    field /= -_GRAIN_SOFTNESS
    np.minimum(field, np.float32(60), out=field)
    np.exp(field, out=field)
    field += np.float32(1)
    return np.reciprocal(field, out=field)
