"""How good a study's data are: attention, completeness, display, gaze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from napari_lesion_synth.intervals import Interval, wilson
from napari_lesion_synth.perception.design.trials import Answer, Trial
from napari_lesion_synth.perception.export.people import Cohort, Person
from napari_lesion_synth.perception.ledger.records import CALIBRATED
from napari_lesion_synth.perception.ledger.replay import clock_jumps
from napari_lesion_synth.perception.session.gaze_record import frames_of

__all__ = ["DataQuality", "GazeFigures", "data_quality"]

Asked = tuple[Trial, Answer]


@dataclass(frozen=True, slots=True)
class GazeFigures:
    """Gaze of one source.

    Parameters
    ----------
    source : str
        What recorded it.
    trials : int
        With gaze, among the judgements.
    accuracy_deg, rms_s2s_deg, data_loss : float or None
        Means over trials; None where not known.
    worst_deg : float or None
        Accuracy of the worst trial.
    validations : int
        How many there were.
    """

    source: str
    trials: int
    accuracy_deg: float | None
    worst_deg: float | None
    rms_s2s_deg: float | None
    data_loss: float | None
    validations: int


@dataclass(frozen=True)
class DataQuality:
    """Figures of a study's data.

    Parameters
    ----------
    participants, used, finished : int
        Who has begun, whose answers count, who has no question left.
    simulated : bool
        Whether all are simulated.
    left_out : dict of str to int
        Reasons, and how many.
    judgements, repeats, practice : int
        Answers of those whose answers count; judgements include repeats.
    catch : Interval or None
        Share of catch trials passed, by all who answered some, with Wilson's interval.
    catch_trials : int
        How many catch trials.
    response_s : tuple of float or None
        Quartiles of the response times of judgements.
    marks : dict of str to int
        What happened in trials, and how often.
    clock_jumps : int
        How often the time of day was set while the program ran.
    longest_frame_ms : float or None
        Longest time between two frames of the display, where recorded.
    late_frames : int
        Frames that came late, in all judgements.
    gaze : tuple of GazeFigures
        By source.
    """

    participants: int
    used: int
    finished: int
    simulated: bool
    left_out: dict[str, int]
    judgements: int
    repeats: int
    practice: int
    catch: Interval | None
    catch_trials: int
    response_s: tuple[float, float, float] | None
    marks: dict[str, int]
    clock_jumps: int
    longest_frame_ms: float | None
    late_frames: int
    gaze: tuple[GazeFigures, ...]


def data_quality(cohort: Cohort) -> DataQuality:
    """The figures of a study's data."""
    used = cohort.used
    asked = [pair for person in used for pair in person.answered]
    judged = [pair for pair in asked if pair[0].counts]
    passed = sum(person.catch.passed for person in cohort.people)
    catches = sum(person.catch.total for person in cohort.people)
    times = [answer.response_time_s for _, answer in judged]
    frames = [frames_of(answer.shown) for _, answer in judged]
    return DataQuality(
        participants=len(cohort.people),
        used=len(used),
        finished=sum(person.finished for person in cohort.people),
        simulated=cohort.simulated,
        left_out=dict(Counter(cohort.left_out.values())),
        judgements=len(judged),
        repeats=sum(trial.repeat_of is not None for trial, _ in judged),
        practice=sum(trial.practice for trial, _ in asked),
        catch=wilson(passed, catches) if catches else None,
        catch_trials=catches,
        response_s=_quartiles(times),
        marks=dict(Counter(mark for _, answer in judged for mark in answer.marks)),
        clock_jumps=sum(len(clock_jumps(person.records)) for person in used),
        longest_frame_ms=max((ms for ms, _ in frames if ms is not None), default=None),
        late_frames=sum(late or 0 for _, late in frames),
        gaze=tuple(_gaze(used, judged, source) for source in cohort.gaze_sources),
    )


def _quartiles(times: Sequence[float]) -> tuple[float, float, float] | None:
    if not times:
        return None
    low, middle, high = np.quantile(times, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)


def _gaze(used: Sequence[Person], judged: Sequence[Asked], source: str) -> GazeFigures:
    own = [answer for _, answer in judged if answer.gaze_source == source]
    accuracy = _known(answer.quality.get("accuracy_deg") for answer in own)
    validations = sum(record["kind"] == CALIBRATED for person in used for record in person.records)
    return GazeFigures(
        source,
        len(own),
        _mean(accuracy),
        max(accuracy, default=None),
        _mean(_known(answer.quality.get("rms_s2s_deg") for answer in own)),
        _mean(_known(answer.quality.get("data_loss") for answer in own)),
        validations,
    )


def _known(values: Iterable[Any]) -> list[float]:
    return [float(v) for v in values if isinstance(v, int | float) and np.isfinite(v)]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
