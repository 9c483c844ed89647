"""What a plan names and this machine lacks, told before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.evaluation.experiment.arms import Arm
from napari_lesion_synth.evaluation.experiment.plan import FOLD
from napari_lesion_synth.jobs.experiment_model import Experiment
from napari_lesion_synth.jobs.experiment_prepare import files_of

__all__ = ["require_device", "require_weights"]

_EVERYWHERE = ("auto", "cpu")


def require_weights(experiment: Experiment, arms: Sequence[Arm]) -> None:
    """See that weights which the plan names, and these arms need, are files.

    Raises
    ------
    InputError
        If one is not there.
    """
    plan, files = experiment.plan, files_of(experiment, 0)
    selects = any(arm.made and arm.selected for arm in arms)
    for key, named, path, needed in (
        ("generator", plan.generator, files.generator, experiment.needs_generator(arms)),
        ("selector", plan.selector, files.autoencoder, selects),
    ):
        if needed and named != FOLD and not path.is_file():
            raise InputError(
                f"there are no such weights, which the plan names as its {key}",
                where=path,
                remedy=f"Mend {key} in the plan: {FOLD}, shipped, or a file, from the plan on",
            )


def require_device(experiment: Experiment) -> None:
    """See that nets can be computed here as is asked for.

    Raises
    ------
    ParameterError
        If there is no such device.
    """
    name = experiment.device or experiment.plan.training.device
    if name not in _EVERYWHERE:  # to ask for others takes PyTorch, which this process may not need
        from napari_lesion_synth.training.device import choose_compute

        choose_compute(name)
