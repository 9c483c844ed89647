"""Command lines that do what the workbench does, ready to copy.

Each comes in two forms: as arguments, for starting a process, and as text for a shell, with a
line for each option.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from os import PathLike, fspath
from typing import Any

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.evaluation.rule import HitRule
from napari_lesion_synth.jobs.detector_job import DetectorJob
from napari_lesion_synth.jobs.evaluate_settings import EvaluateJob, EvaluateSettings
from napari_lesion_synth.jobs.learning_settings import GanJob
from napari_lesion_synth.jobs.limit_job import LimitDetector, LimitJob
from napari_lesion_synth.jobs.settings import CaseFiles, GenerateSettings
from napari_lesion_synth.synthesis.cgan.settings import GanSettings

__all__ = [
    "as_shell",
    "evaluate_arguments",
    "generate_arguments",
    "generate_command",
    "limit_map_arguments",
    "limit_map_command",
    "place_arguments",
    "place_command",
    "train_detector_arguments",
    "train_detector_command",
    "train_gan_arguments",
    "train_gan_command",
]

_PROGRAM = "napari-lesion-synth"
_SHARED = ("organ_label", "lesion_label", "series", "units", "resample")
"""Fields of a case that the command line takes once for all."""

_PAIRS = {"diameter_mm": "--diameter", "per_scene": "--per-scene"}
"""Fields of two numbers among those of a detector's examples."""

_LISTS = {
    "methods": "--method",
    "diameters_mm": "--diameters",
    "contrasts_hu": "--contrasts",
    "depth_edges_mm": "--depths",
}
"""Fields of several values among those of a detection-limit map."""

Words = tuple[str, ...]


def generate_command(settings: GenerateSettings) -> str:
    """The shell's line for `generate` with these settings; see `generate_arguments`."""
    return as_shell(_generate_words(settings))


def generate_arguments(settings: GenerateSettings) -> list[str]:
    """The command's arguments, from ``generate`` on; options at their defaults are left out.

    Parameters
    ----------
    settings : GenerateSettings
        Its cases come from files.

    Returns
    -------
    list of str
        The command line makes the same settings of them.

    Raises
    ------
    ParameterError
        If one command cannot say it: no case, or cases that are not read alike.
    """
    return [word for words in _generate_words(settings) for word in words]


def place_command(
    project: str | PathLike[str], out: str | PathLike[str], *, drafts: bool = False
) -> str:
    """The shell's line for `place`; see `place_arguments`."""
    return as_shell(_place_words(project, out, drafts=drafts))


def place_arguments(
    project: str | PathLike[str], out: str | PathLike[str], *, drafts: bool = False
) -> list[str]:
    """The command's arguments, from ``place`` on.

    Parameters
    ----------
    project : path
        The project file.
    out : path
        The set.
    drafts : bool
        Take the drafts too.
    """
    return [word for words in _place_words(project, out, drafts=drafts) for word in words]


def train_gan_command(job: GanJob) -> str:
    """The shell's line for `train gan`; see `train_gan_arguments`."""
    return as_shell(_train_words(job))


def train_gan_arguments(job: GanJob) -> list[str]:
    """The command's arguments, from ``train`` on; options at their defaults are left out.

    Parameters
    ----------
    job : GanJob
        Its cases come from files.

    Raises
    ------
    ParameterError
        If one command cannot say it: no case, or cases that are not read alike.
    """
    return [word for words in _train_words(job) for word in words]


def train_detector_command(job: DetectorJob) -> str:
    """The shell's line for `train detector`; see `train_detector_arguments`."""
    return as_shell(_detector_words(job))


def train_detector_arguments(job: DetectorJob) -> list[str]:
    """The command's arguments, from ``train`` on; options at their defaults are left out.

    Parameters
    ----------
    job : DetectorJob
        Its cases come from files.

    Raises
    ------
    ParameterError
        If one command cannot say it: no case, or cases that are not read alike.
    """
    return [word for words in _detector_words(job) for word in words]


