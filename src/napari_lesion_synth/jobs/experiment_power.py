"""What an experiment can show, said before it begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.evaluation.statistics.power import plan_power
from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.events import Done, EventStream, Log, Started, StopToken
from napari_lesion_synth.jobs.experiment_cts import facts_of, planned_lesions, with_cts
from napari_lesion_synth.jobs.experiment_model import Experiment
from napari_lesion_synth.jobs.experiment_plan import read_plan

__all__ = ["plan_lesions", "power_words", "tell_power"]


def power_words(experiment: Experiment) -> str:
    """In sentences, one a line; the CTs have been looked at."""
    found = [
        (ct.patient, facts_of(experiment, ct.name).lesions)
        for fold in experiment.folds
        for ct in experiment.of(fold.test)
    ]
    return plan_power(_settings(experiment, found)).words()


def tell_power(given: Mapping[str, Any], token: StopToken, plan: Path | None = None) -> EventStream:
    """Say what can be seen with so many test lesions.

    Parameters
    ----------
    given : mapping
        Fields of `PowerSettings`; a lesion count of None is taken from the plan.
    token : StopToken
        Checked at each CT of one's own, which is looked at.
    plan : Path, optional
        A plan: its test lesions, its test CTs, its rate of false alarms, and the number of its
        arms take the place of those that are not given.

    Yields
    ------
    Event
        Started, Log (a sentence each), Done.

    Raises
    ------
    ParameterError
        If there is neither a plan nor a number of lesions.
    InputError
        If the plan cannot be used.
    """
    yield Started("power")
    asked = {name: value for name, value in given.items() if value is not None}
    if plan is not None:
        experiment = plan_lesions(plan)
        found = []
        for fold in experiment.folds:
            for ct in experiment.of(fold.test):
                token.check()
                found.append((ct.patient, planned_lesions(experiment, ct)))
        asked = {**_settings(experiment, found).model_dump(exclude_unset=True), **asked}
    if "lesions" not in asked:
        raise ParameterError(
            "it is not said how many lesions are tested on",
            remedy="Give a plan, or --lesions N",
        )
    answer = plan_power(PowerSettings.model_validate(asked))
    for line in answer.words().splitlines():
        yield Log(line)
    verdicts = {f"{aim.aim:g}": aim.verdict for aim in answer.aims}
    yield Done({"lesions": answer.settings.lesions, "against": verdicts})


def plan_lesions(path: Path) -> Experiment:
    """The experiment of a plan, of which nothing is written or simulated."""
    plan = read_plan(path)
    folder = path.expanduser().resolve().parent
    bare = Experiment(plan, folder, folder)
    cts, folds = with_cts(bare)
    return Experiment(plan, folder, folder, tuple(cts), folds)


def _settings(experiment: Experiment, found: Iterable[tuple[str, int]]) -> PowerSettings:
    """Test lesions and CTs of all folds together.

    Raises
    ------
    ParameterError
        If there is no test lesion.
    """
    of_patient: dict[str, int] = {}
    cts = 0
    for patient, lesions in found:
        of_patient[patient] = of_patient.get(patient, 0) + lesions
        cts += 1
    lesions = sum(of_patient.values())
    if not lesions:
        raise ParameterError(
            "no patient who tests has a lesion", remedy="Divide the patients otherwise"
        )
    return PowerSettings(
        lesions=lesions,
        lesions_per_patient=max(1.0, sum(n * n for n in of_patient.values()) / lesions),
        cts=cts,
        per=experiment.plan.counted_per,
        false_alarms=experiment.plan.rate,
        comparisons=max(1, len(experiment.plan.arms) - 1),
    )
