"""What an experiment of a given size can show, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from napari_lesion_synth.evaluation.statistics.power_settings import PowerSettings
from napari_lesion_synth.wording import counted

__all__ = ["Aim", "Outlook", "PowerAnswer", "Verdict"]

Verdict = Literal["can be seen", "may be seen", "cannot be seen reliably", "cannot be seen"]

_TESTS = {"exact": "McNemar's exact test", "mid-p": "McNemar's test, mid-p"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """One quantity under the assumptions that can be made.

    Parameters
    ----------
    best, worst : float or None
        Both arms on the same lesions: the better one finds all that the baseline does, and
        misses as much of it as it can.
    assumed : float or None
        The same with the share that was assumed to be lost; None where none was.
    unpaired : float or None
        Either arm on as many lesions of its own.
    """

    best: float | None
    worst: float | None
    assumed: float | None
    unpaired: float | None


@dataclass(frozen=True, slots=True)
class Aim:
    """A gain that one hopes for.

    Parameters
    ----------
    aim : float
        Sensitivity.
    power : Outlook
        How often it would come out significantly better than the baseline.
    lesions : Outlook
        How many test lesions it takes for the power asked for, design effect included.
    half_width : float
        Of the interval of this sensitivity.
    verdict : str
        Whether the power asked for is reached: as assumed, or however much the arms disagree;
        only where they agree well; not even then, but one half is; or not even that.
    """

    aim: float
    power: Outlook
    lesions: Outlook
    half_width: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PowerAnswer:
    """What can be seen.

    Parameters
    ----------
    settings : PowerSettings
        What was assumed.
    aims : tuple of Aim
        In the order in which they were given.
    smallest : Outlook
        Smallest sensitivity above the baseline that can be seen, as all greater ones can; None
        where not even 1 can.
    half_width : float
        Of the interval of the baseline's sensitivity.
    false_half_width : float or None
        Of the interval of false alarms per CT; None where no CTs were given.
    """

    settings: PowerSettings
    aims: tuple[Aim, ...]
    smallest: Outlook
    half_width: float
    false_half_width: float | None

    def words(self) -> str:
        """The answer in sentences, a line each; the first says what can be seen."""
        asked = self.settings
        seen = "; ".join(self._verdict(aim) for aim in self.aims)
        return "\n".join(
            [
                f"With {counted(asked.lesions, 'test lesion')}, {seen}.",
                *(self._takes(aim) for aim in self.aims),
                self._smallest(),
                *self._widths(),
                *self._basis(),
            ]
        )

    def _verdict(self, aim: Aim) -> str:
        of = aim.power
        low, high = sorted(power for power in (of.best, of.worst) if power is not None)
        power = _span(low, high, None, _power)
        if of.assumed is not None and power != _power(of.assumed):
            power = f"{_power(of.assumed)}; {power} is possible"
        return f"{self._pair(aim)} {aim.verdict} (power {power})"

    def _pair(self, aim: Aim) -> str:
        return f"{_share(self.settings.baseline)} against {_share(aim.aim)}"

    def _takes(self, aim: Aim) -> str:
        of = aim.lesions
        takes = _span(of.best, of.worst, of.assumed, _whole)
        return (
            f"{self._pair(aim)} takes {takes} test lesions for a power of "
            f"{_power(self.settings.power)}. Were either arm tested on lesions of its own, it "
            f"would take {_whole(of.unpaired)} for each, and the power would be "
            f"{_power(aim.power.unpaired)}."
        )

    def _smallest(self) -> str:
        base, power = _share(self.settings.baseline), _power(self.settings.power)
        best, worst, assumed = self.smallest.best, self.smallest.worst, self.smallest.assumed
        if best is None:
            return f"No gain from {base} can be seen with a power of {power}, not even one to 1."
        cases = f"{_share(best)} in the best case, "
        cases += "none in the worst" if worst is None else f"{_share(worst)} in the worst"
        if self.settings.lost is not None:
            given = "none as assumed" if assumed is None else f"{_share(assumed)} as assumed"
            cases = f"{given} ({cases})"
        return f"The smallest gain from {base} seen with a power of {power}: to {cases}."

    def _widths(self) -> list[str]:
        asked = self.settings
        pairs = [(asked.baseline, self.half_width), *((a.aim, a.half_width) for a in self.aims)]
        each = ", ".join(f"{_share(share)} ± {half:.2f}" for share, half in pairs)
        lines = [f"Sensitivities will be known to about {each} (95 % intervals)."]
        if asked.cts is not None and self.false_half_width is not None:
            unit = "CT" if asked.per == "ct" else asked.per
            lines.append(
                f"{asked.false_alarms:g} false alarms per {unit} over {counted(asked.cts, unit)} "
                f"will be known to about ± {self.false_half_width:.2g}."
            )
        return lines

    def _basis(self) -> list[str]:
        """What it rests on."""
        asked = self.settings
        level = f"level {asked.level:g}"
        if asked.comparisons > 1:
            level += f" over {asked.comparisons} comparisons ({asked.level_each:.2g} each)"
        lines = [f"{_TESTS[asked.test]}, both arms on the same lesions, two-sided {level}."]
        if asked.design_effect > 1:
            lines.append(
                f"Lesions of one patient are alike ({asked.lesions_per_patient:g} a patient, "
                f"intraclass correlation {asked.icc:g}): {asked.lesions} count as "
                f"{asked.effective}."
            )
        if asked.lost is not None:
            lines.append(
                f"Assumed: {_share(asked.lost)} of all lesions are found by the baseline and "
                "missed by the better arm. The span in brackets reaches over all that is possible:"
            )
        else:
            lines.append("Spans reach over all ways in which the arms may disagree:")
        lines[-1] += (
            " in the best case the better arm finds all that the baseline does, in the worst it "
            "misses as much of it as it can."
        )
        lines.append("More trainings do not add lesions.")
        return lines


def _share(value: float) -> str:
    """Two digits after the point, or three where there are three."""
    return f"{value:.3f}".removesuffix("0")


def _power(value: float | None) -> str:
    if value is None:
        return "none"
    return "above 0.99" if value >= 0.995 else f"{value:.2f}"


def _whole(value: float | None) -> str:
    return "none" if value is None else f"{value:.0f}"


def _span(
    first: float | None,
    last: float | None,
    assumed: float | None,
    told: Callable[[float | None], str],
) -> str:
    """From the one case to the other, behind what was assumed."""
    span = told(first) if told(first) == told(last) else f"{told(first)} to {told(last)}"
    return span if assumed is None else f"{told(assumed)} ({span})"
