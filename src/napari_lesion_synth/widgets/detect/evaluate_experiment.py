"""An experiment, finished or not, for the tab "Evaluate"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from napari_lesion_synth.errors import LesionSynthError
from napari_lesion_synth.evaluation.drawing import svg
from napari_lesion_synth.evaluation.drawing.froc_axes import rate_name
from napari_lesion_synth.evaluation.experiment.arm_figures import BAND_RATES, ArmFigures
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.experiment.gallery import false_alarms, misses
from napari_lesion_synth.evaluation.experiment.measures import rate_key
from napari_lesion_synth.evaluation.experiment.run_result import RUNS
from napari_lesion_synth.evaluation.froc import RATES
from napari_lesion_synth.evaluation.matching import Outcome
from napari_lesion_synth.evaluation.report.choice import chosen_arms
from napari_lesion_synth.evaluation.report.figure_words import (
    NONE,
    difference_words,
    figure_words,
    p_cell,
)
from napari_lesion_synth.evaluation.report.froc import froc_overlay
from napari_lesion_synth.evaluation.report.prose import prose, unfinished
from napari_lesion_synth.evaluation.report.prose_limits import limits
from napari_lesion_synth.evaluation.report.tables import experiment_tables
from napari_lesion_synth.jobs.evaluate_record import TestedCt
from napari_lesion_synth.jobs.experiment_cts import facts_of, simulated_inputs, with_cts
from napari_lesion_synth.jobs.experiment_model import Experiment
from napari_lesion_synth.jobs.experiment_report import REPORT_HTML
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.detect.evaluate_view import (
    Place,
    ShownCurve,
    ShownTable,
    View,
    stacked,
)
from napari_lesion_synth.widgets.detect.rows import MISSED, score_text
from napari_lesion_synth.wording import counted

__all__ = ["ExperimentView"]

_CTS = "cts"
_PATIENTS = "95 % intervals, patients drawn again, the trained detectors as they are"


class ExperimentView(View):
    """Arms on the same CTs.

    Parameters
    ----------
    folder : Path
        Of the experiment.
    comparison : Comparison
        Of its runs so far; with one arm at least.
    """

    def __init__(self, folder: Path, comparison: Comparison) -> None:
        harvest, plan = comparison.harvest, comparison.plan
        self.folder, self._comparison = folder, comparison
        self.names = tuple(arm.name for arm in comparison.arms)
        self.baseline = plan.baseline if plan.baseline in self.names else ""
        self.drawn = (*([self.baseline] if self.baseline else []), *chosen_arms(comparison))
        self.per, self.rule = harvest.per, comparison.rule
        lead = f"Experiment “{plan.name}”"
        runs = f"{len(harvest.finished)} of {counted(harvest.planned, 'run')}"
        self.heading = (
            f"{lead}: {'finished' if harvest.complete else 'NOT FINISHED'}, {runs}; "
            f"{counted(comparison.lesions, 'test lesion')} of "
            f"{counted(comparison.patients, 'patient')}."
        )
        self.warning = unfinished(comparison)
        self.rates = {rate_name(rate): rate for rate in comparison.measures.rates}
        self.rate = rate_name(plan.rate)
        self.claims = tuple(prose(comparison))
        self.limits = tuple(limits(comparison))
        self.report = folder / REPORT_HTML

    @property
    def report_is_new(self) -> bool:
        """Whether the page is there, and no run is newer."""
        try:
            made = self.report.stat().st_mtime_ns
            return all(
                path.stat().st_mtime_ns <= made for path in (self.folder / RUNS).glob("*.json")
            )
        except OSError:
            return False

    def curve(self, name: str) -> ShownCurve:
        """The mean of the arm's trainings, as far as one of them goes."""
        arm = self._comparison.by_name[name]
        end = min(arm.end, RATES[-1])
        shown = [
            (rate, each)
            for rate, each in zip(BAND_RATES, arm.band, strict=True)
            if rate <= end + 1e-9 and math.isfinite(each.value)
        ]
        return ShownCurve(
            name,
            tuple(rate for rate, _ in shown),
            tuple(each.value for _, each in shown),
            tuple(
                (rate, each.low, each.high)
                for rate, each in shown
                if each.low is not None and each.high is not None
            ),
            tuple((rate, each.value) for rate, each in shown if rate in RATES),
        )

    def arms(self, rate: float | None) -> ShownTable:
        """Each arm's sensitivity, and how far it is from the baseline's."""
        comparison = self._comparison
        asked = comparison.plan.rate if rate is None else rate
        differences = {each.arm: each for each in comparison.differences}
        rows = []
        for arm in comparison.arms:
            each = differences.get(arm.name)
            beside, p = NONE, NONE
            if each is not None:
                beside = difference_words(each.estimates[rate_key(asked)].patients)
                if asked == comparison.plan.rate:
                    p = p_cell(comparison.family[arm.name].adjusted)
            share = figure_words(arm.at(asked).patients)
            rows.append((_named(arm), stacked(share), stacked(beside), p))
        at = f"false alarms per {self.per}"
        found = f"Share of the lesions found at {rate_name(asked)} {at}, mean over trainings"
        tested = (
            f"Permutation test over patients at {rate_name(comparison.plan.rate)} {at}, adjusted "
            f"for {counted(comparison.family.size, 'comparison')} (Holm)"
        )
        return ShownTable(
            ("Arm", "Found", f"Less {comparison.plan.baseline}", "p adj."),
            (
                "The arm, and how often it was trained",
                f"{found}; {_PATIENTS}",
                f"Less the baseline's, on the same patients; {_PATIENTS}",
                tested,
            ),
            tuple(rows),
        )

    def strata(self, name: str, rate: float | None) -> ShownTable:
        """At the plan's rate, whatever rate is looked at."""
        del rate
        plan = self._comparison.plan
        rows = []
        for each in self._comparison.strata:
            found = figure_words(each.arms[name].patients)
            beside = each.differences.get(name)
            told = NONE if beside is None else difference_words(beside.patients)
            star = "" if each.planned else " °"
            group = f"{each.by}{star}\n{each.name}"
            rows.append((group, str(each.lesions), stacked(found), stacked(told)))
        at = f"at {rate_name(plan.rate)} false alarms per {self.per}, the plan's rate"
        return ShownTable(
            ("Lesions", "n", "Found", f"Less {plan.baseline}"),
            (
                "What lesions are grouped by; ° not asked for by the plan",
                "Lesions in the group",
                f"Share of them found {at}; all false alarms count; {_PATIENTS}",
                "Less the baseline's; not adjusted for how many groups there are",
            ),
            tuple(rows),
        )

    def places(self, name: str, rate: float | None) -> tuple[Place, ...]:
        """What no training of the arm found; and false alarms, those of most trainings first."""
        arm = self._comparison.by_name[name]
        asked = self._comparison.plan.rate if rate is None else rate
        return (*_missed(arm, asked), *_false(arm, asked))

    def ct(self, case: str) -> TestedCt:
        """One that the experiment made or unpacked, the user's own, or one to simulate again."""
        made = self.folder / "prepared" / _CTS / f"{case}.nii.gz"
        experiment = Experiment(self._comparison.plan, self.folder, self.folder)
        files = _prepared(made) if made.exists() else self._own(case)
        plan = self._comparison.plan
        inputs = simulated_inputs(plan, case) if files is None else files.inputs()
        try:
            sha256 = facts_of(experiment, case).sha256
        except LesionSynthError:  # nothing was noted of it: known by its name alone
            sha256 = ""
        patient = next((c.patient for c in self._comparison.harvest.cases if c.case == case), case)
        return TestedCt(case, patient, sha256, inputs)

    def _own(self, case: str) -> CaseFiles | None:
        """Paths of a plan begin at its file, which is likely to have lain beside the folder."""
        plan = self._comparison.plan
        if plan.data.cases is None:
            return None
        for base in (self.folder.parent, self.folder):
            try:
                cts, _ = with_cts(Experiment(plan, self.folder, base))
            except LesionSynthError:
                continue
            for ct in cts:
                if ct.name == case and Path(ct.files.ct).exists():
                    return ct.files
        return None

    def figure(self, names: Sequence[str]) -> bytes:
        """As in the report; the baseline is always there."""
        return svg.free_standing(froc_overlay(self._comparison, names or self.drawn))

    def tables(self) -> Mapping[str, str]:
        """As in the report."""
        return experiment_tables(self._comparison)


