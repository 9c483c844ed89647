"""What a training is to learn from: counted before it begins, put on disk for the process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import read_case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.write import write_mask
from napari_lesion_synth.errors import DonorError
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.hearing import hear
from napari_lesion_synth.jobs.learning_settings import LessonFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.cgan.settings import FEWEST_LESIONS
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import list_donors
from napari_lesion_synth.widgets.synthesize.on_disk import InMemory, batch_inputs
from napari_lesion_synth.wording import counted

__all__ = ["LessonCount", "counted_in_case", "counted_in_library", "lesson_files", "planned_files"]


@dataclass(frozen=True, slots=True)
class LessonCount:
    """How many lesions there are to learn from.

    Parameters
    ----------
    zones : mapping of Zone to int
        By zone.
    problem : str
        Why they cannot be used; empty: they can.
    """

    zones: Counter[Zone] = field(default_factory=Counter)
    problem: str = ""

    @property
    def total(self) -> int:
        """All of them."""
        return self.zones.total()

    @property
    def reason(self) -> str:
        """Why no generator can be trained on them; empty: one can."""
        if self.problem:
            return self.problem
        if self.total < FEWEST_LESIONS:
            return (
                f"{FEWEST_LESIONS} lesions are the least: fewer are learnt by heart. Poisson and "
                "sigmoid need few or none; or give a donor library with more."
            )
        return ""

    @property
    def text(self) -> str:
        """The count in words, and what is amiss."""
        rim, interior = self.zones[Zone.RIM], self.zones[Zone.INTERIOR]
        parts = [f"{counted(self.total, 'lesion')}: {rim} at the rim, {interior} interior."]
        if self.reason:
            parts = [] if self.problem else parts
            parts.append(f"\u26a0 {self.reason}")
        else:
            parts += [
                f"\u26a0 None {where}: the generator will make none there."
                for where, count in (("at the rim", rim), ("interior", interior))
                if not count
            ]
        return " ".join(parts)


def counted_in_case(case: Case) -> LessonCount:
    """Count the lesions labelled in a CT, as far as they can be cut out."""
    if case.lesions is None:
        return LessonCount(
            problem="This CT has no known lesions: give its lesion labels under Case, or choose a "
            "donor library."
        )
    try:
        found, _ = hear(partial(extract_donors, case))
    except DonorError as error:
        return LessonCount(problem=str(error))
    return _of(donor.zone for donor in found)


def counted_in_library(folder: Path | None) -> LessonCount:
    """Count the lesions of a donor library."""
    if folder is None:
        return LessonCount(problem="Choose the folder of a donor library.")
    try:
        return _of(entry.zone for entry in list_donors(folder))
    except DonorError as error:
        return LessonCount(problem=str(error))


def _of(zones: Iterable[Zone]) -> LessonCount:
    return LessonCount(Counter(zones))


def planned_files(
    case: Case, hosts: Sequence[CaseFiles], donors: Path | None, folder: Path
) -> LessonFiles:
    """As `lesson_files` will give them; nothing is written."""
    files = {"ct": "ct.nii", "organ": "organ.nii.gz", "lesions": "lesions.nii.gz"}
    inputs: dict[str, Any] = {name: str(folder / file) for name, file in files.items()}
    inputs |= {"patient": case.patient, "units": "hu"}
    if "ct" in case.inputs and not hosts:
        inputs |= {name: value for name, value in case.inputs.items() if value is not None}
    if case.lesions is None or donors is not None:
        inputs |= {"lesions": None, "lesion_label": None}
    more = (host.model_copy(update={"organ_label": None, "units": "hu"}) for host in hosts)
    return LessonFiles(cases=(CaseFiles(**inputs), *more), donors=donors)


def lesson_files(
    case: Case,
    hosts: Sequence[CaseFiles],
    donors: Path | None,
    folder: Path,
    memory: InMemory,
) -> LessonFiles:
    """Everything as files that one command can name; for a worker thread.

    Parameters
    ----------
    case : Case
        The CT that is open; its lesions count unless there is a library.
    hosts : sequence of CaseFiles
        More CTs to practise in.
    donors : Path or None
        A donor library.
    folder : Path
        Takes what has to be written.
    memory : InMemory
        What the case's own files do not know of.

    Raises
    ------
    LesionSynthError
        If a host cannot be read, or something not be written.
    """
    if hosts:  # one command reads all its CTs alike
        case = replace(case, inputs={})
    inputs = batch_inputs(case, folder, memory)
    if donors is not None:
        inputs |= {"lesions": None, "lesion_label": None}
    more = tuple(_alike(host, folder / f"host{n}") for n, host in enumerate(hosts, start=1))
    return LessonFiles(cases=(CaseFiles(**inputs), *more), donors=donors)


def _alike(host: CaseFiles, folder: Path) -> CaseFiles:
    """The host with a mask that holds its organ alone."""
    if host.organ_label is None:
        return host.model_copy(update={"units": "hu"})
    case, _ = hear(partial(read_case, host.ct, organ=host.organ, organ_label=host.organ_label))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    organ = write_mask(folder / "organ.nii.gz", case.require_organ().mask, case.volume)
    return CaseFiles(ct=host.ct, organ=str(organ.resolve()), patient=host.patient, units="hu")
