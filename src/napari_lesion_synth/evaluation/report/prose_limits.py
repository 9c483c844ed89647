"""What an experiment does not show, in sentences."""

from __future__ import annotations

from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.report.figure_words import named
from napari_lesion_synth.evaluation.report.machines import way_of, ways_words
from napari_lesion_synth.evaluation.statistics.p_value import LEVEL

__all__ = ["limits"]

_FEWEST = 2
_STEPS = (
    "All arms were trained for the same number of steps. With more steps, or with more real "
    "lesions, they may rank otherwise."
)


def limits(comparison: Comparison) -> list[str]:
    """What cannot be concluded, a sentence or two each."""
    found = (
        _patients(comparison),
        _trainings(comparison),
        _machines(comparison),
        _division(comparison),
        _source(comparison),
        _comparisons(comparison),
        _thresholds(comparison),
        _STEPS,
    )
    return [each for each in found if each]


def _patients(comparison: Comparison) -> str:
    if not comparison.arms:
        return ""
    if comparison.patients < _FEWEST:
        return (
            "With one test patient there are no intervals: nothing can be concluded about other "
            "patients."
        )
    return (
        f"Intervals and p-values over patients speak of patients like these "
        f"{comparison.patients}, of whom {comparison.patients_with_lesions} have lesions that "
        "count, and of the trained detectors as they are. Lesions of one patient are no "
        "independent witnesses, and are drawn together."
    )


def _trainings(comparison: Comparison) -> str:
    counts = {arm.seeds for arm in comparison.arms}
    if not counts:
        return ""
    if counts == {1}:
        return (
            "Each arm was trained once: how much figures change from training to training is not "
            "known, and no test over trainings is possible. Differences may be those of two "
            "trainings, and not of two arms."
        )
    told = "Trainings differ in their seed alone; more of them do not stand for more patients."
    once = [arm.name for arm in comparison.arms if arm.seeds < _FEWEST]
    if once:
        told += f" Trained once, so that their spread is not known: {named(*once)}."
    tests = [each.trainings for each in comparison.differences if each.trainings is not None]
    smallest = min((test.smallest_p for test in tests), default=0.0)
    if smallest > LEVEL:
        told += (
            f" With so few, the test over trainings cannot come below p = {smallest:.2g}: by "
            "itself it can show nothing."
        )
    return told


def _machines(comparison: Comparison) -> str:
    """Whether what is compared was computed alike."""
    runs, baseline = comparison.harvest.runs, comparison.plan.baseline
    ways = ways_words(runs)
    if not ways:
        return ""
    beside = {(run.fold, run.seed): way_of(run) for run in runs if run.arm == baseline}
    mixed = dict.fromkeys(
        run.arm for run in runs if beside.get((run.fold, run.seed), way_of(run)) != way_of(run)
    )
    pairs = (
        f"Of {named(*mixed)}, trainings were computed otherwise than those of {named(baseline)} "
        "with the same seed: the difference between the two ways is part of their differences."
        if mixed
        else f"Trainings with the same seed as one of {named(baseline)} were computed as that one."
    )
    return f"Not all runs were computed in the same way ({ways}), and rounding differs. {pairs}"


def _division(comparison: Comparison) -> str:
    division = comparison.plan.division
    if division is not None and division.folds is not None:
        return (
            f"The patients were divided into {division.folds.k} folds by one draw; another draw "
            "would have given other trainings. Trainings of different folds share patients, which "
            "intervals take no account of."
        )
    return (
        "The patients were divided once: another choice of those to learn from would have given "
        "other detectors, by how much is not known."
    )


def _source(comparison: Comparison) -> str:
    data = comparison.plan.data
    if data.phantoms is not None:
        return (
            "All CTs are simulated, by one simulator, those to learn from as those to test on: "
            "nothing is shown of real patients."
        )
    where = "one archive of slices" if data.slices is not None else "one collection"
    return (
        f"All CTs come from {where}: nothing is shown of other hospitals, scanners, phases of "
        "contrast or kinds of lesion."
    )


def _comparisons(comparison: Comparison) -> str:
    n = comparison.family.size
    if not n:
        return ""
    rest = (
        "Nothing else is: neither other rates, nor strata, goals and shams. Among so many "
        "figures, some intervals exclude zero by chance."
    )
    if n == 1:
        return f"One comparison was planned, at one rate of false alarms, and it is tested. {rest}"
    return (
        f"{n} arms were to be compared with {named(comparison.plan.baseline)} at one rate of false "
        f"alarms; their p-values are adjusted for this number. {rest}"
    )


def _thresholds(comparison: Comparison) -> str:
    read_off = (
        "sensitivity at a rate of false alarms is read off the test curve, at the threshold that "
        "gives this rate there"
    )
    if comparison.arms and all(arm.operating is not None for arm in comparison.arms):
        return (
            f"A {read_off}. What thresholds did that were chosen beforehand, on other patients, "
            "stands in a table of its own."
        )
    return (
        f"A {read_off}. Not every arm has a threshold that was chosen beforehand on other "
        "patients, so what one would have done here is not known."
    )
