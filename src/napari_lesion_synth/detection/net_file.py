"""The file of one net of a detector, as its training leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_lesion_synth.detection.nets.spec import NetSpec
from napari_lesion_synth.errors import CheckpointError

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["NetFile", "load_net", "save_net"]

_KIND = "detector's net"
_VERSION = 1


@dataclass(frozen=True, eq=False)
class NetFile:
    """A net's weights, and what is known of them.

    Parameters
    ----------
    spec : NetSpec
        Which net.
    tensors : mapping of str to Tensor
        Its weights, on the CPU.
    facts : dict
        JSON types; ``"steps"`` among them.
    """

    spec: NetSpec
    tensors: Mapping[str, torch.Tensor]
    facts: dict[str, Any]

    def net(self) -> nn.Module:
        """The net with these weights, on the CPU, in evaluation mode.

        Raises
        ------
        CheckpointError
            If the weights are not this net's.
        ParameterError
            If it needs an extra that is not installed.
        """
        from napari_lesion_synth.detection.nets.registry import build

        net = build(self.spec)
        try:
            net.load_state_dict(dict(self.tensors))
        except RuntimeError as cause:
            raise CheckpointError(
                f"these weights are not those of the net {self.spec.name!r} "
                f"of width {self.spec.width}",
                remedy="Train it again",
            ) from cause
        return net.eval().requires_grad_(False)


def save_net(
    path: Path, spec: NetSpec, tensors: Mapping[str, torch.Tensor], facts: Mapping[str, Any]
) -> None:
    """Write a net, whole or not at all.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    from napari_lesion_synth.training.checkpoint import save_checkpoint

    save_checkpoint(path, _KIND, _VERSION, {**facts, "net": spec.to_json()}, tensors)


def load_net(path: str | Path) -> NetFile:
    """Read what `save_net` wrote.

    Raises
    ------
    CheckpointError
        If the file is missing or damaged, holds something else, or its version cannot be used.
    """
    from napari_lesion_synth.training.checkpoint import load_checkpoint

    found = load_checkpoint(Path(path), _KIND, _VERSION)
    facts = dict(found.facts)
    return NetFile(NetSpec.from_json(facts.pop("net", {})), found.tensors, facts)
