"""Cases from files, from arrays, and from the phantom."""

from __future__ import annotations

import warnings
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_lesion_synth.anatomy.adjoining import adjoining
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.changes import with_lesions, with_organ
from napari_lesion_synth.anatomy.enclosed import enclosed
from napari_lesion_synth.anatomy.organ import Organ
from napari_lesion_synth.ct.units import HuConverter
from napari_lesion_synth.ct.volume import Triple, Volume
from napari_lesion_synth.errors import GeometryError, InputError, LesionSynthWarning
from napari_lesion_synth.wording import counted

__all__ = ["case_from_arrays", "case_name", "phantom", "read_case", "reread_case"]

_File = str | PathLike[str]
_PLAIN_NAMES = ("dicom", "dcm", "ct", "image", "images", "data", "scan")
_ENDINGS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".dcm")


def read_case(
    ct: _File,
    organ: _File | None = None,
    lesions: _File | None = None,
    *,
    organ_label: int | None = None,
    lesion_label: int | None = None,
    series: str | int | None = None,
    units: str = "auto",
    resample: bool = False,
    patient: str | None = None,
) -> Case:
    """Read a CT and its masks.

    Parameters
    ----------
    ct : path
        DICOM folder, or a NIfTI, MHA, MHD or NRRD file.
    organ, lesions : path, optional
        Label files. One file may serve as both, told apart by labels.
    organ_label, lesion_label : int, optional
        Which label of the file; default: every value but 0.
    series : str or int, optional
        Which series of a DICOM folder: number, UID, or the beginning of a UID. Default: the
        largest axial CT.
    units : str
        ``"auto"``, ``"hu"``, or ``"LOW:HIGH"`` where 0..255 stands for that window of HU.
    resample : bool
        Whether to resample a DICOM series that is no regular grid, instead of refusing it.
    patient : str, optional
        Pseudonym. Default: the file's or folder's name.

    Returns
    -------
    Case
        Its organ includes the lesions inside it, and those that touch it. `Case.inputs` holds
        these arguments with absolute paths, for `reread_case`.

    Raises
    ------
    InputError
        If a file cannot be read as what it is given for, or a mask is empty.
    GeometryError
        If the CT is no regular grid, or a mask was drawn in another frame.
    ParameterError
        If `units` or `series` cannot be used.
    """
    from napari_lesion_synth.ct.dicom import choose_series
    from napari_lesion_synth.ct.masks import read_mask
    from napari_lesion_synth.ct.read import read_series, read_volume

    _check_labels(organ, lesions, organ_label, lesion_label)
    if Path(ct).is_dir():
        chosen = choose_series(ct, series)
        series = chosen.uid
        volume = read_series(chosen, units=units, resample=resample)
    else:
        volume = read_volume(ct, series=series, units=units, resample=resample)
    known = None if lesions is None else read_mask(lesions, volume, label=lesion_label)
    whole = None if organ is None else read_mask(organ, volume, label=organ_label)
    if whole is not None and organ is not None and organ_label is not None and known is None:
        _tell_holes(read_mask(organ, volume) & ~whole, whole, organ)
    patient = patient or case_name(Path(ct))
    inputs: dict[str, Any] = {
        "ct": _absolute(ct),
        "organ": _absolute(organ),
        "lesions": _absolute(lesions),
        "organ_label": organ_label,
        "lesion_label": lesion_label,
        "series": series,
        "units": units,
        "resample": resample,
        "patient": patient,
    }
    return _case(volume, whole, known, patient, inputs)


def reread_case(inputs: dict[str, Any]) -> Case:
    """Make a case again from its `Case.inputs`.

    Parameters
    ----------
    inputs : dict
        Of a case that was read from files or made by `phantom`; the latter may have masks from
        files in place of its own.

    Raises
    ------
    InputError
        If the case was made from arrays, which cannot be read again, or a file is gone.
    """
    if "phantom" in inputs:
        options = dict(inputs["phantom"])
        made = phantom(**{**options, "spacing": tuple(options["spacing"])})
        return _with_masks(made, inputs)
    if "ct" not in inputs:
        raise InputError(
            "the case was made from arrays and cannot be read again",
            remedy="Save the arrays as files and use read_case",
        )
    return read_case(**inputs)


