"""Dishes that are rendered: 36 views of each, with their areas and a known attractiveness."""

from napari_lesion_synth.perception.stimuli.plates.attractiveness import attractiveness
from napari_lesion_synth.perception.stimuli.plates.folder import write_plates
from napari_lesion_synth.perception.stimuli.plates.render import (
    Plate,
    make_dish,
    render_plate,
    render_views,
)
from napari_lesion_synth.perception.stimuli.plates.settings import (
    DISHES,
    PlateLook,
    PlateSettings,
    views_of,
)

__all__ = [
    "DISHES",
    "Plate",
    "PlateLook",
    "PlateSettings",
    "attractiveness",
    "make_dish",
    "render_plate",
    "render_views",
    "views_of",
    "write_plates",
]
