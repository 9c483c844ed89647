"""A game as the training loop knows it: with a product, and something to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from napari_lesion_synth.events import Event
from napari_lesion_synth.synthesis.cgan.facts import GeneratorFacts
from napari_lesion_synth.synthesis.cgan.game import Game
from napari_lesion_synth.synthesis.cgan.model import KIND, VERSION
from napari_lesion_synth.training.checkpoint import save_checkpoint

__all__ = ["GanLearner", "Looker"]


class Looker(Protocol):
    """Judges a game from outside."""

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """Metrics and pictures after step `number`."""
        ...


class GanLearner:
    """A game, what its product says about itself, and who looks at it.

    Parameters
    ----------
    game : Game
        What learns.
    facts : GeneratorFacts
        Of the product.
    looker : Looker
        Makes pictures and metrics.
    """

    def __init__(self, game: Game, facts: GeneratorFacts, looker: Looker) -> None:
        self.game, self.facts, self.looker = game, facts, looker
        self.done = 0

    def step(self, number: int) -> Mapping[str, float]:
        """See `training.loop.Learner`."""
        losses = self.game.step(number)
        self.done = number
        return losses

    def state(self) -> dict[str, Any]:
        """See `training.loop.Learner`."""
        return {**self.game.state(), "done": self.done}

    def restore(self, state: dict[str, Any]) -> None:
        """See `training.loop.Learner`."""
        self.game.restore(state)
        self.done = int(state["done"])

    def save(self, path: Path) -> None:
        """Write the running mean of the generator."""
        facts = self.facts.after(self.done).to_json()
        save_checkpoint(path, KIND, VERSION, facts, self.game.mean.state_dict())

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """See `training.loop.Learner`."""
        yield from self.looker.look(number, folder)

    def shrink(self) -> bool:
        """See `training.loop.Learner`."""
        return self.game.shrink()

    def finished(self) -> bool:
        """Never: no number says that a game is won."""
        return False