def _named(arm: ArmFigures) -> str:
    return f"{arm.name}\n{counted(arm.seeds, 'training')}"


def _prepared(ct: Path) -> CaseFiles:
    stem = ct.name.removesuffix(".nii.gz")
    organ, lesions = (ct.with_name(f"{stem}_{what}.nii.gz") for what in ("organ", "lesions"))
    files = CaseFiles(ct=str(ct), organ=str(organ) if organ.exists() else None, units="hu")
    return files.model_copy(update={"lesions": str(lesions)}) if lesions.exists() else files


def _missed(arm: ArmFigures, rate: float) -> Iterator[Place]:
    for miss in misses(arm, rate):
        z, y, x = (float(i) for i in miss.lesion.center)
        below = (
            "" if math.isnan(miss.nearest) else f"; the nearest score is {score_text(miss.nearest)}"
        )
        words = (
            f"A lesion of {miss.lesion.diameter_mm:.1f} mm in {miss.case} that no training of "
            f"{arm.name} found{below}"
        )
        yield Place(
            MISSED, miss.case, (z, y, x), miss.lesion.diameter_mm, miss.lesion.zone,
            miss.nearest, words,
        )  # fmt: skip


def _false(arm: ArmFigures, rate: float) -> Iterator[Place]:
    for each in false_alarms(arm, rate):
        words = (
            f"In {each.case}, by {len(each.trainings)} of {counted(arm.seeds, 'training')}, "
            f"highest score {score_text(each.score)}"
        )
        yield Place(
            Outcome.FALSE.value, each.case, each.center, each.diameter_mm, each.zone, each.score,
            words,
        )  # fmt: skip
