"""One lesion of a detection-limit map: its contrast set to what was asked for.

The contrast is the mean over the lesion's labelled voxels, against the tissue that would be
there without it. That is what a region drawn around the whole lesion measures, and it means the
same for every method: of lesions with one nominal contrast those of Poisson blending were found
to be a third fainter by this measure than those of the sigmoid model, whose edges are sharper.

A lesion is made, measured, and made again with its method's own parameter (`delta_hu`, or the
factor on the donor's contrast) changed by what was missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.errors import DonorError, LesionSynthError, SiteError
from napari_lesion_synth.evaluation.limits.design import PlannedLesion
from napari_lesion_synth.evaluation.limits.settings import LimitSettings
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.statistics import LesionStatistics
from napari_lesion_synth.synthesis.touching import touching

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["LesionMaker", "LimitMaterials", "surface_of"]

GAIN = (0.1, 4.0)
"""Factors on a donor's contrast that the method takes."""

FAINT = (0.1, 0.3)
"""Factors so small that the donor's own noise does not have to be smoothed away."""

DELTA_HU = (-300.0, 600.0)

_EXACT_HU = 0.5
_ROUNDS = 6
_OUTLINES_TRIED = 8
_DONORS_TRIED = 4

Made = tuple[Sample, float]
"""A lesion, and its contrast."""


@dataclass(frozen=True, eq=False)
class LimitMaterials:
    """What the lesions are made from, besides the CT.

    Parameters
    ----------
    donors : tuple of Donor
        For methods that transplant.
    contrasts : mapping of str to float
        HU of each donor's body above its parenchyma, by id.
    statistics : LesionStatistics or None
        From which outlines and textures are drawn; None: the literature's.
    model : GeneratorModel or None
        For methods that are learnt.
    """

    donors: tuple[Donor, ...] = ()
    contrasts: Mapping[str, float] = field(default_factory=dict)
    statistics: LesionStatistics | None = None
    model: GeneratorModel | None = None


