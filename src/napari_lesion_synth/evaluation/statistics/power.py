"""What an experiment can show, worked out before it is run.

With few test lesions most gains cannot be seen, however many trainings are made: trainings do
not add lesions. So before hours are spent, this says how often a gain would come out significant,
how large a gain must be, how many lesions it takes, and how wide the intervals will be.

Lesions of one patient are alike, and count for less than as many lesions of as many patients:
their number is divided by the design effect, ``1 + (lesions per patient - 1) * icc`` [1]_. The
arms of one experiment look for the same lesions, so their comparison is paired. It hinges on how
far the arms disagree beyond the gain, which nobody knows beforehand: in the best case the better
arm finds all that the baseline does, in the worst it misses as much of that as the two
sensitivities allow. The worst is worse than chance; two detectors that learnt from the same
lesions are closer to the best.

All this is of one training an arm. The mean of several varies less from lesion to lesion, by how
much is not known beforehand either.

References
----------
.. [1] L. Kish, "Survey sampling", 1965.
"""

from __future__ import annotations

import math

from napari_lesion_synth.evaluation.statistics.power_answer import (
    Aim,
    Outlook,
    PowerAnswer,
    Verdict,
)
from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.evaluation.statistics.precision import rate_half_width, share_half_width
from napari_lesion_synth.evaluation.statistics.sample_size import (
    PairedTest,
    most_lost,
    paired_lesions,
    paired_power,
    unpaired_lesions,
    unpaired_power,
)

__all__ = ["Aim", "Outlook", "PowerAnswer", "PowerSettings", "plan_power"]

_TOSS_UP = 0.5
"""Power below which a gain is more likely to be overlooked than seen."""

_STEPS = 200
"""Steps from 0 to 1 in which the smallest gain is looked for."""


def plan_power(settings: PowerSettings) -> PowerAnswer:
    """Say what an experiment of this size can show.

    Parameters
    ----------
    settings : PowerSettings
        Test lesions, and what is assumed of them.

    Returns
    -------
    PowerAnswer
        Its `words` are what to print before a run.
    """
    test = PairedTest.of(settings.level_each, settings.effective, settings.test)
    false = None
    if settings.cts is not None:
        false = rate_half_width(settings.false_alarms, settings.cts / settings.dispersion)
    return PowerAnswer(
        settings,
        tuple(_aim(settings, aim, test) for aim in settings.aims),
        _smallest(settings, test),
        share_half_width(settings.baseline, settings.effective),
        false,
    )


def _aim(settings: PowerSettings, aim: float, test: PairedTest) -> Aim:
    power = _power(settings, aim, test)
    return Aim(
        aim,
        power,
        _lesions(settings, aim),
        share_half_width(aim, settings.effective),
        _verdict(power, settings.power),
    )


def _power(settings: PowerSettings, aim: float, test: PairedTest) -> Outlook:
    n, base = settings.effective, settings.baseline
    best, worst, assumed = _lost(settings, aim)
    return Outlook(
        paired_power(n, base, aim, best, test),
        paired_power(n, base, aim, worst, test),
        None if assumed is None else paired_power(n, base, aim, assumed, test),
        unpaired_power(n, base, aim, settings.level_each),
    )


def _lesions(settings: PowerSettings, aim: float) -> Outlook:
    base, level, power = settings.baseline, settings.level_each, settings.power

    def paired(lost: float) -> int:
        return whole(paired_lesions(base, aim, lost, level, power, settings.test))

    def whole(independent: int) -> int:
        return math.ceil(independent * settings.design_effect - 1e-9)

    best, worst, assumed = _lost(settings, aim)
    return Outlook(
        paired(best),
        paired(worst),
        None if assumed is None else paired(assumed),
        whole(unpaired_lesions(base, aim, level, power)),
    )


def _lost(settings: PowerSettings, aim: float) -> tuple[float, float, float | None]:
    """Share of the lesions lost in the best case, in the worst, and as assumed."""
    most = most_lost(settings.baseline, aim)
    return 0.0, most, None if settings.lost is None else min(settings.lost, most)


def _verdict(power: Outlook, asked: float) -> Verdict:
    cases = (power.worst, power.best) if power.assumed is None else (power.assumed,)
    powers = [case for case in cases if case is not None]
    if min(powers) >= asked:
        return "can be seen"
    if max(powers) >= asked:
        return "may be seen"
    return "cannot be seen reliably" if max(powers) >= _TOSS_UP else "cannot be seen"


def _smallest(settings: PowerSettings, test: PairedTest) -> Outlook:
    grid = [step / _STEPS for step in range(1, _STEPS + 1) if step / _STEPS > settings.baseline]
    powers = [_power(settings, aim, test) for aim in grid]

    def first(of: list[float | None]) -> float | None:
        """The aim from which on all reach the power asked for."""
        smallest = None
        for aim, power in zip(reversed(grid), reversed(of), strict=True):
            if power is None or power < settings.power:
                break
            smallest = aim
        return smallest

    return Outlook(
        first([power.best for power in powers]),
        first([power.worst for power in powers]),
        first([power.assumed for power in powers]),
        first([power.unpaired for power in powers]),
    )
