"""What the columns of an experiment's tables mean; written beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["COLUMNS", "columns_of", "columns_text"]

_RUN = {
    "arm": "name of the arm",
    "fold": "number of the fold, from 0",
    "seed": "number of the training, from 0",
}
_ESTIMATE = {
    "value": "the figure, a mean over the arm's trainings",
    "low": "lower end of the 95 % interval for other patients and these trained detectors",
    "high": "its upper end",
    "low_with_trainings": "lower end of the 95 % interval for other patients and other trainings",
    "high_with_trainings": "its upper end",
}
_MEASURE = (
    "sensitivity@r: share of the lesions found at r false alarms per CT or slice at most; cpm: "
    "mean of those at 1/8, 1/4, 1/2, 1, 2, 4, 8; afroc: area under the AFROC curve"
)
_THRESHOLD = (
    "of the run, chosen on validation patients; empty: none was; inf: nothing is kept; -inf: all "
    "are"
)
_CT = {"patient": "pseudonym", "case": "name of the CT or slice"}
_PLACE = {
    "z": "voxel index along the axis of the body",
    "y": "voxel index, rows",
    "x": "voxel index, columns",
}

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "arms.csv": {
        "arm": "name of the arm",
        "measure": f"{_MEASURE}; ...@threshold: at the thresholds chosen on validation patients",
        "trainings": "trainings that count",
        "cts": "test CTs or slices",
        "patients": "test patients",
        "lesions": "test lesions that count",
        **_ESTIMATE,
        "low_exact": "lower end of the exact 95 % interval, were all lesions and false alarms "
        "independent (Clopper-Pearson, Garwood)",
        "high_exact": "its upper end",
        "spread": "standard deviation over trainings",
    },
    "trainings.csv": {
        "arm": "name of the arm",
        "seed": "number of the training, from 0",
        "sensitivity@r": "one column a rate r: share of the lesions found at r false alarms per "
        "CT or slice at most",
        "cpm": "mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4, 8",
        "afroc": "area under the AFROC curve",
        "end": "false alarms per CT or slice at which the curve ends, with all findings",
    },
    "differences.csv": {
        "arm": "name of the arm",
        "against": "the baseline, which is taken from it",
        "measure": _MEASURE,
        **_ESTIMATE,
        "p_patients": "permutation test: patients swapped between the two, on the seeds that both "
        "have; this and all that follows at the plan's rate alone",
        "smallest_p_patients": "smallest p that this test could have had",
        "p_adjusted": "p_patients adjusted for the number of comparisons (Holm)",
        "comparisons": "how many were planned",
        "p_trainings": "permutation test: trainings swapped between the two",
        "smallest_p_trainings": "smallest p that this test could have had",
        "both": "lesions found by both, by most of the trainings of each",
        "only_arm": "lesions found by the arm alone",
        "only_against": "lesions found by the baseline alone",
        "neither": "lesions found by none",
        "p_lesions": "McNemar's exact test, as if lesions were independent",
        "mid_p_lesions": "its mid-p value",
        "p_lesions_by_patient": "the same test where lesions of a patient go together",
        "shown": "gain, harm: interval and adjusted p agree; gain/harm by itself: the interval "
        "alone excludes zero; nothing shown: it holds zero; no interval; not finished",
    },
    "strata.csv": {
        "by": "what lesions are grouped by",
        "stratum": "which group",
        "planned": "whether the plan named this grouping",
        "lesions": "how many it holds",
        "patients": "in how many patients",
        "arm": "name of the arm",
        **_ESTIMATE,
        **{f"difference_{name}": f"less the baseline: {text}" for name, text in _ESTIMATE.items()},
    },
    "goals.csv": {
        "arm": "name of the arm",
        "against": "for a gain: over which arm",
        "rate": "false alarms per CT or slice, at most",
        "stratum": "among which lesions; empty: all",
        "goal": "sensitivity or gain to reach",
        "lesions": "among how many it was measured",
        **_ESTIMATE,
        "verdict": "reached, missed (by the figure), not measured, not finished",
        "interval_on_that_side": "whether the interval for other patients lies on the figure's "
        "side of the goal as a whole",
        "interval_above_zero": "of a gain: whether that interval lies above zero",
    },
    "froc_bands.csv": {
        "arm": "name of the arm",
        "rate": "false alarms per CT or slice, at most",
        "sensitivity": "mean over the trainings",
        "low": "lower end of the 95 % interval of this rate by itself, for other patients",
        "high": "its upper end",
        "reached": "whether any training has findings for this rate",
    },
    "froc_ARM.csv": {
        "arm": "name of the arm",
        "seed": "number of the training, from 0",
        "threshold": "findings of at least this score are kept; falls from row to row",
        "false_per_ct": "false alarms per CT or slice",
        "false_per_patient": "the same per patient",
        "false_per_lesion": "the same per lesion",
        "sensitivity": "share of the lesions found; holds until the next row",
        "ct_sensitivity": "share of the CTs with lesions in which at least one was found",
        "patient_sensitivity": "share of the patients with lesions of whom one was found",
    },
    "lesions.csv": {
        **_RUN,
        **_CT,
        "lesion": "its number in the CT",
        **_PLACE,
        "diameter_mm": "equivalent diameter in mm",
        "depth_mm": "of its centre below the capsule in mm",
        "contrast_hu": "mean above that of the organ around it in HU",
        "zone": "rim or interior",
        "score": "of the finding that hit it; empty: none did",
        "threshold": _THRESHOLD,
        "found": "whether the score reaches it",
    },
    "false_alarms.csv": {
        **_RUN,
        **_CT,
        "finding": "its number in the CT",
        **_PLACE,
        "diameter_mm": "equivalent diameter in mm",
        "zone": "rim or interior",
        "score": "of the finding",
        "threshold": _THRESHOLD,
        "above": "whether the score reaches it",
    },
    "shams.csv": {
        **_RUN,
        **_CT,
        "method": "by which the sham was put in",
        "zone": "rim or interior",
        "diameter_mm": "of the sham in mm",
        "sham": "highest score at the site with the sham; 0: no finding",
        "untouched": "highest score at the same site as it was; 0: no finding",
        "threshold": _THRESHOLD,
    },
    "cost.csv": {
        **_RUN,
        "part": "what the time was spent on",
        "shared": "made once a fold for several arms and trainings, and told for each",
        "cpu_hours": "of processors",
        "clock_hours": "on the clock",
    },
}
"""By file, then by column."""


def columns_of(name: str, rates: Iterable[str] = ()) -> list[str]:
    """Columns of a table, by its file's name.

    Parameters
    ----------
    name : str
        As in ``arms.csv``.
    rates : iterable of str
        Names of the columns that there are one a rate of.
    """
    columns = COLUMNS.get(name, COLUMNS["froc_ARM.csv"])
    return [each for key in columns for each in (rates if key == "sensitivity@r" else [key])]


def columns_text(name: str, rule: str, draws: int) -> str:
    """A page on all columns, in Markdown.

    Parameters
    ----------
    name : str
        Of the experiment.
    rule : str
        What a hit was.
    draws : int
        Seed of the bootstrap and of drawn permutations.
    """
    lines = [
        f"# Tables of the experiment: {name}",
        "",
        rule,
        "",
        f"Patients are drawn with the seed {draws}; the same runs give the same bytes.",
        "Empty cells are figures that do not exist.",
    ]
    for table, columns in COLUMNS.items():
        lines += ["", f"## {table}", "", "| column | meaning |", "|---|---|"]
        lines += [f"| {column} | {meaning} |" for column, meaning in columns.items()]
    return "\n".join(lines) + "\n"
