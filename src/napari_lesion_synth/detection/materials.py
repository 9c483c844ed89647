"""What examples are made from, and which kinds of them that allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """

    hosts: tuple[Host, ...]
    donors: tuple[Donor, ...] = ()
    statistics: LesionStatistics | None = None
    generator: GeneratorModel | None = None

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
        """The same for those that make new lesions, and shams; the sigmoid model if no other."""
        asked = {name: w for name, w in settings.methods.items() if name != SETS}
        found = {name: w for name, w in asked.items() if self._can(name)}
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
