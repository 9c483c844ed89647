"""What a training learns from: real lesions, the CTs they lie in, and who is kept out."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import reread_case
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.events import Event, EventStream, Log, StopToken
from napari_lesion_synth.jobs.hearing import tell
from napari_lesion_synth.jobs.learning_settings import LessonFiles
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.extraction import extract_donors
from napari_lesion_synth.synthesis.library import load_donors
from napari_lesion_synth.wording import counted

__all__ = ["Lessons", "gather_lessons"]


@dataclass(frozen=True, eq=False)
class Lessons:
    """What a training learns from.

    Parameters
    ----------
    donors : tuple of Donor
        Lesions to learn from, sorted by id.
    held_out : tuple of Donor
        Lesions of the patients that were kept out.
    hosts : tuple of CaseFiles or Case
        CTs to learn from; none of a patient that was kept out.
    """

    donors: tuple[Donor, ...]
    held_out: tuple[Donor, ...]
    hosts: tuple[CaseFiles | Case, ...]

    def cases(self) -> Sequence[Case]:
        """The hosts, each read when it is looked at, and not kept."""
        return _Hosts(self.hosts)


class _Hosts(Sequence[Case]):
    """CTs that are read one at a time."""

    def __init__(self, sources: tuple[CaseFiles | Case, ...]) -> None:
        self._sources = sources

    def __len__(self) -> int:
        return len(self._sources)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return _Hosts(self._sources[place])
        source = self._sources[place]
        return source if isinstance(source, Case) else reread_case(source.inputs())


def gather_lessons(
    files: LessonFiles,
    token: StopToken,
    *,
    cases: Sequence[Case] = (),
    donors: Sequence[Donor] = (),
) -> Generator[Event, None, Lessons]:
    """Read the lesions of a training.

    Parameters
    ----------
    files : LessonFiles
        Where they are.
    token : StopToken
        Checked at each CT.
    cases : sequence of Case
        CTs that are in memory already, in place of files.
    donors : sequence of Donor
        Lesions that are in memory already, in place of a library.

    Yields
    ------
    Event
        Logs.

    Returns
    -------
    Lessons

    Raises
    ------
    ParameterError
        If there is nothing to learn from, or a patient to keep out is unknown.
    LesionSynthError
        If a file cannot be used.
    """
    sources: tuple[CaseFiles | Case, ...] = tuple(cases) or files.cases
    found = list(donors)
    if not found and files.donors is not None:
        found = list(load_donors(files.donors))
    patients = {donor.patient for donor in found}
    hosts: list[CaseFiles | Case] = []
    guessed: set[str] = set()
    extract = not found
    for source in sources:
        token.check()
        case = yield from _read(source)
        patients.add(case.patient)
        if isinstance(source, CaseFiles) and source.patient is None:
            guessed.add(case.patient)
        if case.patient not in files.hold_out:
            hosts.append(source)
        if extract and case.lesions is not None and case.lesions.any():
            found += yield from _donors_of(case)
    _require(found, files, patients)
    unique = {donor.id: donor for donor in sorted(found, key=lambda d: d.id)}.values()
    yield from _who(unique, guessed)
    away = set(files.hold_out)
    return Lessons(
        tuple(donor for donor in unique if donor.patient not in away),
        tuple(donor for donor in unique if donor.patient in away),
        tuple(hosts),
    )


def _read(source: CaseFiles | Case) -> Generator[Event, None, Case]:
    if isinstance(source, Case):
        return source
    yield Log(f"reading {source.ct}")
    return (yield from tell(partial(reread_case, source.inputs())))


def _donors_of(case: Case) -> Generator[Event, None, list[Donor]]:
    try:
        found = list((yield from tell(partial(extract_donors, case))))
    except DonorError as error:
        yield Log(str(error), "warning")
        return []
    yield Log(f"{counted(len(found), 'lesion')} from {case.patient}")
    return found


def _who(lesions: Collection[Donor], guessed: set[str]) -> EventStream:
    """How many patients there are, and whence that is known."""
    patients = {donor.patient for donor in lesions}
    yield Log(f"{counted(len(lesions), 'lesion')} of {counted(len(patients), 'patient')}")
    if len(guessed) > 1:
        yield Log(
            f"{len(guessed)} CTs are taken to be of {len(guessed)} patients, who are told apart by "
            "their files' names: where several CTs are of one patient, name the patients "
            "(--patient, once for each CT), or lesions that are held out are none of strangers",
            "warning",
        )


def _require(found: Sequence[Donor], files: LessonFiles, patients: set[str]) -> None:
    if not found:
        raise ParameterError(
            "there are no real lesions to learn from",
            remedy="Give a donor library (--donors DIR, made by extract-donors) or the CTs' "
            "lesion labels (--lesions FILE)",
        )
    unknown = sorted(set(files.hold_out) - patients)
    if unknown:
        raise ParameterError(
            f"the patient to keep out, {unknown[0]!r}, is not there",
            remedy=f"There are: {', '.join(sorted(patients)[:20])}",
        )
