"""What is on the participant's screen, and why, in words for the operator."""

from __future__ import annotations

from napari_lesion_synth.jobs.study_mixed import COST, GAIN, RATES
from napari_lesion_synth.perception.design.trials import Trial, TrialKind

__all__ = ["asked_words"]

_KINDS: dict[TrialKind, str] = {
    "pair": "pair",
    "vas": "rating",
    "likert": "rating",
    "best_worst": "best and worst",
    "view": "looking",
    "twoafc": "original or changed",
}
_ACTIONS = {"pair": "pair", "re-rate": "rating", "new photo": "new photo", "gaze": "looking"}


def asked_words(trial: Trial) -> str:
    """A question in a line; where kinds were weighed, with their bits a second.

    Parameters
    ----------
    trial : Trial
        On the screen.
    """
    photos, why = ", ".join(trial.stimuli), trial.catch or trial.chosen_by
    head = f"Question {trial.number + 1}: {_KINDS[trial.kind]}, {photos}"
    if RATES not in trial.facts or trial.chosen_by != "gain":
        return f"{head} ({why})"
    bits, seconds = trial.facts[GAIN], trial.facts[COST]
    rates = sorted(trial.facts[RATES].items(), key=lambda each: -each[1])
    told = ", ".join(f"{_ACTIONS.get(name, name)} {rate:.3f}" for name, rate in rates)
    return (
        f"{head} (gain: {bits:.2f} bits in {seconds:g} s). Bits a second, the best of each kind: "
        f"{told}"
    )
