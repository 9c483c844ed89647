"""Where a study stands before its first participant, and what its design asks for, in words."""

from __future__ import annotations

from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.layout import CONSENT
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.slots import plan_slots
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.wording import counted

__all__ = ["budget_words", "judgements_of", "standing_words"]


def standing_words(study: Study) -> str:
    """Where a study stands."""
    people = counted(len(study.codes), "participant")
    if study.frozen:
        frozen = read_frozen(study.folder)
        half = len(frozen.sha256) // 2  # a word of 64 letters would be cut off
        return (
            f"Frozen {frozen.frozen_utc[:16].replace('T', ' ')} UTC; {people} so far. SHA-256 of "
            f"the preregistration:\n{frozen.sha256[:half]}\n{frozen.sha256[half:]}"
        )
    return (
        f"Not frozen; {people} so far. Read the consent texts in the folder “{CONSENT}” and have "
        "them approved, then freeze the design."
    )


def budget_words(design: StudyDesign, stimuli: StimulusSet) -> str:
    """What the design asks for, in a sentence."""
    slots = plan_slots(design, stimuli.categories, 0)
    roles = [slot.role for slot in slots]
    checks = roles.count("catch")
    repeats = roles.count("repeat") + roles.count("mirror")
    per_person = counted(len(slots) - roles.count("practice"), "trial")
    return (
        f"{counted(len(stimuli), 'photo')}. Each participant: {per_person}, of them "
        f"{counted(checks, 'catch trial')} and {counted(repeats, 'hidden repeat')}; practice "
        f"{roles.count('practice')}. All {design.counts.participants} together: "
        f"{judgements_of(design, stimuli)} new judgements."
    )


def judgements_of(design: StudyDesign, stimuli: StimulusSet) -> int:
    """How many judgements all participants together give, checks and repeats left out."""
    slots = plan_slots(design, stimuli.categories, 0)
    return design.counts.participants * sum(slot.role == "main" for slot in slots)
