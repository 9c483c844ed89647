"""The batch of a step: a pure function of the materials, the settings, the seed and the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.detection.data_settings import SETS, DataSettings
from napari_lesion_synth.detection.drawing import Example, example
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.detection.materials import (
    HEALTHY,
    REAL,
    SHAM,
    SYNTHETIC,
    Materials,
)
from napari_lesion_synth.detection.placed import Placed
from napari_lesion_synth.detection.scenes import Want, drawn, insert
from napari_lesion_synth.errors import SiteError

__all__ = ["Batches"]

_HOSTS_TRIED = 8
_PLACES_TRIED = 8
_JITTER = 0.35
"""A lesion's centre lies anywhere in the example but in its outermost parts, of its side."""

_SCENES, _EXAMPLES = 0, 1
"""Branches of the tree of seeds."""


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """What an example is cut from: its kind, and the host with its lesions.

    `number` counts the scenes of a place in the batch.
    """

    number: int
    kind: str
    host: Host | None = None
    placed: tuple[Placed, ...] = ()


class Batches:
    """The batches of a training.

    Each place in the batch has a scene of its own, which serves some steps (`reuse`) before it
    is drawn anew; the places take turns, so that the work is the same at every step. Scenes in
    use are kept; they are remade where a batch is asked for out of turn, so what comes out
    depends on nothing but the step.

    Parameters
    ----------
    materials : Materials
        What examples are made from.
    settings : DataSettings
        The mixture.
    seed : int
        Of all that is drawn.

    Raises
    ------
    ParameterError
        If the mixture cannot be made from the materials.
    """

    def __init__(self, materials: Materials, settings: DataSettings, seed: int = 0) -> None:
        self.materials, self.settings, self.seed = materials, settings, seed
        self._shares = {k: v for k, v in materials.check(settings).items() if v > 0}
        self._ill = [host for host in materials.hosts if host.real]
        self._kept: dict[int, _Scene] = {}

    def kinds(self, step: int) -> tuple[str, ...]:
        """Kind of each example of a step: real, synthetic, healthy or sham."""
        return tuple(
            self._kind(self._rng(_SCENES, place, self._number(place, step)))
            for place in range(self.settings.batch)
        )

    def examples(self, step: int) -> list[Example]:
        """The examples of a step, counted from 1.

        Raises
        ------
        SiteError
            If no host has room for a lesion.
        """
        return [self._example(place, step) for place in range(self.settings.batch)]

    def _number(self, place: int, step: int) -> int:
        return (step + place) // self.settings.reuse

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))

    def _kind(self, rng: np.random.Generator) -> str:
        return drawn(self._shares, rng)

    def _example(self, place: int, step: int) -> Example:
        number = self._number(place, step)
        scene = self._kept.get(place)
        if scene is None or scene.number != number:
            scene = self._kept[place] = self._scene(number, self._rng(_SCENES, place, number))
        rng = self._rng(_EXAMPLES, place, step)
        host, center = self._middle(scene, rng)
        return example(host, scene.placed, center, self.settings, rng)

    def _scene(self, number: int, rng: np.random.Generator) -> _Scene:
        kind = self._kind(rng)
        if kind not in (SYNTHETIC, SHAM):
            return _Scene(number, kind)
        sham = kind == SHAM
        shares = (self.materials.makers if sham else self.materials.methods)(self.settings)
        source = drawn(shares, rng)
        hosts = [h for h in self.materials.hosts if source != SETS or h.known]
        low, high = self.settings.per_scene
        for _ in range(_HOSTS_TRIED):
            host = hosts[int(rng.integers(len(hosts)))]
            wanted = [Want(source, sham)] * int(rng.integers(low, high + 1))
            placed = insert(self.materials, self.settings, host, wanted, rng)
            if placed:
                return _Scene(number, kind, host, placed)
        small, large = self.settings.diameter_mm
        raise SiteError(
            f"no place was found for a lesion of {small:g} to {large:g} mm in the CT of "
            f"{host.patient!r} and {_HOSTS_TRIED - 1} drawn before it",
            remedy="Ask for smaller lesions (--diameter), or leave CTs out that are full of them",
        )

    def _middle(self, scene: _Scene, rng: np.random.Generator) -> tuple[Host, Triple]:
        """Where the example is cut from: about one of the lesions, or in healthy tissue."""
        if scene.kind == HEALTHY:
            return self._healthy(rng)
        if scene.kind == REAL:
            host = self._ill[int(rng.integers(len(self._ill)))]
            box, mask = host.real[int(rng.integers(len(host.real)))]
        else:
            assert scene.host is not None
            host = scene.host
            lesion = scene.placed[int(rng.integers(len(scene.placed)))]
            box, mask = lesion.box, lesion.mask
        filled = np.flatnonzero(mask.any(axis=(1, 2)))
        z = int(rng.choice(filled))
        y, x = np.argwhere(mask[z]).mean(axis=0)
        shift = rng.uniform(-_JITTER, _JITTER, 2) * self.settings.side
        place = (z + box[0].start, y + box[1].start + shift[0], x + box[2].start + shift[1])
        return host, place

    def _healthy(self, rng: np.random.Generator) -> tuple[Host, Triple]:
        """A place without a real lesion in view; where there is none, the one with the least.

        Lesions that are in view all the same are labelled as what they are.
        """
        best: tuple[int, Host, Triple] | None = None
        hosts = self.materials.hosts
        for _ in range(_PLACES_TRIED):
            host = hosts[int(rng.integers(len(hosts)))]
            place = _place(host, rng)
            seen = _lesion_in_view(host, place, self.settings)
            if best is None or seen < best[0]:
                best = seen, host, place
            if not seen:
                break
        assert best is not None
        return best[1], best[2]


def _place(host: Host, rng: np.random.Generator) -> Triple:
    """Any place in the organ; every other time, one that a person called healthy."""
    if host.healthy and rng.random() < 0.5:
        return host.healthy[int(rng.integers(len(host.healthy)))]
    voxel = host.organ_voxels[int(rng.integers(len(host.organ_voxels)))]
    z, y, x = (float(i) for i in np.unravel_index(int(voxel), host.frame.shape))
    return z, y, x


def _lesion_in_view(host: Host, place: Sequence[float], settings: DataSettings) -> int:
    if not host.real:
        return 0
    halves = (settings.slices / 2, settings.side / 2, settings.side / 2)
    part = tuple(
        slice(max(int(p - half + 0.5), 0), max(int(p + half + 0.5), 0))
        for p, half in zip(place, halves, strict=True)
    )
    return int(np.count_nonzero(host.frame.lesions[part]))
