"""The detector that a job is to use."""

from __future__ import annotations

from pathlib import Path

from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.external import ENDINGS, ExternalFindings
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.sample_data import sample_detector

__all__ = ["open_detector"]


def open_detector(
    path: Path | None = None, device: str = "auto", threads: int | None = None
) -> Detector:
    """Read a detector, or the findings of another one.

    Parameters
    ----------
    path : Path, optional
        Weights, or a table or map of findings; default: the detector that comes with the program.
    device, threads
        As for `training.device.choose_compute`.

    Raises
    ------
    CheckpointError
        If the file holds other weights, or is damaged.
    ParameterError
        If there is no such device, or torch is not installed.
    """
    if path is not None and path.name.lower().endswith(ENDINGS):
        return ExternalFindings(path)
    try:
        from napari_lesion_synth.detection.cascade import Cascade
        from napari_lesion_synth.detection.model import DetectorModel
        from napari_lesion_synth.detection.single_stage import SingleStage
        from napari_lesion_synth.training.device import choose_compute
    except ImportError as cause:
        raise ParameterError(
            f"detectors need torch, which cannot be loaded ({cause})",
            remedy="Install it with: pip install 'napari-lesion-synth[learn]'",
        ) from cause
    model = DetectorModel.load(path or sample_detector())
    compute = choose_compute(device, threads)
    return Cascade(model, compute) if model.facts.kind == "cascade" else SingleStage(model, compute)
