"""A generator of lesions that is trained by its user, on 15 to 200 lesions.

The names below are the public face; each is imported on first use, since some need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Cgan": "method",
    "CganParams": "params",
    "GanSettings": "settings",
    "GeneratorModel": "model",
    "examples_of": "examples",
    "train_gan": "train",
}

__all__ = [*_HOMES]  # noqa: PLE0604

if TYPE_CHECKING:
    from napari_lesion_synth.synthesis.cgan.examples import examples_of as examples_of
    from napari_lesion_synth.synthesis.cgan.method import Cgan as Cgan
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel as GeneratorModel
    from napari_lesion_synth.synthesis.cgan.params import CganParams as CganParams
    from napari_lesion_synth.synthesis.cgan.settings import GanSettings as GanSettings
    from napari_lesion_synth.synthesis.cgan.train import train_gan as train_gan


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
