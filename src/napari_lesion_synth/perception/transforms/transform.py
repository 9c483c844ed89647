"""A change of a photo whose strength is one number, 0 for none.

Pictures are sRGB, uint8 or floats from 0 to 1; what comes out is of the same shape and type, and
at 0 the very same values. The same magnitude and generator give the same picture.

Magnitudes are shares of the picture where that is possible, so that they mean the same for a
photo of any size. Where a change is made of pixels (noise, blocks of JPEG), `of_pixels` says so:
a limit found on pictures of one size does not hold for another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.errors import InputError, ParameterError

__all__ = ["Colours", "Family", "Transform"]

Colours: TypeAlias = NDArray[np.floating[Any]]
"""Rows, columns, and red, green and blue from 0 to 1, sRGB: float32, or float64 if asked."""

Family: TypeAlias = Literal["geometric", "tone", "colour", "filter", "noise"]


@dataclass(frozen=True, slots=True)
class Transform:
    """A change of a photo, and what its magnitude means.

    Parameters
    ----------
    name : str
        For files and commands.
    title : str
        For people.
    family : str
        ``"geometric"``, ``"tone"``, ``"colour"``, ``"filter"`` or ``"noise"``.
    unit : str
        Of the magnitude.
    low, high : float
        Plausible range, in which limits are looked for; `low` is 0 where there is one direction
        only.
    least, most : float
        Range in which the change is defined.
    text : str
        What a positive magnitude does, and at the edges, as a sentence.
    change : callable
        From colours, magnitude and generator to colours; values outside 0 to 1 are cut off
        afterwards.
    of_pixels : bool
        Whether it looks different in a picture of another size.
    random : bool
        Whether chance decides more than the magnitude.
    """

    name: str
    title: str
    family: Family
    unit: str
    low: float
    high: float
    least: float
    most: float
    text: str
    change: Callable[[Colours, float, np.random.Generator], Colours]
    of_pixels: bool = False
    random: bool = False

    @property
    def signed(self) -> bool:
        """Whether there are two directions."""
        return self.low < 0

    @property
    def arms(self) -> tuple[float, ...]:
        """Ends of the plausible range: that of each direction."""
        return (self.low, self.high) if self.signed else (self.high,)

    def __call__(
        self, image: NDArray[Any], magnitude: float, rng: np.random.Generator
    ) -> NDArray[Any]:
        """Change a picture.

        Parameters
        ----------
        image : ndarray of uint8, or of floats from 0 to 1, shape (height, width, 3)
            sRGB; left as it is.
        magnitude : float
            In `unit`.
        rng : numpy.random.Generator
            Source of randomness; used by random transforms only.

        Returns
        -------
        ndarray
            Of the same shape and type.

        Raises
        ------
        InputError
            If it is no such picture.
        ParameterError
            If the magnitude is outside the range in which the change is defined.
        """
        _check_picture(image)
        self.check(magnitude)
        if magnitude == 0:
            return image.copy()
        colours = _as_colours(image)
        changed = np.clip(self.change(colours, float(magnitude), rng), 0, 1)
        if image.dtype == np.uint8:
            changed = np.rint(changed * 255)
        return changed.astype(image.dtype)

    def check(self, magnitude: float) -> None:
        """See that the change is defined at a magnitude.

        Raises
        ------
        ParameterError
            If it is not.
        """
        if not self.least <= magnitude <= self.most:  # NaN is not, either
            raise ParameterError(
                f"{self.name} by {magnitude:g} {self.unit} is not defined",
                remedy=f"Give a magnitude from {self.least:g} to {self.most:g}",
            )


def _check_picture(image: NDArray[Any]) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise InputError(
            f"an array of shape {image.shape} is no colour picture",
            remedy="Give rows, columns, and red, green and blue",
        )
    if image.dtype == np.uint8:
        return
    if not np.issubdtype(image.dtype, np.floating):
        raise InputError(
            f"pictures of type {image.dtype} are not known",
            remedy="Give uint8, or floats from 0 to 1",
        )
    if not (image.min() >= 0 and image.max() <= 1):
        raise InputError("the picture has values outside 0 to 1", remedy="Scale it")


def _as_colours(image: NDArray[Any]) -> Colours:
    if image.dtype == np.uint8:
        return image.astype(np.float32) / np.float32(255)
    return image.astype(np.float64 if image.dtype.itemsize > 4 else np.float32)
