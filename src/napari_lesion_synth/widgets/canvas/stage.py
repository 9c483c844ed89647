"""Everything that one workbench shows on the canvas, and what the mouse does there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import LesionSynthError, SiteError
from napari_lesion_synth.widgets.canvas.aiming import site_under, voxel_under
from napari_lesion_synth.widgets.canvas.case_layers import AUTO_WINDOW, CaseLayers
from napari_lesion_synth.widgets.canvas.click_tool import ClickTool, Mode, Voxel
from napari_lesion_synth.widgets.canvas.drag import Drag
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.canvas.jump import jump
from napari_lesion_synth.widgets.canvas.looking import Looking
from napari_lesion_synth.widgets.canvas.outlined import OrganOpacity
from napari_lesion_synth.widgets.canvas.owned import KEY
from napari_lesion_synth.widgets.canvas.preview_layers import PreviewLayers
from napari_lesion_synth.widgets.canvas.sites_layer import SitesLayer
from napari_lesion_synth.widgets.canvas.status_line import StatusLine, depth_text
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.workbench.rendering import Rendered, render
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["Stage"]

_PATIENCE_S = 0.1
"""Longest time that the window waits for a preview before it paints on without: nobody notices."""

_FEATURES_AFTER_MS = 120


class Stage(QObject):
    """The canvas of one workbench.

    Parameters
    ----------
    viewer : napari.Viewer
        Where to show it.
    bench : Workbench
        What to show.
    on_error : callable
        Takes what went wrong with something that the user did on the canvas.
    parent : QObject, optional
        Owner.
    """

    preview_shown = Signal(object)
    """A `Rendered` is on the canvas."""
    preview_failed = Signal(object)
    """The exception why the selected site has no lesion."""
    looked = Signal(object)
    """A `Look` at the lesion shown."""
    mode_changed = Signal(str)
    organ_clicked = Signal(object, bool)
    """Voxel, and whether it is to be removed."""
    lesion_clicked = Signal(object)
    """Voxel of a real lesion to be fitted."""

    def __init__(
        self,
        viewer: Any,
        bench: Workbench,
        on_error: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.viewer = viewer
        self.bench = bench
        self._on_error = on_error
        self.case_layers = CaseLayers(viewer)
        self.preview = PreviewLayers(viewer)
        self.sites = SitesLayer(viewer, bench, self.contrast_of, on_error)
        self.tool = ClickTool(viewer, self)
        self._status = StatusLine(viewer, self._depth_under)
        self.renderer = LatestOnly("lesion preview", self, patience=_PATIENCE_S)
        self.renderer.finished.connect(self._on_rendered)
        self.renderer.failed.connect(self._on_failed)
        self._features_timer = QTimer(self, interval=_FEATURES_AFTER_MS, singleShot=True)
        self._features_timer.timeout.connect(self._update_features)
        self._wanted: Any = None
        self.rendered: Rendered | None = None
        self._drag = Drag(bench, lambda: self.renderer.awaiting, self)
        self._looking = Looking(bench, lambda: self.rendered, lambda: self.busy, on_error, self)
        self._looking.looked.connect(self.looked)
        self._looking.known.connect(self._features_timer.start)
        self.window_name = AUTO_WINDOW
        self.closed = False
        self._opacity = OrganOpacity(viewer)
        bench.scene_changed.connect(self._on_scene)
        bench.working_changed.connect(self._on_working)

    def close(self) -> None:
        """Take everything away from the viewer, as when the dock widget is closed."""
        if self.closed:
            return
        self.closed = True
        self.renderer.close()
        self._looking.close()
        self._features_timer.stop()
        self._drag.forget()
        self._opacity.close()
        self.bench.scene_changed.disconnect(self._on_scene)
        self.bench.working_changed.disconnect(self._on_working)
        self.tool.close()
        self._status.close()
        self.preview.clear()
        self.sites.clear()
        self.case_layers.clear()

    # --- the case ---------------------------------------------------------------------------

    def show_case(self, case: Case, frame: Frame, name: str, foreign: Any = None) -> None:
        """Show another CT, with its organ if it has one."""
        self.forget()
        self.preview.clear()
        self.sites.clear()
        self.case_layers.show_ct(case, frame, name, self.window_name, foreign)
        if case.organ is not None:
            self.case_layers.show_organ(case.organ.mask)
            self._opacity.update()
        self.preview.prepare(frame, self.case_layers.ct)
        self.sites.show(frame)
        self.tool.mode = Mode.PLACE if case.organ is not None else Mode.OFF
        self.viewer.layers.selection.active = self.sites.layer
        self.hand_changed()

    def forget(self) -> None:
        """Drop previews that are on their way."""
        self.renderer.forget()
        self._looking.forget()
        self._drag.forget()
        self._status.hold(on=False)
        self.rendered, self._wanted = None, None

    @property
    def frame(self) -> Frame | None:
        """Where the case lies; None without one."""
        return self.case_layers.frame

    def jump_to(self, number: int) -> None:
        """Show the slice of a site; zoom and contrast stay."""
        placed = self.bench.scene.find(number)
        if placed is not None:
            self.jump_to_voxel(placed.site.center)

    def jump_to_voxel(self, voxel: Sequence[float]) -> None:
        """Show the slice of a voxel, (z, y, x), in the middle of the canvas; the zoom stays."""
        frame = self.frame
        if frame is None:
            return
        jump(self.viewer, frame.to_world([round(float(c)) for c in voxel]))

    @property
    def busy(self) -> bool:
        """Whether a preview is being made: what can wait should."""
        return self.renderer.awaiting or self._drag.pending

    # --- the preview ------------------------------------------------------------------------

    def _on_scene(self, before: Scene, after: Scene) -> None:
        if self.frame is None:
            return
        if self.case_layers.ct not in self.viewer.layers:
            organ = self.bench.require_case().organ
            mask = None if organ is None else organ.mask
            self.case_layers.bring_back(self.bench.working, mask)
        alike = _drawn_alike(before, after)
        if not alike:
            self.sites.update(after)
        if before.commits is not after.commits:
            self.case_layers.refresh_ct()
        self.want_preview()
        if alike:
            self._features_timer.start()
        if alike and not (self.tool.dragging and self.renderer.awaiting):
            self._move_rings()

    def _move_rings(self) -> None:
        """Bring the rings to their places; in a drag each moves together with its preview."""
        if not self.sites.move(self.bench.scene):
            self.sites.update(self.bench.scene)

    def _on_working(self) -> None:
        self.case_layers.show_working(self.bench.working)

    def want_preview(self) -> None:
        """Have the selected site's lesion rendered, if it is not the one that is shown."""
        bench = self.bench
        placed = bench.scene.current
        if placed is None or not bench.ready:
            self.renderer.forget()
            self._status.hold(on=False)
            self.preview.hide()
            self.rendered, self._wanted = None, None
            return
        kept = bench.scene.commit_of(placed.id)
        key = (placed, kept, len(bench.scene.commits), bench.model)
        if self._wanted == key:
            return
        self._wanted = key
        if self.rendered is not None and self.rendered.placed is placed:
            self._put(self.rendered)  # kept or withdrawn: the same lesion, another background
            return
        donor = bench.donors.get(placed.donor or "")
        call = partial(render, bench.require_case(), placed, donor, bench.model)
        self.renderer.submit(call)
        self._status.hold(on=self.tool.dragging)

    def _on_rendered(self, number: int, rendered: Rendered) -> None:
        self._answered(number)
        current = self.bench.scene.current
        if self.closed or current is None or current.id != rendered.placed.id:
            return  # stale: another site, or none
        self._put(rendered)

    def _put(self, rendered: Rendered) -> None:
        frame = self.frame
        if frame is None:
            return
        self.rendered = rendered
        self.preview.show(rendered, self.bench, frame, self.case_layers.ct)
        self.preview_shown.emit(rendered)
        self._looking.soon()

    def _answered(self, number: int) -> None:
        """A preview is there, or cannot be: a drag goes on once it has been painted."""
        if number == self.renderer.newest:
            self._status.hold(on=False)
            self._move_rings()
            self._drag.go_on()

    def _on_failed(self, number: int, error: Exception) -> None:
        self._answered(number)
        if self.closed or number != self.renderer.newest:
            return
        self.preview.hide()
        self.rendered = None
        self.preview_failed.emit(error)

    def set_window(self, name: str) -> None:
        """Show the CT, and the preview with it, through another window; later CTs too."""
        self.window_name = name
        if self.bench.case is None:
            return
        window = self.case_layers.set_window(self.bench.require_case(), name)
        for layer in self.preview.layers():
            if layer.metadata.get(KEY) == "preview":
                layer.contrast_limits = window.limits

    def toggle(self, **what: bool) -> None:
        """Before and after (``before=True``), ``difference``, ``outline``."""
        self.preview.toggle(self.frame, self.case_layers.ct, **what)

    # --- the table ---------------------------------------------------------------------------

    def _update_features(self) -> None:
        if self.busy:
            self._features_timer.start()
            return
        self.sites.update_features(self.bench.scene)

    def contrast_of(self, number: int) -> float | None:
        """Contrast of a site's lesion as last seen; None where it is not known."""
        return self._looking.contrast_of(number)

    # --- the mouse --------------------------------------------------------------------------

    def set_mode(self, mode: Mode) -> None:
        """Choose what a click does."""
        self.tool.mode = mode
        self.hand_changed()

    @property
    def mode(self) -> Mode:
        """What a click does now: OFF as well while it is a napari tool's, such as a brush's."""
        return self.tool.mode if self.tool.has_mouse else Mode.OFF

    def hand_changed(self) -> None:
        """See `Aim`."""
        case, frame = self.bench.case, self.frame
        if self.mode is Mode.FIT and case is not None and frame is not None:
            self.case_layers.show_known(case)
        else:
            self.case_layers.hide_known()
        self.mode_changed.emit(self.mode.value)

    def voxel(self, event: Any) -> Voxel | None:
        """See `Aim`."""
        case, frame = self.bench.case, self.frame
        if case is None or frame is None:
            return None
        radius = self.bench.diameter_mm / 2
        return voxel_under(event, frame, case.organ, case.volume.shape, radius)

    def site_under(self, voxel: Voxel) -> int | None:
        """See `Aim`."""
        spacing = self.bench.require_case().volume.spacing
        return site_under(voxel, self.bench.scene.sites, spacing)

    def center_of(self, number: int) -> Voxel:
        """See `Aim`."""
        placed = self.bench.scene.find(number)
        if placed is None:
            raise SiteError(f"there is no lesion {number}")
        z, y, x = placed.site.center
        return float(z), float(y), float(x)

    def pressed(self, number: int) -> None:
        """See `Aim`."""
        self._drag.begin()
        self.bench.select(number)

    def dragged(self, number: int, center: Voxel) -> None:
        """See `Aim`."""
        self.sites.show_numbers(on=False)
        self._drag.to(number, center)

    def dropped(self, number: int) -> None:  # noqa: ARG002
        """See `Aim`."""
        self._drag.end()
        self.sites.show_numbers(on=True)

    def clicked(self, mode: Mode, voxel: Voxel, *, remove: bool) -> None:
        """See `Aim`."""
        if mode is Mode.ORGAN:
            self.organ_clicked.emit(voxel, remove)
        elif mode is Mode.FIT:
            self.lesion_clicked.emit(voxel)
        else:
            try:
                self.bench.place(voxel)
            except LesionSynthError as error:
                self._on_error(error)

    def missed(self) -> None:
        """See `Aim`."""
        frame = self.frame
        if frame is None:
            return
        if self.viewer.dims.ndisplay == 2:
            words = "beside the CT"
        elif frame.flat or not self.bench.ready:
            words = "in the 3-D view, which needs a volume with its organ: go back to the slices"
        else:
            words = "beside the organ: in the 3-D view, click on its surface"
        self.bench.message.emit(f"That click was {words}")

    def _depth_under(self, position: Any) -> str:
        case, frame = self.bench.case, self.frame
        if case is None or case.organ is None or frame is None or len(position) < frame.ndim:
            return ""
        voxel = frame.to_voxel(position)
        return depth_text(case.organ, voxel, self.bench.diameter_mm, self.bench.rim_mm)


def _drawn_alike(before: Scene, after: Scene) -> bool:
    """Whether sites differ in their places at most, as far as the Sites layer draws them."""
    return (
        before.selected == after.selected
        and before.commits is after.commits
        and [placed.id for placed in before.sites] == [placed.id for placed in after.sites]
    )
