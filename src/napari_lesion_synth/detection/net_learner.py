"""How a net of the detector learns from batches: its optimiser, its running mean, its best."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import nn

from napari_lesion_synth.detection.net_file import save_net
from napari_lesion_synth.detection.nets.registry import build
from napari_lesion_synth.detection.nets.spec import NetSpec
from napari_lesion_synth.events import Event, Metric
from napari_lesion_synth.training.device import Compute
from napari_lesion_synth.training.ema import decay_at, follow
from napari_lesion_synth.training.pace import pace
from napari_lesion_synth.training.seeds import initial_weights

__all__ = ["SCORE", "NetLearner", "Plan", "Source", "Validate"]

SCORE = "score"
"""The number, among those of a validation, by which the best weights are chosen."""

Validate = Callable[[nn.Module], Mapping[str, float]]
"""Measures a net, in evaluation mode and in place, on patients it has not seen."""

Tensors = dict[str, torch.Tensor]
B = TypeVar("B")
B_co = TypeVar("B_co", covariant=True)


class Source(Protocol[B_co]):
    """Gives batches."""

    def batch(self, step: int) -> B_co:
        """The batch of a step, counted from 1; the same one however often it is asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How a net learns.

    Parameters
    ----------
    steps : int
        In all: the learning rate goes down to 0 over them.
    rate : float
        Largest learning rate.
    warm_up : int
        Steps until then.
    decay : float
        Of the weights, by AdamW.
    mean : float
        Part of the running mean that stays at a step.
    longest : float
        Length to which gradients are cut.
    patience : int
        Looks without gain after which learning ends; 0: it does not.
    seed : int
        Of the first weights.
    """

    steps: int
    rate: float = 1e-3
    warm_up: int = 30
    decay: float = 1e-4
    mean: float = 0.995
    longest: float = 1.0
    patience: int = 0
    seed: int = 0


class NetLearner(ABC, Generic[B]):
    """A `training.loop.Learner` of one net.

    Parameters
    ----------
    spec : NetSpec
        Which net.
    source : Source
        Its batches.
    plan : Plan
        How it learns.
    compute : Compute
        Where.
    validate : callable, optional
        Called at each look with the running mean; the weights with the highest ``"score"``, of
        equals the later ones, are the product. Without it, the last ones are.
    facts : mapping, optional
        JSON types, written beside the product's weights.
    pretrained : bool
        Whether the encoder of ``"lite"`` begins with the weights from ImageNet.
    """

    def __init__(
        self,
        spec: NetSpec,
        source: Source[B],
        plan: Plan,
        compute: Compute,
        validate: Validate | None = None,
        facts: Mapping[str, Any] | None = None,
        *,
        pretrained: bool = True,
    ) -> None:
        self.spec, self.source, self.plan = spec, source, plan
        self.compute, self.validate, self.facts = compute, validate, dict(facts or {})
        with initial_weights(plan.seed):
            net = build(spec, pretrained=pretrained)
        self.net = compute.place(net).train()
        self.mean = copy.deepcopy(self.net).requires_grad_(False).eval()
        self.optimiser = torch.optim.AdamW(
            self.net.parameters(), plan.rate, weight_decay=plan.decay
        )
        self.scaler = torch.amp.GradScaler(
            compute.device.type, enabled=compute.amp is torch.float16
        )
        self.done, self.parts, self.rows = 0, 1, 1
        self.best: Tensors | None = None
        self.best_score = -torch.inf
        self.best_step = 0
        self.idle = 0

    @abstractmethod
    def placed(self, batch: B) -> Tensors:
        """A batch's tensors, each with one row an example, on the device."""

    @abstractmethod
    def losses(self, part: Tensors) -> Tensors:
        """Losses of some rows of a batch, such that those of all parts add up to the batch's."""

    def step(self, number: int) -> Mapping[str, float]:
        """One step on one batch, in parts where memory is short."""
        batch = self.placed(self.source.batch(number))
        self.rows = len(next(iter(batch.values())))
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate * pace(number - 1, self.plan.steps, self.plan.warm_up)
        self.optimiser.zero_grad(set_to_none=True)
        told: dict[str, float] = {}
        with self.compute.threaded():
            for part in parts_of(batch, self.parts):
                losses = self.losses(part)
                loss = torch.stack(list(losses.values())).sum()
                self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
                for name, value in losses.items():
                    told[name] = told.get(name, 0.0) + float(value.detach())
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.net.parameters(), self.plan.longest)
            self.scaler.step(self.optimiser)
            self.scaler.update()
            follow(self.mean, self.net, decay_at(number, self.plan.mean))
        self.done = number
        return told

    def state(self) -> dict[str, Any]:
        """Weights, optimiser, running mean, the best so far."""
        return {
            "net": self.net.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "best": self.best,
            "counts": [self.done, self.parts, self.best_step, self.idle],
            "best_score": self.best_score,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to what `state` gave."""
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        self.best, self.best_score = state["best"], float(state["best_score"])
        self.done, self.parts, self.best_step, self.idle = state["counts"]

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """Measure the running mean, and keep it if it is the best."""
        del folder
        if self.validate is None:
            return
        measured = dict(self.validate(self.mean))
        if SCORE not in measured:
            raise ValueError(f"a validation gives a number named {SCORE!r}")
        score = measured[SCORE]
        self.idle = 0 if score > self.best_score else self.idle + 1
        if score >= self.best_score:  # of equals the later ones, which have seen more
            self.best = {n: w.detach().cpu().clone() for n, w in self.mean.state_dict().items()}
            self.best_score, self.best_step = score, number
        for name, value in measured.items():
            yield Metric(f"validation/{name}", float(value), number)

    def save(self, path: Path) -> None:
        """Write the product as it is now."""
        save_net(path, self.spec, self.weights(), {**self.facts, "steps": self.steps})

    def weights(self) -> Tensors:
        """The best running mean, on the CPU; the present one where nothing was measured."""
        found = self.mean.state_dict() if self.best is None else self.best
        return {name: weight.detach().cpu() for name, weight in found.items()}

    @property
    def steps(self) -> int:
        """After how many steps the product was as it is."""
        return self.done if self.best is None else self.best_step

    def shrink(self) -> bool:
        """Take the batch in twice as many parts; what is learnt stays the same."""
        if self.parts >= self.rows:
            return False
        self.optimiser.zero_grad(set_to_none=True)
        self.parts *= 2
        return True

    def finished(self) -> bool:
        """Whether the validation has not gained for as long as the plan is patient."""
        return 0 < self.plan.patience <= self.idle


def parts_of(batch: Tensors, count: int) -> Iterator[Tensors]:
    """The rows of a batch, in so many parts at most."""
    rows = {name: torch.tensor_split(values, count) for name, values in batch.items()}
    for i in range(count):
        part = {name: pieces[i] for name, pieces in rows.items()}
        if len(next(iter(part.values()))):
            yield part
