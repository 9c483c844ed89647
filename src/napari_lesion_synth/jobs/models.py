"""The learnt generator that a job is to use, and whether it can make what is planned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.jobs.materials import SHIPPED, Materials, ModelFacts
from napari_lesion_synth.jobs.plan import ScenePlan
from napari_lesion_synth.synthesis.registry import get_method

__all__ = ["model_facts", "require_fit"]


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


def require_fit(materials: Materials, plans: Iterable[ScenePlan]) -> None:
    """Refuse a generator that cannot make what is planned, before anything is made.

    Parameters
    ----------
    materials : Materials
        With the generator and the cases.
    plans : iterable of ScenePlan
        Where its lesions are to lie.

    Raises
    ------
    ParameterError
        If it is of slices and a CT a volume, or the other way round, or has seen no lesion of a
        zone.
    """
    model = materials.generator()
    if model is None:
        return
    for facts in materials.facts:
        model.require_grid(facts.shape)
    lesions = [lesion for plan in plans for lesion in plan.lesions]
    makers = {name for name in {one.method for one in lesions} if get_method(name).needs_model}
    for zone, share in ((Zone.RIM, 0), (Zone.INTERIOR, 1)):
        count = sum(one.zone is zone and one.method in makers for one in lesions)
        if count and zone not in model.facts.zones:
            raise ParameterError(
                f"the generator has seen no lesion of the {zone}, and {count} of it are to lie "
                "there",
                where=model.path,
                remedy=f"Ask for none there (--rim {share}), use other methods, or train with "
                f"lesions of the {zone}",
            )
