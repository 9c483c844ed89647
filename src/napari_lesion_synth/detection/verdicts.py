"""A person's verdicts on findings: append-only, each of them can be taken back.

One line of JSON a verdict, in the folder of the detections::

    {"host": "5f0c...", "center": [31.0, 212.4, 187.9], "diameter_mm": 11.2,
     "verdict": "reject", "time": "2026-01-31T10:04:05.123+00:00"}

`host` is the CT's `Volume.sha256`, `center` a voxel index (z, y, x) in it. The last verdict on a
place counts; a line whose verdict is ``"undo"`` takes back the last one that still stands there.
Nothing is ever deleted, so the file tells the whole story. Rejected findings teach the next
training what healthy tissue looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.dataset.append_only import Record, append_lines, read_lines
from napari_lesion_synth.dataset.decisions import ACCEPT, REJECT, UNDO
from napari_lesion_synth.detection.finding import Finding
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.files import writing

__all__ = [
    "FINDING_VERDICTS",
    "FindingLedger",
    "FindingVerdict",
    "read_verdicts",
    "rejected",
    "verdict_at",
]

FINDING_VERDICTS = "finding_verdicts.jsonl"
"""In the folder of the detections."""

_SAME_VOXELS = 0.5
"""A detector that runs again finds a place anew within a rounding."""

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class FindingVerdict:
    """What a person says of a place.

    Parameters
    ----------
    host : str
        `Volume.sha256` of the CT.
    center : tuple of float
        Voxel index (z, y, x) in the CT.
    diameter_mm : float
        Of the finding.
    verdict : {"accept", "reject"}
        Whether it is a lesion.
    time : str
        When, in ISO 8601.
    """

    host: str
    center: Triple
    diameter_mm: float
    verdict: Literal["accept", "reject"]
    time: str

    def is_at(self, host: str, center: Sequence[float]) -> bool:
        """Whether it is of this CT and, within half a voxel along each axis, of this place."""
        return self.host == host and all(
            abs(a - b) <= _SAME_VOXELS for a, b in zip(self.center, center, strict=True)
        )


class FindingLedger:
    """The verdicts of one folder.

    Every call reads what other programs have added in the meantime, and returns after the disk
    has what it wrote itself.

    Parameters
    ----------
    folder : Path
        The folder of the detections; made for the first verdict.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def decide(self, host: str, finding: Finding, verdict: Literal["accept", "reject"]) -> None:
        """Judge a finding.

        Parameters
        ----------
        host : str
            `Volume.sha256` of its CT.
        finding : Finding
            What is judged.
        verdict : {"accept", "reject"}
            Whether it is a lesion.

        Raises
        ------
        ParameterError
            If the verdict is another word.
        StorageError, DatasetError
            If it cannot be written.
        """
        if verdict not in (ACCEPT, REJECT):
            raise ParameterError(f"{verdict!r} is no verdict", remedy="Use accept or reject")
        self._append(host, finding.center, finding.diameter_mm, verdict)

    def undo(self, host: str) -> FindingVerdict | None:
        """Take back the last verdict in a CT that still stands; again, the one before it.

        Returns
        -------
        FindingVerdict or None
            What was taken back; None if nothing was left.

        Raises
        ------
        StorageError, DatasetError
            If it cannot be written.
        """
        left = [each for each in _standing(self._lines()) if each.host == host]
        if not left:
            return None
        last = left[-1]
        self._append(host, last.center, last.diameter_mm, UNDO)
        return last

    def verdicts(self, host: str) -> tuple[FindingVerdict, ...]:
        """The verdicts that count in a CT, one a place."""
        return tuple(each for each in _last(_standing(self._lines())) if each.host == host)

    def _lines(self) -> list[Record]:
        return read_lines(self.folder / FINDING_VERDICTS)

    def _append(self, host: str, center: Triple, diameter_mm: float, verdict: str) -> None:
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        record = {
            "host": host,
            "center": [round(float(i), _DIGITS) for i in center],
            "diameter_mm": round(float(diameter_mm), _DIGITS),
            "verdict": verdict,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        append_lines(self.folder / FINDING_VERDICTS, [record])


def verdict_at(
    verdicts: Iterable[FindingVerdict], host: str, center: Sequence[float]
) -> FindingVerdict | None:
    """The verdict on a place; None where there is none."""
    return next((each for each in verdicts if each.is_at(host, center)), None)


def read_verdicts(folder: Path) -> tuple[FindingVerdict, ...]:
    """The verdicts that count in all CTs, one a place, in the order in which they were given.

    Parameters
    ----------
    folder : Path
        Detections, or a folder of folders of them; without any verdict there are none.
    """
    files = sorted({folder / FINDING_VERDICTS, *folder.glob(f"*/{FINDING_VERDICTS}")})
    return tuple(each for file in files for each in _last(_standing(read_lines(file))))


def rejected(folder: Path) -> tuple[FindingVerdict, ...]:
    """The findings that a person rejected, as by `read_verdicts`."""
    return tuple(each for each in read_verdicts(folder) if each.verdict == REJECT)


def _standing(lines: Sequence[Record]) -> list[FindingVerdict]:
    """Verdicts that were not taken back, in their order; several may be of one place."""
    kept: list[FindingVerdict] = []
    for line in lines:
        read = _read(line)
        if read is None:
            continue
        if line["verdict"] != UNDO:
            kept.append(read)
            continue
        for place in reversed(range(len(kept))):
            if kept[place].is_at(read.host, read.center):
                del kept[place]
                break
    return kept


def _last(standing: Sequence[FindingVerdict]) -> list[FindingVerdict]:
    """The last verdict on each place."""
    later: list[FindingVerdict] = []
    for each in reversed(standing):
        if verdict_at(later, each.host, each.center) is None:
            later.append(each)
    return later[::-1]


def _read(line: Record) -> FindingVerdict | None:
    """A line as it was meant; None for a damaged one."""
    try:
        z, y, x = (float(i) for i in line["center"])
        verdict: Any = line["verdict"]
        if verdict not in (ACCEPT, REJECT, UNDO):
            return None
        return FindingVerdict(
            str(line["host"]),
            (z, y, x),
            float(line["diameter_mm"]),
            verdict,
            str(line.get("time", "")),
        )
    except (KeyError, TypeError, ValueError):
        return None