def evaluate_arguments(job: EvaluateJob) -> list[str]:
    """The arguments of `evaluate`, from there on; the rule of a hit is the usual one.

    Parameters
    ----------
    job : EvaluateJob
        Its cases come from files; its findings are a folder or a table each, of all CTs.

    Raises
    ------
    ParameterError
        If one command cannot say it: no case, or cases that are not read alike.
    """
    words: list[Words] = [
        ("evaluate", *_cts(job.cases)),
        *_inputs(job.cases),
        ("--out", _path(str(job.out))),
        *(("--findings", _path(str(path))) for each in job.findings for path in each.files),
        *(("--detector", _path(detector)) for detector in job.detectors),
    ]
    for name, field in EvaluateSettings.model_fields.items():
        words += _option(name, getattr(job.settings, name), field.default)
    return [word for group in words for word in group]


def limit_map_command(job: LimitJob) -> str:
    """The shell's line for `limit-map`; see `limit_map_arguments`."""
    return as_shell(_limit_words(job))


def limit_map_arguments(job: LimitJob) -> list[str]:
    """The command's arguments, from ``limit-map`` on; options at their defaults are left out.

    Parameters
    ----------
    job : LimitJob
        Its cases come from files.

    Raises
    ------
    ParameterError
        If one command cannot say it: no case, or cases that are not read alike.
    """
    return [word for words in _limit_words(job) for word in words]


def as_shell(groups: Sequence[Words]) -> str:
    """Text for a shell: each group of words on a line of its own, the first after the program."""
    lines = [shlex.join(words) for words in groups]
    return " \\\n    ".join([f"{_PROGRAM} {lines[0]}", *lines[1:]])


def _place_words(
    project: str | PathLike[str], out: str | PathLike[str], *, drafts: bool
) -> list[Words]:
    flags: list[Words] = [("--all",)] if drafts else []
    return [("place", _path(fspath(project))), ("--out", _path(fspath(out))), *flags]


def _generate_words(settings: GenerateSettings) -> list[Words]:
    return [
        ("generate", *_cts(settings.cases)),
        *_inputs(settings.cases),
        ("--out", _path(str(settings.out))),
        *_changed(settings),
    ]


def _train_words(job: GanJob) -> list[Words]:
    files, fields = job.lessons, GanSettings.model_fields
    words = [
        ("train", "gan", *_cts(files.cases)),
        *_inputs(files.cases),
        ("--out", _path(str(job.out))),
        *_option("donors", files.donors, None),
        *(("--hold-out", patient) for patient in files.hold_out),
    ]
    for name, field in fields.items():
        words += _option(name, getattr(job.settings, name), field.default)
    return words


def _detector_words(job: DetectorJob) -> list[Words]:
    files, data = job.files, job.data
    words: list[Words] = [
        ("train", "detector", *_cts(files.cases)),
        *_inputs(files.cases),
        ("--out", _path(str(job.out))),
        *(("--set", _path(str(folder))) for folder in files.sets),
        *_option("donors", files.donors, None),
        *_option("model", files.model, None),
        *(("--validation", patient) for patient in files.validation),
        *(("--test", patient) for patient in files.test),
        *(("--hard-negatives", _path(str(folder))) for folder in files.hard_negatives),
    ]
    defaults = DataSettings.model_fields
    if data.methods != defaults["methods"].default:
        words.append(("--method", ",".join(_weighted(*item) for item in data.methods.items())))
    for name, option in _PAIRS.items():
        if getattr(data, name) != defaults[name].default:
            words.append((option, *map(_text, getattr(data, name))))
    for model, values in ((DataSettings, data), (DetectorSettings, job.settings)):
        for name, field in model.model_fields.items():
            if name not in ("methods", *_PAIRS):
                words += _option(name, getattr(values, name), field.default)
    return words


