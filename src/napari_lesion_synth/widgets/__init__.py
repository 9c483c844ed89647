"""The face in napari: dock widgets, their parts, and what they show on the canvas."""
