"""The figures by which a set is judged, and what they are for real lesions."""

from __future__ import annotations

from dataclasses import dataclass

from napari_lesion_synth.intervals import Interval

__all__ = ["FIGURES", "Figure", "FigureSpec"]


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """What a figure means.

    Parameters
    ----------
    name, unit : str
        The unit is empty for pure numbers.
    description : str
        One sentence.
    """

    name: str
    unit: str
    description: str


FIGURES: tuple[FigureSpec, ...] = (
    FigureSpec("hu_wasserstein", "HU", "Wasserstein distance of the HU in the lesions."),
    FigureSpec("profile_rms", "HU", "RMS difference of the mean boundary profiles."),
    FigureSpec("profile_in_band", "", "Share of the profiles within 5 to 95 % of the real ones."),
    FigureSpec("mmd2", "", "Unbiased squared kernel discrepancy of the features."),
    FigureSpec("mmd_p", "", "P-value of that, by permutation of patients."),
    FigureSpec("auc_logistic", "", "AUC of a linear classifier, real against synthetic."),
    FigureSpec("auc_forest", "", "AUC of a forest, real against synthetic."),
    FigureSpec("density", "", "How densely the synthetic lesions lie around real ones."),
    FigureSpec("coverage", "", "Share of the real lesions with a synthetic one near them."),
    FigureSpec("diversity", "", "Spread of the synthetic lesions over that of real ones."),
    FigureSpec("memorised", "", "Share that is nearer to a training lesion than real ones are."),
    FigureSpec("zone_agreement", "", "Share that looks to lie in the zone asked for."),
    FigureSpec("checks_passed", "", "Share without fault in HU, seam, edge and label."),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one group.

    Parameters
    ----------
    value : float
        The figure.
    low, high : float or None
        Its 95 % confidence interval; None where there is none.
    reference : float or None
        What lesions like the real ones would reach; None where nothing is known.
    """

    value: float
    low: float | None = None
    high: float | None = None
    reference: float | None = None

    @classmethod
    def of(cls, interval: Interval, reference: float | None = None) -> Figure:
        """A figure with its interval."""
        return cls(interval.value, interval.low, interval.high, reference)
