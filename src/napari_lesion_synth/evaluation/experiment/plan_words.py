"""The plan of an experiment in plain words: patients, trainings, steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.plan import FOLD, ExperimentPlan
from napari_lesion_synth.evaluation.experiment.plan_data import Division
from napari_lesion_synth.wording import counted

__all__ = ["data_words", "training_words"]


def data_words(comparison: Comparison) -> str:
    """Which patients there are, how they were divided, and who tests."""
    plan, harvest = comparison.plan, comparison.harvest
    told = [_source(plan), _divided(plan.division), _folds(comparison)]
    if comparison.arms:
        healthy = sum(case.healthy for case in harvest.cases)
        without = f", of which {healthy} show no lesion" if healthy else ""
        told.append(
            f"Tested on {counted(len(harvest.cases), harvest.per)} of "
            f"{counted(comparison.patients, 'patient')}{without}, with "
            f"{counted(comparison.lesions, 'lesion')} in "
            f"{counted(comparison.patients_with_lesions, 'patient')}. Neither "
            "weights nor thresholds were chosen on them."
        )
    return " ".join(part for part in told if part)


def training_words(plan: ExperimentPlan) -> str:
    """What is the same in all arms, and what is made for them."""
    training = plan.training
    seeds = sorted({len(plan.seeds_of(arm)) for arm in plan.arms})
    times = f"{seeds[0]} to {seeds[-1]} times" if len(seeds) > 1 else counted(seeds[0], "time")
    examples = f"{counted(plan.mixture.batch, 'example')} a step"
    steps = f"{counted(training.steps, 'step')} of one net in 3-D, {examples}"
    if training.kind == "cascade":
        steps = (
            f"{counted(training.steps, 'step')} of the net that finds candidates in slices and "
            f"{training.verifier_steps} of the one that verifies each, {examples}"
        )
    arms = counted(len(plan.arms), "arm")
    told = [f"{arms}, each trained {times} a fold with the seeds 0, 1, ...; in every arm {steps}."]
    if any(arm.made or arm.data.get("methods") for arm in plan.arms):
        for what, which in (("generator", plan.generator), ("auto-encoder", plan.selector)):
            if which == FOLD:
                told.append(f"The {what}, where an arm needs one, is trained on the fold's own "
                            "training patients.")  # fmt: skip
            else:
                told.append(f"The {what}, where an arm needs one, is given: {which}.")
    if any(arm.made for arm in plan.arms):
        rim = f"{100 * plan.sets.rim:.0f} %"
        told.append(
            f"Sets of {counted(plan.sets.n, 'lesion')} are made once a fold, {rim} of them at the "
            "rim."
        )
    return " ".join(told)


def _source(plan: ExperimentPlan) -> str:
    data = plan.data
    if data.phantoms is not None:
        sides = data.phantoms
        return (
            f"Simulated CTs. To learn from: {counted(sides.train.patients, 'patient')} with "
            f"{counted(sides.train.lesions, 'lesion')} each; to choose weights and thresholds: "
            f"{counted(sides.choose.patients, 'patient')} with {sides.choose.lesions}; to test: "
            f"{counted(sides.test.patients, 'patient')} with {sides.test.lesions}."
        )
    if data.slices is not None:
        return "Single slices of real CTs, from one archive."
    assert data.cases is not None
    return f"{counted(len(data.cases), 'CT')} of the user's own."


def _divided(division: Division | None) -> str:
    if division is None:
        return ""
    if division.fixed is not None:
        fixed = division.fixed
        return (
            f"Divided once, by patient, with the seed {fixed.seed}: {fixed.train} patients with "
            f"lesions and the healthy ones of {fixed.hosts} of the others to learn from, "
            f"{fixed.choose} with lesions to choose weights and thresholds, all others to test."
        )
    if division.folds is not None:
        folds = division.folds
        return (
            f"Cross-validation by patient in {folds.k} folds (seed {folds.seed}): every patient "
            "is tested on once a seed, by detectors that learnt from others; "
            f"{folds.choose} of the others choose weights and thresholds."
        )
    assert division.named is not None
    return "Patients to test and to choose by are named in the plan."


def _folds(comparison: Comparison) -> str:
    """How many patients each fold had, as its runs say."""
    told = []
    for fold in comparison.harvest.folds:
        facts: Mapping[str, Any] = next(
            (run.facts for run in comparison.harvest.runs if run.fold == fold), {}
        )
        counts = [facts.get(name) for name in ("train", "choose", "test")]
        if all(isinstance(names, list) for names in counts):
            train, choose, test = (len(names) for names in counts if names is not None)
            told.append(f"fold {fold}: {train} to learn from, {choose} to choose, {test} to test")
    return f"Patients of {'; '.join(told)}." if told else ""
