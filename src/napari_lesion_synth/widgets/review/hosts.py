"""Which layer of a viewer shows the CT that a set was made for."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.errors import GeometryError
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.owned import is_owned

__all__ = ["Host", "Hosts"]

_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Host:
    """A CT on the canvas: its layer, and where its voxels lie."""

    layer: Any
    frame: Frame


class Hosts:
    """Finds CTs by their hashes; a layer that has been hashed once is known from then on.

    Parameters
    ----------
    viewer : napari.Viewer
        Whose layers.
    """

    def __init__(self, viewer: Any) -> None:
        self._viewer = viewer
        self._known: weakref.WeakKeyDictionary[Any, tuple[int, str]] = weakref.WeakKeyDictionary()

    def find(self, case: dict[str, Any]) -> Host | None:
        """The layer of a CT.

        Parameters
        ----------
        case : dict
            What a set's header says of the CT: ``host``, ``shape``, ``spacing``.
        """
        return self._in_workbench(case) or self._in_layers(case)

    def _in_workbench(self, case: dict[str, Any]) -> Host | None:
        """The workbench knows its CT by what it was read as, whatever was pasted into it since."""
        from napari_lesion_synth.widgets.synthesize import SynthesizeWidget

        for widget in dict(self._viewer.window.dock_widgets).values():
            if not isinstance(widget, SynthesizeWidget) or widget.bench.case is None:
                continue
            volume, stage = widget.bench.case.volume, widget.stage
            if (
                list(volume.shape) == list(case["shape"])
                and volume.sha256 == case["host"]
                and stage.frame is not None
                and stage.case_layers.ct in self._viewer.layers
            ):
                return Host(stage.case_layers.ct, stage.frame)
        return None

    def _in_layers(self, case: dict[str, Any]) -> Host | None:
        shape, spacing = tuple(case["shape"]), tuple(float(s) for s in case["spacing"])
        for layer in self._viewer.layers:
            data = getattr(layer, "data", None)
            if is_owned(layer) or not isinstance(data, np.ndarray) or data.dtype.kind not in "iu":
                continue
            if data.shape != (shape[1:] if shape[0] == 1 and data.ndim == 2 else shape):
                continue
            try:
                frame = Frame.of_layer(layer)
            except GeometryError:
                continue
            # The header's spacing is the one that was hashed; the layer's need only agree with it.
            near = np.allclose(frame.spacing[1:], spacing[1:], rtol=_TOLERANCE)
            if near and self._hash(layer, data, shape, spacing) == case["host"]:
                return Host(layer, frame)
        return None

    def _hash(
        self, layer: Any, data: Any, shape: tuple[int, ...], spacing: tuple[float, ...]
    ) -> str:
        known = self._known.get(layer)
        if known is None or known[0] != id(data):
            z, y, x = spacing
            hu = data.reshape(shape).astype(np.int16, copy=False)
            known = self._known[layer] = id(data), Volume(hu, (z, y, x)).sha256
        return known[1]
