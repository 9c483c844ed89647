"""Asking a person for the files of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qtpy.QtWidgets import QDialog, QFileDialog, QWidget

from napari_lesion_synth.ct.label_counts import count_labels
from napari_lesion_synth.widgets.parts.label_dialog import LabelChoice, LabelDialog
from napari_lesion_synth.widgets.parts.trouble import show_error
from napari_lesion_synth.widgets.parts.waiting import Canceled, wait_for

__all__ = [
    "LabelChoice",
    "MaskChoice",
    "ask_ct",
    "ask_ct_folder",
    "ask_label",
    "ask_mask",
    "dicom_folder_of",
]

_VOLUMES = "*.nii *.nii.gz *.mha *.mhd *.nrrd *.nhdr"
_DICOM = "*.dcm *.dicom *.ima DICOMDIR"
_CTS = f"CT ({_VOLUMES} {_DICOM});;All files (*)"
_MASKS = f"Labels ({_VOLUMES} *.png);;All files (*)"


@dataclass(frozen=True, slots=True)
class MaskChoice:
    """A mask that was chosen.

    Parameters
    ----------
    path : Path
        The file.
    label : int or None
        Which label of it; None: everything that is not 0.
    """

    path: Path
    label: int | None = None


def ask_ct(parent: QWidget | None, start: Path | None = None) -> Path | None:
    """Ask for the file of a CT: NIfTI, MHA, NRRD, or any file of a DICOM series.

    Parameters
    ----------
    parent : QWidget or None
        In front of whose window.
    start : path, optional
        Folder to begin in; default: the one of the last time.

    Returns
    -------
    Path or None
        None if the person cancels. `dicom_folder_of` tells whether a folder is meant.
    """
    return _ask_file(parent, "Open a CT", _CTS, start)


def ask_ct_folder(parent: QWidget | None, start: Path | None = None) -> Path | None:
    """Ask for a folder of DICOM files; None if the person cancels."""
    title = "Open a folder of DICOM files"
    chosen = QFileDialog.getExistingDirectory(parent, title, _text(start))
    return Path(chosen) if chosen else None


def dicom_folder_of(path: Path) -> Path | None:
    """The folder of a DICOM file that has others beside it; None for any other file.

    Who points at one slice means its series.
    """
    if not _is_dicom(path):
        return None
    others = (other for other in path.parent.iterdir() if other != path and other.is_file())
    lonely = path.name.upper() != "DICOMDIR" and not any(_is_dicom(other) for other in others)
    return None if lonely else path.parent


def ask_mask(
    parent: QWidget | None,
    title: str = "Mask",
    start: Path | None = None,
    *,
    preferred: int | None = None,
) -> MaskChoice | None:
    """Ask for a mask, and for the label where there are several in it.

    A file that is no mask is refused in a dialog here.

    Parameters
    ----------
    parent : QWidget or None
        In front of whose window.
    title : str
        What the mask is of.
    start : path, optional
        Folder to begin in; default: the one of the last time.
    preferred : int, optional
        The label that is offered first; default: all of them.

    Returns
    -------
    MaskChoice or None
        None if the person cancels, or the file is no mask.
    """
    path = _ask_file(parent, title, _MASKS, start)
    if path is None:
        return None
    try:
        labels = wait_for(parent, f"Reading {path.name}", partial(count_labels, path))
    except Canceled:
        return None
    except Exception as error:  # whatever it is, the person has to hear of it
        show_error(parent, error)
        return None
    if len(labels) < 2:
        return MaskChoice(path)
    chosen = ask_label(parent, path.name, labels, preferred=preferred)
    return None if chosen is None else MaskChoice(path, chosen.label)


def ask_label(
    parent: QWidget | None,
    name: str,
    labels: Mapping[int, int] | Sequence[int],
    *,
    preferred: int | None = None,
) -> LabelChoice | None:
    """Ask which label of a mask is meant; None if the person cancels.

    Parameters
    ----------
    parent : QWidget or None
        In front of whose window.
    name, labels, preferred
        As for `LabelDialog`.
    """
    dialog = LabelDialog(name, labels, parent, preferred=preferred)
    taken = dialog.exec() == int(QDialog.DialogCode.Accepted)
    choice = dialog.choice
    dialog.deleteLater()
    return choice if taken else None


def _ask_file(parent: QWidget | None, title: str, filters: str, start: Path | None) -> Path | None:
    chosen, _ = QFileDialog.getOpenFileName(parent, title, _text(start), filters)
    return Path(chosen) if chosen else None


def _text(start: Path | None) -> str:
    return "" if start is None else str(start)


def _is_dicom(path: Path) -> bool:
    if path.name.upper() == "DICOMDIR" or path.suffix.lower() == ".dcm":
        return True
    try:
        with path.open("rb") as stream:
            stream.seek(128)
            return stream.read(4) == b"DICM"
    except OSError:
        return False
