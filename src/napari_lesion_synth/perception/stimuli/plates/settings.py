"""What can be asked of the rendered dishes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field

from napari_lesion_synth.perception.stimuli.views import View

__all__ = ["DISHES", "DishName", "PlateLook", "PlateSettings", "views_of"]

DishName: TypeAlias = Literal["curry", "eel", "salad", "sashimi", "tempura"]
DISHES: tuple[DishName, ...] = get_args(DishName)

Elevation = Annotated[float, Field(ge=15, le=85)]


@dataclass(frozen=True, slots=True)
class PlateLook:
    """How a dish is photographed, apart from the view.

    Parameters
    ----------
    exposure_ev : float
        Brighter or darker, in doublings of the light.
    warmth : float
        White balance, -1 (blue) to 1 (yellow).
    saturation : float
        1 leaves the colours as they are.
    gloss : float
        How much what is moist shines, 0 to 1.
    """

    exposure_ev: float = 0.0
    warmth: float = 0.0
    saturation: float = 1.0
    gloss: float = 0.6


class PlateSettings(BaseModel):
    """What dishes are rendered, and from where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dishes: tuple[DishName, ...] = Field(
        DISHES, min_length=1, title="Dishes", description="Which dishes; each is one category."
    )
    azimuths: int = Field(
        12, ge=1, le=72, title="Azimuths", description="Camera positions around the dish."
    )
    elevations: tuple[Elevation, ...] = Field(
        (25.0, 45.0, 70.0),
        min_length=1,
        title="Elevations (degrees)",
        description="Heights of the camera above the table, 15 to 85 degrees.",
    )
    size: int = Field(
        512, ge=64, le=2048, title="Size (px)", description="Width and height of the pictures."
    )
    varied: bool = Field(
        False,
        title="Varied light",
        description="Draw exposure, white balance, saturation and gloss for each picture, "
        "instead of the same for all.",
    )
    seed: int = Field(0, ge=0, title="Seed", description="Of the dishes and of what is varied.")


def views_of(settings: PlateSettings) -> tuple[View, ...]:
    """The views: all azimuths at each elevation."""
    return tuple(
        View(360 * k / settings.azimuths, elevation)
        for elevation in settings.elevations
        for k in range(settings.azimuths)
    )
