"""A trained detector: its nets and what it says about itself, in one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_lesion_synth.detection.facts import DetectorFacts
from napari_lesion_synth.detection.net_file import NetFile
from napari_lesion_synth.errors import CheckpointError

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["KIND", "VERSION", "DetectorModel"]

KIND = "detector"
VERSION = 1


@dataclass(frozen=True, eq=False)
class DetectorModel:
    """A trained detector.

    Parameters
    ----------
    facts : DetectorFacts
        What it is.
    tensors : mapping of str to Tensor
        Weights of its nets, on the CPU, by role and name, as in ``"candidate/stem.weight"``.
    sha256 : str
        Of facts and weights.
    path : Path or None
        Where it was read from.
    """

    facts: DetectorFacts
    tensors: Mapping[str, torch.Tensor]
    sha256: str
    path: Path | None = None

    @classmethod
    def of(
        cls, facts: DetectorFacts, weights: Mapping[str, Mapping[str, torch.Tensor]]
    ) -> DetectorModel:
        """A detector from what was learnt.

        Parameters
        ----------
        facts : DetectorFacts
            What it is.
        weights : mapping
            State of each net by its role, as `NetFile.tensors`.
        """
        from napari_lesion_synth.training.checkpoint import content_sha256

        tensors = {
            f"{role}/{name}": tensor.detach().cpu()
            for role, state in weights.items()
            for name, tensor in state.items()
        }
        return cls(facts, tensors, content_sha256(facts.to_json(), tensors))

    @classmethod
    def load(cls, path: str | Path) -> DetectorModel:
        """Read a detector.

        Raises
        ------
        CheckpointError
            If the file is missing or damaged, holds something else, or its version cannot be
            used.
        """
        from napari_lesion_synth.training.checkpoint import load_checkpoint

        found = load_checkpoint(Path(path), KIND, VERSION)
        return cls(DetectorFacts.from_json(found.facts), found.tensors, found.sha256, Path(path))

    def save(self, path: str | Path) -> None:
        """Write it, whole or not at all.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        from napari_lesion_synth.training.checkpoint import save_checkpoint

        save_checkpoint(Path(path), KIND, VERSION, self.facts.to_json(), self.tensors)

    @property
    def id(self) -> str:
        """Sixteen hexadecimal digits that tell it from any other."""
        return self.sha256[:16]

    @property
    def patients(self) -> tuple[str, ...]:
        """Whose CTs or lesions it has seen: none of them is a fair test."""
        return tuple(sorted({*self.facts.patients, *self.facts.lineage}))

    @property
    def hosts(self) -> dict[str, str]:
        """The CTs that it has seen, by `Volume.sha256`, and whose each is."""
        return dict(self.facts.hosts)

    @property
    def candidate(self) -> nn.Module:
        """A new net that marks lesions: of the first stage, or of the single one; see `net`."""
        return self.net("single" if self.facts.kind == "single" else "candidate")

    @property
    def verifier(self) -> nn.Module | None:
        """A new net of the second stage, where there is one; see `net`."""
        return None if self.facts.spec("verifier") is None else self.net("verifier")

    def net(self, role: str) -> nn.Module:
        """A new net with the weights of a role, on the CPU, in evaluation mode.

        Parameters
        ----------
        role : {"candidate", "verifier", "single"}
            Which one.

        Raises
        ------
        CheckpointError
            If the detector has no such net, or its weights are not that net's.
        ParameterError
            If the net needs an extra that is not installed.
        """
        spec = self.facts.spec(role)
        if spec is None:
            raise CheckpointError(
                f"this detector of kind {self.facts.kind!r} has no net for the role {role!r}",
                where=self.path,
            )
        start = f"{role}/"
        weights = {
            name.removeprefix(start): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(start)
        }
        return NetFile(spec, weights, {}).net()
