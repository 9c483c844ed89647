"""Training a generator, from donors and their patients' CTs."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.errors import DonorError, ParameterError
from napari_lesion_synth.events import Event, EventStream, Log, StopToken
from napari_lesion_synth.synthesis.cgan.examples import Measured, measure
from napari_lesion_synth.synthesis.cgan.grid import GridSpec
from napari_lesion_synth.synthesis.cgan.settings import FEWEST_LESIONS, GanSettings
from napari_lesion_synth.synthesis.cgan.training_data import TrainingData
from napari_lesion_synth.synthesis.donors import Donor

__all__ = ["GENERATOR_PT", "train_gan"]

GENERATOR_PT = "generator.pt"
"""The product, in the training's folder."""

_HELD_PATIENTS = 2


def train_gan(
    donors: Sequence[Donor],
    hosts: Iterable[Case],
    settings: GanSettings | None = None,
    folder: Path | str = ".",
    token: StopToken | None = None,
) -> EventStream:
    """Train a generator; its product is ``generator.pt`` in the folder.

    Parameters
    ----------
    donors : sequence of Donor
        Training patients' lesions, `GanSettings.fewest` at least: all of single slices, or all
        of volumes.
    hosts : iterable of Case
        CTs of training patients, with their organs. Each is looked at once, and can be let go
        after that: a generator of cases keeps one in memory.
    settings : GanSettings, optional
        How.
    folder : Path
        Where the training's state and its product are kept; a training that was stopped goes on.
    token : StopToken, optional
        To stop it.

    Yields
    ------
    Event
        See `training.loop.learn`.

    Raises
    ------
    DonorError
        If there are too few lesions.
    ParameterError
        If slices and volumes are mixed, or the hosts have no room for a lesion.
    TrainingError
        See `training.loop.learn`.
    """
    settings, token = settings or GanSettings(), token or StopToken()
    _check_count(donors, len(donors), settings.fewest)
    dims = _dims(donors)
    yield Log(f"measuring {len(donors)} lesions")
    measured = yield from _measured(donors, token, settings.fewest)
    spec = GridSpec.of([m.donor.spacing for m in measured], dims, settings.grid)
    data = TrainingData(settings, spec, *_held_out(measured, settings))
    yield from data.cut_places(hosts, token)
    yield from data.tell()
    yield from _learn(data, Path(folder), token)


def _check_count(lesions: Sequence[object], given: int, fewest: int) -> None:
    if len(lesions) < fewest:
        some = f"{len(lesions)} of {given}" if len(lesions) < given else str(given)
        raise DonorError(
            f"a generator cannot be trained on {some} lesions: it would learn them by "
            f"heart; it takes {fewest} at least",
            remedy="Use the methods 'poisson' and 'sigmoid', which need few lesions or none, or "
            "add lesions",
        )


def _dims(donors: Sequence[Donor]) -> int:
    flat = sum(donor.mask.shape[0] == 1 for donor in donors)
    if 0 < flat < len(donors):
        raise ParameterError(
            f"{flat} of {len(donors)} lesions are single slices and the others volumes",
            remedy="Train on lesions of slices or on lesions of volumes",
        )
    return 2 if flat else 3


def _measured(
    donors: Sequence[Donor], token: StopToken, fewest: int
) -> Generator[Event, None, list[Measured]]:
    found: list[Measured] = []
    for donor in donors:
        token.check()
        try:
            found.append(measure(donor))
        except DonorError as error:
            yield Log(f"left out: {error}", "warning")
    _check_count(found, len(donors), fewest)
    return found


def _held_out(
    measured: list[Measured], settings: GanSettings
) -> tuple[list[Measured], list[Measured]]:
    """Lesions to train on, and those of the patients kept for validation."""
    patients = sorted({m.donor.patient for m in measured})
    rng = np.random.default_rng([settings.seed, 7])
    count = int(settings.holdout * len(patients))
    chosen = set(rng.permutation(patients)[:count]) if count >= _HELD_PATIENTS else set()
    kept = [m for m in measured if m.donor.patient not in chosen]
    held = [m for m in measured if m.donor.patient in chosen]
    if len(kept) < FEWEST_LESIONS or _zones(kept) != _zones(measured):
        return measured, []
    return kept, held


def _zones(measured: Sequence[Measured]) -> set[Zone]:
    return {m.donor.zone for m in measured}


def _learn(data: TrainingData, folder: Path, token: StopToken) -> EventStream:
    """Build the nets and train them; here torch is first needed."""
    from napari_lesion_synth.synthesis.cgan.setup import learner_for
    from napari_lesion_synth.training.loop import Schedule, learn

    identity, settings = data.identity(), data.settings
    learner = learner_for(data)
    data.places.clear()
    yield from learn(
        learner,
        folder,
        Schedule(settings.steps, look_every=settings.look_every),
        token,
        job="Train generator",
        product=GENERATOR_PT,
        facts=identity,
        tensorboard=settings.tensorboard,
    )
