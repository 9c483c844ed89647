"""Findings that `detect` wrote, read back."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.export import FINDINGS_JSON, LABELS
from napari_lesion_synth.detection.finding import Detection, Finding
from napari_lesion_synth.errors import GeometryError, InputError
from napari_lesion_synth.events import StopToken

__all__ = ["KEPT_FROM", "LEFT_OUT", "KeptFindings"]

KEPT_FROM, LEFT_OUT = "kept_from", "left_out"
"""Among the facts of such a detection: the lowest score that was kept, and how many findings were
below it."""

_HOST = "host"


class KeptFindings:
    """A folder of findings as a detector: what it "finds" was found before.

    Parameters
    ----------
    folder : path
        Of one CT, or one with a folder for each CT. A CT is known by the hash of its voxels;
        where none was kept, by its patient.

    Raises
    ------
    InputError
        If there are no findings in it, or a file is damaged.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self._folder = Path(folder)
        files = sorted(
            {*self._folder.glob(FINDINGS_JSON), *self._folder.glob(f"*/{FINDINGS_JSON}")}
        )
        if not files:
            raise InputError(
                f"the folder holds no findings: neither it nor its folders have a {FINDINGS_JSON}",
                where=folder,
                remedy="Give a folder that detect wrote (its --out), or a table or map of findings",
            )
        self._kept = {file.parent: _content(file) for file in files}

    @property
    def id(self) -> str:
        """The detectors that found them."""
        return ", ".join(dict.fromkeys(str(each.get("detector")) for each in self._kept.values()))

    @property
    def patients(self) -> tuple[str, ...]:
        """Whom the detectors have learnt from, as far as the findings say."""
        told = (_facts(each).get("patients", ()) for each in self._kept.values())
        return tuple(sorted({str(name) for names in told for name in names}))

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """The findings in a CT.

        Raises
        ------
        InputError
            If there are none of this CT, or the files are damaged.
        GeometryError
            If they are of a CT of another size.
        Stopped
            If the token was set.
        """
        begun = time.perf_counter()
        if token is not None:
            token.check()
        folder, content = self._of(case)
        try:
            shape = tuple(int(n) for n in content["shape_zyx"])
            if shape != case.volume.shape:
                raise GeometryError(
                    f"the findings are of a CT of shape {shape}, this one has {case.volume.shape}",
                    where=folder,
                    remedy="Search this CT (napari-lesion-synth detect)",
                )
            labels = _labels(folder, case) if content["findings"] else None
            findings = tuple(_finding(row, labels) for row in content["findings"])
            facts = {
                **_facts(content),
                KEPT_FROM: float(content["threshold"]),
                LEFT_OUT: int(content["below_threshold"]),
            }
        except (KeyError, TypeError, ValueError) as cause:
            raise _damaged(folder / FINDINGS_JSON, cause) from cause
        if report is not None:
            report(1, 1, "reading")
        return Detection(
            findings=findings,
            heat=None,
            shape=case.volume.shape,
            spacing=case.volume.spacing,
            patient=case.patient,
            detector=str(content.get("detector", "")),
            seconds={"reading": time.perf_counter() - begun},
            facts=facts,
        )

    def _of(self, case: Case) -> tuple[Path, dict[str, Any]]:
        """The one folder that is of this CT."""
        own = [
            (folder, content)
            for folder, content in self._kept.items()
            if content.get(_HOST, case.volume.sha256) == case.volume.sha256
            and (_HOST in content or content.get("patient") == case.patient)
        ]
        if len(own) == 1:
            return own[0]
        if own:
            names = " and ".join(folder.name for folder, _ in own[:2])
            raise InputError(
                f"there are findings of the CT of {case.patient!r} twice: in {names}",
                where=self._folder,
                remedy="Give a folder with the findings of one detector, each CT once",
            )
        names = ", ".join(str(each.get("patient")) for each in list(self._kept.values())[:5])
        raise InputError(
            f"there are no findings of this CT of {case.patient!r}, but some of {names}",
            where=self._folder,
            remedy="Search it too (napari-lesion-synth detect), or check that the CT is read in "
            "the same way (--units, --resample)",
        )


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as cause:
        raise _damaged(file, cause) from cause
    if not isinstance(content, dict):
        raise _damaged(file, "it is no object")
    return content


def _facts(content: Mapping[str, Any]) -> dict[str, Any]:
    facts = content.get("facts")
    return dict(facts) if isinstance(facts, dict) else {}


def _labels(folder: Path, case: Case) -> NDArray[np.float32]:
    from napari_lesion_synth.ct.maps import read_map

    return read_map(folder / LABELS, case.volume)


def _finding(row: Mapping[str, Any], labels: NDArray[np.float32] | None) -> Finding:
    """One finding; where another one covers it wholly, its region is its centre."""
    assert labels is not None  # read where there is a finding
    number = int(row["number"])
    z, y, x = (slice(int(low), int(high)) for low, high in row["bbox_zyx"])
    region = labels[z, y, x] == number
    center = float(row["z"]), float(row["y"]), float(row["x"])
    if not region.any():
        middle = [
            min(max(round(i), s.start), s.stop - 1) for i, s in zip(center, (z, y, x), strict=True)
        ]
        region[tuple(i - s.start for i, s in zip(middle, (z, y, x), strict=True))] = True
    zone, depth = row["zone"], row["depth_mm"]
    return Finding(
        number=number,
        center=center,
        position_mm=(float(row["z_mm"]), float(row["y_mm"]), float(row["x_mm"])),
        diameter_mm=_number(row["diameter_mm"]),
        score=float(row["score"]),
        zone=None if zone is None else Zone(zone),
        depth_mm=_number(depth),
        bbox=(z, y, x),
        region=region,
        parts={str(name): float(value) for name, value in row.get("parts", {}).items()},
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _damaged(file: Path, cause: object) -> InputError:
    why = f"{cause} is missing" if isinstance(cause, KeyError) else str(cause)
    return InputError(
        f"the findings cannot be read ({why})",
        where=file,
        remedy="Search the CT again (napari-lesion-synth detect)",
    )
