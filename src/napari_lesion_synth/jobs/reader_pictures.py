"""What a reader sees: a part of a slice of the CT, with a synthetic lesion and without.

The lesions are those of a detection-limit map: the same places, outlines and methods, and the
same contrast, the mean over the label. A picture is the slice that holds most of the lesion, around
its place, through a display window, in the CT's own pixels made square.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.ct.windows import Window, liver_window
from napari_lesion_synth.errors import DonorError, LesionSynthError, SiteError
from napari_lesion_synth.evaluation.limits.design import PlannedLesion, Spot
from napari_lesion_synth.evaluation.limits.making import LesionMaker, LimitMaterials
from napari_lesion_synth.evaluation.limits.sites import find_sites
from napari_lesion_synth.jobs.reader_job import PictureSettings, ReaderJob
from napari_lesion_synth.synthesis.sample import Sample

__all__ = ["CtPictures"]

_TRIED = 12
"""Places and outlines, before a question is given up."""

_OUTSIDE_HU = -1024

Pictures = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class CtPictures:
    """Makes pairs of pictures from a CT: `LesionPictures` of real lesions' kind.

    Parameters
    ----------
    maker : LesionMaker
        Makes the lesions.
    band : str
        Their depth.
    sites : mapping of float to tuple of Site
        Places by diameter.
    window : Window
        Through which the CT is seen.
    settings : PictureSettings
        What is shown.
    """

    maker: LesionMaker
    band: str
    sites: Mapping[float, tuple[Site, ...]]
    window: Window
    settings: PictureSettings

    @classmethod
    def of(cls, case: Case, materials: LimitMaterials, job: ReaderJob) -> CtPictures:
        """Look for places for every size.

        Parameters
        ----------
        case : Case
            The CT with its organ.
        materials : LimitMaterials
            What the lesions are made from.
        job : ReaderJob
            What is asked for.

        Raises
        ------
        SiteError
            If the organ has no room for one of the sizes.
        InputError
            If the case has no organ.
        """
        grid, organ = job.grid, case.require_organ()
        streams = np.random.SeedSequence(grid.seed).spawn(len(grid.diameters_mm))
        sites = {}
        for diameter, stream in zip(grid.diameters_mm, streams, strict=True):
            room = find_sites(case, job.band, diameter, grid, np.random.default_rng(stream))
            if not room.sites:
                raise SiteError(
                    f"there is no place for lesions of {diameter:g} mm ({job.band.name}): "
                    f"{room.problem}",
                    where=case.inputs.get("ct") or case.patient,
                    remedy="Leave this diameter out (--diameters), or choose another depth",
                )
            sites[diameter] = room.sites
        usual = liver_window(float(np.median(case.volume.hu[organ.mask])))
        shown = job.pictures
        level = usual.level if shown.level is None else shown.level
        window = Window("reader", level, shown.width)
        maker = LesionMaker(case, shown.method, materials, grid)
        return cls(maker, job.band.name, sites, window, shown)

    @property
    def mm_per_pixel(self) -> float:
        """Of the pictures: the finer of the CT's two steps in the slice."""
        return min(self.maker.case.volume.spacing[1:])

    @property
    def facts(self) -> dict[str, Any]:
        """How they are made and shown, as JSON types."""
        return {
            "method": self.maker.method,
            "window_hu": [self.window.level, self.window.width],
            "field_mm": self.settings.field_mm,
            "mm_per_pixel": round(self.mm_per_pixel, 4),
            "slice_mm": self.maker.case.volume.spacing[0],
            "places": {f"{size:g}": len(sites) for size, sites in self.sites.items()},
            "ct_sha256": self.maker.case.volume.sha256,
        }

    def pair(self, diameter_mm: float, contrast_hu: float, seed: int) -> Pictures:
        """The same place with a lesion and without; without both times where the contrast is 0.

        Parameters
        ----------
        diameter_mm : float
            One of those asked for.
        contrast_hu : float
            Mean over the lesion's label.
        seed : int
            Of the place and the lesion's shape.

        Returns
        -------
        with_lesion, without : ndarray of uint8, shape (n, n)

        Raises
        ------
        LesionSynthError
            If no lesion of this kind can be made.
        """
        problem: LesionSynthError | None = None
        for attempt in range(_TRIED):
            rng = np.random.default_rng([seed, attempt])
            places = self.sites[diameter_mm]
            site = places[int(rng.integers(len(places)))]
            if contrast_hu == 0:
                without = self._seen(self._slice(site.center[0]), site)
                return without, without.copy()
            spot = Spot(int(rng.integers(2**31)), self.band, site)
            try:
                sample, _ = self.maker.make(PlannedLesion(spot, contrast_hu))
            except (DonorError, SiteError) as error:
                problem = error
                continue
            return self._pair(sample, site)
        assert problem is not None
        raise problem

    def _pair(self, sample: Sample, site: Site) -> Pictures:
        part = int(sample.mask.sum(axis=(1, 2)).argmax())
        before = self._slice(sample.bbox[0].start + part)
        after = before.copy()
        support = sample.support[part]
        after[sample.bbox[1:]][support] = sample.hu[part][support]
        return self._seen(after, site), self._seen(before, site)

    def _slice(self, z: int) -> NDArray[np.int16]:
        found: NDArray[np.int16] = self.maker.case.volume.hu[z]
        return found

    def _seen(self, image: NDArray[np.int16], site: Site) -> NDArray[np.uint8]:
        """Through the window, in square pixels, the site in the middle; black beyond the CT."""
        from scipy import ndimage

        _, step_y, step_x = self.maker.case.volume.spacing
        side = self.mm_per_pixel
        half = round(self.settings.field_mm / side / 2)
        away = np.arange(-half, half + 1) * side
        places = np.meshgrid(
            site.center[1] + away / step_y, site.center[2] + away / step_x, indexing="ij"
        )
        hu = ndimage.map_coordinates(
            image.astype(np.float32), places, order=1, mode="constant", cval=_OUTSIDE_HU
        )
        return self.window.apply(hu)
