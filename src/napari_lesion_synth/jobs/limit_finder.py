"""Who searches the copies of a detection-limit map."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.external import ExternalFindings
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.design import LimitDesign
from napari_lesion_synth.jobs.detectors import open_detector
from napari_lesion_synth.jobs.limit_command import CommandDetector
from napari_lesion_synth.jobs.limit_exchange import UNTOUCHED, FindingsByHand, export_name
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob

__all__ = ["finder_of", "finder_words", "stamp_of"]


def finder_of(job: LimitJob, cts: Sequence[str], designs: Sequence[LimitDesign]) -> Detector:
    """The detector that a job asks for.

    Parameters
    ----------
    job : LimitJob
        What is asked for.
    cts : sequence of str
        Names of the CTs.
    designs : sequence of LimitDesign
        The copies of each.

    Raises
    ------
    ParameterError
        If the command cannot work, or a file holds findings in a CT.
    InputError
        If findings of copies are missing.
    CheckpointError
        If the detector's file cannot be used.
    """
    search = job.search
    if search.findings is not None:
        names = [
            export_name(name, copy)
            for name, each in zip(cts, designs, strict=True)
            for copy in (UNTOUCHED, *(plan.name for plan in each.copies))
        ]
        return FindingsByHand(search.findings, names)
    if search.command is not None:
        return CommandDetector(search.command, job.out, search.timeout_s)
    found = open_detector(search.detector, search.device, search.threads)
    if isinstance(found, ExternalFindings):
        raise ParameterError(
            "findings in a CT say nothing of copies with other lesions",
            where=search.detector,
            remedy="Write the copies (--export), have them searched, and give what is found "
            "(--findings)",
        )
    return found


def finder_words(search: LimitDetector, finder: Detector) -> str:
    """Who searched, as a person calls it."""
    known = f"({finder.id[:8]})"
    if search.command is not None:
        return f"the command {shlex.split(search.command)[0]}"
    if search.findings is not None:
        return f"findings in {search.findings.name}"
    if search.detector is not None:
        return f"{search.detector.name} {known}"
    return f"the detector that comes with the program {known}"


def stamp_of(path: Path | None) -> list[int]:
    """Sizes and times of the files: other findings are another map."""
    if path is None:
        return []
    files = sorted(path.glob("*")) if path.is_dir() else [path]
    facts = [file.stat() for file in files]
    return [
        len(facts),
        sum(f.st_size for f in facts),
        max((f.st_mtime_ns for f in facts), default=0),
    ]
