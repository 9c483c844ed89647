"""What examples are made from, and which kinds of them that allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from napari_lesion_synth.detection.data_settings import SETS, DataSettings
from napari_lesion_synth.detection.hosts import Host
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.synthesis.donors import Donor
from napari_lesion_synth.synthesis.registry import get_method
from napari_lesion_synth.synthesis.statistics import LesionStatistics

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

__all__ = ["HEALTHY", "REAL", "SHAM", "SYNTHETIC", "Materials"]

REAL, SYNTHETIC, HEALTHY, SHAM = "real", "synthetic", "healthy", "sham"
"""Kinds of examples."""


@dataclass(frozen=True, eq=False)
class Materials:
    """What a detector learns from.

    Parameters
    ----------
    hosts : tuple of Host
        The training CTs, with or without lesions, with the accepted lesions of sets in them.
    donors : tuple of Donor
        In a fixed order.
    statistics : LesionStatistics or None
        Of the donors; None: the literature's.
    generator : GeneratorModel or None
        For the method ``"cgan"``.
    in_sets : mapping of str to int
        Methods that made the accepted lesions of sets, and how many each.
    """

    hosts: tuple[Host, ...]
    donors: tuple[Donor, ...] = ()
    statistics: LesionStatistics | None = None
    generator: GeneratorModel | None = None
    in_sets: Mapping[str, int] = field(default_factory=dict)

    def methods(self, settings: DataSettings) -> dict[str, float]:
        """Shares of the sources of synthetic lesions that can be used; they add up to 1.

        Raises
        ------
        ParameterError
            If there is none, a method is unknown, or a generator is needed and none is given.
        """
        found = {name: w for name, w in settings.methods.items() if self._can(name)}
        if not found:
            names = ", ".join(settings.methods)
            raise ParameterError(
                f"synthetic lesions are asked for, and nothing is there to make them from "
                f"({names}; {len(self.donors)} donors, no accepted lesions of sets)",
                remedy="Give a donor library or a generated set, add the method sigmoid, or ask "
                "for no synthetic lesions",
            )
        total = sum(found.values())
        return {name: weight / total for name, weight in found.items()}

    def makers(self, settings: DataSettings) -> dict[str, float]:
        """The same for those that make new lesions, and shams; the sigmoid model if no other.

        The share of sets goes to the methods that made their lesions, as far as they can be used
        here: what is learnt from has the seams that shams are to have.
        """
        asked = {name: w for name, w in settings.methods.items() if name != SETS}
        found = {name: w for name, w in asked.items() if self._can(name)}
        behind = {name: n for name, n in self.in_sets.items() if self._could(name)}
        for name, number in behind.items():
            share = settings.methods.get(SETS, 0.0) * number / sum(behind.values())
            if share > 0:
                found[name] = found.get(name, 0.0) + share
        total = sum(found.values())
        return {name: w / total for name, w in found.items()} if found else {"sigmoid": 1.0}

    def kinds(self, settings: DataSettings) -> dict[str, float]:
        """Shares of the kinds of examples.

        Where no host has a real lesion, all lesions are synthetic. Shams need no synthetic
        lesions beside them.

        Raises
        ------
        ParameterError
            If there are no hosts, or only real lesions are asked for and there are none.
        """
        if not self.hosts:
            raise ParameterError("no CT was given to train on")
        synthetic = settings.synthetic
        sham, healthy = settings.sham_share, settings.healthy_share
        if not any(host.real for host in self.hosts):
            if synthetic == 0 and healthy + sham < 1:
                raise ParameterError(
                    "only real lesions are to be learnt from, and no training CT has one",
                    remedy="Give CTs with labelled lesions, or allow synthetic ones (--synthetic)",
                )
            synthetic = 1.0
        rest = 1 - healthy - sham
        return {
            REAL: rest * (1 - synthetic),
            SYNTHETIC: rest * synthetic,
            HEALTHY: healthy,
            SHAM: sham,
        }

    def check(self, settings: DataSettings) -> Mapping[str, float]:
        """Refuse what cannot work before anything is learnt; the shares of the kinds.

        Raises
        ------
        ParameterError
            As `kinds` and `methods`.
        """
        kinds = self.kinds(settings)
        if kinds[SYNTHETIC] > 0:
            self.methods(settings)
        if kinds[SHAM] > 0:
            self.makers(settings)
        return kinds

    def _can(self, name: str) -> bool:
        if name == SETS:
            return any(host.known for host in self.hosts)
        method = get_method(name)
        if method.needs_model and self.generator is None:
            raise ParameterError(
                f"method {name!r} needs a trained generator and none was given",
                remedy="Give its file (--model), or leave the method out",
            )
        return bool(self.donors) or not method.needs_donor

    def _could(self, name: str) -> bool:
        """Whether a method that made a set is at hand here, with what it needs."""
        try:
            return self._can(name)
        except ParameterError:
            return False
