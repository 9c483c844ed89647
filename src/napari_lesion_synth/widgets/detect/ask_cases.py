"""Asking a person for real CTs with their masks: one, or several at once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from qtpy.QtWidgets import QFileDialog, QWidget

from napari_lesion_synth.ct.label_counts import count_labels
from napari_lesion_synth.dataset.reader import GeneratedSet
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.parts.open_case import ask_label, dicom_folder_of
from napari_lesion_synth.widgets.parts.waiting import Canceled, wait_for

__all__ = ["ask_cases", "cases_from", "hosts_of"]

_VOLUMES = "Images (*.nii *.nii.gz *.mha *.mhd *.nrrd *.nhdr *.dcm *.png);;All files (*)"


def ask_cases(parent: QWidget) -> tuple[CaseFiles, ...]:
    """Ask for CTs, then for their organs' masks, then for their lesions' labels.

    Raises
    ------
    InputError
        If there are not as many masks as CTs.
    """
    cts = _ask(parent, "Real CTs (several at once)")
    if not cts:
        return ()
    organs = _ask(parent, f"Organ's masks of these {len(cts)} CTs, in the same order by name")
    if not organs:
        return ()
    lesions = _ask(parent, "Labels of their lesions; Cancel: none are known")
    organ = _label(parent, organs[0], 1)
    lesion = _label(parent, lesions[0], 2) if lesions else None
    return cases_from(cts, organs, lesions, organ_label=organ, lesion_label=lesion)


def cases_from(
    cts: list[Path],
    organs: list[Path],
    lesions: list[Path],
    *,
    organ_label: int | None = None,
    lesion_label: int | None = None,
) -> tuple[CaseFiles, ...]:
    """CTs with their masks, each list in the order of its names.

    Raises
    ------
    InputError
        If there are not as many masks as CTs.
    """
    for what, files in (("organ's masks", organs), ("lesions' labels", lesions)):
        if files and len(files) != len(cts):
            raise InputError(
                f"there are {len(cts)} CTs and {len(files)} {what}",
                remedy="Choose one file for each CT, so that both stand in the same order",
            )
    masks = sorted(map(str, lesions)) or [None] * len(cts)
    return tuple(
        CaseFiles(
            ct=str(dicom_folder_of(ct) or ct),
            organ=str(organ),
            organ_label=organ_label,
            lesions=lesion,
            lesion_label=lesion_label,
        )
        for ct, organ, lesion in zip(sorted(cts), sorted(organs), masks, strict=True)
    )


def hosts_of(folder: Path) -> tuple[CaseFiles, ...]:
    """The CTs that a set was made for, as far as their files are still there.

    Raises
    ------
    DatasetError
        If the folder is no generated set.
    """
    found = []
    for case in GeneratedSet.open(folder).info["cases"]:
        inputs = {k: v for k, v in case.get("inputs", {}).items() if k in CaseFiles.model_fields}
        ct, organ = inputs.get("ct"), inputs.get("organ")
        if ct and organ and Path(ct).exists() and Path(organ).exists():
            found.append(CaseFiles(**{**inputs, "patient": case.get("patient")}))
    return tuple(found)


def _ask(parent: QWidget, title: str) -> list[Path]:
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, "", _VOLUMES)
    return [Path(name) for name in chosen]


def _label(parent: QWidget, path: Path, usual: int) -> int | None:
    """Which label of the masks is meant, where the first of them has several."""
    try:
        labels = wait_for(parent, f"Reading {path.name}", partial(count_labels, path))
    except Canceled:
        return None
    if len(labels) < 2:
        return None
    chosen = ask_label(parent, path.name, labels, preferred=usual)
    return None if chosen is None else chosen.label