def _limit_words(job: LimitJob) -> list[Words]:
    grid = job.grid
    words: list[Words] = [
        ("limit-map", *_cts(job.cases)),
        *_inputs(job.cases),
        ("--out", _path(str(job.out))),
        *_option("donors", job.donors, None),
        *_option("model", job.model, None),
        *_option("reader", job.reader, None),
    ]
    defaults = LimitSettings.model_fields
    for name, option in _LISTS.items():
        values = getattr(grid, name)
        if values != defaults[name].default:
            listed = ",".join(map(_text, values)) or "none"
            words.append((f"{option}={listed}",))  # a list may begin with a minus
    for model, given in ((LimitSettings, grid), (HitRule, job.rule), (LimitDetector, job.search)):
        for name, field in model.model_fields.items():
            if name not in _LISTS:
                words += _option(name, getattr(given, name), field.default)
    return words


def _cts(cases: Sequence[CaseFiles]) -> Iterator[str]:
    if not cases:
        raise ParameterError(
            "there is no CT in a file to name in the command",
            remedy="Save the CT and the organ's mask as files",
        )
    return (_path(case.ct) for case in cases)


def _inputs(cases: Sequence[CaseFiles]) -> Iterator[Words]:
    """Options for masks and for how the CTs are read."""
    for case in cases:
        yield "--organ", _mask(case.organ, alone=len(cases) == 1)
    if any(case.lesions is not None for case in cases):
        for case in cases:
            yield "--lesions", _mask(case.lesions, alone=len(cases) == 1)
    if len(cases) > 1 or cases[0].patient is not None:
        for case in cases:
            yield "--patient", case.patient or ""
    for name in _SHARED:
        values = {getattr(case, name) for case in cases}
        if len(values) > 1:
            raise ParameterError(
                f"the CTs differ in {name!r}, and a command takes it once for all",
                remedy="Run a command for each CT",
            )
        yield from _option(name, values.pop(), CaseFiles.model_fields[name].default)


def _changed(settings: GenerateSettings) -> Iterator[Words]:
    """Options whose values are not the defaults."""
    fields = GenerateSettings.model_fields
    if settings.methods != fields["methods"].default:
        yield "--method", ",".join(_weighted(*item) for item in settings.methods.items())
    if settings.diameter_mm != fields["diameter_mm"].default:
        yield "--diameter", *map(_text, settings.diameter_mm)
    for name in ("n", "rim", "seed", "per_scene", "context_mm", "donors", "model", "volumes",
                 "workers", "scheduler"):  # fmt: skip
        yield from _option(name.removesuffix("_mm"), getattr(settings, name), fields[name].default)
    for method, values in settings.fixed.items():
        for name, value in values.items():
            yield "--set", f"{method}.{name}={_json(value)}"


def _option(name: str, value: Any, default: Any) -> Iterator[Words]:
    option = f"--{name.replace('_', '-')}"
    if value == default:
        return
    if value is True:
        yield (option,)
    elif value is False:
        yield (f"--no-{option[2:]}",)
    elif isinstance(value, PathLike):
        yield option, _path(fspath(value))
    else:
        yield option, _text(value)


def _mask(path: str | None, *, alone: bool) -> str:
    """A mask's file; braces in the only one would be taken for a pattern."""
    if path is None:
        return "none"
    doubled = path.replace("{", "{{").replace("}", "}}")
    return _path(doubled if alone and "{" in path else path)


def _path(path: str) -> str:
    """A path that is taken neither for an option nor for a word with a meaning."""
    return f"./{path}" if path.startswith("-") or path == "none" else path


def _weighted(method: str, weight: float) -> str:
    return method if weight == 1 else f"{method}:{_text(weight)}"


def _text(value: Any) -> str:
    """Whole numbers without their fraction, others with all their digits."""
    return repr(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _json(value: Any) -> str:
    """A value as the command line reads it: words as they are, unless JSON means something else."""
    if isinstance(value, str) and value == value.strip():
        try:
            json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value)