@dataclass(frozen=True, eq=False)
class LesionMaker:
    """Makes the lesions of one method in one CT.

    At one place a lesion is the same at every contrast: its outline, its texture and its donor
    do not change with it, as long as one donor serves for all.

    Parameters
    ----------
    case : Case
        The CT.
    method : str
        The method.
    materials : LimitMaterials
        What the lesions are made from.
    settings : LimitSettings
        The grid.
    """

    case: Case
    method: str
    materials: LimitMaterials
    settings: LimitSettings

    def make(self, planned: PlannedLesion, others: Sequence[Sample] = ()) -> Made:
        """Make a lesion.

        Its outline is drawn anew as long as it does not lie at the asked depth, or runs into
        another one.

        Parameters
        ----------
        planned : PlannedLesion
            The place, the size and the contrast.
        others : sequence of Sample
            Lesions that are in the CT already.

        Raises
        ------
        SiteError, DonorError
            If it cannot be made so; the message says why.
        """
        band = self.settings.band(planned.spot.band)
        problem = SiteError("none of its outlines lies at this depth")
        for attempt in range(_OUTLINES_TRIED):
            words = [self.settings.seed, planned.spot.number, attempt]
            rng = np.random.default_rng(np.random.SeedSequence(words))
            sample, contrast = self._of_contrast(planned, rng)
            if not band.holds(surface_of(self.case, sample)):
                continue
            if not any(touching(sample, other) for other in others):
                return sample, contrast
            problem = SiteError("it would run into another lesion of the copy")
        raise problem

    def _of_contrast(self, planned: PlannedLesion, rng: np.random.Generator) -> Made:
        seed, wanted = int(rng.integers(2**32)), planned.contrast_hu
        if not get_method(self.method).needs_donor:
            return self._drawn(wanted, lambda value: self._render(planned, seed, delta_hu=value))
        problem: LesionSynthError = DonorError("there are no donors")
        for donor in self._donors(planned, rng)[:_DONORS_TRIED]:

            def render(value: float, donor: Donor = donor) -> Sample:
                return self._render(planned, seed, donor=donor, contrast_gain=value)

            try:
                return self._transplanted(wanted, render)
            except (DonorError, SiteError) as error:
                problem = error
        raise problem

    def _render(self, planned: PlannedLesion, seed: int, **params: Any) -> Sample:
        sample = synthesize(
            self.case,
            planned.spot.site,
            method=self.method,
            seed=seed,
            statistics=self.materials.statistics,
            model=self.materials.model,
            **params,
        )
        if not sample.mask.any():
            raise SiteError("it fills no voxel by half")
        return sample

    def _drawn(self, wanted: float, render: Callable[[float], Sample]) -> Made:
        """Of methods that add to the host: what they add is the contrast."""
        return self._set(wanted, wanted, 0.0, DELTA_HU, render)

    def _transplanted(self, wanted: float, render: Callable[[float], Sample]) -> Made:
        """Of methods that replace the host: what comes with the donor is the contrast.

        The rest of the change, which a donor without contrast would bring too, is not the
        lesion: the surroundings are continued in place of the host's own noise and vessels.
        """
        faint, less_faint = (self._change(render(gain)) for gain in FAINT)
        each = (less_faint - faint) / (FAINT[1] - FAINT[0])
        if not each * wanted > 0:
            raise DonorError("nothing is left of the donor's contrast")
        return self._set(wanted, wanted / each, faint - FAINT[0] * each, GAIN, render)

    def _set(
        self,
        wanted: float,
        first: float,
        without: float,
        limits: tuple[float, float],
        render: Callable[[float], Sample],
    ) -> Made:
        """Make the lesion again and again until its contrast is as wanted.

        Parameters
        ----------
        wanted : float
            HU.
        first : float
            Value of the method's parameter to begin with.
        without : float
            Change of HU that is not the lesion's.
        limits : tuple of float
            Range of the parameter.
        render : callable
            Makes the lesion from a value of the parameter.
        """
        known: list[tuple[float, float]] = []
        value = first
        for _ in range(_ROUNDS):
            if not limits[0] <= value <= limits[1]:
                break
            sample = render(value)
            contrast = self._change(sample) - without
            if abs(contrast - wanted) <= _EXACT_HU:
                return sample, contrast
            known.append((value, contrast))
            value = _next(known, wanted)
        raise DonorError(f"{self.method} cannot make it of {wanted:g} HU here")

    def _change(self, sample: Sample) -> float:
        before = self.case.volume.hu[sample.bbox][sample.mask]
        return float(sample.hu[sample.mask].mean(dtype=np.float64) - before.mean(dtype=np.float64))

    def _donors(self, planned: PlannedLesion, rng: np.random.Generator) -> list[Donor]:
        """Donors in the order in which they are tried: first those that serve for all contrasts."""
        own = self.materials.contrasts
        drawn = draw_donors(self.materials.donors, planned.spot.site, rng)
        fitting = [donor for donor in drawn if _fits(planned.contrast_hu, own.get(donor.id, 0.0))]
        if not fitting:
            low, high = GAIN
            raise DonorError(
                f"no donor can be scaled to {planned.contrast_hu:g} HU: the factor on its "
                f"contrast may be {low:g} to {high:g}"
            )
        wanted = self.settings.contrasts_hu
        return sorted(
            fitting, key=lambda donor: not all(_fits(each, own[donor.id]) for each in wanted)
        )


def surface_of(case: Case, sample: Sample) -> float:
    """Depth in mm of a lesion's labelled voxel that lies nearest to the capsule."""
    depth = case.require_organ().distance_in(sample.bbox)
    return float(depth[sample.mask].min())


def _fits(wanted_hu: float, own_hu: float) -> bool:
    return own_hu != 0 and GAIN[0] <= wanted_hu / own_hu <= GAIN[1]


def _next(known: Sequence[tuple[float, float]], wanted: float) -> float:
    """The next value to try: in proportion at first, then along the line through the last two."""
    value, contrast = known[-1]
    if len(known) > 1 and contrast != known[-2][1]:
        slope = (value - known[-2][0]) / (contrast - known[-2][1])
        return value + slope * (wanted - contrast)
    return value * wanted / contrast if contrast * wanted > 0 else 2 * value
