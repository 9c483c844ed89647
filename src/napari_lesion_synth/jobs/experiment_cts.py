"""The CTs of an experiment: which there are, and files of those that are made or unpacked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.cases import phantom
from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.experiment.division import Fold, divide_patients
from napari_lesion_synth.evaluation.experiment.plan import ExperimentPlan
from napari_lesion_synth.evaluation.experiment.plan_data import PhantomData
from napari_lesion_synth.files import write_atomic, writing
from napari_lesion_synth.jobs.experiment_model import Experiment, PlannedCt, open_ct
from napari_lesion_synth.jobs.experiment_slices import (
    slice_arrays,
    slice_case,
    slice_owners,
    usable_slices,
)
from napari_lesion_synth.jobs.settings import CaseFiles, plain_name

__all__ = [
    "CtFacts",
    "facts_of",
    "make_cts",
    "missing_cts",
    "planned_lesions",
    "simulated_inputs",
    "with_cts",
]

_CTS = "cts"
_NEIGHBOURS = np.ones((3, 3, 3))


@dataclass(frozen=True, slots=True)
class CtFacts:
    """What is known of a CT that has been looked at.

    Parameters
    ----------
    sha256 : str
        `Volume.sha256`.
    lesions : int
        Those that do not touch.
    slices : int
        Of the CT.
    """

    sha256: str
    lesions: int
    slices: int


def with_cts(experiment: Experiment) -> tuple[list[PlannedCt], tuple[Fold, ...]]:
    """The CTs of a plan, and the division of their patients; nothing is written or simulated.

    Raises
    ------
    ParameterError
        If there are fewer patients than the plan asks for.
    InputError
        If an archive cannot be used.
    """
    plan, source = experiment.plan, experiment.plan.data.absolute(experiment.base)
    folder = experiment.prepared / _CTS
    if source.phantoms is not None:
        cts = [
            _written(folder, f"phantom-{seed}", f"phantom-{seed}", ill=lesions > 0)
            for seed, lesions in _phantoms(source.phantoms)
        ]
        return cts, (_phantom_fold(source.phantoms),)
    if source.slices is not None:
        cts = [
            _written(folder, each.name, each.patient, ill=each.ill)
            for each in usable_slices(source.slices)
        ]
        known = slice_owners(source.slices)
    else:
        assert source.cases is not None
        cts = _own(source.cases)
        known = {}
        for ct in cts:
            known[ct.patient] = known.get(ct.patient, False) or ct.files.lesions is not None
    return cts, _divided(plan, cts, known)


def _divided(
    plan: ExperimentPlan, cts: Sequence[PlannedCt], known: dict[str, bool]
) -> tuple[Fold, ...]:
    """Folds of the patients who have a CT left; drawn among all."""
    assert plan.division is not None
    ill = [name for name, has in known.items() if has]
    well = [name for name, has in known.items() if not has]
    here = {ct.patient for ct in cts}

    def left(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if name in here)

    return tuple(
        Fold(fold.number, left(fold.train), left(fold.choose), left(fold.test))
        for fold in divide_patients(plan.division, ill, well)
    )


def missing_cts(experiment: Experiment) -> list[tuple[str, ...]]:
    """Names of the CTs that have not been looked at, in groups that are made together."""
    missing = [ct.name for ct in experiment.cts if not _facts_path(experiment, ct.name).exists()]
    if experiment.plan.data.slices is not None:
        return [tuple(missing)] if missing else []
    return [(name,) for name in missing]


def make_cts(experiment: Experiment, names: Sequence[str]) -> Sequence[str]:
    """Make or unpack CTs as files, and look at each; those that are there are passed over.

    Parameters
    ----------
    experiment : Experiment
        Whose.
    names : sequence of str
        Which.

    Returns
    -------
    sequence of str
        The same names.

    Raises
    ------
    LesionSynthError
        If a CT cannot be read, or a file cannot be written.
    """
    chosen = set(names)
    folder = experiment.prepared / _CTS
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    simulated = experiment.plan.data.phantoms is not None
    for name, case in _made(experiment, chosen):
        _write(folder, name, case, simulated=simulated)
    for ct in experiment.cts:
        path = _facts_path(experiment, ct.name)
        if ct.name in chosen and not path.exists():
            write_atomic(path, (json.dumps(_look(ct)) + "\n").encode(), durable=True)
    return names


def facts_of(experiment: Experiment, name: str) -> CtFacts:
    """What is known of a CT that has been looked at.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    path = _facts_path(experiment, name)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return CtFacts(str(data["sha256"]), int(data["lesions"]), int(data["slices"]))
    except (OSError, ValueError, KeyError, TypeError) as cause:
        raise InputError(
            f"what was noted of the CT {name} cannot be read ({cause})",
            where=path,
            remedy="Delete the file and run the experiment again",
        ) from cause


