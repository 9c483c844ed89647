"""A lesion of a set, shown where it lies in the CT that it was made for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import DatasetError
from napari_lesion_synth.widgets.canvas.owned import is_owned, keeping_active, mark, remove_owned
from napari_lesion_synth.widgets.canvas.stage import Stage

__all__ = ["hide_set_lesion", "show_set_lesion"]

_ROLE = "set lesion"


def show_set_lesion(stage: Stage, folder: Path, sample: str) -> None:
    """Show a lesion of a set over the open CT, and turn to its slice; zoom and contrast stay.

    Raises
    ------
    DatasetError
        If the lesion was made for another CT, or cannot be read.
    """
    opened = GeneratedSet.open(folder)
    case, frame = stage.bench.require_case(), stage.frame
    hosts = {str(known["host"]) for known in opened.info["cases"]}
    if frame is None or case.volume.sha256 not in hosts:
        raise DatasetError(
            "the set was made for another CT than the one that is open",
            where=folder,
            remedy="Open its CT under Case to see the lesion in place",
        )
    patch = opened.patch(sample)
    hide_set_lesion(stage)
    ct: Any = stage.case_layers.ct
    with keeping_active(stage.viewer):
        stage.viewer.add_image(
            frame.shown(patch.after),
            name=f"Set: {sample}",
            colormap=ct.colormap,
            contrast_limits=ct.contrast_limits,
            metadata=mark(_ROLE),
            **frame.options(patch.bbox),
        )
    middle = np.argwhere(patch.mask if patch.mask.any() else patch.support).mean(axis=0)
    stage.jump_to_voxel([side.start + m for side, m in zip(patch.bbox, middle, strict=True)])


def hide_set_lesion(stage: Stage) -> None:
    """Take the lesion of a set away again."""
    shown = [layer for layer in stage.viewer.layers if is_owned(layer, _ROLE)]
    remove_owned(stage.viewer, shown)
