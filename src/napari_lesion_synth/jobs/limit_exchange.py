"""Copies of the CT for a detector that is run by hand, and what it found in them."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.ct.volume import Volume
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.external import ENDINGS, ExternalFindings
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import InputError, LesionSynthWarning
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.settings import plain_name

__all__ = [
    "EXPORT",
    "MANIFEST",
    "UNTOUCHED",
    "Exported",
    "FindingsByHand",
    "export_name",
    "write_copy",
    "write_manifest",
]

EXPORT = "export"
"""Folder of the copies, in that of the map."""

MANIFEST = "manifest.csv"
UNTOUCHED = "untouched"
"""Name of the copy without synthetic lesions."""

_IMAGES, _ORGANS = "images", "organs"
_HEAD = ("patient", "ct", "organ", "lesions")
_README = """\
Copies of CTs with SYNTHETIC lesions, for a detector that is run by hand.

1. Search every file of images/ with the detector, the ones called "untouched" too. organs/ holds
   the organ of each CT, where the detector needs it.
2. Write down what it finds, in one of two ways:
   - one table (CSV) for all: patient (the name of the image without .nii.gz, as in manifest.csv),
     score (0 to 1), and x_mm, y_mm, z_mm (LPS) or x, y, z (voxels from 0), and if known
     diameter_mm; or
   - a folder with a file for each image, named like it: such a table (.csv), empty but for its
     head where nothing was found, or a detection map (.nii.gz) on the grid of the image.
3. Give the command that wrote this folder again, with --findings in place of --export.

Not for diagnosis. Do not let these files get among real ones.
"""


def export_name(ct: str, copy: str) -> str:
    """What an image is called: the patient of its findings."""
    return f"{plain_name(ct)}_{copy}"


@dataclass(frozen=True, slots=True)
class Exported:
    """An image of the export.

    Parameters
    ----------
    name : str
        `export_name`.
    image, organ : str
        Paths within the export.
    lesions : int
        How many synthetic lesions it has.
    """

    name: str
    image: str
    organ: str
    lesions: int


def write_copy(
    folder: Path, case: Case, name: str, volume: Volume | None = None, lesions: int = 0
) -> Exported:
    """Write an image, and the organ of its CT if that is not there yet.

    An image with lesions is marked as synthetic. One that is there already is left as it is:
    the same command writes the same.

    Parameters
    ----------
    folder : Path
        The export.
    case : Case
        The CT.
    name : str
        From `export_name`.
    volume : Volume, optional
        The copy; default: the CT as it is.
    lesions : int
        Synthetic lesions in it.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    from napari_lesion_synth.ct.write import write_mask, write_volume

    for part in (_IMAGES, _ORGANS):
        with writing(folder / part):
            (folder / part).mkdir(parents=True, exist_ok=True)
    image, organ = f"{_IMAGES}/{name}.nii.gz", f"{_ORGANS}/{name.rsplit('_', 1)[0]}.nii.gz"
    if not (folder / organ).exists():
        write_mask(folder / organ, case.require_organ().mask, case.volume)
    if not (folder / image).exists():
        details = {"Patient": case.patient, "Host": case.volume.sha256, "Lesions": lesions}
        write_volume(folder / image, volume or case.volume, synthetic=lesions > 0, details=details)
    return Exported(name, image, organ, lesions)


def write_manifest(folder: Path, images: Sequence[Exported]) -> None:
    """Write the list of the images, and what to do with them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEAD)
    writer.writerows((each.name, each.image, each.organ, each.lesions) for each in images)
    write_atomic(folder / MANIFEST, text.getvalue().encode())
    write_atomic(folder / "README.txt", _README.encode())


class FindingsByHand:
    """Findings in exported copies as a detector: looks up the copy by its name.

    Parameters
    ----------
    path : Path
        A table of all copies, or a folder with a file for each.
    names : sequence of str
        The copies that are going to be asked for.

    Raises
    ------
    InputError
        If there is nothing at the path, a file is missing in the folder, or the table does not
        say which copy a finding is of.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        if not path.exists():
            raise InputError("there is no such file or folder", where=path, remedy="Check the path")
        self._path = path
        self._files: dict[str, Path] = {}
        self._table: ExternalFindings | None = None
        if path.is_dir():
            self._files = _files(path, names)
        else:
            _check_table(path, names)
            self._table = ExternalFindings(path)

    @property
    def id(self) -> str:
        """Name of the file or folder."""
        return self._path.name

    @property
    def patients(self) -> tuple[str, ...]:
        """Not known."""
        return ()

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """Read the findings in a copy, which is the case's patient; see `ExternalFindings`."""
        source = self._table or ExternalFindings(self._files[case.patient])
        with warnings.catch_warnings():
            # Of a table for all copies, one without a finding is no mistake.
            warnings.simplefilter("ignore", LesionSynthWarning)
            return source.detect(case, token, report)


def _files(folder: Path, names: Sequence[str]) -> dict[str, Path]:
    found = {}
    for name in names:
        paths = [folder / f"{name}{ending}" for ending in ENDINGS]
        there = [path for path in paths if path.exists()]
        if there:
            found[name] = there[0]
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(
            f"findings of {len(missing)} of {len(names)} copies are missing, {missing[0]} first",
            where=folder,
            remedy="Where nothing was found, write an empty table with its head, or a map of zeros",
        )
    return found


def _check_table(path: Path, names: Sequence[str]) -> None:
    """A name that is not known, or none at all, would be taken for nothing found."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise InputError(f"the table cannot be read ({error})", where=path) from error
    rows = [{str(key).strip().lower(): value for key, value in row.items()} for row in table]
    if not rows:
        raise InputError(
            "the table holds no findings at all",
            where=path,
            remedy="Check that it was written; a detector that finds nothing anywhere has no map",
        )
    if "patient" not in rows[0]:
        raise InputError(
            "the table does not say which copy each finding is of",
            where=path,
            remedy=f"Add a column patient with the names in {MANIFEST}",
        )
    strange = sorted({str(row["patient"]) for row in rows} - {*names})
    if strange:
        raise InputError(
            f"the table has findings of {strange[0]!r}, which is not a copy of this map",
            where=path,
            remedy=f"Name the copies as in {MANIFEST}, and give the settings that it was made with",
        )
