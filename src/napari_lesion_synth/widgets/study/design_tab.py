"""Design: photos, what is asked, whether it can be done; then it is frozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from qtpy.QtCore import QTimer, Signal
from qtpy.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from napari_lesion_synth.errors import LesionSynthError, ParameterError
from napari_lesion_synth.events import Done, StopToken
from napari_lesion_synth.jobs.study_chooser import check_choice
from napari_lesion_synth.jobs.study_design import check_limits, save_design
from napari_lesion_synth.jobs.study_limit_settings import read_limit_settings
from napari_lesion_synth.jobs.study_new import NewStudy, freeze_study, new_study
from napari_lesion_synth.perception.design.feasible import check_feasible
from napari_lesion_synth.perception.design.layout import DESIGN_YAML
from napari_lesion_synth.perception.design.settings import StudyDesign, read_design
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.parts.output_folder import OutputFolder
from napari_lesion_synth.widgets.parts.section import Section
from napari_lesion_synth.widgets.study.design_form import DesignForm
from napari_lesion_synth.widgets.study.design_words import (
    budget_words,
    judgements_of,
    standing_words,
)
from napari_lesion_synth.widgets.study.limits_part import LimitsPart
from napari_lesion_synth.widgets.study.photos_part import PhotosPart

__all__ = ["DesignTab"]

_SETTLED_MS = 250
_MAKE = "&Make study"


class DesignTab(QWidget):
    """A study before its first participant.

    Parameters
    ----------
    on_error : callable
        Takes what went wrong.
    """

    study_opened = Signal(object)
    """A `Study` was made, opened, changed or frozen; None: it was left."""

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        super().__init__()
        self._on_error = on_error
        self.study: Study | None = None
        self.folder = OutputFolder(stem="study", holds="the study is kept in")
        self.open = button("&Open study…", "Open a study that was begun", self.ask_study)
        self.photos = PhotosPart(on_error)
        self.form = DesignForm()
        self.limits = LimitsPart()
        self._limits: LimitSettings | None = None
        self.load = button(
            "&Use a design…", "Begin with the design in a YAML file", self.ask_design
        )
        self.feasible = note(name="Whether the design can be carried out")
        self.make = button(_MAKE, "Write design, photo list and consent texts", self.create)
        self.save = button("&Save changes", "Write the changed design", self.save_design)
        self.freeze = button(
            "&Freeze design", "Write the preregistration; nothing can be changed then", self.seal
        )
        self.state = note(name="State of the study")
        self.sections: dict[str, Section] = {}
        self._lay_out()
        self._maker = LatestOnly("new study", self)
        self._settled = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._maker.finished.connect(self._on_made)
        self._maker.failed.connect(self._on_not_made)
        self._settled.timeout.connect(self.refresh)
        self.form.general.set_values({"name": "Food study"})
        for signal in (self.form.changed, self.photos.changed, self.limits.changed):
            signal.connect(lambda *_: self._on_changed())
        self.folder.changed.connect(self._on_folder)
        self.refresh()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 2)
        layout.setSpacing(4)
        for title, content in (("Study", self.folder), ("Photos", self.photos)):
            section = self.sections[title] = Section(title)
            section.set_content(content)
            layout.addWidget(section)
        design = self.sections["Design"] = Section("Design")
        design.set_content(self.form)
        limits = self.sections["Limits"] = Section("Limits of augmentations", expanded=False)
        limits.set_content(self.limits)
        for section in (design, limits):
            layout.addWidget(section)
        for part in (
            self.feasible,
            row(self.open, self.load, None),
            row(self.make, self.save, self.freeze, None),
            self.state,
        ):
            layout.addWidget(part)
        layout.addStretch(1)

    def close_tab(self) -> None:
        """End the threads."""
        self._settled.stop()
        self._maker.close()
        self.photos.close_part()

    # --- what the form says -------------------------------------------------------------------

    def design(self) -> StudyDesign:
        """The design as the form has it.

        Raises
        ------
        ParameterError
            If a setting cannot be.
        """
        design = self.form.design("stimuli" if self.study is None else self.study.design.stimuli)
        check_choice(design)
        check_limits(design, self.limits.settings())
        return design

    def refresh(self) -> None:
        """Say whether the design can be carried out, and what can be done now."""
        fault, text = "", ""
        if self._there:
            self.state.setText("There is a study in this folder. Open study… opens it.")
        elif self.study is None:
            self.state.setText("")
        try:
            design = self.design()
            stimuli = self._stimuli()
            if stimuli is not None:
                check_feasible(design, stimuli)
                text = f"✓ {budget_words(design, stimuli)}"
                self.limits.say(judgements_of(design, stimuli))
        except LesionSynthError as error:
            fault = str(error)
        self.feasible.setText(f"✗ {fault}" if fault else text)
        self._offer(ready=not fault)

    @property
    def _there(self) -> bool:
        """Whether the folder holds a study that is not open."""
        return self.study is None and (self.folder.folder / DESIGN_YAML).exists()

    def _stimuli(self) -> StimulusSet | None:
        if self.study is not None:
            return self.study.stimuli
        return self.photos.found.stimuli if self.photos.found is not None else None

    def _offer(self, *, ready: bool) -> None:
        study = self.study
        frozen = study is not None and study.frozen
        source = self.photos.folder is not None or self.photos.kind.currentIndex() > 0
        unsound = self.photos.found is not None and bool(self.photos.found.faults)
        self.make.setVisible(study is None)
        idle = self.make.text() == _MAKE and not self._there
        self.make.setEnabled(ready and source and not unsound and idle)
        self.save.setVisible(study is not None and not frozen)
        self.save.setEnabled(ready and self._changed())
        self.freeze.setVisible(study is not None and not frozen)
        self.freeze.setEnabled(ready and not self._changed())
        self.form.set_read_only(frozen)
        self.limits.set_read_only(frozen)
        # Whatever is chosen by, a study of limits chooses by what its curves need.
        self.form.sections["selection"].setHidden(self.limits.wanted.isChecked())
        self.load.setVisible(study is None)
        self.sections["Photos"].setVisible(study is None)

    def _changed(self) -> bool:
        try:
            if self.study is None:
                return False
            return self.design() != self.study.design or self.limits.settings() != self._limits
        except ParameterError:
            return True

    def _on_folder(self) -> None:
        """Another folder is another study."""
        if self.study is not None and self.folder.folder != self.study.folder:
            self.study = None
            self.state.setText("")
            self.study_opened.emit(None)
        self._on_changed()

    def _on_changed(self) -> None:
        for step in (self.make, self.save, self.freeze):
            step.setEnabled(False)  # until it is known whether it can be taken
        self._settled.start()

    # --- what can be done ---------------------------------------------------------------------

    def create(self) -> None:
        """Make the study, in a thread: rendering takes its time."""
        try:
            request = self._request()
        except (LesionSynthError, ValidationError) as error:
            self._on_error(error)
            return
        self.make.setText("Making…")
        self.make.setEnabled(False)
        self._maker.submit(partial(_made, request))

    def _request(self) -> NewStudy:
        values = self.form.values()
        flat = {k: v for k, v in values.items() if not isinstance(v, dict)}
        for section, own in values.items():
            if isinstance(own, dict):
                flat |= {f"{section}.{key}": value for key, value in own.items()}
        return NewStudy(
            folder=self.folder.folder,
            photos=self.photos.folder,
            plates=self.photos.plate_settings(),
            copy_photos=self.photos.folder is not None and self.photos.copy.isChecked(),
            scan=self.photos.scan,
            changes=flat,
            limits=self.limits.settings(),
        )

    def _on_made(self, _number: int, folder: Path) -> None:
        self.make.setText(_MAKE)
        self.open_study(folder)

    def _on_not_made(self, _number: int, error: Exception) -> None:
        self.make.setText(_MAKE)
        self.refresh()
        self._on_error(error)

    def ask_study(self) -> None:
        """Open the study in the folder, or ask for another one."""
        if self._there:
            self.open_study(self.folder.folder)
            return
        chosen = QFileDialog.getExistingDirectory(
            self, "Folder of a study", str(self.folder.folder.parent)
        )
        if chosen:
            self.open_study(Path(chosen))

    def open_study(self, folder: Path) -> None:
        """Open a study that was begun."""
        try:
            study = open_study(folder)
            told = standing_words(study)
            limits = read_limit_settings(study.folder)
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.study = study
        self.folder.set_folder(study.folder)
        self.form.set_design(study.design)
        self._limits = limits
        self.limits.set_settings(limits)
        self.state.setText(told)
        self.refresh()
        self.study_opened.emit(study)

    def ask_design(self) -> None:
        """Ask for a design to begin with."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "A design to begin with", str(self.folder.folder.parent), "Designs (*.yaml *.yml)"
        )
        if chosen:
            self.use_design(Path(chosen))

    def use_design(self, path: Path) -> None:
        """Begin with a design, and the transforms that a study tries, if they lie beside it."""
        try:
            design, limits = read_design(path), read_limit_settings(path.parent)
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.form.set_design(design)
        self.limits.set_settings(limits)

    def save_design(self) -> None:
        """Write the changed design of a study that is not frozen."""
        if self.study is None:
            return
        try:
            save_design(self.study.folder, self.design(), self.limits.settings())
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.open_study(self.study.folder)

    def seal(self) -> None:
        """Freeze the design."""
        if self.study is None:
            return
        try:
            list(freeze_study(self.study.folder, StopToken()))
        except LesionSynthError as error:
            self._on_error(error)
            return
        self.open_study(self.study.folder)


def _made(request: NewStudy) -> Path:
    folder = request.folder
    for event in new_study(request, StopToken()):
        if isinstance(event, Done):
            folder = Path(event.result["folder"])
    return folder
