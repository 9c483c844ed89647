"""Beginning a participant's ledger, and opening it again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.design.freeze import require_frozen
from napari_lesion_synth.perception.design.layout import participant_path
from napari_lesion_synth.perception.design.program import PROGRAM
from napari_lesion_synth.perception.design.sections import Language
from napari_lesion_synth.perception.design.study import Study, stimuli_sha256
from napari_lesion_synth.perception.ledger.clock import Clock
from napari_lesion_synth.perception.ledger.ledger import Ledger, read_records
from napari_lesion_synth.perception.ledger.records import BEGUN
from napari_lesion_synth.perception.ledger.study_log import amended_settings, enrol

__all__ = ["NewParticipant", "begin_ledger", "check_code", "open_ledger"]

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
"""Names that no file can have on Windows."""


@dataclass(frozen=True, slots=True)
class NewParticipant:
    """Who takes part.

    Parameters
    ----------
    code : str
        A pseudonym of letters, digits, ``-`` and ``_``; never a name.
    language : str, optional
        ``"ja"`` or ``"en"``; by default the study's first.
    simulated : bool
        Whether this is no person.
    """

    code: str
    language: Language | None = None
    simulated: bool = False


def check_code(code: str) -> None:
    """See that a code can be used.

    Raises
    ------
    ParameterError
        If it cannot.
    """
    if not _CODE.fullmatch(code) or _DEVICES.fullmatch(code):
        raise ParameterError(
            f"{code!r} cannot be a participant's code",
            remedy="Use up to 32 letters, digits, - and _, as in P012; never a name",
        )


def begin_ledger(study: Study, participant: NewParticipant, clock: Clock) -> Ledger:
    """A ledger with its first line; see `Session.begin`."""
    check_code(participant.code)
    language = participant.language or study.design.languages[0]
    if language not in study.design.languages:
        raise ParameterError(
            f"the study has no texts in {language!r}",
            remedy=f"Choose from: {', '.join(study.design.languages)}",
        )
    _require_new(study, participant.code)
    frozen = _require_unchanged(study)
    path = participant_path(study.folder, participant.code)
    number = enrol(study.folder, simulated=participant.simulated)
    try:
        ledger = Ledger.create(path, clock)
    except FileExistsError:  # a beginning that a crash cut short, before its first line
        ledger = Ledger.open(path, clock)
        if any(record["kind"] == BEGUN for record in ledger.records):
            ledger.close()
            raise _in_use(participant.code) from None
    line: dict[str, Any] = {
        "code": participant.code,
        "number": number,
        "language": language,
        "design": study.design.content,
        "design_sha256": study.design.sha256,
        "stimuli_sha256": stimuli_sha256(study.stimuli),
        "frozen_sha256": frozen,
        "program": PROGRAM,
        "simulated": participant.simulated,
    }
    try:
        ledger.append(BEGUN, line)
    except BaseException:
        ledger.close()
        raise
    return ledger


def open_ledger(study: Study, code: str, clock: Clock) -> Ledger:
    """The ledger of a participant who has begun; see `Session.reopen`."""
    path = participant_path(study.folder, code)
    if not path.exists():
        raise ParameterError(
            f"there is no participant {code!r}",
            where=study.folder,
            remedy=f"There are: {', '.join(study.codes) or 'none'}",
        )
    ledger = Ledger.open(path, clock)
    try:
        _require_same_photos(study, ledger)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _require_same_photos(study: Study, ledger: Ledger) -> None:
    first = next(iter(ledger.records), None)
    if first is None or first["kind"] != BEGUN:
        raise ParameterError(
            "this participant has not begun", where=ledger.path, remedy="Begin with the same code"
        )
    study.stimuli.verify()
    if first["stimuli_sha256"] != stimuli_sha256(study.stimuli):
        raise InputError(
            "the study's photos are not those that this participant began with",
            where=ledger.path,
            remedy="Bring back the study's list of photos as it was",
        )


def _require_new(study: Study, code: str) -> None:
    """Codes that differ by capitals alone would be one file on some systems."""
    for known in study.codes:
        if known.casefold() == code.casefold():
            path = participant_path(study.folder, known)
            if known != code or any(r["kind"] == BEGUN for r in read_records(path)):
                raise _in_use(known)


def _require_unchanged(study: Study) -> str:
    """Hash of the preregistration; empty for a study that was not frozen."""
    if study.frozen:
        return require_frozen(study, amended_settings(study)).sha256
    study.stimuli.verify()
    return ""


def _in_use(code: str) -> ParameterError:
    return ParameterError(
        f"the code {code!r} is in use",
        remedy="Resume this participant, or choose another code",
    )
