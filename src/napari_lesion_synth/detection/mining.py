"""What the verifying net learns from: candidates that the first net finds in training CTs.

Where the first net is right they are lesions, and where it is wrong they are its hard negatives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.crops import candidate_crop
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.linking import Candidate, LinkSettings, link

__all__ = ["MINING", "Mined", "mine", "pooled", "truth_of"]

MINING = LinkSettings(lowest=0.03, most=60)
"""Many candidates, most of them faint: what they are is for the second net to say."""

_MOSTLY, _PARTLY = 0.5, 0.05
"""Shares of a candidate that lie in a lesion: the candidate is it; it is neither."""

_NEGATIVES_AT_HAND = 3
"""Places in the organ that are no candidates, and are shown as healthy: first nets find few."""

_COLDEST = 0.1
"""They are among this share of the healthy organ where the first net sees lesions everywhere."""

Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Mined:
    """Crops around candidates whose truth is known.

    Parameters
    ----------
    crops : ndarray of float16, shape (n, 6, ...)
        As `candidate_crop` makes them.
    lesion : ndarray of bool, shape (n,)
        The truth.
    score : ndarray of float32, shape (n,)
        What the first net gave: 0 to 1; NaN for crops that are no candidates.
    number : ndarray of int32, shape (n,)
        Label of the lesion; 0 where there is none.
    lesions : int
        Lesions that there were.
    """

    crops: NDArray[np.float16]
    lesion: NDArray[np.bool_]
    score: NDArray[np.float32]
    number: NDArray[np.int32]
    lesions: int

    def __len__(self) -> int:
        return len(self.lesion)

    @property
    def candidates(self) -> NDArray[np.bool_]:
        """Which crops are candidates of the first net."""
        return np.isfinite(self.score)


def mine(
    frame: Frame,
    heat: Field,
    labels: NDArray[np.integer],
    rng: np.random.Generator,
    healthy: Sequence[Triple] = (),
    *,
    strict: bool = False,
) -> Mined:
    """Candidates of one CT, with their truth.

    Lesions that the first net misses are taken too, since a later, luckier candidate is to be
    recognised; candidates that touch a lesion without being it are left out.

    Parameters
    ----------
    frame : Frame
        The CT with its lesions.
    heat : ndarray of float32, shape of the frame
        From the first net.
    labels : ndarray of int, shape of the frame
        0 where there is no lesion, k in lesion k.
    rng : numpy.random.Generator
        Draws places in healthy tissue.
    healthy : sequence of tuple of float
        Places in the frame that are known to be healthy: shams, findings that were rejected.
        Those on which a lesion has come to lie are left out.
    strict : bool
        Take candidates that touch a lesion without being it for false alarms, as a test does.

    Returns
    -------
    Mined
    """
    found = link(heat, frame, MINING)
    places: list[tuple[Triple, float, int]] = []
    for candidate in found:
        number = truth_of(candidate, labels)
        if number is not None or strict:
            places.append((candidate.center, candidate.score, number or 0))
    hit = {number for _, _, number in places if number}
    present = [int(k) for k in np.unique(labels) if k]
    places += [(_middle(labels == k), np.nan, k) for k in present if k not in hit]
    places += [(place, np.nan, 0) for place in healthy if not _at(labels, place)]
    places += [(place, np.nan, 0) for place in _random_places(frame, labels, heat, rng)]
    crops = [candidate_crop(frame, heat, place) for place, _, _ in places]
    return Mined(
        crops=np.stack(crops).astype(np.float16),
        lesion=np.array([number > 0 for _, _, number in places], bool),
        score=np.array([score for _, score, _ in places], np.float32),
        number=np.array([number for _, _, number in places], np.int32),
        lesions=len(present),
    )


def pooled(parts: Sequence[Mined]) -> Mined:
    """All crops of several CTs; lesions keep their numbers, which then repeat."""
    return Mined(
        crops=np.concatenate([p.crops for p in parts]),
        lesion=np.concatenate([p.lesion for p in parts]),
        score=np.concatenate([p.score for p in parts]),
        number=np.concatenate([p.number for p in parts]),
        lesions=sum(p.lesions for p in parts),
    )


def truth_of(candidate: Candidate, labels: NDArray[np.integer]) -> int | None:
    """The lesion that a candidate is; 0: none; None: it touches one and is neither.

    A candidate is the lesion that its centre lies in, or half of it. A smear over much of the
    organ is none, whatever it covers.

    Parameters
    ----------
    candidate : Candidate
        On the grid of the labels.
    labels : ndarray of int
        0 where there is no lesion, k in lesion k.
    """
    z, y, x = (round(i) for i in candidate.center)
    middle = int(labels[z, y, x])
    if middle:
        return middle
    inside = labels[candidate.box][candidate.region]
    sizes = np.bincount(inside)
    if len(sizes) == 1:
        return 0
    most = 1 + int(sizes[1:].argmax())
    share = sizes[most] / len(inside)
    if share >= _MOSTLY:
        return most
    return None if share >= _PARTLY else 0


def _at(labels: NDArray[np.integer], place: Triple) -> int:
    """The label at a place; 0 beyond the frame."""
    z, y, x = (round(i) for i in place)
    inside = all(0 <= i < n for i, n in zip((z, y, x), labels.shape, strict=True))
    return int(labels[z, y, x]) if inside else 0


def _middle(mask: NDArray[np.bool_]) -> Triple:
    z, y, x = (float(i) for i in ndimage.center_of_mass(mask))
    return z, y, x


def _random_places(
    frame: Frame, labels: NDArray[np.integer], heat: Field, rng: np.random.Generator
) -> list[Triple]:
    free = np.flatnonzero(frame.organ & (labels == 0))
    if not free.size:
        return []
    warm = heat.ravel()[free]
    cold = free[warm < MINING.lowest]
    free = cold if cold.size else free[warm <= np.quantile(warm, _COLDEST)]
    chosen = rng.choice(free, _NEGATIVES_AT_HAND)
    return [
        (float(z), float(y), float(x))
        for z, y, x in zip(*np.unravel_index(chosen, frame.shape), strict=True)
    ]
