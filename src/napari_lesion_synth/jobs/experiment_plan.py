"""The plan of an experiment as a file, and the folder that belongs to it alone."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan, plan_differences
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.project.faults import describe

__all__ = ["PLAN_YAML", "claim_folder", "read_plan"]

PLAN_YAML = "plan.yaml"
"""The plan as it was asked for, in the experiment's folder."""

_MOST = 5
_REMEDY = "Mend the file; the plans in examples/plans explain every key"


def read_plan(path: Path) -> ExperimentPlan:
    """Read a plan.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    ExperimentPlan
        With paths as they are written; they begin at the file's folder.

    Raises
    ------
    InputError
        If the file is missing or cannot be used; the message says what is wrong in which line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("there is no such plan", where=path, remedy="Check the path") from None
    except UnicodeDecodeError as error:
        raise InputError("this is no text, and no plan", where=path, remedy=_REMEDY) from error
    except OSError as error:
        raise InputError(
            f"the plan cannot be read ({error.strerror})", where=path, remedy="Give a YAML file"
        ) from error
    return _plan_of(text, path)


def claim_folder(out: Path, plan: ExperimentPlan, source: Path) -> None:
    """Write the plan into the experiment's folder; a folder that holds another one is refused.

    Parameters
    ----------
    out : Path
        The folder; is made if need be.
    plan : ExperimentPlan
        What is asked for.
    source : Path
        Its file, of which a copy is kept.

    Raises
    ------
    ParameterError
        If the folder holds another plan; the message says where they differ.
    InputError
        If the plan that it holds cannot be read.
    StorageError
        If it cannot be written.
    """
    kept = out / PLAN_YAML
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    if not kept.exists():
        write_atomic(kept, source.read_bytes(), durable=True)
        return
    differences = plan_differences(read_plan(kept), plan)
    if differences:
        more = f"; and {len(differences) - _MOST} more" if len(differences) > _MOST else ""
        raise ParameterError(
            f"this folder holds an experiment of another plan: {'; '.join(differences[:_MOST])}"
            f"{more}",
            where=out,
            remedy="Choose another folder, or go on with the plan that is there",
        )


def _plan_of(text: str, path: Path) -> ExperimentPlan:
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # a date that is none is a ValueError
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark is not None else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "damaged"
        raise InputError(
            f"this is not YAML{place}: {reason}", where=path, remedy=_REMEDY
        ) from error
    if not isinstance(content, dict):
        raise InputError("this is not a plan: it has no keys", where=path, remedy=_REMEDY)
    try:
        return ExperimentPlan.model_validate(content)
    except ValidationError as error:
        raise InputError(
            f"the plan cannot be used: {describe(error, text)}", where=path, remedy=_REMEDY
        ) from error
