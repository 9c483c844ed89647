"""What a generator is trained on: lesions, held-out lesions, healthy places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.events import EventStream, Log, StopToken
from napari_lesion_synth.synthesis.cgan.conditions import HU_SCALE, Condition
from napari_lesion_synth.synthesis.cgan.examples import Measured
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.hosts import healthy_places
from napari_lesion_synth.synthesis.cgan.settings import GanSettings
from napari_lesion_synth.synthesis.statistics import LesionStatistics

__all__ = ["TrainingData"]

_CASES = 16
"""So many CTs are expected where their number is not known beforehand."""

_FEWEST = 8
"""And at least so many places are looked for in each of them."""

_NOT_A_TRAINING = {"steps", "look_every", "device", "threads", "tensorboard"}


@dataclass
class TrainingData:
    """What a training starts from.

    Parameters
    ----------
    settings : GanSettings
        How.
    spec : GridSpec
        The grid.
    kept, held : list of Measured
        Lesions to train on, and those of the patients kept for validation.
    places : list of Condition
        Healthy places, from `cut_places`.
    patients : set of str
        Of the CTs looked at.
    """

    settings: GanSettings
    spec: GridSpec
    kept: list[Measured]
    held: list[Measured]
    places: list[Condition] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)

    def cut_places(self, hosts: Iterable[Case], token: StopToken) -> EventStream:
        """Look at every CT once."""
        if self.settings.mode != "residual":
            return
        held = {m.donor.patient for m in self.held}
        wanted = self.settings.places
        if isinstance(hosts, Sequence):
            each = -(-wanted // max(len(hosts), 1))
        else:
            each = max(wanted // _CASES, _FEWEST)
        # Of more places than are needed, those of the lowest of random numbers are kept: each is
        # as likely as any other, and no more than twice as many are ever in memory.
        ranked: list[tuple[float, int, Condition]] = []
        for number, case in enumerate(hosts):
            token.check()
            if case.patient in held:
                continue
            self._check_dims(case)
            rng = np.random.default_rng([self.settings.seed, 11, number])
            found = healthy_places(case, self.kept, self.spec, each, rng)
            ranked += [(float(rng.random()), number, place) for place in found]
            if len(ranked) > 2 * wanted:
                ranked = sorted(ranked, key=_rank)[:wanted]
            self.patients.add(case.patient)
        self.places = [place for _, _, place in ranked]
        if not self.places:
            raise ParameterError(
                f"the {len(self.patients)} CTs have no room for lesions of the sizes given",
                remedy="Give the CTs that the lesions were cut from, with their organs",
            )
        yield Log(f"{len(self.places)} healthy places in {len(self.patients)} CTs")

    def _check_dims(self, case: Case) -> None:
        if (self.spec.dims == 2) != (1 in case.volume.shape):
            raise ParameterError(
                "the lesions are of single slices and the CT a volume, or the other way round",
                where=case.patient,
                remedy="Give the CTs that the lesions were cut from",
            )

    def tell(self) -> EventStream:
        """What is trained on, in words."""
        counts = self.lesions
        text = (
            f"{len(self.kept)} lesions ({counts[Zone.RIM]} rim, {counts[Zone.INTERIOR]} interior)"
        )
        if self.held:
            text += f", {len(self.held)} held out"
        yield Log(text)
        for zone, count in counts.items():
            if count == 0:
                yield Log(
                    f"no lesion lies in the {zone}: the generator will refuse sites there",
                    "warning",
                )

    @property
    def lesions(self) -> dict[Zone, int]:
        """Training lesions by zone."""
        found = Counter(m.donor.zone for m in self.kept)
        return {zone: found[zone] for zone in Zone}

    def facts(self, amplitude: float) -> GeneratorFacts:
        """What the product says about itself."""
        settings = self.settings
        return GeneratorFacts(
            mode=settings.mode,
            spec=self.spec,
            width=settings.width_for(self.spec.dims),
            latent=settings.latent,
            hu_scale=HU_SCALE,
            amplitude=amplitude,
            lesions=self.lesions,
            donors=tuple(m.donor.id for m in self.kept),
            patients=tuple(sorted({m.donor.patient for m in self.kept} | self.patients)),
            statistics=LesionStatistics(tuple(m.record for m in self.kept)),
            noise_hu=round(float(np.median([m.donor.noise_hu for m in self.kept])), 2),
            fold=settings.fold,
        )

    def identity(self) -> dict[str, Any]:
        """What tells this training from another one."""
        return {
            "settings": self.settings.model_dump(mode="json", exclude=_NOT_A_TRAINING),
            "donors": sorted(m.donor.id for m in (*self.kept, *self.held)),
            "places": len(self.places),
        }


def _rank(place: tuple[float, int, Condition]) -> tuple[float, int]:
    return place[:2]
