"""Lesions put into a training CT, one beside the other."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.anatomy.proposal import GAP_MM, propose_sites
from napari_lesion_synth.anatomy.sites import Site
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Box, Triple
from napari_lesion_synth.detection.data_settings import SETS, DataSettings
from napari_lesion_synth.detection.frame import Frame
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.materials import REAL, Materials
from napari_lesion_synth.detection.placed import Placed, painted
from napari_lesion_synth.errors import DonorError, LesionSynthWarning, SiteError
from napari_lesion_synth.synthesis.api import synthesize
from napari_lesion_synth.synthesis.donor_choice import draw_donors
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.sample import Sample
from napari_lesion_synth.synthesis.sham import sham

__all__ = ["Scene", "Want", "drawn", "insert", "render_scene", "scene_of"]

_TRIES = 6
_SMALLER = 0.75
"""A lesion that finds no room is tried again at this part of its size."""

_ROOM = 0.2
"""Free space around a lesion, as a part of its diameter: outlines are not round."""


@dataclass(frozen=True, slots=True)
class Want:
    """A lesion to insert: its source (a method, or `SETS`), and whether it is to be a sham."""

    source: str
    sham: bool = False


@dataclass(frozen=True, eq=False)
class Scene:
    """A training CT with lesions in it.

    Parameters
    ----------
    frame : Frame
        With the synthetic lesions, labelled and painted, beside the real ones.
    labels : ndarray of int32, shape of the frame
        0 where there is no lesion, k in lesion k.
    kinds : tuple of str
        Of lesions 1, 2, ...: ``"real"``, or where it comes from.
    shams : tuple of tuple of float
        Places in the frame of healthy tissue that was put in.
    """

    frame: Frame
    labels: NDArray[np.int32]
    kinds: tuple[str, ...]
    shams: tuple[Triple, ...]


def render_scene(
    materials: Materials,
    settings: DataSettings,
    host_index: int,
    seed: int | np.random.SeedSequence,
    n: int,
    *,
    shams: int = 0,
) -> Scene:
    """A whole CT with synthetic lesions beside its real ones.

    Parameters
    ----------
    materials : Materials
        Hosts, donors, sets.
    settings : DataSettings
        Sources, sizes, zones.
    host_index : int
        Which host.
    seed : int or SeedSequence
        Same arguments and seed, same scene.
    n : int
        Synthetic lesions; fewer where there is no room.
    shams : int
        Pieces of healthy tissue put in as lesions would be.

    Returns
    -------
    Scene

    Raises
    ------
    ParameterError
        If there is nothing to make lesions from.
    """
    host, rng = materials.hosts[host_index], np.random.default_rng(seed)
    makers = materials.makers(settings)
    sources = materials.methods(settings) if host.known else makers
    wanted = [Want(drawn(sources, rng)) for _ in range(n)]
    wanted += [Want(drawn(makers, rng), sham=True) for _ in range(shams)]
    return scene_of(host, insert(materials, settings, host, wanted, rng))


def scene_of(host: Host, placed: Sequence[Placed]) -> Scene:
    """A host's frame with lesions in it."""
    frame = host.frame
    hu, labels = frame.hu.copy(), host.labels.copy()
    z, y, x = frame.shape
    whole: Box = (slice(0, z), slice(0, y), slice(0, x))
    painted(hu, whole, placed)
    kinds = [REAL] * len(host.real)
    for lesion in placed:
        if not lesion.sham:
            kinds.append(lesion.kind)
            labels[lesion.box][lesion.mask] = len(kinds)
    places = tuple(lesion.center for lesion in placed if lesion.sham)
    return Scene(frame.changed(hu, labels > 0), labels, tuple(kinds), places)


def drawn(shares: Mapping[str, float], rng: np.random.Generator) -> str:
    """A name, drawn by its share."""
    names = list(shares)
    weights = np.array([shares[name] for name in names])
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]


