"""A study on the disk: its design and its photos."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.files import writing
from napari_lesion_synth.perception.design.consent import read_consent, write_consent
from napari_lesion_synth.perception.design.feasible import check_feasible
from napari_lesion_synth.perception.design.layout import (
    DESIGN_YAML,
    FROZEN_JSON,
    GAZE,
    PARTICIPANTS,
    RESULTS,
    STIMULI_JSON,
)
from napari_lesion_synth.perception.design.settings import StudyDesign, read_design, sha256_of
from napari_lesion_synth.perception.stimuli.listing import read_listing, write_listing
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.perception.stimuli.survey import ScanRules

__all__ = ["Study", "consent_records", "create_study", "open_study", "stimuli_sha256"]


@dataclass(frozen=True)
class Study:
    """A study.

    Parameters
    ----------
    folder : Path
        Where everything is kept.
    design : StudyDesign
        What is asked.
    stimuli : StimulusSet
        The photos.
    """

    folder: Path
    design: StudyDesign
    stimuli: StimulusSet

    @property
    def frozen(self) -> bool:
        """Whether the design was frozen."""
        return (self.folder / FROZEN_JSON).exists()

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the participants, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / PARTICIPANTS).glob("*.jsonl")))


def create_study(folder: str | Path, design: StudyDesign, rules: ScanRules | None = None) -> Study:
    """Begin a study: its folder, its design, the list of its photos, its consent texts.

    Parameters
    ----------
    folder : path
        Made where there is none.
    design : StudyDesign
        What is asked.
    rules : ScanRules, optional
        Which photos can be used.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If the folder holds a study already, or photos cannot be used.
    ParameterError
        If the photos do not suffice for the design.
    StorageError
        If it cannot be written.
    """
    root = Path(folder).expanduser().absolute()
    if (root / DESIGN_YAML).exists():
        raise InputError(
            "there is a study in this folder", where=root, remedy="Open it, or choose another"
        )
    photos = _photos(root, design)
    stimuli = StimulusSet.scan(photos, rules)
    check_feasible(design, stimuli)
    with writing(root):
        for part in ("", PARTICIPANTS, GAZE, RESULTS):
            (root / part).mkdir(parents=True, exist_ok=True)
    write_listing(root / STIMULI_JSON, stimuli, photos)
    write_consent(root, design)
    design.save(root / DESIGN_YAML)  # last: a folder with a design is whole
    return Study(root, design, stimuli)


def open_study(folder: str | Path) -> Study:
    """A study that was begun; its photos are not looked at.

    Raises
    ------
    InputError
        If the folder holds no study, or a file of it is damaged.
    """
    root = Path(folder).expanduser().absolute()
    design = read_design(root / DESIGN_YAML)
    return Study(root, design, read_listing(root / STIMULI_JSON, _photos(root, design)))


def stimuli_sha256(stimuli: StimulusSet) -> str:
    """Identity of a set of photos: their names, contents, categories and views."""
    return sha256_of([[s.id, s.sha256, s.category, s.view] for s in stimuli])


def consent_records(study: Study) -> dict[str, dict[str, str]]:
    """Version and hash of the study's consent texts, by language.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    return {
        language: read_consent(study.folder, language).record()
        for language in study.design.languages
    }


def _photos(root: Path, design: StudyDesign) -> Path:
    return root / Path(design.stimuli).expanduser()
