"""Examples as tensors, from which batches are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from napari_lesion_synth.synthesis.cgan.conditions import MAPS, SCALARS, Condition
from napari_lesion_synth.synthesis.cgan.examples import Example
from napari_lesion_synth.training.device import Compute

__all__ = ["Batch", "Pool", "conditions_pool", "examples_pool", "zones_of"]

_GAIN = MAPS.index("gain")
_DELTA = SCALARS.index("delta")
_ZONE = SCALARS.index("zone")


@dataclass(frozen=True, eq=False)
class Batch:
    """Places, and the real lesions that were in them.

    Parameters
    ----------
    maps : Tensor, shape (n, 4, ...)
        Host, envelope, depth, organ.
    gain : Tensor, shape (n, 1, ...)
        How much of the lesion's change each voxel takes.
    scalars : Tensor, shape (n, 6)
        The lesions' numbers.
    zone : Tensor of int64, shape (n,)
        0 interior, 1 rim.
    change : Tensor or None, shape (n, 1, ...)
        What the real lesion adds to the host.
    lesion : Tensor of int64, shape (n,)
        Which real lesion; -1 for none.
    """

    maps: torch.Tensor
    gain: torch.Tensor
    scalars: torch.Tensor
    zone: torch.Tensor
    change: torch.Tensor | None
    lesion: torch.Tensor

    def seen(self, change: torch.Tensor) -> torch.Tensor:
        """What the discriminator sees with `change` added to the host."""
        return torch.cat([self.maps[:, :1] + change, self.maps[:, 1:]], dim=1)

    @property
    def delta(self) -> torch.Tensor:
        """Contrast, shape (n, 1, ...)."""
        shape = (len(self.scalars), *(1,) * (self.maps.ndim - 1))
        return self.scalars[:, _DELTA].reshape(shape)

    @property
    def where(self) -> torch.Tensor:
        """The lesion."""
        return self.maps[:, 1:2]

    def joined(self, other: Batch) -> Batch:
        """Both, without the real lesions."""
        return Batch(
            torch.cat([self.maps, other.maps]),
            torch.cat([self.gain, other.gain]),
            torch.cat([self.scalars, other.scalars]),
            torch.cat([self.zone, other.zone]),
            None,
            torch.cat([self.lesion, other.lesion]),
        )


@dataclass(frozen=True, eq=False)
class Pool:
    """All examples of one kind, in half precision where they lie.

    Parameters
    ----------
    maps : Tensor of float16, shape (n, 5 or 6, ...)
        As `conditions.MAPS`, and the real lesion's change.
    scalars : Tensor, shape (n, 6)
        The lesions' numbers.
    lesion : Tensor of int64, shape (n,)
        Which real lesion; -1 for none.
    """

    maps: torch.Tensor
    scalars: torch.Tensor
    lesion: torch.Tensor

    def __len__(self) -> int:
        return len(self.maps)

    def draw(self, count: int, generator: torch.Generator, compute: Compute) -> Batch:
        """`count` of them, each as likely as any other."""
        index = torch.randint(len(self), (count,), generator=generator)
        return self.take(index, compute)

    def take(self, index: torch.Tensor, compute: Compute) -> Batch:
        """Those at `index`."""
        maps = compute.place(self.maps[index].float())
        scalars = self.scalars[index].to(compute.device)
        change = maps[:, _GAIN + 1 :] if maps.shape[1] > len(MAPS) else None
        lesion = self.lesion[index].to(compute.device)
        gain = maps[:, _GAIN : _GAIN + 1]
        return Batch(maps[:, :_GAIN], gain, scalars, zones_of(scalars), change, lesion)


def zones_of(scalars: torch.Tensor) -> torch.Tensor:
    """0 for the interior, 1 for the rim."""
    return (scalars[:, _ZONE] > 0).long()


def _pool(maps: Sequence[np.ndarray], scalars: Sequence[np.ndarray], lesion: Sequence[int]) -> Pool:
    values = np.stack(maps).astype(np.float16)
    if values.shape[2] == 1:
        values = values[:, :, 0]
    which = torch.tensor(lesion, dtype=torch.int64)
    return Pool(torch.from_numpy(values), torch.from_numpy(np.stack(scalars)), which)


def conditions_pool(conditions: Sequence[Condition]) -> Pool:
    """Healthy places."""
    return _pool(
        [c.maps for c in conditions], [c.scalars for c in conditions], [-1] * len(conditions)
    )


def examples_pool(examples: Sequence[Example]) -> Pool:
    """Real lesions, erased, and what was taken out."""
    maps = [np.concatenate([e.condition.maps, e.change[None]]) for e in examples]
    numbers = {donor: i for i, donor in enumerate(dict.fromkeys(e.donor for e in examples))}
    scalars = [e.condition.scalars for e in examples]
    return _pool(maps, scalars, [numbers[e.donor] for e in examples])
