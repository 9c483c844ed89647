"""Where shams are put in a test CT: apart from one another and from what is a lesion."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.proposal import GAP_MM, propose_sites
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Box
from napari_lesion_synth.errors import (
    DonorError,
    LesionSynthWarning,
    ParameterError,
    SiteError,
)
from napari_lesion_synth.synthesis.components import place_in
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.sham import sham
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["shams_for"]

_DIAMETERS_MM = (5.0, 30.0)
"""Sizes of shams, small ones more often: those of the lesions that detectors learn from."""

_TRIES = 8
_SMALLER = 0.75
"""A sham that finds no room is tried again at this part of its size."""

_ROOM = 0.2
"""Free space around a sham, as a part of its diameter."""

_NEIGHBOURS = np.ones((3, 3, 3), bool)

Mask = NDArray[np.bool_]


def shams_for(
    case: Case,
    *,
    methods: Sequence[str],
    donors: Sequence[Donor] = (),
    statistics: LesionStatistics | None = None,
    model: GeneratorModel | None = None,
    n: int = 6,
    seed: int = 0,
) -> tuple[Sample, ...]:
    """Shams in a CT, none of which touches another one or a known lesion.

    They do not depend on the detector: those of one CT serve for all that are compared. A sham
    that happens to change nothing asks nothing, and is left out.

    Parameters
    ----------
    case : Case
        A CT that no detector has learnt from, with its organ.
    methods : sequence of str
        Methods of synthesis, which take turns, each at the rim and in the interior.
    donors : sequence of Donor
        Lesions whose shapes are cut out, for methods that transplant; of training patients.
    statistics : LesionStatistics, optional
        For methods that draw shapes; default: the literature's.
    model : GeneratorModel, optional
        For the method ``"cgan"``.
    n : int
        How many; fewer where there is no room.
    seed : int
        Same arguments and seed, same shams.

    Raises
    ------
    ParameterError
        If a method is unknown or lacks its donors or its generator, or a donor is of the same
        patient.
    InputError
        If the case has no organ.
    """
    _check(case, methods, donors, model)
    taken = np.zeros(case.volume.shape, bool) if case.lesions is None else case.lesions.copy()
    making = _Making(case, tuple(donors), statistics, model, np.random.default_rng(seed), taken, [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LesionSynthWarning)
        for number in range(n):
            turn, which = divmod(number, len(methods))
            zones = list(Zone)
            making.put(methods[which], zones if (turn + which) % 2 == 0 else zones[::-1])
    return tuple(making.found)


@dataclass(frozen=True, eq=False)
class _Making:
    """A CT while shams are put into it; `taken` is where no other may come to lie."""

    case: Case
    donors: tuple[Donor, ...]
    statistics: LesionStatistics | None
    model: GeneratorModel | None
    rng: np.random.Generator
    taken: Mask
    found: list[Sample]

    def put(self, method: str, zones: Sequence[Zone]) -> None:
        """One sham more; at another place or a smaller one where the first does not do."""
        if self.model is not None and get_method(method).needs_model:
            zones = [zone for zone in zones if zone in self.model.facts.zones]
        low, high = _DIAMETERS_MM
        size = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        for attempt in range(_TRIES):
            try:
                made = self._made(method, zones[attempt % len(zones)], size)
            except (DonorError, SiteError):
                size = max(low, _SMALLER * size)
                continue
            asks = (made.hu != self.case.volume.hu[made.bbox])[made.mask].any()
            if asks and not _touches(made, self.taken):
                self.taken[made.bbox] |= made.support | made.mask
                self.found.append(made)
                return

    def _made(self, method: str, zone: Zone, size: float) -> Sample:
        site = propose_sites(
            self.case,
            1,
            zone=zone,
            diameter_mm=size,
            gap_mm=GAP_MM + _ROOM * size,
            avoid=[each.recipe.site for each in self.found],
            seed=self.rng,
        )[0]
        like = None
        if get_method(method).needs_donor:
            like = draw_donors(self.donors, site, self.rng)[0]
        return sham(
            self.case, site, method=method, like=like, statistics=self.statistics,
            model=self.model, seed=int(self.rng.integers(2**32)),
        )  # fmt: skip


def _check(
    case: Case, methods: Sequence[str], donors: Sequence[Donor], model: GeneratorModel | None
) -> None:
    if not methods:
        raise ParameterError("shams are put in by a method, and none is named")
    for name in methods:
        method = get_method(name)
        if method.needs_donor and not donors:
            raise ParameterError(
                f"a sham of method {name!r} has the shape of a real lesion and none was given",
                remedy="Give donors of training patients, or leave the method out",
            )
        if method.needs_model and model is None:
            raise ParameterError(
                f"method {name!r} needs a trained generator and none was given",
                remedy="Give one, or leave the method out",
            )
    own = [donor.id for donor in donors if donor.patient == case.patient]
    if own:
        raise ParameterError(
            f"the donor {own[0]} is a lesion of {case.patient}, who is tested",
            remedy="Take the donors from training patients",
        )


def _touches(made: Sample, taken: Mask) -> bool:
    """Whether anything lies in what the sham changes, or next to it."""
    box = _wider(made.bbox, taken.shape)
    reach = np.zeros([side.stop - side.start for side in box], bool)
    reach[place_in(made.bbox, box)] = made.support | made.mask
    return bool((ndimage.binary_dilation(reach, _NEIGHBOURS) & taken[box]).any())


def _wider(box: Box, shape: Sequence[int]) -> Box:
    z, y, x = (
        slice(max(s.start - 1, 0), min(s.stop + 1, n)) for s, n in zip(box, shape, strict=True)
    )
    return z, y, x
