"""Hidden repeats: a question that is asked again, as it was or with its sides swapped."""

from __future__ import annotations

from dataclasses import replace

from napari_lesion_synth.perception.design.trials import Trial
from napari_lesion_synth.perception.session.chooser import PLACE
from napari_lesion_synth.perception.session.situation import Situation
from napari_lesion_synth.perception.transforms.facts import mirrored_facts

__all__ = ["repeat_trial"]


def repeat_trial(situation: Situation, *, mirrored: bool) -> Trial | None:
    """A trial that was answered before, asked again.

    Parameters
    ----------
    situation : Situation
        What is known.
    mirrored : bool
        Whether left and right are swapped.

    Returns
    -------
    Trial or None
        None where nothing can be repeated: all was repeated already, was shown too recently, or
        belongs to another block's photos.
    """
    again = {trial.repeat_of for trial in situation.state.trials}
    allowed = set(situation.allowed)
    found = [
        trial
        for trial, _ in situation.state.judged
        if trial.repeat_of is None and trial.number not in again and allowed >= set(trial.stimuli)
    ]
    if situation.design.judgement.kind == "mixed":  # looking alone has no answer to compare
        found = [trial for trial in found if trial.kind != "view"]
    if mirrored:  # a rating has no sides
        found = [trial for trial in found if len(trial.stimuli) > 1] or found
    if not found or situation.slot is None:
        return None
    trial = found[int(situation.rng().integers(len(found)))]
    facts = {name: value for name, value in trial.facts.items() if name != PLACE}
    return replace(
        trial,
        number=situation.number,
        block=situation.slot.block,
        stimuli=trial.stimuli[::-1] if mirrored else trial.stimuli,
        repeat_of=trial.number,
        chosen_by="repeat",
        facts=mirrored_facts(facts) if mirrored else facts,
    )
