"""What ends on disk: sets, exports, project files; and what a batch needs there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog, QWidget

from napari_lesion_synth.errors import InputError, LesionSynthError
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.project.case_specs import case_spec_of
from napari_lesion_synth.project.command_line import generate_command, place_command
from napari_lesion_synth.project.file import open_project, save_project
from napari_lesion_synth.project.lesions import changed_inputs, fingerprints
from napari_lesion_synth.project.model import BatchSpec, OrganClicks, Project, ViewSpec
from napari_lesion_synth.widgets.parts.free_folder import next_free
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.synthesize.batch_section import BatchSection
from napari_lesion_synth.widgets.synthesize.case_loader import CaseLoader
from napari_lesion_synth.widgets.synthesize.keep_section import KeepSection
from napari_lesion_synth.widgets.synthesize.on_disk import (
    InMemory,
    batch_inputs,
    donors_on_disk,
    folder_beside,
    project_inputs,
)
from napari_lesion_synth.widgets.synthesize.organ_click import OrganClicks as Clicks
from napari_lesion_synth.widgets.synthesize.project_state import (
    next_spec,
    restored,
    site_specs,
    uses_generator,
)
from napari_lesion_synth.widgets.synthesize.set_jobs import export_set, write_set
from napari_lesion_synth.widgets.synthesize.usable_methods import generator_file, usable_methods
from napari_lesion_synth.widgets.workbench.scene import Scene
from napari_lesion_synth.widgets.workbench.workbench import Workbench

__all__ = ["Saving"]

_PROJECTS = "Lesion project (*.yaml *.yml)"


class Saving(QObject):
    """Saves and opens for one workbench; long work runs in a thread.

    Parameters
    ----------
    parent : QWidget
        Owner of the file dialogs.
    bench, loader, clicks
        What there is to save.
    on_error : callable
        Takes what went wrong.
    """

    busy = Signal(str)
    told = Signal(str)
    """Progress and warnings of the work, in words."""
    done = Signal(str)
    """A sentence on what was written."""

    def __init__(
        self,
        parent: QWidget,
        bench: Workbench,
        loader: CaseLoader,
        clicks: Clicks,
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__(parent)
        self._parent, self._bench, self._loader = parent, bench, loader
        self._clicks, self._on_error = clicks, on_error
        self._worker = LatestOnly("saving", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._then: Callable[[], None] | None = None
        self._keep: KeepSection | None = None
        self._batch: BatchSection | None = None
        self.project_path: Path | None = None
        self._opening: Path | None = None
        self._host: Any = None
        self._saved: Scene | None = None
        self._written: Scene | None = None
        bench.case_changed.connect(self._on_case)

    def close(self) -> None:
        """End the thread after what it does now."""
        self._worker.close()
        self._bench.case_changed.disconnect(self._on_case)

    @property
    def idle(self) -> bool:
        """Whether nothing is being written."""
        return self._worker.idle

    def connect_sections(self, keep: KeepSection, batch: BatchSection) -> None:
        """Serve the sections that save."""
        self._keep, self._batch = keep, batch
        keep.save_set.connect(self.ask_save_set)
        keep.export.connect(self.ask_export)
        keep.save_project.connect(self.ask_save_project)
        keep.open_project.connect(self.ask_open_project)
        batch.set_command_of(self.batch_command)

    # --- a set of the kept lesions ----------------------------------------------------------

    def ask_save_set(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a folder and write the kept lesions there; then go on."""
        chosen, _ = QFileDialog.getSaveFileName(
            self._parent,
            "Save set: name of a new folder",
            str(next_free(self._default("lesion_set"))),
        )
        if chosen:
            self.save_set(Path(chosen), then)

    def save_set(self, out: Path, then: Callable[[], None] | None = None) -> None:
        """Write the kept lesions as a set, and the project that makes it again beside it."""
        saved = partial(self._on_saved, self._bench.scene, None, then)
        self._run("Writing the set", self._set_job(out), saved)

    def _set_job(self, out: Path) -> Callable[[], str]:
        path = out.with_name(f"{out.name}.yaml")
        finish = self._finisher(folder_beside(path))
        case, donors = self._bench.require_case(), tuple(self._bench.donors.values())
        samples = {c.placed.id: c.sample for c in self._bench.scene.commits}

        def job() -> str:
            project = finish()
            result = write_set(project, out, case, donors, samples, self.told.emit)
            save_project(project, path)  # last: a set that is refused keeps its own project
            return f"Wrote {result['lesions']} lesions to {out}, and their project beside it"

        return job

    def ask_export(self) -> None:
        """Ask for nnU-Net's folder and write the kept lesions there as a raw dataset."""
        folder = QFileDialog.getExistingDirectory(self._parent, "Folder for nnU-Net's datasets")
        if folder:
            self.export(Path(folder))

    def export(self, out: Path) -> None:
        """Write the kept lesions as whole volumes, by way of a set in the same folder."""
        case, folder = self._bench.require_case(), next_free(out / "lesion_set")
        write = self._set_job(folder)

        def job() -> str:
            write()
            result = export_set(folder, out, case, self.told.emit)
            return f"Wrote {result['volumes']} volumes to {result['dataset']}"

        self._run("Writing whole volumes", job)

    # --- the project ------------------------------------------------------------------------

    def ask_save_project(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file and save the project; then go on."""
        start = self.project_path or self._default("lesions.yaml")
        chosen, _ = QFileDialog.getSaveFileName(self._parent, "Save project", str(start), _PROJECTS)
        if chosen:
            path = Path(chosen)
            named = path.suffix.lower() in (".yaml", ".yml")
            self.save_project(path if named else path.with_name(f"{path.name}.yaml"), then)

    def save_project(self, path: Path, then: Callable[[], None] | None = None) -> None:
        """Save everything that is open and placed."""
        finish = self._finisher(folder_beside(path))

        def job() -> str:
            save_project(finish(), path)
            return f"Saved {path}"

        saved = partial(self._on_saved, self._bench.scene, path, then)
        self._run("Saving the project", job, saved)

    def _on_saved(self, scene: Scene, path: Path | None, then: Callable[[], None] | None) -> None:
        self._written = scene
        if path is not None:
            self.project_path, self._saved = path, scene
        if then is not None:
            then()

    def _finisher(self, folder: Path) -> Callable[[], Project]:
        """The project as it is now; the call finishes it in a thread, by writing what it needs."""
        bench, donors, memory = self._bench, self._loader.donors, self._memory()
        case = bench.require_case()
        asked: dict[str, Any] = {} if self._batch is None else self._batch.settings()
        inside, outside = self._clicks.current
        known = set(BatchSpec.model_fields) - {"out"}
        batch = {name: value for name, value in asked.items() if name in known}
        draft = Project(
            **fingerprints(case),
            sites=site_specs(bench.scene),
            selected=bench.scene.selected,
            next=next_spec(bench, donors.statistics),
            model=_text(self._loader.models.file),
            batch=BatchSpec(**batch, out=str(asked.get("out") or "") or None),
            view=ViewSpec(rim_mm=bench.rim_mm, window=self._loader.window),
            organ_clicks=OrganClicks(inside=inside, outside=outside),
        )

        def finish() -> Project:
            library = donors_on_disk(donors, case, folder)
            spec = case_spec_of(project_inputs(case, folder, memory))
            more = {"case": spec, "donors": None if library is None else str(library.resolve())}
            return draft.model_copy(update=more)

        return finish

    def ask_open_project(self) -> None:
        """Ask for a project file and bring it back."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._parent, "Open project", str(self._default("")), _PROJECTS
        )
        if chosen:
            self._loader.ask_first(partial(self.open_project, Path(chosen)))

    def open_project(self, path: Path) -> None:
        """Bring back a project: the case, its organ, donors, sites, kept lesions and settings."""
        try:
            project = open_project(path)
            if project.case is None:
                raise InputError("the project names no CT", where=path, remedy="Save it anew")
        except LesionSynthError as error:
            self._on_error(error)
            return
        self._opening = path
        restore = partial(self._restore, project)
        if uses_generator(project):
            file = None if project.model is None else Path(project.model)
            restore = partial(self._loader.models.open, file, restore)
        if project.donors is not None:
            library = Path(project.donors)
            then = partial(self._loader.lender.open_library, library, then=restore)
        else:
            then = partial(self._loader.lender.learn, restore)
        self._loader.reopen(project.case.inputs(), then)

    def _restore(self, project: Project) -> None:
        bench = self._bench
        case = bench.require_case()
        for text in changed_inputs(project, case):
            self._loader.warned.emit(text[:1].upper() + text[1:])
        faults = restored(bench, project)
        self._saved = self._written = bench.scene
        self._loader.set_window(project.view.window)
        if self._batch is not None:
            self._batch.set_settings(project.batch.model_dump(mode="json"))
        for number, error in faults.items():
            self._loader.warned.emit(f"Lesion {number} could not be brought back: {error}")
        self.refresh_commands()
        self.done.emit(f"Opened {self.project_path}")

    # --- the batch --------------------------------------------------------------------------

    def available_methods(self) -> dict[str, str | None]:
        """Every method, with the reason why a batch cannot use it now."""
        return usable_methods(self._bench, self._loader.models)

    def prepare_batch(self, asked: dict[str, Any]) -> Callable[[], GenerateSettings]:
        """What Run needs, to be called in another thread: it writes what is only in memory.

        Raises
        ------
        LesionSynthError
            If there is no case with an organ.
        """
        case = self._bench.require_case()
        case.require_organ()
        donors, memory = self._loader.donors, self._memory()
        folder = folder_beside(Path(asked["out"]))
        model = generator_file(asked["methods"], self._loader.models)

        def prepare() -> GenerateSettings:
            inputs = batch_inputs(case, folder, memory)
            library = donors_on_disk(donors, case, folder)
            files = (CaseFiles(**inputs),)
            return GenerateSettings(**asked, cases=files, donors=library, model=model)

        return prepare

    def batch_command(self, asked: dict[str, Any]) -> str:
        """The command line of the batch; files still to be written have the names they will get."""
        case = self._bench.case
        if case is None or case.organ is None:
            return ""
        folder = folder_beside(Path(asked["out"]))
        inputs: dict[str, Any] = {
            "ct": str(folder / "ct.nii"),
            "organ": str(folder / "organ.nii.gz"),
        }
        if "ct" in case.inputs:
            inputs = {**case.inputs, "organ": case.inputs.get("organ") or inputs["organ"]}
        elif case.lesions is not None:
            inputs["lesions"] = str(folder / "lesions.nii.gz")
        try:
            files = CaseFiles(**inputs)
            library = self._loader.donors.library
            model = generator_file(asked["methods"], self._loader.models)
            return generate_command(
                GenerateSettings(**asked, cases=(files,), donors=library, model=model)
            )
        except (ValidationError, LesionSynthError) as error:
            return f"# {error}"

    def refresh_commands(self) -> None:
        """Show the command lines for what is open now."""
        if self._batch is not None:
            self._batch.refresh_command()
        if self._keep is not None:
            self._keep.command.set_text(self._place_command())

    def _place_command(self) -> str:
        path = self.project_path
        if path is None:
            return "# Save the project first; the command reads it."
        if self.unsaved:
            return "# Changed since the project was saved: save it again; the command reads it."
        return place_command(path, path.with_name(f"{path.stem}_set"))

    @property
    def unsaved(self) -> bool:
        """Whether there are lesions that the project's file does not have."""
        return self._lacks(self._saved)

    @property
    def at_risk(self) -> bool:
        """Whether there are lesions that no file has: neither a project nor a set with its own."""
        return self._lacks(self._written)

    def _lacks(self, written: Scene | None) -> bool:
        scene = self._bench.scene
        return bool(scene.sites) and (written is None or not _same(scene, written))

    def _on_case(self) -> None:
        """Another CT is another project; another organ of the same CT is a change of this one."""
        case = self._bench.case
        host = None if case is None else case.volume
        if host is not self._host:
            self._host, self.project_path = host, self._opening
            self._saved = self._written = self._opening = None

    # --- inside -----------------------------------------------------------------------------

    def _memory(self) -> InMemory:
        return InMemory(self._loader.organ_edited, self._loader.lesions_edited)

    def _default(self, name: str) -> Path:
        from napari_lesion_synth.widgets.preferences import read_preferences

        folder = self.project_path.parent if self.project_path else read_preferences().output
        return folder / name

    def _run(
        self, words: str, job: Callable[[], str], saved: Callable[[], None] | None = None
    ) -> None:
        self.busy.emit(words)
        self._then = saved
        self._worker.submit(job)

    def _on_finished(self, _number: int, text: str) -> None:
        then, self._then = self._then, None
        self.busy.emit("")
        self.done.emit(text)
        if then is not None:
            then()
        self.refresh_commands()

    def _on_failed(self, _number: int, error: Exception) -> None:
        self._then = None
        self.busy.emit("")
        self._on_error(error)


def _same(one: Scene, other: Scene) -> bool:
    """Whether two scenes hold the same sites and kept lesions, whichever is selected."""
    return one.sites == other.sites and one.commits == other.commits


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())
