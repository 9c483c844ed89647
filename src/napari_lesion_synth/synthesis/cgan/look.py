"""Looking at a generator while it learns: a strip of pictures, and two numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import stats

from napari_lesion_synth.events import Artifact, Event, Metric
from napari_lesion_synth.files import write_atomic
from napari_lesion_synth.synthesis.cgan.conditions import HU_SCALE
from napari_lesion_synth.synthesis.cgan.patch_game import PatchGame
from napari_lesion_synth.synthesis.cgan.pools import Batch, Pool, zones_of
from napari_lesion_synth.synthesis.cgan.residual_game import ResidualGame
from napari_lesion_synth.training.seeds import torch_generator

__all__ = ["PatchLooker", "ResidualLooker"]

_EACH = 4
_MOST = 64
_BLACK, _WHITE = -2.0, 1.5
_INSIDE = 0.7
_ZOOM = 2


class ResidualLooker:
    """Fixed places, rim and interior, with fixed noise; and the held-out lesions.

    Parameters
    ----------
    game : ResidualGame
        What learns.
    held : Pool or None
        Held-out lesions; None: those of the training, in the pictures only.
    """

    def __init__(self, game: ResidualGame, held: Pool | None) -> None:
        self.game, self.held = game, held
        self.places = _spread(game.healthy)

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """A strip: hosts above, lesions made below, real ones last. And metrics."""
        with self.game.compute.threaded(), torch.no_grad():
            yield from self._strip(number, folder)
            if self.held is not None:
                yield from self._metrics(number, self.held)

    def _strip(self, number: int, folder: Path) -> Iterator[Event]:
        game = self.game
        batch = game.healthy.take(self.places, game.compute)
        rows = [batch.maps[:, :1]]
        for seed in (1, 2):
            made = game.made(game.mean, batch, torch_generator(seed))
            rows.append(batch.maps[:, :1] + made)
        known = game.real if self.held is None else self.held
        real = known.take(_spread(known), game.compute)
        assert real.change is not None
        rows.append(real.maps[:, :1] + real.change)
        yield _written(rows, number, folder)

    def _metrics(self, number: int, held: Pool) -> Iterator[Event]:
        """HU in the lesions, and how much surer the judge is of the lesions that it knows."""
        game = self.game
        real = held.take(torch.arange(len(held))[:_MOST], game.compute)
        healthy = game.healthy.take(torch.arange(len(game.healthy))[:_MOST], game.compute)
        known = game.real.take(torch.arange(len(game.real))[:_MOST], game.compute)
        assert real.change is not None
        assert known.change is not None
        made = game.made(game.mean, healthy, torch_generator(1))
        distance = stats.wasserstein_distance(_inside(real, real.change), _inside(healthy, made))
        yield Metric("val/hu_wasserstein", float(distance) * HU_SCALE, number)
        verdicts = [
            game.judge(seen, batch.zone, game.where(seen)).mean()
            for batch in (known, real)
            if batch.change is not None
            for seen in (batch.seen(batch.change),)
        ]
        yield Metric("val/judge_gap", float(verdicts[0] - verdicts[1]), number)


class PatchLooker:
    """Patches of fixed noise, interior and rim, beside real ones.

    Parameters
    ----------
    game : PatchGame
        What learns.
    """

    def __init__(self, game: PatchGame) -> None:
        self.game = game

    def look(self, number: int, folder: Path) -> Iterator[Event]:
        """A strip: made ones above, real ones below."""
        game = self.game
        zone = torch.arange(2 * _EACH) // _EACH
        with game.compute.threaded(), torch.no_grad():
            rows = []
            for seed in (1, 2):
                made = game.made(game.mean, zone.to(game.compute.device), torch_generator(seed))
                rows.append(made[:, :1])
            order = _first_of_each(game.rim)
            rows.append(game.patches[order][:, :1])
        yield _written(rows, number, folder)


def _spread(pool: Pool) -> torch.Tensor:
    return _first_of_each(zones_of(pool.scalars))


def _first_of_each(zone: torch.Tensor) -> torch.Tensor:
    """Indices of some of the interior and some of the rim, always the same."""
    found = [torch.nonzero(zone == value)[:, 0][:_EACH] for value in (0, 1)]
    return torch.cat(found)


def _inside(batch: Batch, change: torch.Tensor) -> NDArray[np.float32]:
    image = (batch.maps[:, :1] + change)[batch.gain > _INSIDE]
    values: NDArray[np.float32] = image.float().cpu().numpy()
    return values if values.size else np.zeros(1, np.float32)


def _written(rows: list[torch.Tensor], number: int, folder: Path) -> Artifact:
    """A picture of rows of examples: of volumes, their middle slices."""
    lines = [_line(row.float().cpu().numpy()[:, 0]) for row in rows]
    width = max(line.shape[1] for line in lines)
    lines = [np.pad(line, ((0, 0), (0, width - line.shape[1]))) for line in lines]
    grey = np.concatenate(lines)
    picture = Image.fromarray(grey)
    picture = picture.resize((_ZOOM * grey.shape[1], _ZOOM * grey.shape[0]), Image.Resampling.BOX)
    file = io.BytesIO()
    picture.save(file, "PNG")
    path = folder / f"strip_{number:06d}.png"
    write_atomic(path, file.getvalue())
    return Artifact("strip", str(path))


def _line(examples: NDArray[np.float32]) -> NDArray[np.uint8]:
    if examples.ndim == 4:
        examples = examples[:, examples.shape[1] // 2]
    grey = np.clip((examples - _BLACK) / (_WHITE - _BLACK), 0, 1) * 255
    return np.concatenate(list(grey.astype(np.uint8)), axis=1)