def _with_masks(case: Case, inputs: dict[str, Any]) -> Case:
    """The case with those masks that its inputs name."""
    from napari_lesion_synth.ct.masks import read_mask

    organ, lesions = inputs.get("organ"), inputs.get("lesions")
    if organ is not None:
        mask = read_mask(organ, case.volume, label=inputs.get("organ_label"))
        case = with_organ(case, mask)
    if lesions is not None:
        mask = read_mask(lesions, case.volume, label=inputs.get("lesion_label"))
        case = with_lesions(case, mask)
    return case if organ is lesions is None else replace(case, inputs=inputs)


def case_from_arrays(
    hu: ArrayLike,
    spacing: tuple[float, ...],
    organ: ArrayLike | None = None,
    lesions: ArrayLike | None = None,
    patient: str = "p1",
    units: str = "auto",
) -> Case:
    """Make a case from arrays.

    Parameters
    ----------
    hu : array, shape (z, y, x) or, for a single slice, (y, x)
        Hounsfield units of any integer or float type. An int16 array is taken as it is, and
        shared, not copied; others are rounded and limited to int16 with air, -1024, lowest.
    spacing : tuple of float
        mm, (z, y, x); for a single slice (y, x) will do.
    organ, lesions : array, optional
        Masks of the same shape; every value but 0 belongs.
    patient : str
        Pseudonym.
    units : str
        ``"hu"``; or ``"LOW:HIGH"``, the HU that 0 and 255 of an 8-bit picture stand for; or
        ``"auto"``: HU, with a warning where 8-bit values look like a picture.

    Returns
    -------
    Case
        A single slice has shape (1, y, x). The organ includes the lesions inside it, and those
        that touch it.

    Raises
    ------
    InputError
        If the arrays have other than two or three axes, no numbers, or an empty mask.
    GeometryError
        If shapes differ, or the spacing is not positive.
    """
    array = _three_axes(np.asarray(hu), "the CT")
    if array.dtype.kind not in "iuf":
        raise InputError(
            f"the CT's array holds {array.dtype}, not numbers", remedy="Give an array of HU"
        )
    if array.size == 0:
        raise InputError(f"the CT's array is empty (shape {array.shape})")
    if array.dtype != np.int16 or units not in ("auto", "hu"):
        convert = HuConverter("hu" if units == "auto" and array.dtype != np.uint8 else units)
        array = convert(array)
        convert.finish(patient)
    volume = Volume(array, _spacing(spacing, array.shape))
    masks = (_mask_array(organ, "organ", volume), _mask_array(lesions, "lesions", volume))
    return _case(volume, *masks, patient, {})


def phantom(
    seed: int = 0,
    lesions: int = 6,
    spacing: Triple = (2.5, 1.0, 1.0),
    *,
    noise: float | None = None,
    **options: Any,
) -> Case:
    """A simulated abdominal CT with liver lesions whose truth is known.

    Parameters
    ----------
    seed : int
        Same seed, same bytes.
    lesions : int
        How many.
    spacing : tuple of float
        mm, (z, y, x).
    noise : float, optional
        Standard deviation of the noise in the liver in HU (`noise_hu` of the settings).
    **options
        Further fields of `napari_lesion_synth.ct.phantom.PhantomSettings`, as in ``phase``,
        ``rim_fraction`` or ``slices``.

    Returns
    -------
    Case
        `Case.truth` holds one record a lesion.
    """
    from napari_lesion_synth.ct.phantom import make_phantom

    if noise is not None:
        options["noise_hu"] = noise
    scan = make_phantom(seed, lesions, spacing, **options)
    made = {"seed": seed, "lesions": lesions, "spacing": list(spacing), **options}
    known = scan.lesions if scan.lesions.any() else None
    case = _case(scan.volume, scan.liver, known, f"phantom-{seed}", {"phantom": made})
    return replace(case, truth=tuple(scan.truth))


