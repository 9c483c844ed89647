"""Arguments of the command line as the parameters of jobs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.settings import CaseFiles

__all__ = [
    "case_files",
    "filled_paths",
    "fixed_parameters",
    "listed_numbers",
    "method_weights",
]

_NONE = "none"
_ENDINGS = (".nii.gz", ".nii", ".mha", ".mhd", ".nrrd", ".dcm")


def case_files(
    cts: Sequence[Path],
    *,
    organs: Sequence[str] = (),
    lesions: Sequence[str] = (),
    patients: Sequence[str] = (),
    **common: Any,
) -> tuple[CaseFiles, ...]:
    """Pair CTs with their masks.

    Parameters
    ----------
    cts : sequence of Path
        The CTs.
    organs, lesions : sequence of str
        As many files as CTs, in their order, ``none`` for a CT without; or one pattern in which
        ``{case}`` stands for the CT's name without its ending and ``{folder}`` for its folder.
    patients : sequence of str
        As many pseudonyms as CTs, or none: then CTs of one name are told apart by their folders.
    **common
        Further fields of `CaseFiles`, the same for all.

    Raises
    ------
    ParameterError
        If the numbers do not go together, or a file does not exist.
    """
    paths = [str(_existing(ct)) for ct in cts]
    organ_of = _matched("--organ", organs, cts)
    lesions_of = _matched("--lesions", lesions, cts)
    if patients and len(patients) != len(cts):
        raise ParameterError(
            f"{len(patients)} times --patient for {len(cts)} CTs",
            remedy="Give it once for each CT, in their order, or not at all",
        )
    names = list(patients) or _telling_names(cts)
    return tuple(
        CaseFiles(ct=ct, organ=organ, lesions=lesion, patient=name or None, **common)
        for ct, organ, lesion, name in zip(paths, organ_of, lesions_of, names, strict=True)
    )


def filled_paths(option: str, given: str, cts: Sequence[Path]) -> tuple[Path, ...]:
    """One file or folder for all CTs, or one for each where a pattern is given.

    Parameters
    ----------
    option : str
        For errors.
    given : str
        A path, or a pattern as of `case_files`.
    cts : sequence of Path
        The CTs.

    Raises
    ------
    ParameterError
        If a file does not exist, or the pattern cannot be filled in.
    """
    if "{" not in given:
        return (_existing(Path(given)),)
    return tuple(_existing(_filled(option, given, ct)) for ct in cts)


def _matched(option: str, given: Sequence[str], cts: Sequence[Path]) -> list[str | None]:
    """One file, or none, for each CT."""
    if not given:
        return [None] * len(cts)
    if len(given) == 1 and "{" in given[0]:
        return [str(_existing(_filled(option, given[0], ct))) for ct in cts]
    if len(given) != len(cts):
        raise ParameterError(
            f"{len(given)} times {option} for {len(cts)} CTs",
            remedy=f"Give {option} once for each CT, in their order, or one pattern such as "
            f"{option} 'masks/{{case}}.nii.gz'",
        )
    return [None if name == _NONE else str(_existing(Path(name))) for name in given]


def _filled(option: str, pattern: str, ct: Path) -> Path:
    try:
        return Path(pattern.format(case=_name(ct), folder=ct.resolve().parent))
    except (KeyError, IndexError, ValueError):
        raise ParameterError(
            f"the pattern {pattern!r} of {option} cannot be filled in",
            remedy="Use {case} for the CT's name without its ending, {folder} for its folder",
        ) from None


def _existing(path: Path) -> Path:
    if not path.exists():
        raise ParameterError("there is no such file or folder", where=path)
    return path


def _name(ct: Path) -> str:
    name = ct.resolve().name
    ending = next((end for end in _ENDINGS if name.lower().endswith(end)), "")
    return name[: len(name) - len(ending)]


def _telling_names(cts: Sequence[Path]) -> list[str]:
    """Nothing for a CT whose name is its own; folder and name where several share it."""
    count = Counter(_name(ct) for ct in cts)
    return [f"{ct.resolve().parent.name}-{_name(ct)}" if count[_name(ct)] > 1 else "" for ct in cts]


def method_weights(text: str) -> dict[str, float]:
    """``poisson,sigmoid`` or ``poisson:2,sigmoid:1`` as weights by name.

    Raises
    ------
    ParameterError
        If a weight is no positive number, or a method is named twice.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = (piece.strip() for piece in part.partition(":"))
        value = _positive(weight) if weight else 1.0
        if not name or name in weights or value is None:
            raise ParameterError(
                f"--method {text!r} cannot be understood",
                remedy="Give names with commas between them, each with a weight if you like: "
                "poisson,sigmoid or poisson:2,sigmoid:1",
            )
        weights[name] = value
    return weights


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


def fixed_parameters(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """``sigmoid.delta_hu=-45`` as parameters by method and name; values are read as JSON.

    Raises
    ------
    ParameterError
        If one is not of this form.
    """
    fixed: dict[str, dict[str, Any]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        method, dot, name = place.strip().partition(".")
        if not (equals and dot and method and name):
            raise ParameterError(
                f"--set {text!r} cannot be understood",
                remedy="Give METHOD.PARAMETER=VALUE, as in --set sigmoid.delta_hu=-45",
            )
        fixed.setdefault(method, {})[name] = _value(value.strip())
    return fixed


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def listed_numbers(option: str, text: str) -> tuple[float, ...]:
    """``5,10,20`` as numbers.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(
            f"{option} {text!r} cannot be understood",
            remedy="Give numbers with commas between them, as in 5,10,20",
        ) from None