def insert(
    materials: Materials,
    settings: DataSettings,
    host: Host,
    wanted: Sequence[Want],
    rng: np.random.Generator,
) -> tuple[Placed, ...]:
    """Make lesions in a host, none of which touches another one or a real one.

    Parameters
    ----------
    materials, settings
        As for `render_scene`.
    host : Host
        Where.
    wanted : sequence of Want
        What; those that find no place are left out.
    rng : numpy.random.Generator
        Source of randomness.
    """
    making = _Insertion(materials, settings, host, rng)
    with warnings.catch_warnings():
        # What was mended in one of thousands of lesions is nothing to tell.
        warnings.simplefilter("ignore", LesionSynthWarning)
        for want in wanted:
            if want.source == SETS:
                making.take_known()
            else:
                making.make(want)
    return tuple(making.placed)


class _Insertion:
    """A host while lesions are put into it."""

    def __init__(
        self,
        materials: Materials,
        settings: DataSettings,
        host: Host,
        rng: np.random.Generator,
    ) -> None:
        self.materials, self.settings = materials, settings
        self.host, self.rng = host, rng
        self.placed: list[Placed] = []
        self.sites: list[Site] = []

    def take_known(self) -> None:
        """Any lesion of the sets that has room beside the others."""
        for number in self.rng.permutation(len(self.host.known)):
            lesion = self.host.known[int(number)]
            if not any(lesion.touches(other) for other in self.placed):
                self.placed.append(lesion)
                return

    def make(self, want: Want) -> None:
        """A new lesion, at another place or a smaller one where the first does not do."""
        low, high = self.settings.diameter_mm
        size = float(np.exp(self.rng.uniform(np.log(low), np.log(high))))
        zones = self._zones(want.source)
        for attempt in range(_TRIES):
            zone = zones[attempt % len(zones)]
            try:
                site = self._site(size, zone)
                sample = self._sample(want, site)
            except (DonorError, SiteError):
                size = max(low, _SMALLER * size)
                continue
            lesion = self._brought(want, sample)
            if lesion is not None:
                self.placed.append(lesion)
                self.sites.append(site)
                return

    def _zones(self, source: str) -> list[Zone]:
        """The zone drawn, then the other one; without those a generator has seen no lesion of."""
        first = Zone.RIM if self.rng.random() < self.settings.rim else Zone.INTERIOR
        zones = sorted(Zone, key=lambda zone: zone is not first)
        model = self.materials.generator
        if model is None or not get_method(source).needs_model:
            return zones
        return [zone for zone in zones if zone in model.facts.zones]

    def _site(self, size: float, zone: Zone) -> Site:
        return propose_sites(
            self.host.case,
            1,
            zone=zone,
            diameter_mm=size,
            gap_mm=GAP_MM + _ROOM * size,
            avoid=self.sites,
            seed=_seed(self.rng),
        )[0]

    def _sample(self, want: Want, site: Site) -> Sample:
        materials, case = self.materials, self.host.case
        donor: Donor | None = None
        if get_method(want.source).needs_donor:
            donor = draw_donors(materials.donors, site, self.rng)[0]
        seed = _seed(self.rng)
        if want.sham:
            return sham(
                case, site, method=want.source, like=donor,
                statistics=materials.statistics, model=materials.generator, seed=seed,
            )  # fmt: skip
        return synthesize(
            case, site, method=want.source, donor=donor,
            statistics=materials.statistics, model=materials.generator, seed=seed,
        )  # fmt: skip

    def _brought(self, want: Want, sample: Sample) -> Placed | None:
        """The sample in the frame; None if it would run into another lesion."""
        known, frame = self.host.case.lesions, self.host.frame
        if known is not None and (sample.support & known[sample.bbox]).any():
            return None
        lesion = Placed.of_sample(frame, sample, self.host.case.volume.hu, sham=want.sham)
        if lesion is None or lesion.covers(frame.lesions):
            return None
        return None if any(lesion.touches(other) for other in self.placed) else lesion


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**32))
