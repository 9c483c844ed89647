"""Whether a design can be carried out with the photos that are there."""

from __future__ import annotations

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import plan_slots
from napari_lesion_synth.perception.design.trials import TrialKind
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.wording import counted

__all__ = ["check_feasible", "photos_in", "pool_sizes", "shown_at_once"]


def shown_at_once(design: StudyDesign) -> int:
    """Photos in one trial; where kinds are mixed, at most."""
    kind = design.judgement.kind
    return {"paired": 2, "mixed": 2, "best-worst": design.judgement.per_screen}.get(kind, 1)


def photos_in(design: StudyDesign, kind: TrialKind) -> int:
    """Photos in a trial of a kind."""
    return {"pair": 2, "twoafc": 2, "best_worst": design.judgement.per_screen}.get(kind, 1)


def pool_sizes(design: StudyDesign, stimuli: StimulusSet) -> dict[str, int]:
    """Number of photos from which a trial is chosen, by category; one pool where all are mixed."""
    if design.order.blocks == "mixed":
        return {"": len(stimuli)}
    return {name: len(ids) for name, ids in stimuli.categories.items()}


def check_feasible(design: StudyDesign, stimuli: StimulusSet) -> None:
    """See that the photos suffice.

    Raises
    ------
    ParameterError
        If a pool has too few photos for one trial, for the spacing, or for the limit of
        exposures.
    """
    at_once, spacing = shown_at_once(design), design.order.spacing
    needed = at_once * (spacing + 1)
    for name, size in pool_sizes(design, stimuli).items():
        where = f"category {name!r}" if name else "the study"
        if size < at_once or size < 2:
            raise ParameterError(
                f"{where} has {counted(size, 'photo')}, and each trial shows {at_once}",
                remedy="Add photos, or change the judgement",
            )
        if size < needed:
            raise ParameterError(
                f"{where} has {size} photos; to keep {counted(spacing, 'trial')} between two "
                f"showings, {needed} are needed",
                remedy="Add photos, or lower the spacing",
            )
    _check_exposures(design, stimuli)


def _check_exposures(design: StudyDesign, stimuli: StimulusSet) -> None:
    most = design.order.most_exposures
    slots = plan_slots(design, stimuli.categories, 0)
    asked: dict[str, int] = {}
    for slot in slots:
        if slot.role in ("main", "repeat", "mirror"):
            asked[slot.category or ""] = asked.get(slot.category or "", 0) + 1
    for name, size in pool_sizes(design, stimuli).items():
        needed = asked.get(name, 0) * shown_at_once(design) / size
        if most is not None and needed > most:
            raise ParameterError(
                f"each of {size} photos would be seen {needed:.1f} times on average, and the "
                f"limit is {most}",
                remedy="Ask for fewer trials, or raise the limit",
            )