def planned_lesions(experiment: Experiment, ct: PlannedCt) -> int:
    """Lesions of a CT that has not been looked at: as asked for, counted, or read.

    Raises
    ------
    LesionSynthError
        If a CT of one's own cannot be read.
    """
    source = experiment.plan.data.absolute(experiment.base)
    if source.phantoms is not None:
        return {f"phantom-{seed}": n for seed, n in _phantoms(source.phantoms)}[ct.name]
    if source.slices is not None:
        rows = {each.name: each.row for each in usable_slices(source.slices)}
        return _count(slice_arrays(source.slices.file)["tumor"][rows[ct.name]][None])
    if ct.files.lesions is None:
        return 0
    lesions = open_ct(ct).lesions
    assert lesions is not None
    return _count(lesions)


def simulated_inputs(plan: ExperimentPlan, name: str) -> dict[str, Any]:
    """From what a simulated CT of the plan is made again, for `reread_case`.

    Parameters
    ----------
    plan : ExperimentPlan
        The plan.
    name : str
        Of the CT.

    Returns
    -------
    dict
        Empty where the plan simulates no such CT.
    """
    asked = plan.data.phantoms
    if asked is None:
        return {}
    for seed, lesions in _phantoms(asked):
        if f"phantom-{seed}" == name:
            made = {"seed": seed, "lesions": lesions, "spacing": list(asked.spacing)}
            return {"phantom": {**made, **asked.options}}
    return {}


def _count(lesions: NDArray[Any]) -> int:
    """Lesions that do not touch."""
    return int(ndimage.label(lesions, _NEIGHBOURS)[1])


def _facts_path(experiment: Experiment, name: str) -> Path:
    return experiment.prepared / _CTS / f"{name}.facts.json"


def _look(ct: PlannedCt) -> dict[str, Any]:
    case = open_ct(ct)
    assert case.lesions is not None
    return {
        "patient": ct.patient,
        "sha256": case.volume.sha256,
        "lesions": _count(case.lesions),
        "slices": case.volume.shape[0],
    }


def _written(folder: Path, name: str, patient: str, *, ill: bool) -> PlannedCt:
    """A CT whose files are the experiment's own."""
    ct, organ, lesions = (str(path) for path in _paths(folder, name))
    files = CaseFiles(
        ct=ct, organ=organ, lesions=lesions if ill else None, patient=patient, units="hu"
    )
    return PlannedCt(name, patient, files)


def _paths(folder: Path, name: str) -> tuple[Path, Path, Path]:
    a, b, c = (folder / f"{name}{part}.nii.gz" for part in ("", "_organ", "_lesions"))
    return a, b, c


def _write(folder: Path, name: str, case: Case, *, simulated: bool) -> None:
    ct, organ, lesions = _paths(folder, name)
    write_volume(ct, case.volume, synthetic=simulated)
    write_mask(organ, case.require_organ().mask, case.volume)
    if case.lesions is not None and case.lesions.any():
        write_mask(lesions, case.lesions, case.volume)


def _made(experiment: Experiment, names: set[str]) -> Iterator[tuple[str, Case]]:
    """Those of the CTs that are not files yet."""
    source = experiment.plan.data.absolute(experiment.base)
    if source.phantoms is not None:
        for seed, lesions in _phantoms(source.phantoms):
            if f"phantom-{seed}" in names:
                asked = source.phantoms
                yield (
                    f"phantom-{seed}",
                    phantom(seed=seed, lesions=lesions, spacing=asked.spacing, **asked.options),
                )
    elif source.slices is not None:
        for each in usable_slices(source.slices):
            if each.name in names:
                yield each.name, slice_case(source.slices, each)


def _phantoms(asked: PhantomData) -> list[tuple[int, int]]:
    """Seed and lesions of each simulated patient."""
    sides = (asked.train, asked.choose, asked.test)
    return [(seed, side.lesions) for side in sides for seed in side.seeds]


def _phantom_fold(asked: PhantomData) -> Fold:
    train, choose, test = (
        tuple(sorted(f"phantom-{seed}" for seed in side.seeds))
        for side in (asked.train, asked.choose, asked.test)
    )
    return Fold(0, train, choose, test)


def _own(cases: Sequence[Any]) -> list[PlannedCt]:
    """CTs of the user, named after their patients."""
    found: list[PlannedCt] = []
    for each in cases:
        files = CaseFiles(**each.model_dump(exclude={"healthy"}))
        name, number = plain_name(each.patient), 1
        taken = {ct.name for ct in found}
        while (name if number == 1 else f"{name}-{number}") in taken:
            number += 1
        found.append(PlannedCt(name if number == 1 else f"{name}-{number}", each.patient, files))
    return found
