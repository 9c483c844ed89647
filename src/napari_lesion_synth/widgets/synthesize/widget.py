"""The dock widget "Synthesize lesions": its sections, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtWidgets import QDockWidget, QFrame, QScrollArea, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError, SiteError
from napari_lesion_synth.widgets.canvas.click_tool import Mode
from napari_lesion_synth.widgets.canvas.patch_layer import hide_set_lesion, show_set_lesion
from napari_lesion_synth.widgets.canvas.stage import Stage
from napari_lesion_synth.widgets.parts.cheat_sheet import CheatSheet
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.parts.trouble import notify, show_error
from napari_lesion_synth.widgets.synthesize.batch_section import BatchSection
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.synthesize.case_section import CaseSection
from napari_lesion_synth.widgets.synthesize.how_section import HowSection
from napari_lesion_synth.widgets.synthesize.keep_section import KeepSection
from napari_lesion_synth.widgets.synthesize.keys import KEYS, KeyBindings
from napari_lesion_synth.widgets.synthesize.look_section import LookSection
from napari_lesion_synth.widgets.synthesize.next_step import NEED_CASE, NEED_ORGAN, next_step
from napari_lesion_synth.widgets.synthesize.one_dock import OnePerViewer, dock_of
from napari_lesion_synth.widgets.synthesize.saving import Saving
from napari_lesion_synth.widgets.synthesize.unsaved import Unsaved
from napari_lesion_synth.widgets.synthesize.where_section import WhereSection
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

if TYPE_CHECKING:
    import napari

__all__ = ["SynthesizeWidget"]

_RESTED_MS = 250
_NEED_SITE = "Place or choose a lesion first."


class SynthesizeWidget(QWidget, metaclass=OnePerViewer):
    """Open a CT, click, see the lesion, keep it, make many.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Given by napari.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        self.viewer = napari_viewer
        self.bench = Workbench()
        self.stage = Stage(napari_viewer, self.bench, self.trouble, self)
        self.loader = CaseLoader(self.bench, self.stage, self.serious_trouble)
        self.case = CaseSection(self.bench, self.stage, self.loader, self.serious_trouble)
        self.where = WhereSection(self.bench, self.stage, self.trouble)
        self.how = HowSection(self.bench, self.stage, self.loader, self.trouble)
        self.look = LookSection(self.bench, self.stage)
        self.keep = KeepSection(self.bench, self.stage, self.trouble)
        self.saving = Saving(self, self.bench, self.loader, self.case.clicks, self.trouble)
        self.batch = BatchSection(self.saving.prepare_batch)
        self.saving.connect_sections(self.keep, self.batch)
        self.unsaved = Unsaved(self, self.bench, self.saving)
        self.loader.ask_first = self.unsaved.ask_first
        self.status = note(name="State of the workbench")
        self.cheat_sheet = CheatSheet(KEYS, self)
        self.help = button("?", "Keys and mouse (?)", self.show_keys)
        self.help.setAccessibleName("Keys and mouse")
        self.help.setMaximumWidth(2 * self.help.fontMetrics().height())
        self._build()
        self.keys = KeyBindings(napari_viewer, self, self._actions())
        self._connect()
        self._say_what_is_missing()
        self._offer_methods()
        self._resources = _Resources(self)
        self._dock: QDockWidget | None = None

    def _build(self) -> None:
        self.sections = {
            "case": Section("Case"),
            "where": Section("Where"),
            "how": Section("How"),
            "look": Section("Look"),
            "keep": Section("Keep"),
            "batch": Section("Batch", expanded=False),
        }
        contents = (self.case, self.where, self.how, self.look, self.keep, self.batch)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(2, 2, 6, 2)
        column.setSpacing(4)
        for section, content in zip(self.sections.values(), contents, strict=True):
            section.set_content(content)
            column.addWidget(section)
        column.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setFrameShape(QFrame.Shape.NoFrame)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.addWidget(row(self.status, self.help, stretch=0))
        layout.addWidget(self.scroll, 1)
        letter = self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(44 * letter)

    def _connect(self) -> None:
        self._fixed_timer = QTimer(self)
        self._fixed_timer.setSingleShot(True)
        self._fixed_timer.setInterval(_RESTED_MS)
        self._fixed_timer.timeout.connect(self._offer_parameters)
        self.loader.busy.connect(self.say)
        self.where.busy.connect(self.say)
        self.how.busy.connect(self.say)
        self.saving.busy.connect(self.say)
        self.saving.told.connect(self.say)
        self.saving.done.connect(self._on_saved)
        self.loader.warned.connect(lambda text: notify(text, "warning"))
        self.loader.opened.connect(self._say_what_is_missing)
        self.stage.mode_changed.connect(lambda _: self.say(""))
        self.stage.preview_failed.connect(lambda _: self.say(""))
        self.look.before.toggled.connect(lambda _: self.say(""))
        self.loader.opened.connect(self.saving.refresh_commands)
        self.bench.message.connect(self.say)
        self.bench.scene_changed.connect(self._on_scene)
        self.bench.case_changed.connect(self._say_what_is_missing)
        self.bench.case_changed.connect(self._offer_methods)
        self.bench.donors_changed.connect(self._offer_methods)
        self.loader.models.changed.connect(self._offer_methods)
        self.case.project_wanted.connect(self.saving.ask_open_project)
        self.batch.sample_chosen.connect(self.show_sample)

    def _actions(self) -> dict[str, Callable[[], Any]]:
        return {
            "keep": self.keep.commit,
            "remove": self.where.remove_chosen,
            "before": self.look.before.toggle,
            "undo": self.undo,
            "redo": self.keep.go_forward,
            "again": self.how.draw_again,
            "all": self.how.comparison.open.toggle,
            "difference": self.look.difference.toggle,
            "outline": self.look.outline.toggle,
            "next": self.where.go_next,
            "smaller": lambda: self.where.step_diameter(-1),
            "larger": lambda: self.where.step_diameter(1),
            "mouse": self.toggle_mouse,
            "help": self.show_keys,
        }

    # --- for commands and tests -------------------------------------------------------------

    def open_case_dialog(self) -> None:
        """Ask for a CT and open it."""
        self.case.opener.ask_file()

    def open_project_dialog(self) -> None:
        """Ask for a project file and open it."""
        self.saving.ask_open_project()

    def open_case(self, ct: str | Path, **more: Any) -> None:
        """Open a CT with masks, as by `napari_lesion_synth.read_case`."""
        self.loader.open_files(Path(ct), **more)

    # --- what the user does -----------------------------------------------------------------

    def undo(self) -> None:
        """Take back the last click in the organ while that is at work, else the last step."""
        if self.stage.tool.mode is Mode.ORGAN and self.case.clicks.can_undo:
            self.case.clicks.undo()
        else:
            self.keep.go_back()

    def toggle_mouse(self) -> None:
        """Leave the mouse to napari, or take it again."""
        on = self.stage.mode is Mode.OFF and self.bench.ready
        self.stage.set_mode(Mode.PLACE if on else Mode.OFF)

    def show_sample(self, folder: Path, sample: str) -> None:
        """Show a lesion of the batch's set in the open CT."""
        try:
            show_set_lesion(self.stage, folder, sample)
        except LesionSynthError as error:
            self.trouble(error)

    def show_keys(self) -> None:
        """Show or hide the sheet of keys."""
        self.cheat_sheet.setVisible(not self.cheat_sheet.isVisible())

    # --- what is shown ----------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Show what is going on; without a text, what to do next."""
        self.status.setText(text or self._next_step())

    def trouble(self, error: Exception) -> None:
        """Say briefly what went wrong, where the user can simply do something else."""
        if isinstance(error, LesionSynthError):
            self.say(f"\u26a0 {error}")
            notify(error, "warning")
        else:
            self.serious_trouble(error)

    def serious_trouble(self, error: Exception) -> None:
        """Explain in a dialog why a file could not be used or written, or what is broken."""
        if isinstance(error, SiteError):  # a click beside the mark needs no dialog
            self.trouble(error)
            return
        self.say(f"\u26a0 {error}")
        show_error(self, error)

    def _on_saved(self, text: str) -> None:
        self.say(text)
        notify(text, "info")

    def _on_scene(self, before: Scene, after: Scene) -> None:
        self._fixed_timer.start()
        if _seems_the_same(before, after):
            return  # a slide: nothing to say, many times a second
        self._say_what_is_missing()

    def _offer_parameters(self) -> None:
        """Let a batch use the parameters that the user pinned for the selected lesion."""
        current = self.bench.scene.current
        params = {} if current is None else current.params
        self.saving.refresh_commands()
        self.batch.set_fixed({m: current.fixed(m) for m in params if current.fixed(m)})

    def _offer_methods(self) -> None:
        self.batch.set_methods(self.saving.available_methods())

    def _next_step(self) -> str:
        before, failed = self.look.before.isChecked(), self.how.failed
        return next_step(self.bench, self.stage, before=before, failed=failed)

    def _say_what_is_missing(self, *_: Any) -> None:
        bench = self.bench
        anatomy = "" if bench.ready else NEED_CASE if bench.case is None else NEED_ORGAN
        site = anatomy or ("" if bench.scene.current else _NEED_SITE)
        self.sections["where"].set_need(anatomy, block=bool(anatomy))
        self.sections["how"].set_need(site, block=bool(anatomy))
        self.sections["look"].set_need(site, block=bool(anatomy))
        self.sections["keep"].set_need(
            anatomy or ("" if bench.scene.sites else _NEED_SITE), block=False
        )
        self.sections["batch"].set_need(anatomy, block=bool(anatomy))
        if not self.loader.working:
            self.say("")

    def event(self, event: QEvent) -> bool:
        """Notice that napari took the dock away: it unparents the widget, and says nothing."""
        if event.type() == QEvent.Type.ParentChange:
            left, self._dock = self._dock, dock_of(self) or self._dock
            if self.parentWidget() is None and left is not None:
                QTimer.singleShot(0, self._on_undocked)
            elif left is not None and self._dock is not left:
                QTimer.singleShot(0, partial(self._remove_dock, left))
        return super().event(event)

    def _remove_dock(self, left: QDockWidget) -> None:
        """The workbench was put into another dock, of another name: see `OnePerViewer`."""
        with suppress(RuntimeError):  # napari was quicker
            self.viewer.window.remove_dock_widget(left)

    def _on_undocked(self) -> None:
        if self.parentWidget() is None:
            self.close_workbench()
            self.deleteLater()

    def close_workbench(self) -> None:
        """Let the viewer go: layers, callbacks, keys, threads."""
        self._resources.close()


def _seems_the_same(before: Scene, after: Scene) -> bool:
    """Whether two scenes differ in nothing that the status line speaks of."""
    return (
        len(before.sites) == len(after.sites)
        and len(before.commits) == len(after.commits)
        and before.selected == after.selected
    )


class _Resources:
    """What has to end when the dock goes, once."""

    def __init__(self, widget: SynthesizeWidget) -> None:
        self._closers: list[Callable[[], Any]] = [
            widget.keys.close,
            widget.unsaved.close,
            widget.batch.cancel,
            widget.loader.close,
            widget.where.close_section,
            widget.how.close_section,
            widget.look.close_section,
            widget.keep.close_section,
            widget.case.close_section,
            widget.saving.close,
            partial(hide_set_lesion, widget.stage),
            widget.stage.close,
        ]

    def close(self) -> None:
        """Call everything once."""
        closers, self._closers = self._closers, []
        for close in closers:
            close()
