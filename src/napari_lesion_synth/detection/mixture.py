"""The mixture that a detector learns from, as fits its kind."""

from __future__ import annotations

from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.errors import ParameterError

__all__ = ["mixture_for"]

_SLICE_STEP = 8
"""The coarsest level of the single stage has so many times fewer slices."""


def mixture_for(dims: int, settings: DetectorSettings, data: DataSettings) -> DataSettings:
    """The mixture as a kind of detector sees it.

    Parameters
    ----------
    dims : int
        2: the CTs are single slices; 3: volumes.
    settings : DetectorSettings
        The kind.
    data : DataSettings
        What was asked for. For the single stage, examples of one slice become volumes of the
        usual size.

    Raises
    ------
    ParameterError
        If the one does not fit the other.
    """
    if settings.kind == "cascade":
        if data.slices > 1:
            raise ParameterError(
                f"the cascade learns from single slices, and examples of {data.slices} are asked "
                "for",
                remedy="Leave --slices at 1, or train the single stage (--kind single)",
            )
        return data
    if dims == 2:
        raise ParameterError(
            "the single stage sees volumes, and these CTs are single slices",
            remedy="Train the cascade (--kind cascade)",
        )
    if data.slices % _SLICE_STEP and data.slices > 1:
        raise ParameterError(
            f"examples of {data.slices} slices do not fit the single stage",
            remedy=f"Use a multiple of {_SLICE_STEP} (--slices)",
        )
    return data if data.slices > 1 else data.for_volumes()
