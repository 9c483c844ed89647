"""Training of the auto-encoder: from real lesions to a file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import TrainingError
from napari_lesion_synth.events import Done, EventStream, Log, StopToken
from napari_lesion_synth.selection.autoencoder import PRODUCT
from napari_lesion_synth.selection.autoencoder_settings import (
    NOT_LEARNT_FROM,
    AutoEncoderSettings,
)
from napari_lesion_synth.selection.band import FEWEST
from napari_lesion_synth.selection.crops import CropGrid
from napari_lesion_synth.selection.fold_learner import FoldLearner
from napari_lesion_synth.selection.folds import assign_folds
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.training.device import choose_compute
from napari_lesion_synth.training.loop import Schedule, learn

__all__ = ["grid_for", "train_autoencoder"]

_GRIDS = {2: CropGrid(2, 64, 1.0), 3: CropGrid(3, 32, 1.5)}
_LOOKS = 6
"""Looks at the held-out lesions in a training, at most."""

_BETWEEN = 100
"""Steps between them, at least."""


def train_autoencoder(
    views: Sequence[LesionView],
    settings: AutoEncoderSettings,
    folder: Path,
    token: StopToken,
) -> EventStream:
    """Train one net a fold on real lesions, and keep what the others' lesions cost each.

    A training that was interrupted goes on where it was.

    Parameters
    ----------
    views : sequence of LesionView
        Real lesions.
    settings : AutoEncoderSettings
        How.
    folder : Path
        Where the state and the product, ``autoencoder.pt``, are kept.
    token : StopToken
        Checked at every step.

    Yields
    ------
    Event
        What `training.loop.learn` gives, Log for what the person ought to know, and Done with
        ``product``, ``lesions``, ``patients`` and ``folds`` among others.

    Raises
    ------
    TrainingError
        If there are fewer than `AutoEncoderSettings.fewest` lesions, two have the same id, or
        the training fails.
    InputError
        If a lesion is a single slice and ``dims`` is 3.
    """
    views = sorted(views, key=lambda view: view.id)
    _refuse(views, settings.fewest)
    grid = grid_for(views, settings)
    folds, by_patient = assign_folds(views, settings.folds, settings.seed)
    learner = FoldLearner(
        views, folds, by_patient, grid, settings, choose_compute(settings.device, settings.threads)
    )
    facts = {
        "settings": settings.model_dump(mode="json", exclude={*NOT_LEARNT_FROM, "steps"}),
        "grid": asdict(grid),
        "lesions": [view.id for view in views],
        "data": _digest(views),
    }
    steps = settings.steps * settings.folds
    schedule = Schedule(steps, look_every=max(_BETWEEN, -(-steps // _LOOKS)))
    yield from _remarks(views, by_patient, settings.folds)
    patients = len({view.patient for view in views})
    for event in learn(
        learner,
        folder,
        schedule,
        token,
        job="train-autoencoder",
        product=PRODUCT,
        facts=facts,
        tensorboard=settings.tensorboard,
    ):
        if isinstance(event, Done):
            more = {"lesions": len(views), "patients": patients, "folds": settings.folds}
            yield Done({**event.result, **more, "dims": grid.dims})
        else:
            yield event


def grid_for(views: Sequence[LesionView], settings: AutoEncoderSettings) -> CropGrid:
    """The grid for these lesions: 64 x 64 at 1 mm, or 32 x 32 x 32 at 1.5 mm."""
    flat = any(view.mask.shape[0] == 1 for view in views)
    dims = (2 if flat else 3) if settings.dims == "auto" else int(settings.dims)
    return _GRIDS[dims]


def _refuse(views: Sequence[LesionView], fewest: int) -> None:
    if len(views) < fewest:
        raise TrainingError(
            f"{len(views)} real lesions are too few to train an auto-encoder, and to learn from "
            f"held-out ones which errors are usual; {fewest} are the least",
            remedy="Add labelled CTs to the donor library, or go without selection",
        )
    twice = [name for name, count in Counter(view.id for view in views).items() if count > 1]
    if twice:
        raise TrainingError(f"the lesion {twice[0]} is there twice", remedy="Give each one once")


def _remarks(views: Sequence[LesionView], by_patient: bool, folds: int) -> EventStream:
    patients = len({view.patient for view in views})
    if not by_patient:
        yield Log(
            f"the lesions come from {patients} patient{'s' if patients > 1 else ''}, fewer than "
            f"{folds} folds: lesions are held out instead of patients, so that the errors of "
            "held-out lesions are smaller than those of new patients would be",
            "warning",
        )
    for zone in Zone:
        own = sum(view.zone is zone for view in views)
        if own < FEWEST:
            yield Log(
                f"only {own} real lesions lie in the zone {zone.value}: its band will be that of "
                f"both zones ({FEWEST} are needed for one of its own)",
                "warning",
            )


def _digest(views: Sequence[LesionView]) -> str:
    """Identity of the voxels that are learnt from."""
    digest = hashlib.sha256()
    for view in views:
        digest.update(repr((view.id, view.patient, view.zone.value, view.spacing)).encode())
        for array in (view.hu, view.mask, view.organ):
            digest.update(array.tobytes())
    return digest.hexdigest()
