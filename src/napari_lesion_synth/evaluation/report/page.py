"""The page on an experiment, and the drawings on it."""

from __future__ import annotations

from collections.abc import Mapping

from napari_lesion_synth.dataset.report import Section, page
from napari_lesion_synth.evaluation.experiment.comparison import Comparison
from napari_lesion_synth.evaluation.report.arms import arms_section, differences_section
from napari_lesion_synth.evaluation.report.asked import (
    asked_section,
    goals_section,
    shown_section,
)
from napari_lesion_synth.evaluation.report.choice import chosen_arms
from napari_lesion_synth.evaluation.report.figure_words import at_rate
from napari_lesion_synth.evaluation.report.forest import forest, seed_dots
from napari_lesion_synth.evaluation.report.froc import froc_overlay, froc_panels
from napari_lesion_synth.evaluation.report.looks import (
    GROUPINGS,
    drawn_section,
    galleries,
    gallery_section,
    sham_section,
    strata_section,
)
from napari_lesion_synth.evaluation.report.means import cost_section, power_section
from napari_lesion_synth.evaluation.report.provenance import provenance_section
from napari_lesion_synth.evaluation.report.ratio import ratio_svg
from napari_lesion_synth.evaluation.report.shams import shams_svg
from napari_lesion_synth.evaluation.report.strata import strata_svg
from napari_lesion_synth.wording import counted

__all__ = ["DISCLAIMER", "experiment_figures", "experiment_page", "experiment_sections"]

DISCLAIMER = "For research; not a medical device."


def experiment_figures(comparison: Comparison) -> dict[str, str]:
    """Every drawing that there is something to draw for: ``<svg>`` elements by name."""
    if not comparison.arms or not comparison.lesions:
        return {}
    drawn = {
        "froc": froc_overlay(comparison, chosen_arms(comparison)),
        "froc_arms": froc_panels(comparison),
        "differences": forest(comparison),
        **{f"strata_{by}": strata_svg(comparison, by) for by in GROUPINGS},
        "ratio": ratio_svg(comparison),
        "trainings": seed_dots(comparison),
        "shams": shams_svg(comparison),
    }
    return {name: svg for name, svg in drawn.items() if svg}


def experiment_page(
    comparison: Comparison, figures: Mapping[str, str], pictures: Mapping[str, bytes]
) -> str:
    """One HTML page that refers to nothing outside itself.

    Parameters
    ----------
    comparison : Comparison
        All figures of the experiment.
    figures : mapping of str to str
        From `experiment_figures`.
    pictures : mapping of str to bytes
        PNG files named ``misses_ARM`` and ``false_alarms_ARM``; may be empty.

    Returns
    -------
    str
        Equal for equal arguments.
    """
    harvest = comparison.harvest
    late = "" if harvest.complete else "NOT FINISHED. "
    return page(
        comparison.plan.name,
        f"{late}{len(harvest.finished)} of {counted(harvest.planned, 'run')}; plan "
        f"{harvest.plan.key}.",
        experiment_sections(comparison, figures, pictures),
        DISCLAIMER,
    )


def experiment_sections(
    comparison: Comparison,
    figures: Mapping[str, str],
    pictures: Mapping[str, bytes],
) -> list[Section]:
    """What the page consists of, for pages of another kind.

    Parameters
    ----------
    comparison : Comparison
        All figures of the experiment.
    figures : mapping of str to str
        HTML of the drawings, by the names of `experiment_figures`.
    pictures : mapping of str to bytes
        As for `experiment_page`.
    """
    told = at_rate(comparison.plan.rate, comparison.harvest.per)
    sections = [
        asked_section(comparison),
        shown_section(comparison),
        goals_section(comparison),
        arms_section(comparison),
        differences_section(comparison),
        drawn_section(
            "Free-response curves",
            figures,
            {
                "froc": "The baseline beside the arms that the plan's goals name, or its first.",
                "froc_arms": "Every arm, with the baseline behind it.",
            },
        ),
        drawn_section(
            "Differences, drawn",
            figures,
            {"differences": f"Every arm less {comparison.plan.baseline}, {told}."},
        ),
        strata_section(comparison, figures),
        drawn_section("How many synthetic lesions", figures, {"ratio": "A sweep of their share."}),
        drawn_section(
            "From training to training", figures, {"trainings": f"Every training, {told}."}
        ),
        sham_section(comparison, figures),
        power_section(comparison),
        cost_section(comparison),
        gallery_section(galleries(comparison), pictures),
        provenance_section(comparison),
    ]
    return [section for section in sections if section is not None]
