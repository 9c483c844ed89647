"""Any program as a detector: it is given a CT as files, and its findings are read back."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.external import ExternalFindings
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.errors import InputError, LesionSynthError, ParameterError
from napari_lesion_synth.events import Stopped, StopToken
from napari_lesion_synth.files import writing
from napari_lesion_synth.jobs.program import Ended, run_program

__all__ = ["CommandDetector"]

_CT, _ORGAN, _TABLE, _MAP = "ct", "organ", "out", "map"
_FILES = {
    _CT: "ct.nii.gz",
    _ORGAN: "organ.nii.gz",
    _TABLE: "findings.csv",
    _MAP: "map.nii.gz",
}
_REMEDY = "As in --command 'mydetector --ct {ct} --liver {organ} --table {out}'"


class CommandDetector:
    """A command as a detector.

    Parameters
    ----------
    command : str
        With ``{ct}``, and ``{out}`` or ``{map}``; ``{organ}`` if it is needed. Split into words
        as a shell would, and started without one.
    folder : Path
        Files of a CT lie in a folder below this one, while it is searched.
    timeout_s : float
        Seconds that it may take for one CT.
    patients : tuple of str
        Whom the detector has seen, as far as is known.

    Raises
    ------
    ParameterError
        If the command lacks a placeholder, has an unknown one, or cannot be split.
    """

    def __init__(
        self, command: str, folder: Path, timeout_s: float, patients: tuple[str, ...] = ()
    ) -> None:
        self._command, self._folder, self._timeout = command, folder, timeout_s
        self._patients = patients
        self._words = _split(command)
        self._result = _result_of(self._words)

    @property
    def id(self) -> str:
        """The command itself."""
        return self._command

    @property
    def patients(self) -> tuple[str, ...]:
        """Whom it has seen, as far as is known."""
        return self._patients

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        """Write the CT, run the command, and read its findings.

        Raises
        ------
        LesionSynthError
            If the command cannot be started, ends with an error, takes too long, or leaves no
            findings that can be read; the message holds the last that it said.
        Stopped
            If the token was set.
        """
        begun = time.perf_counter()
        place = self._folder / "searched"
        with writing(place):
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        try:
            files = {name: place / file for name, file in _FILES.items()}
            self._write(case, files)
            if report is not None:
                report(0, 1, "command")
            self._run([_filled(word, files) for word in self._words], token)
            detection = self._read(case, files)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        if report is not None:
            report(1, 1, "command")
        detection.seconds.clear()
        detection.seconds["command"] = time.perf_counter() - begun
        detection.facts.update(kind="command", detector=self.id)
        return detection

    def _write(self, case: Case, files: Mapping[str, Path]) -> None:
        from napari_lesion_synth.ct.write import write_mask, write_volume

        write_volume(files[_CT], case.volume, synthetic=True)
        if any("{organ}" in word for word in self._words):
            write_mask(files[_ORGAN], case.require_organ().mask, case.volume)

    def _run(self, words: list[str], token: StopToken | None) -> None:
        clock = _Deadline(token, self._timeout)
        lines = run_program(words, Path.cwd(), clock)  # where the user's own paths hold
        said = ""
        try:
            while True:
                said = next(lines)
        except StopIteration as end:
            ended: Ended = end.value
        except Stopped:
            if not clock.over:
                raise
            raise LesionSynthError(
                f"the command took more than {self._timeout:g} s for one CT and was ended"
                f"{_quoted(said)}",
                where=words[0],
                remedy="Give it more time (--timeout-s), or try it in a terminal",
            ) from None
        if ended.code != 0:
            raise LesionSynthError(
                f"the command ended with exit code {ended.code}{_quoted(ended.last_line)}",
                where=words[0],
                remedy="Try it in a terminal; finished copies of the CT are not searched again",
            )

    def _read(self, case: Case, files: Mapping[str, Path]) -> Detection:
        path = files[self._result]
        if not path.exists():
            raise InputError(
                f"the command has written nothing to {{{self._result}}}",
                where=self._words[0],
                remedy="Where nothing is found, it has to write an empty table, with its head, or "
                "a map of zeros",
            )
        detection = ExternalFindings(path).detect(case)
        return Detection(
            findings=detection.findings,
            heat=None,
            shape=detection.shape,
            spacing=detection.spacing,
            patient=detection.patient,
            detector=self.id,
        )


class _Deadline(StopToken):
    """Set with another token, or when the time is over."""

    def __init__(self, outer: StopToken | None, seconds: float) -> None:
        super().__init__()
        self._outer = outer
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    def check(self) -> None:
        """Raise `Stopped` if either is so."""
        if self._outer is not None:
            self._outer.check()
        super().check()
        if self.over:
            raise Stopped


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError as error:
        raise ParameterError(
            f"the command cannot be split into words ({error})", where=command, remedy=_REMEDY
        ) from error
    if not words or not any("{ct}" in word for word in words):
        raise ParameterError(
            "the command is given no CT: {ct} is missing", where=command, remedy=_REMEDY
        )
    return words


def _result_of(words: list[str]) -> str:
    """Where the command writes to."""
    named = [name for name in (_TABLE, _MAP) if any(f"{{{name}}}" in word for word in words)]
    if len(named) != 1:
        raise ParameterError(
            "the command has to write findings to {out}, as a table, or to {map}, as a map; and "
            f"has {'both' if named else 'neither'}",
            where=" ".join(words),
            remedy=_REMEDY,
        )
    return named[0]


def _filled(word: str, files: Mapping[str, Path]) -> str:
    """Only our own placeholders: other braces are the command's business."""
    for name, path in files.items():
        word = word.replace(f"{{{name}}}", str(path.resolve()))
    return word


def _quoted(line: str) -> str:
    return f"; it said: {line[:300]}" if line else ""
