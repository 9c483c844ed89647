"""Where the findings of an evaluation come from: folders, files, or a search that is made now."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Detector
from napari_lesion_synth.detection.external import ENDINGS, ExternalFindings
from napari_lesion_synth.detection.kept import KeptFindings
from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.evaluation.lineage.guard import LineageGraph
from napari_lesion_synth.evaluation.lineage.sources import of_detector
from napari_lesion_synth.events import Done, EventStream, Started, StopToken
from napari_lesion_synth.jobs.detect import detect
from napari_lesion_synth.jobs.detect_settings import DetectJob, DetectSettings
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob, FindingsFiles
from napari_lesion_synth.jobs.materials import SHIPPED
from napari_lesion_synth.jobs.settings import plain_name

__all__ = [
    "FINDINGS",
    "Source",
    "descent_of",
    "files_source",
    "named",
    "search",
    "searched_source",
]

FINDINGS = "findings"
"""Folder of the findings of detectors that search now."""

_PLAIN = ("detector", "findings", "found")


@dataclass(frozen=True, eq=False)
class Source:
    """Findings of one detector in all CTs.

    Parameters
    ----------
    name : str
        What it is called.
    readers : tuple of Detector
        One for all CTs, or one for each: what was found is read by them.
    descent : LineageGraph
        What is known of the detector besides what the findings themselves say.
    """

    name: str
    readers: tuple[Detector, ...]
    descent: LineageGraph = field(default_factory=LineageGraph)

    def of(self, number: int) -> Detector:
        """The one that reads the findings of a CT."""
        return self.readers[number if len(self.readers) > 1 else 0]


def files_source(files: FindingsFiles, cts: int) -> Source:
    """Findings that are there.

    Parameters
    ----------
    files : FindingsFiles
        Where.
    cts : int
        How many CTs they are of.

    Raises
    ------
    ParameterError
        If there are neither one nor as many files as CTs, or one file cannot be told apart by CT.
    InputError
        If a folder holds none.
    """
    paths = files.files
    if len(paths) not in (1, cts):
        raise ParameterError(
            f"{len(paths)} files of findings for {cts} CTs",
            where=files.name,
            remedy="Give one folder or table for all CTs, or a file for each, as a pattern such "
            "as 'maps/{case}.nii.gz'",
        )
    if len(paths) == 1 and cts > 1 and paths[0].is_file():
        _require_patients(paths[0])
    return Source(files.name, tuple(_reader(path) for path in paths))


def search(
    name: str,
    detector: str | Detector,
    job: EvaluateJob,
    cases: Sequence[Case],
    token: StopToken,
) -> EventStream:
    """Search the CTs, and keep every finding, whatever its score.

    Parameters
    ----------
    name : str
        What the detector is called; its findings lie in a folder of that name.
    detector : str or Detector
        Its file, or `SHIPPED`; or one that is in memory.
    job : EvaluateJob
        Which CTs, and where to.
    cases : sequence of Case
        CTs that are in memory, in place of files.
    token : StopToken
        Checked on the way.

    Yields
    ------
    Event
        As `detect`, without its end.

    Raises
    ------
    LesionSynthError
        As `detect`.
    """
    descent_of(detector)  # a file that is none is refused before anything is read
    own = detector if not isinstance(detector, str) else None
    settings = DetectSettings(
        model=_weights(detector) if isinstance(detector, str) else None,
        threshold=0,
        device=job.settings.device,
        threads=job.settings.threads,
    )
    asked = DetectJob(cases=job.cases, out=_folder(job.out, name), settings=settings)
    for event in detect(asked, token, cases=cases, detector=own):
        if not isinstance(event, (Started, Done)):
            yield event


def searched_source(name: str, detector: str | Detector, out: Path) -> Source:
    """What `search` has found.

    Raises
    ------
    CheckpointError
        If the detector's file is none.
    """
    return Source(name, (KeptFindings(_folder(out, name)),), descent_of(detector))


def descent_of(detector: str | Detector) -> LineageGraph:
    """What a detector's file says of whom it has learnt from; nothing for one in memory.

    Raises
    ------
    CheckpointError
        If the file is none of a detector.
    """
    if not isinstance(detector, str):
        return LineageGraph()
    from napari_lesion_synth.detection.model import DetectorModel
    from napari_lesion_synth.sample_data import sample_detector

    if detector.lower().endswith(ENDINGS):
        raise ParameterError(
            "these are findings, and a detector's weights are needed here",
            where=detector,
            remedy="Give them with --findings",
        )
    model = DetectorModel.load(_weights(detector) or sample_detector())
    return of_detector(model.facts, model.id)


def named(paths: Iterable[str], taken: Collection[str] = ()) -> Mapping[str, str]:
    """Names for files and folders, each once, and what they stand for.

    Parameters
    ----------
    paths : iterable of str
        Files, folders, patterns, or `SHIPPED`.
    taken : collection of str
        Names that are given already.
    """
    found: dict[str, str] = {}
    for path in paths:
        name, number = _name(path), 1
        while name in found or name in taken:
            number += 1
            name = f"{_name(path)}-{number}"
        found[name] = path
    return found


def _name(path: str) -> str:
    if path == SHIPPED:
        return SHIPPED
    whole = Path(path).resolve()
    stem = whole.name
    for ending in (*ENDINGS, ".pt"):
        stem = stem.removesuffix(ending)
    return plain_name(whole.parent.name if stem in _PLAIN and whole.is_file() else stem)


def _weights(detector: str) -> Path | None:
    return None if detector == SHIPPED else Path(detector)


def _folder(out: Path, name: str) -> Path:
    return out / FINDINGS / name


def _reader(path: Path) -> Detector:
    if path.is_dir():
        return KeptFindings(path)
    if path.name.lower().endswith(ENDINGS):
        return ExternalFindings(path)
    raise InputError(
        "these are no findings",
        where=path,
        remedy="Give a folder that detect wrote, a CSV table or a detection map; a detector's "
        "weights with --detector",
    )


def _require_patients(path: Path) -> None:
    """One file for several CTs has to say which finding is of which."""
    columns: list[str] = []
    if path.name.lower().endswith(".csv"):
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                columns = [name.strip().lower() for name in next(csv.reader(file), [])]
        except (OSError, UnicodeDecodeError) as cause:
            raise InputError(f"the table cannot be read ({cause})", where=path) from cause
    if "patient" not in columns:
        raise ParameterError(
            "one file is given for several CTs, and it does not say which finding is of which",
            where=path,
            remedy="Add a column named patient to the table, or give a file for each CT, as a "
            "pattern such as 'maps/{case}.nii.gz'",
        )