def _case(
    volume: Volume,
    organ: NDArray[np.bool_] | None,
    lesions: NDArray[np.bool_] | None,
    patient: str,
    inputs: dict[str, Any],
) -> Case:
    if organ is not None and lesions is not None:
        organ = organ | adjoining(lesions, organ)
    whole = None if organ is None else Organ(organ, volume.spacing)
    return Case(volume, whole, lesions, patient, inputs)


def _check_labels(
    organ: _File | None, lesions: _File | None, organ_label: int | None, lesion_label: int | None
) -> None:
    """One file as organ and as lesions must say which label is which."""
    if organ is None or lesions is None or _absolute(organ) != _absolute(lesions):
        return
    if lesion_label is not None and lesion_label != organ_label:
        return  # without an organ label, the organ is all labels, its lesions included
    from napari_lesion_synth.ct.masks import labels_in

    present = ", ".join(map(str, labels_in(organ))) or "none"
    raise InputError(
        "the same file is given for the organ and for the lesions, and no label tells them apart; "
        f"labels in it: {present}",
        where=organ,
        remedy="Say organ_label=1, lesion_label=2, or as the file has it (command line: "
        "--organ-label, --lesion-label)",
    )


def _tell_holes(others: NDArray[np.bool_], organ: NDArray[np.bool_], path: _File) -> None:
    """An organ without its tumours is not searched where they are."""
    holes = enclosed(others, organ)
    if holes:
        warnings.warn(
            f"{path}: {counted(holes, 'region')} of other labels inside the organ or at its rim "
            "are cut out of it: lesions there are neither known nor looked for. If they are "
            "lesions, give the file for them too (--lesions, --lesion-label), or leave the "
            "organ's label out to take all labels",
            LesionSynthWarning,
            stacklevel=3,
        )


def _three_axes(array: NDArray[Any], what: str) -> NDArray[Any]:
    if array.ndim == 2:
        return array[np.newaxis]
    if array.ndim == 3:
        return array
    raise InputError(
        f"{what} has {array.ndim} axes (shape {array.shape}), not (z, y, x)",
        remedy="Give one greyscale volume, or one slice as (1, y, x)",
    )


def _spacing(spacing: tuple[float, ...], shape: tuple[int, ...]) -> Triple:
    sizes = tuple(float(s) for s in spacing)
    if len(sizes) == 2 and shape[0] == 1:
        sizes = (1.0, *sizes)
    if len(sizes) != 3:
        raise GeometryError(
            f"spacing has {len(sizes)} numbers, the CT three axes {shape}",
            remedy="Give the voxel size in mm as (z, y, x)",
        )
    return sizes[0], sizes[1], sizes[2]


def _mask_array(mask: ArrayLike | None, name: str, volume: Volume) -> NDArray[np.bool_] | None:
    if mask is None:
        return None
    array = _three_axes(np.asarray(mask), f"the {name} mask")
    if array.shape != volume.shape:
        raise GeometryError(
            f"the {name} mask has shape {array.shape}, the CT {volume.shape}",
            remedy="Give a mask drawn on this CT, axes (z, y, x)",
        )
    chosen: NDArray[np.bool_] = array if array.dtype == np.bool_ else array != 0
    if not chosen.any():
        raise InputError(
            f"the {name} mask is empty: every voxel is 0",
            remedy=f"Leave {name} out if there is none",
        )
    return chosen


def _absolute(path: _File | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().resolve())


def case_name(ct: Path) -> str:
    """A pseudonym from the path; a folder called "dicom" says less than the one above it."""
    path = ct.expanduser().resolve()
    if path.is_dir() and path.name.lower() in _PLAIN_NAMES and path.parent.name:
        path = path.parent
    name = path.name
    for ending in _ENDINGS:
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name
