"""How good a net is on patients it has not learnt from: by which the best weights are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import nn

from napari_lesion_synth.detection.calibration import logit
from napari_lesion_synth.detection.candidates import logits_of
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.linking import link
from napari_lesion_synth.detection.mining import MINING, Mined, truth_of
from napari_lesion_synth.detection.net_learner import SCORE
from napari_lesion_synth.training.device import Compute

__all__ = ["CandidateExam", "Question", "VerifierExam", "average_precision", "sensitivity_at"]

HeatOf = Callable[[nn.Module, Frame], NDArray[np.float32]]
"""What a net makes of a frame."""

_BATCH = 32


@dataclass(frozen=True, eq=False)
class Question:
    """A CT whose lesions are known.

    Parameters
    ----------
    frame : Frame
        The CT.
    labels : ndarray of int, shape of the frame
        0 where there is no lesion, k in lesion k.
    """

    frame: Frame
    labels: NDArray[np.integer]


class CandidateExam:
    """Measures the candidates that a net finds; a `net_learner.Validate`.

    Parameters
    ----------
    questions : sequence of Question
        CTs of patients that the net has not seen.
    heat_of : callable
        What the net makes of a frame.
    """

    def __init__(self, questions: Sequence[Question], heat_of: HeatOf) -> None:
        self._questions, self._heat_of = questions, heat_of

    def __call__(self, net: nn.Module) -> Mapping[str, float]:
        """Average precision (`SCORE`), and sensitivity at one false alarm a CT."""
        scores: list[float] = []
        lesions: list[int] = []
        total = 0
        for question in self._questions:
            for candidate in link(self._heat_of(net, question.frame), question.frame, MINING):
                number = truth_of(candidate, question.labels)
                scores.append(candidate.score)
                lesions.append(total + number if number else 0)
            total += int(question.labels.max(initial=0))
        count = sum(int(np.unique(q.labels[q.labels > 0]).size) for q in self._questions)
        return _told(scores, lesions, count, len(self._questions))


class VerifierExam:
    """Measures both nets together on mined candidates; a `net_learner.Validate`.

    Parameters
    ----------
    parts : sequence of Mined
        One a CT, of patients that no net has seen.
    compute : Compute
        How to compute.
    """

    def __init__(self, parts: Sequence[Mined], compute: Compute) -> None:
        self._parts, self._compute = parts, compute

    def __call__(self, net: nn.Module) -> Mapping[str, float]:
        """Average precision (`SCORE`), and sensitivity at one false alarm a CT."""
        scores: list[float] = []
        lesions: list[int] = []
        total = 0
        for part in self._parts:
            rows = part.candidates
            second = self.logits(net, part)
            scores += (logit(part.score[rows]) + second).tolist()
            lesions += np.where(part.lesion[rows], total + part.number[rows], 0).tolist()
            total += int(part.number.max(initial=0))
        return _told(scores, lesions, sum(p.lesions for p in self._parts), len(self._parts))

    def logits(self, net: nn.Module, part: Mined) -> NDArray[np.float64]:
        """What the net gives for the candidates of one CT."""
        crops = part.crops[part.candidates].astype(np.float32)
        if not len(crops):
            return np.zeros(0)
        batches = np.array_split(crops, max(1, -(-len(crops) // _BATCH)))
        found = [logits_of(net, batch, self._compute).reshape(-1) for batch in batches]
        return np.concatenate(found).astype(np.float64)


def average_precision(scores: ArrayLike, lesions: ArrayLike, count: int) -> float:
    """Mean over all lesions of the precision at which each is found; 0 for those that are not.

    Further candidates on a lesion that was found count neither way.

    Parameters
    ----------
    scores : array, shape (n,)
        Of the candidates.
    lesions : array of int, shape (n,)
        Which lesion each is; 0: none.
    count : int
        Lesions that there are.
    """
    hits, alarms = _running(scores, lesions)
    new = np.diff(hits, prepend=0) > 0
    return float((hits[new] / (hits[new] + alarms[new])).sum() / count) if count else 0.0


def sensitivity_at(scores: ArrayLike, lesions: ArrayLike, count: int, alarms: float) -> float:
    """Share of the lesions found with at most so many false alarms in all."""
    hits, wrong = _running(scores, lesions)
    allowed = hits[wrong <= alarms]
    return float(allowed.max(initial=0) / count) if count else 0.0


def _running(scores: ArrayLike, lesions: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lesions found and false alarms so far, down the list of candidates."""
    order = np.argsort(-np.asarray(scores, float), kind="stable")
    numbers = np.asarray(lesions, int)[order]
    _, first = np.unique(numbers, return_index=True)
    new = np.zeros(len(numbers), bool)
    new[first] = True
    hits: NDArray[np.int64] = np.cumsum(new & (numbers > 0))
    return hits, np.cumsum(numbers == 0)


def _told(
    scores: Sequence[float], lesions: Sequence[int], count: int, cts: int
) -> Mapping[str, float]:
    return {
        SCORE: average_precision(scores, lesions, count),
        "sensitivity@1": sensitivity_at(scores, lesions, count, cts),
    }
