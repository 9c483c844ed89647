"""Batches made by worker processes while the net learns."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from torch import from_numpy
from torch.utils.data import DataLoader, Dataset

from napari_lesion_synth.detection.batches import Batches
from napari_lesion_synth.detection.data_settings import DataSettings
from napari_lesion_synth.detection.handover import Handed, HandOver
from napari_lesion_synth.detection.materials import Materials
from napari_lesion_synth.detection.slice_batch import SliceBatch
from napari_lesion_synth.errors import LesionSynthError, TrainingError
from napari_lesion_synth.training.child_environment import one_thread_each
from napari_lesion_synth.training.seeds import torch_generator

__all__ = ["BatchStream", "draw_batch"]

_AHEAD = 4
"""Batches that each worker has ready."""

_WATCH_S = 1.0
"""Seconds between a worker's looks for its parent."""

Arrays = tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]


def draw_batch(
    materials: Materials, settings: DataSettings, step: int, *, seed: int = 0
) -> SliceBatch:
    """The batch of one step, made here and now.

    Parameters
    ----------
    materials : Materials
        What examples are made from.
    settings : DataSettings
        The mixture.
    step : int
        Counted from 1.
    seed : int
        Same arguments and seed, same batch, bit by bit.

    Raises
    ------
    ParameterError, SiteError
        As `Batches`.
    """
    return _batch(_arrays(Batches(materials, settings, seed), step))


class BatchStream:
    """The batches of a training, one step after the other.

    Workers are spawned, not forked: a fork of a process in which torch has computed takes over
    OpenMP's and CUDA's state without their threads, and may hang; and spawning works alike on all
    systems. It costs a worker some seconds once. The hosts are not sent to it but mapped into its
    memory (see `handover`), distances already measured. Each computes with one thread.

    Parameters
    ----------
    materials : Materials
        What examples are made from.
    settings : DataSettings
        The mixture.
    first_step : int
        Where to begin, counted from 1.
    workers : int
        Processes; 0: batches are made when they are asked for, in this one. What comes out does
        not depend on it.
    seed : int
        Of all that is drawn.

    Raises
    ------
    ParameterError
        If the mixture cannot be made from the materials.
    """

    def __init__(
        self,
        materials: Materials,
        settings: DataSettings,
        first_step: int = 1,
        workers: int = 1,
        *,
        seed: int = 0,
    ) -> None:
        self._batches = Batches(materials, settings, seed)
        self._workers = workers
        self._next = first_step
        self._last: tuple[int, SliceBatch] | None = None
        self._iterator: Iterator[Any] | None = None
        self._handover: HandOver | None = None
        self._given = 0
        self.waited_s = 0.0
        self.started_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[SliceBatch]:
        """All batches from the next one on, without end."""
        while True:
            yield self.batch(self._next)

    def batch(self, step: int) -> SliceBatch:
        """The batch of a step; the last one again if it is asked for again.

        Steps are best asked for in their order: with another one, the workers begin anew.
        `waited_s` adds up the time until it was there, `started_s` that for the first one after
        the workers were started.

        Raises
        ------
        SiteError
            If no host has room for a lesion.
        StorageError
            If the hosts cannot be handed to the workers.
        TrainingError
            If a worker died.
        """
        if self._last is not None and self._last[0] == step:
            return self._last[1]
        begun = time.perf_counter()
        if step != self._next:
            self.close()
            self._next = step
        fresh = self._iterator is None
        batch = _batch(self._take())
        self._next, self._last = step + 1, (step, batch)
        taken = time.perf_counter() - begun
        if fresh and self._workers:
            self.started_s += taken
        else:
            self.waited_s += taken
        return batch

    def close(self) -> None:
        """End the workers and wait for them; a later `batch` starts new ones."""
        self._iterator = None  # torch joins them when nobody holds their iterator any more
        self._given = 0
        if self._handover is not None:
            self._handover.close()
            self._handover = None

    def _take(self) -> Arrays:
        if not self._workers:
            return _arrays(self._batches, self._next)
        if self._iterator is None:
            self._iterator = self._start()
        found: Arrays | LesionSynthError
        try:
            found = next(self._iterator)
        except RuntimeError as error:
            # Without its traceback, which would keep the iterator and its workers alive.
            found = TrainingError(
                f"a process that makes examples died ({error})",
                remedy="Train without them (--workers 0), or free memory",
            )
        if isinstance(found, LesionSynthError):
            self.close()
            raise found
        self._given += 1
        if self._given == self._workers and self._handover is not None:
            self._handover.close()  # each has given a batch, so each has mapped the file
        return found

    def _start(self) -> Iterator[Any]:
        batches = self._batches
        self._handover = HandOver((batches.materials, batches.settings, batches.seed))
        loader = DataLoader(
            _ByStep(self._handover.handed),
            batch_size=None,
            collate_fn=_as_it_is,
            sampler=itertools.count(self._next),
            num_workers=self._workers,
            multiprocessing_context="spawn",
            prefetch_factor=_AHEAD,
            worker_init_fn=_begin,
            generator=torch_generator(batches.seed),
        )
        with one_thread_each():
            return iter(loader)


class _ByStep(Dataset[Any]):
    """In a worker: batches by the number of their step."""

    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self._batches: Batches | None = None

    def __getitem__(self, step: int) -> Arrays | LesionSynthError:
        if self._batches is None:
            self._batches = Batches(*self._handed.taken())
        try:
            return _arrays(self._batches, step)
        except LesionSynthError as error:
            return error  # raised, it would arrive as the text of a traceback


def _begin(number: int) -> None:
    del number
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent to handle
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent has: torch's worker would wait for ever to be read."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def _as_it_is(arrays: Any) -> Any:
    """Arrays travel as bytes through a pipe.

    Tensors would take torch's shared memory: containers have little of it, and a worker that is
    told to end while its sending thread is in torch's code aborts.
    """
    return arrays


def _arrays(batches: Batches, step: int) -> Arrays:
    examples = batches.examples(step)
    return (
        np.stack([each.image for each in examples]),
        np.stack([each.target for each in examples]),
        np.stack([each.weight for each in examples]),
    )


def _batch(arrays: Arrays) -> SliceBatch:
    image, target, weight = (from_numpy(array) for array in arrays)
    return SliceBatch(image, target.float(), weight.float())
