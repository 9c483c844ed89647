"""What the tab "Evaluate" shows, whatever it was read from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.jobs.evaluate_record import TestedCt
from napari_lesion_synth.widgets.detect.rows import Row

__all__ = ["Place", "ShownCurve", "ShownTable", "View", "stacked"]


@dataclass(frozen=True, slots=True)
class ShownCurve:
    """A free-response curve.

    Parameters
    ----------
    name : str
        Of the arm or the detector.
    rates, shares : tuple of float
        Its corners, to be joined by lines: false alarms, and share of the lesions found.
    band : tuple of (float, float, float)
        Rate with the ends of its interval; empty where there is none.
    points : tuple of (float, float)
        Of the seven rates, as far as the curve goes.
    bars : bool
        Whether the interval is known at these rates alone, and not between them.
    """

    name: str
    rates: tuple[float, ...]
    shares: tuple[float, ...]
    band: tuple[tuple[float, float, float], ...]
    points: tuple[tuple[float, float], ...]
    bars: bool = False


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A small table.

    Parameters
    ----------
    columns : tuple of str
        Their names.
    tips : tuple of str
        What they mean.
    rows : tuple of tuple of str
        Cells.
    """

    columns: tuple[str, ...]
    tips: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A missed lesion or a false alarm.

    Parameters
    ----------
    kind : str
        `rows.MISSED`, or the word of `Outcome.FALSE`.
    case : str
        Name of its CT.
    center : tuple of float
        Voxel (z, y, x).
    diameter_mm : float
        NaN where not known.
    zone : Zone or None
        Where it lies.
    score : float
        Of the false alarm; of a missed lesion the highest below the threshold, or NaN.
    words : str
        More, in a sentence.
    """

    kind: str
    case: str
    center: Triple
    diameter_mm: float
    zone: Zone | None
    score: float
    words: str

    @property
    def row(self) -> Row:
        """As it is marked on the canvas."""
        nan = float("nan")
        return Row(None, self.center, self.diameter_mm, nan, self.zone, truth=self.kind)


class View(ABC):
    """An evaluation or an experiment.

    Attributes
    ----------
    folder : Path
        Where it was read from.
    heading : str
        What it is, in a line or two.
    warning : str
        What has to be known before anything else; may be empty.
    rule, per : str
        What a hit was, in words; what false alarms are counted per.
    names : tuple of str
        Arms or detectors.
    drawn : tuple of str
        Those that are drawn at first.
    baseline : str
        With which the others are compared; empty where there is none.
    rates : mapping of str to (float or None)
        False alarms to choose from, by what they are called; None: a threshold.
    rate : str
        Which is chosen at first.
    claims, limits : tuple of str
        What is shown, and what has to be known of it; paragraphs.
    report : Path
        The page; it may not be there.
    """

    folder: Path
    heading: str
    warning: str
    rule: str
    per: str
    names: tuple[str, ...]
    drawn: tuple[str, ...]
    baseline: str
    rates: Mapping[str, float | None]
    rate: str
    claims: tuple[str, ...]
    limits: tuple[str, ...]
    report: Path

    @property
    def report_is_new(self) -> bool:
        """Whether the page is there, and none of its runs is newer."""
        return self.report.exists()

    @abstractmethod
    def curve(self, name: str) -> ShownCurve:
        """The curve of an arm."""

    @abstractmethod
    def arms(self, rate: float | None) -> ShownTable:
        """The arms beside one another."""

    @abstractmethod
    def strata(self, name: str, rate: float | None) -> ShownTable:
        """The lesions of an arm in groups."""

    @abstractmethod
    def places(self, name: str, rate: float | None) -> tuple[Place, ...]:
        """Misses first, then false alarms."""

    @abstractmethod
    def ct(self, case: str) -> TestedCt:
        """A CT, and where it can be read; without inputs where that is not known."""

    @abstractmethod
    def figure(self, names: Sequence[str]) -> bytes:
        """The curves as an SVG file."""

    @abstractmethod
    def tables(self) -> Mapping[str, str]:
        """Every table as CSV, by file name."""


def stacked(words: str) -> str:
    """A figure above its interval: docks are narrow."""
    return words.replace(" (", "\n(", 1)
