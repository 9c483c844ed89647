"""Misses and false alarms in napari: where their CT is open, and the marks on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import case_name
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.evaluate_record import TestedCt
from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW, window_for
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.jump import jump
from napari_lesion_synth.widgets.canvas.outlined import add_outlined
from napari_lesion_synth.widgets.canvas.owned import is_owned, keeping_active
from napari_lesion_synth.widgets.detect.evaluate_view import Place
from napari_lesion_synth.widgets.detect.findings_layers import FindingsLayers

__all__ = ["EvaluateCanvas", "OpenPlace"]

Cases = Callable[[], Iterable[tuple[Case, Frame]]]

_SHA256 = "ct_sha256"
_MARKS = "Misses and false alarms"
_LESIONS = "#f0e442"


@dataclass(frozen=True, slots=True)
class OpenPlace:
    """A CT that napari shows.

    Parameters
    ----------
    frame : Frame
        Where it lies.
    shape : tuple of int
        Of its voxels.
    by_name : bool
        Whether it is known by its name alone, and may be another one.
    """

    frame: Frame
    shape: tuple[int, int, int]
    by_name: bool = False

    def holds(self, voxel: Triple) -> bool:
        """Whether it has such a voxel."""
        return all(-0.5 <= i <= n - 0.5 for i, n in zip(voxel, self.shape, strict=True))


class EvaluateCanvas:
    """Finds a CT in the viewer, opens it, goes to a place and marks it.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to look.
    cases : callable
        Gives the CTs that are open as cases: their voxels are known.
    """

    def __init__(self, viewer: Any, cases: Cases) -> None:
        self._viewer, self._cases = viewer, cases
        self.layers = FindingsLayers(viewer, lambda _layer: None)
        self._marked: tuple[Place, ...] | None = None
        self._frame: Frame | None = None

    def close(self) -> None:
        """Take the marks away."""
        self.layers.close()

    def clear(self) -> None:
        """Show no marks."""
        self.layers.clear()
        self._marked = self._frame = None

    def where(self, ct: TestedCt) -> OpenPlace | None:
        """Where the CT is open: known by its voxels, by its file, or by its name."""
        named = None
        for case, frame in self._cases():
            if case.volume.sha256 == ct.sha256:
                return OpenPlace(frame, case.volume.shape)
            if not ct.sha256 and case.patient in (ct.name, ct.patient):
                named = OpenPlace(frame, case.volume.shape, by_name=True)
        for layer in reversed(self._viewer.layers):
            found = _known(layer, ct)
            if found is not None and not found.by_name:
                return found
            named = named or found
        return named

    def show(self, place: Place, others: Sequence[Place], at: OpenPlace) -> None:
        """Go to a place, and mark it and the others of its CT.

        Parameters
        ----------
        place : Place
            The one that was chosen.
        others : sequence of Place
            All that are listed.
        at : OpenPlace
            Its CT.
        """
        here = tuple(other for other in others if other.case == place.case)
        if here != self._marked or at.frame != self._frame or self.layers.marks is None:
            with keeping_active(self._viewer):
                empty = Detection((), None, at.shape, at.frame.spacing, place.case, "")
                self.layers.show(empty, at.frame)
            self.layers.marks.name = _MARKS
            self._marked, self._frame = here, at.frame
        rows = tuple(other.row for other in here)
        self.layers.update(rows, place.row)
        jump(self._viewer, at.frame.to_world([round(i) for i in place.center]))

    def add(self, case: Case, ct: TestedCt) -> OpenPlace:
        """Show a CT that was read, with its organ and its known lesions, as layers of the user's.

        Parameters
        ----------
        case : Case
            As it was read.
        ct : TestedCt
            What it is called.
        """
        frame = Frame.of_volume(case.volume)
        placed = frame.options()
        shown = self._viewer.add_image(
            frame.shown(case.volume.hu),
            name=ct.name,
            contrast_limits=window_for(case, AUTO_WINDOW).limits,
            metadata={"patient": case.patient, _SHA256: case.volume.sha256},
            **placed,
        )
        if case.organ is not None:
            self._viewer.add_labels(
                frame.shown(case.organ.mask.astype("uint8")),
                name=f"{ct.name} organ",
                visible=False,
                **placed,
            )
        if case.lesions is not None and case.lesions.any():
            add_outlined(
                self._viewer,
                frame.shown(case.lesions.astype("uint8")),
                name=f"{ct.name} lesions",
                opacity=1.0,
                colormap=_yellow(),
                **placed,
            )
        self._viewer.layers.selection.active = shown
        return OpenPlace(frame, case.volume.shape, by_name=not ct.sha256)


def _yellow() -> Any:
    from napari.utils import DirectLabelColormap

    return DirectLabelColormap(color_dict={None: "transparent", 1: _LESIONS})


def _known(layer: Any, ct: TestedCt) -> OpenPlace | None:
    """An image layer that shows the CT, as far as can be told without reading it."""
    if type(layer).__name__ != "Image" or is_owned(layer) or layer.ndim not in (2, 3):
        return None
    told = layer.metadata.get(_SHA256)
    same = bool(told) and told == ct.sha256
    path = getattr(layer.source, "path", None)
    asked = ct.inputs.get("ct")
    if not same and path and asked:
        same = Path(path).resolve() == Path(asked).resolve()
    names = {ct.name, ct.patient, *([case_name(Path(asked))] if asked else [])}
    unsure = not told or not ct.sha256  # nobody can say by the voxels that it is another
    by_name = unsure and {layer.name, str(layer.metadata.get("patient", ""))} & names
    if not same and not by_name:
        return None
    try:
        frame = Frame.of_layer(layer)
    except LesionSynthError:
        return None
    size = layer.data[0].shape if layer.multiscale else layer.data.shape
    z, y, x = (1, *size) if frame.flat else size
    return OpenPlace(frame, (int(z), int(y), int(x)), by_name=not same)
