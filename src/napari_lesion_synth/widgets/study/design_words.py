"""Where a study stands before its first participant, and what its design asks for, in words."""

from __future__ import annotations

from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.layout import CONSENT
from napari_lesion_synth.perception.design.planned import Planned, attention_doubt, planned
from napari_lesion_synth.perception.design.settings import StudyDesign
from napari_lesion_synth.perception.design.study import Study
from napari_lesion_synth.perception.stimuli.photos import StimulusSet
from napari_lesion_synth.wording import counted

__all__ = ["budget_words", "judgements_of", "judgements_words", "standing_words"]


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
    """What the design asks for, in a sentence or two; a doubt about it in another."""
    each = planned(design, stimuli.categories)
    people = design.counts.participants
    text = (
        f"{counted(len(stimuli), 'photo')}. Each participant: {counted(each.trials, 'trial')}, of "
        f"them {counted(each.new, 'new judgement')}, {counted(each.repeats, 'hidden repeat')} and "
        f"{counted(each.catches, 'catch trial')}; before them "
        f"{counted(each.practice, 'practice trial')}. "
        f"{_all_together(people)}: {judgements_words(each, people)}."
    )
    doubt = attention_doubt(design, stimuli.categories)
    return f"{text}\n⚠ {doubt[:1].upper()}{doubt[1:]}." if doubt else text


def judgements_words(each: Planned, people: int) -> str:
    """How many judgements so many people give; the same words wherever it is said."""
    return (
        f"{counted(people * each.judgements, 'judgement')} ({people * each.new} new, "
        f"{counted(people * each.repeats, 'hidden repeat')})"
    )


def judgements_of(design: StudyDesign, stimuli: StimulusSet) -> int:
    """How many judgements all participants together give, checks and repeats left out."""
    return design.counts.participants * planned(design, stimuli.categories).new


def _all_together(people: int) -> str:
    return "In all" if people == 1 else f"All {people} together"
