"""Who trains, who validates and who tests, worked out in a thread before a training is started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.detection.split import Part, PatientFacts
from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.jobs.detector_job import DetectorFiles
from napari_lesion_synth.jobs.detector_split import split_of
from napari_lesion_synth.widgets.detect.case_table import patient_of

__all__ = ["SplitView", "split_view"]


@dataclass(frozen=True, slots=True)
class SplitView:
    """A division by patient.

    Parameters
    ----------
    parts : dict of str to Part
        By patient.
    problem : str
        Why it is refused; empty: it is not.
    """

    parts: dict[str, Part] = field(default_factory=dict)
    problem: str = ""

    @property
    def words(self) -> str:
        """How many patients there are for what, or what is amiss."""
        if self.problem:
            return f"⚠ {self.problem}"
        if not self.parts:
            return "Add at least one CT with its organ's mask."
        counts = [
            f"{count} for {part.value}"
            for part in Part
            if (count := sum(p is part for p in self.parts.values()))
        ]
        one = len(self.parts) == 1
        return f"{len(self.parts)} patient{'' if one else 's'}: {', '.join(counts)}."


def split_view(files: DetectorFiles, holdout: float, seed: int) -> SplitView:
    """Divide the patients as the training will; never raises what a person can mend.

    Parameters
    ----------
    files : DetectorFiles
        What to learn from.
    holdout, seed
        As in `DetectorSettings`.
    """
    if not files.cases:
        return SplitView()
    try:
        _same_file_once(files)
        sets = [GeneratedSet.open(folder) for folder in files.sets]
        rows = split_of(_facts(files), files, sets, holdout=holdout, seed=seed)
    except LesionSynthError as error:
        named = dict.fromkeys(files.validation, Part.VALIDATION)
        named |= dict.fromkeys(files.test, Part.TEST)
        return SplitView(named, str(error))
    return SplitView({row.patient: row.part for row in rows})


def _facts(files: DetectorFiles) -> list[PatientFacts]:
    """Patients with labelled lesions, and those without; more takes reading all masks."""
    facts = []
    for patient in dict.fromkeys(map(patient_of, files.cases)):
        own = [case for case in files.cases if patient_of(case) == patient]
        lesions = sum(case.lesions is not None for case in own)
        facts.append(PatientFacts(patient, len(own), lesions))
    return facts


def _same_file_once(files: DetectorFiles) -> None:
    """One CT under two names would be in two parts."""
    owners: dict[Path, str] = {}
    for case in files.cases:
        patient, path = patient_of(case), Path(case.ct).resolve()
        other = owners.setdefault(path, patient)
        if other != patient:
            raise LesionSynthError(
                f"one CT is listed for the patients {other!r} and {patient!r}",
                where=path,
                remedy="Remove it once, or give it one name",
            )
