"""The loop of every training, as a stream of events.

What learns is a `Learner`; the loop gives it its steps, keeps its state on the disk, writes down
what it reports, and knows what to do when a loss is no number, memory runs out, or it is asked to
stop. A training that was killed goes on where its state was written last, and ends with the same
weights as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from napari_lesion_synth.errors import TrainingError
from napari_lesion_synth.events import (
    Done,
    Event,
    EventStream,
    Log,
    Metric,
    Progress,
    Started,
    Stopped,
    StopToken,
)
from napari_lesion_synth.training.run_folder import RunFolder
from napari_lesion_synth.training.tensorboard import Board, board

__all__ = ["Learner", "Schedule", "learn"]


class Learner(Protocol):
    """Something that learns, a step at a time."""

    def step(self, number: int) -> Mapping[str, float]:
        """Do step `number`, counted from 1; the losses by name."""
        ...

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: weights, optimisers, generators, plain numbers.

        It must load with ``weights_only=True``.
        """
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what `state` gave."""
        ...

    def save(self, path: Path) -> None:
        """Write the product of the training as it is now."""
        ...

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """Metrics on what was held out, and pictures, after step `number`."""
        ...

    def shrink(self) -> bool:
        """Take less memory a step; False where that is not possible."""
        ...

    def finished(self) -> bool:
        """Whether more steps would not help; the answer changes at looks alone, and is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to learn, and how often to say so.

    Parameters
    ----------
    steps : int
        Steps in all.
    report_every : int
        Steps over which losses are averaged before they are told.
    look_every : int
        Steps between two looks.
    save_seconds : float
        Time between two copies of the state on the disk.
    """

    steps: int
    report_every: int = 10
    look_every: int = 250
    save_seconds: float = 30.0


def learn(
    learner: Learner,
    folder: Path,
    schedule: Schedule,
    token: StopToken,
    *,
    job: str,
    product: str,
    facts: Mapping[str, Any],
    tensorboard: bool = False,
) -> EventStream:
    """Train, or go on with a training.

    Parameters
    ----------
    learner : Learner
        What learns; new.
    folder : Path
        Where its state, its metrics, its pictures and its product are kept.
    schedule : Schedule
        Steps. A finished training goes on where more steps are asked for than before.
    token : StopToken
        Checked at every step; the state is kept before the training stops.
    job : str
        Name for the person who waits.
    product : str
        Name of the product's file in the folder.
    facts : mapping
        JSON types that tell this training from another one: data, settings but the number of
        steps, seed. A folder that holds another training is refused.
    tensorboard : bool
        Write logs for TensorBoard too.

    Yields
    ------
    Event
        Started, then Metric (``loss/...`` and what `Learner.look` gives), Artifact and Progress,
        then Done with the product's path.

    Raises
    ------
    TrainingError
        If a loss or a weight is no number, memory runs out, the folder holds another training,
        or another process trains in it.
    ParameterError
        If TensorBoard is asked for and not installed.
    StorageError
        If the folder cannot be written.
    """
    with (
        RunFolder.opened(folder, job, facts) as run,
        board(folder if tensorboard else None) as logs,
    ):
        loop = _Loop(learner, run, schedule, token, product, logs)
        yield Started(job, schedule.steps)
        yield from loop.run()
    path = folder / product
    yield Done({"product": str(path), "steps": loop.done, "seconds": round(loop.seconds, 1)})


class _Loop:
    """One run of the loop."""

    def __init__(
        self,
        learner: Learner,
        run: RunFolder,
        schedule: Schedule,
        token: StopToken,
        product: str,
        logs: Board,
    ) -> None:
        self.learner = learner
        self.folder = run
        self.schedule = schedule
        self.token = token
        self.product = run.path / product
        self.logs = logs
        self.done = 0
        self.seconds = 0.0
        self._look_due = False
        self._saved = -1
        self._sums: dict[str, list[float]] = {}
        self._kept = time.monotonic()
        self._begun = time.monotonic()

    def run(self) -> EventStream:
        """All steps that are left."""
        yield from self._resume()
        if self._over() and self.product.exists() and not self._look_due:
            yield Log(self._why_over())
            return
        try:
            yield from self._look()
            while not self._over():
                self.token.check()
                yield from self._advance()
        except (Stopped, GeneratorExit):
            self._keep()
            raise
        self._save()
        if self.done < self.schedule.steps:
            yield Log(f"more steps did not help: the training ended at step {self.done}")

    def _over(self) -> bool:
        return self.done >= self.schedule.steps or self.learner.finished()

    def _why_over(self) -> str:
        if self.done < self.schedule.steps:
            return f"this training is finished: after step {self.done} more steps did not help"
        return "this training is finished; ask for more steps to go on with it"

    def _resume(self) -> EventStream:
        found = self.folder.resume()
        if found is None:
            return
        self.learner.restore(found["learner"])
        self.done, self.seconds = int(found["step"]), float(found["seconds"])
        self._look_due = bool(found.get("look_due", False))
        if not self._over():
            yield Log(f"going on after step {self.done}")

    def _advance(self) -> EventStream:
        number = self.done + 1
        try:
            losses = self.learner.step(number)
        except torch.cuda.OutOfMemoryError as error:
            yield from self._shrink(error)
            return
        bad = [name for name, value in losses.items() if not math.isfinite(value)]
        if bad:
            self._fall_back(f"the loss is no number any more at step {number} ({', '.join(bad)})")
        self.done = number
        for name, value in losses.items():
            self._sums.setdefault(f"loss/{name}", []).append(value)
        last = number == self.schedule.steps
        self._look_due = last or number % self.schedule.look_every == 0
        if last or number % self.schedule.report_every == 0:
            yield from self._report()
        yield from self._look()
        if time.monotonic() - self._kept >= self.schedule.save_seconds:
            self._keep()

    def _look(self) -> EventStream:
        """A look that is due: whole, or not at all and then again after a stop."""
        if not self._look_due:
            return
        told = list(self.learner.look(self.done, self.folder.path))
        self._look_due = False
        for event in told:
            if isinstance(event, Metric):
                self._write(event)
        self._save()
        yield from told

    def _report(self) -> EventStream:
        for name, values in self._sums.items():
            metric = Metric(name, sum(values) / len(values), self.done)
            self._write(metric)
            yield metric
        self._sums.clear()
        yield Progress(self.done, self.schedule.steps, f"step {self.done}")

    def _write(self, metric: Metric) -> None:
        self.folder.append(metric)
        self.logs.scalar(metric.name, metric.value, metric.step)

    def _keep(self) -> bool:
        """Put the state on the disk; False, and nothing is put, if a weight is no number."""
        now = time.monotonic()
        self.seconds += now - self._begun
        self._begun = self._kept = now
        state = self.learner.state()
        if not _finite(state):
            return False
        kept = {"step": self.done, "seconds": self.seconds, "learner": state}
        self.folder.keep({**kept, "look_due": self._look_due})
        return True

    def _save(self) -> None:
        """Put the product on the disk, and the state that belongs to it."""
        if self._saved == self.done:
            return
        if not self._keep():
            self._fall_back(f"a weight is no number any more after step {self.done}")
        self.learner.save(self.product)
        self._saved = self.done

    def _fall_back(self, what: str) -> None:
        """Save the product of the last good state, and say what happened."""
        found = self.folder.last()
        kept = "No earlier weights were on the disk yet"
        if found is not None:
            self.learner.restore(found["learner"])
            self.learner.save(self.product)
            kept = f"The weights of step {found['step']} are kept"
        raise TrainingError(
            what,
            where=self.folder.path,
            remedy=f"{kept}. Halve the learning rate, in a new folder",
        )

    def _shrink(self, error: Exception) -> EventStream:
        torch.cuda.empty_cache()
        free, total = torch.cuda.mem_get_info()
        have = f"{free / 2**30:.1f} of {total / 2**30:.1f} GiB are free"
        if not self.learner.shrink():
            raise TrainingError(
                f"the GPU's memory does not suffice for a batch of one lesion ({have})",
                where=self.folder.path,
                remedy="Close other programs on the GPU, make the net narrower (--width), or "
                "train on the CPU (--device cpu)",
            ) from error
        yield Log(f"the GPU's memory was full ({have}): the batch is halved", "warning")


def _finite(state: Any) -> bool:
    """Whether every number in a nested state is one."""
    if isinstance(state, torch.Tensor):
        return bool(not state.is_floating_point() or torch.isfinite(state).all())
    if isinstance(state, Mapping):
        return all(_finite(value) for value in state.values())
    if isinstance(state, list | tuple):
        return all(_finite(value) for value in state)
    return True
