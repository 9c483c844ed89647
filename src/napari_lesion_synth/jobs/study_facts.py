"""What is known of a study for its text of methods."""

from __future__ import annotations

from typing import Any

from napari_lesion_synth.jobs.study_files import SCALE_JSON, read_result
from napari_lesion_synth.jobs.study_shared import agreement_of
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.export.figures import Figure
from napari_lesion_synth.perception.export.people import Cohort
from napari_lesion_synth.perception.export.quality import data_quality
from napari_lesion_synth.perception.export.reporting import MethodsFacts
from napari_lesion_synth.perception.ledger.study_log import AMENDED, study_records

__all__ = ["fresh_result", "methods_facts"]


def fresh_result(cohort: Cohort, name: str) -> dict[str, Any] | None:
    """A result that rests on the answers that there are now; else None."""
    found = read_result(cohort.study.folder, name)
    if found is None or found.get("answers_sha256") != cohort.sha256:
        return None
    return found


def methods_facts(cohort: Cohort) -> MethodsFacts:
    """Design, data quality, and the figures of the scaling where it is up to date.

    Raises
    ------
    InputError
        If the preregistration, a result or the study's own file is damaged.
    """
    study = cohort.study
    frozen = read_frozen(study.folder) if study.frozen else None
    scaled = fresh_result(cohort, SCALE_JSON)
    words, figures = "", tuple[Figure, ...]()
    if scaled is not None and scaled["groups"]:
        first = scaled["groups"][0]
        words = _scaling(scaled, first)
        figures = tuple(map(Figure.from_json, agreement_of(scaled["groups"])))
    return MethodsFacts(
        study,
        data_quality(cohort),
        "" if frozen is None else frozen.sha256,
        "" if frozen is None else frozen.frozen_utc,
        tuple(
            str(record["reason"])
            for record in study_records(study.folder)
            if record["kind"] == AMENDED
        ),
        words,
        figures,
    )


def _scaling(scaled: dict[str, Any], group: dict[str, Any]) -> str:
    """How answers became values."""
    anchors = str(group["anchors"])
    if group["kind"] in ("vas", "likert"):
        return (
            "Values and raters' biases and inconsistencies were estimated together, with "
            f"shrinkage. {anchors}"
        )
    if group["kind"] == "mixed":
        return f"{group['notes'][0]} {anchors}"
    model = scaled["settings"]["scaling"]["model"]
    name = {"thurstone": "Thurstone's case V", "bradley-terry": "Bradley-Terry"}[model]
    prior = "a prior from image features" if scaled["settings"]["features"] else "a normal prior"
    groups = len(scaled["groups"])
    apart = f" {groups} groups of answers were scaled apart." if groups > 1 else ""
    return (
        f"Utilities are maximum a posteriori estimates by {name} with {prior} and Laplace "
        f"intervals, from {group['answers']} first answers of {group['raters']} raters. "
        f"{anchors}{apart}"
    )
