"""Findings as a DICOM segmentation, for viewers of the clinic's archive (highdicom)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth import __version__
from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.export import instance_labels
from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.detection.search import DISCLAIMER
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.files import TEMPORARY, writing

if TYPE_CHECKING:
    from highdicom.seg import SegmentDescription

__all__ = ["SEG", "require_highdicom", "write_seg"]

SEG = "findings.dcm"

_SERIES_NUMBER = 900
_MAKER = "napari-lesion-synth"


def require_highdicom() -> None:
    """Make sure that highdicom can be used.

    Raises
    ------
    ParameterError
        If it is not installed.
    """
    try:
        import highdicom  # noqa: F401
    except ImportError as cause:
        raise ParameterError(
            f"a DICOM segmentation needs highdicom, which cannot be loaded ({cause})",
            remedy="Install it with: pip install 'napari-lesion-synth[dicom]', or leave --dicom "
            "out",
        ) from cause


def write_seg(path: Path, findings: Sequence[Finding], case: Case) -> Path:
    """Write one segment a finding, in the frame of the CT's own DICOM files.

    Parameters
    ----------
    path : Path
        The file; its folder exists.
    findings : sequence of Finding
        One at least.
    case : Case
        The CT, read from a DICOM series.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If the CT was not read, slice for slice, from a DICOM series, or the files say too little.
    ParameterError
        If highdicom is not installed.
    StorageError
        If it cannot be written.
    """
    require_highdicom()
    import highdicom
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    files, labels = _as_stored(case, instance_labels(findings, case.volume.shape))
    shown = np.unique(labels)
    kept = [each for each in findings if each.number in shown]
    numbers = np.zeros(max(each.number for each in findings) + 1, np.uint16)
    numbers[[each.number for each in kept]] = np.arange(1, len(kept) + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names and the like in files that others wrote
            sources = [dcmread(file, stop_before_pixels=True) for file in files]
            seg = highdicom.seg.Segmentation(
                source_images=sources,
                pixel_array=numbers[labels],
                segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
                segment_descriptions=[_described(k, each) for k, each in enumerate(kept, start=1)],
                series_instance_uid=generate_uid(),
                series_number=_SERIES_NUMBER,
                sop_instance_uid=generate_uid(),
                instance_number=1,
                manufacturer=_MAKER,
                manufacturer_model_name=_MAKER,
                software_versions=__version__,
                device_serial_number="0",
                content_description=DISCLAIMER,
                series_description=DISCLAIMER,
            )
    except (AttributeError, KeyError, TypeError, ValueError) as cause:
        raise InputError(
            f"the CT's DICOM files lack what a segmentation needs ({str(cause)[:160]})",
            where=case.inputs["ct"],
            remedy="Leave --dicom out; the NIfTI files lie in the same frame",
        ) from cause
    part = path.with_name(TEMPORARY + path.name)
    with writing(path):
        try:
            seg.save_as(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path


def _described(number: int, finding: Finding) -> SegmentDescription:
    import highdicom
    from pydicom.sr.codedict import codes

    algorithm = highdicom.AlgorithmIdentificationSequence(
        name=_MAKER, version=__version__, family=codes.DCM.ArtificialIntelligence
    )
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=f"Finding {finding.number}, score {finding.score:.2f}",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Lesion,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm,
    )


def _as_stored(
    case: Case, labels: NDArray[np.uint16]
) -> tuple[tuple[Path, ...], NDArray[np.uint16]]:
    """The CT's files, and the labels with the files' own order of slices, rows and columns."""
    from napari_lesion_synth.ct.dicom import choose_series
    from napari_lesion_synth.ct.geometry import canonical
    from napari_lesion_synth.ct.stack import regular_grid

    folder = case.inputs.get("ct")
    if folder is None or not Path(folder).is_dir():
        raise InputError(
            "a DICOM segmentation needs a CT that was read from a folder of DICOM files",
            where=folder or case.patient,
            remedy="Leave --dicom out; the NIfTI files lie in the same frame",
        )
    series = choose_series(folder, case.inputs.get("series"))
    grid, way = canonical(regular_grid(series.stack), folder)
    if series.slices[0].frames > 1 or series.stack.fault() or grid.shape != case.volume.shape:
        raise InputError(
            "a DICOM segmentation needs one file a slice on a regular grid",
            where=folder,
            remedy="Leave --dicom out; the NIfTI files lie in the same frame",
        )
    return series.files, way.invert(labels)
