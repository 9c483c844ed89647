"""The learnt generator that a job is to use."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.materials import SHIPPED, ModelFacts
from napari_lesion_synth.synthesis.registry import get_method

__all__ = ["model_facts"]


def model_facts(methods: Iterable[str], given: Path | None) -> ModelFacts | None:
    """The generator for these methods: the one given, or the one that comes with the program.

    Parameters
    ----------
    methods : iterable of str
        Names.
    given : Path or None
        A file of weights.

    Returns
    -------
    ModelFacts or None
        None where no method needs one.

    Raises
    ------
    ParameterError
        If one is given and none is needed.
    CheckpointError
        If the file cannot be used.
    """
    if not any(get_method(name).needs_model for name in methods):
        if given is not None:
            raise ParameterError(
                "a generator is given, and none of the methods uses one",
                where=given,
                remedy="Add cgan to --method, or leave --model out",
            )
        return None
    from napari_lesion_synth.synthesis.cgan.model import GeneratorModel

    source = SHIPPED if given is None else str(given.expanduser().resolve())
    model = GeneratorModel.load(ModelFacts("", (), source).path)
    return ModelFacts(model.id, model.facts.patients, source)
