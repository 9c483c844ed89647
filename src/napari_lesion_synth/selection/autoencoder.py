"""The finished auto-encoder: nets of all folds, and what real lesions' errors are under them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.ct.volume import Triple
from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.selection.augment import flips
from napari_lesion_synth.selection.band import HeldOut
from napari_lesion_synth.selection.checks import CheckLimits
from napari_lesion_synth.selection.crop_net import CropNet, squared_error
from napari_lesion_synth.selection.crops import Crop, CropGrid, crop_of
from napari_lesion_synth.selection.view import LesionView
from napari_lesion_synth.training.checkpoint import load_checkpoint, save_checkpoint
from napari_lesion_synth.training.device import inference_threads

__all__ = ["KIND", "PRODUCT", "AutoEncoder", "Fold", "error_hu", "finished_net", "spacing_range"]

KIND = "autoencoder"
PRODUCT = "autoencoder.pt"
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fold:
    """One net's part of the data.

    Parameters
    ----------
    trained_on : tuple of str
        Patients whose lesions the net was trained on.
    held_out : tuple of str
        Ids of the real lesions that it has not seen.
    factor : float
        By which its errors are divided, to be comparable with those of the other nets.
    """

    trained_on: tuple[str, ...]
    held_out: tuple[str, ...]
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class AutoEncoder:
    """Judge of single lesions; made by `load`.

    Parameters
    ----------
    grid : CropGrid
        What the nets look at.
    nets : tuple of CropNet
        One a fold.
    folds : tuple of Fold
        Their data.
    held_out : tuple of HeldOut
        Error of every real lesion under the net that has not seen its patient.
    by_patient : bool
        Whether folds share no patient; if not, held-out errors are too small.
    spacing : (Triple, Triple)
        Smallest and largest voxel size of the real lesions, (z, y, x), mm.
    settings : dict
        With which the nets were trained.
    limits : CheckLimits or None
        Of the cheap checks, taken from the real lesions; None: the file is of an older version.
    sha256 : str
        Of the file's content; empty where it was not read from one.
    """

    grid: CropGrid
    nets: tuple[CropNet, ...]
    folds: tuple[Fold, ...]
    held_out: tuple[HeldOut, ...]
    by_patient: bool
    spacing: tuple[Triple, Triple]
    settings: dict[str, Any]
    limits: CheckLimits | None = None
    sha256: str = ""

    @property
    def patients(self) -> tuple[str, ...]:
        """Everybody whose lesions it knows, in order."""
        return tuple(sorted({item.patient for item in self.held_out}))

    def errors(self, views: Iterable[LesionView]) -> NDArray[np.float64]:
        """Reconstruction errors, one lesion after the other.

        The same lesion gives the same error, whatever else is judged with it. A real lesion of
        the training gives its held-out error.

        Parameters
        ----------
        views : iterable of LesionView
            Real or synthetic.

        Returns
        -------
        ndarray of float64, shape (n,)
            Root of the weighted mean squared error, HU, comparable with `held_out`.

        Raises
        ------
        InputError
            If a lesion is a single slice and the nets were made for volumes, or has no label.
        """
        return np.array([self.error(view) for view in views], np.float64)

    def error(self, view: LesionView) -> float:
        """As `errors`, of one lesion."""
        crop = crop_of(view, self.grid)
        with inference_threads():
            errors = [
                error_hu(self.nets[k], crop, self.grid) / self.folds[k].factor
                for k in self.judges(view)
            ]
        return errors[0] if len(errors) == 1 else float(np.exp(np.mean(np.log(errors))))

    def judges(self, view: LesionView) -> tuple[int, ...]:
        """Numbers of the nets that may judge a lesion.

        Those that have seen none of the patients that it descends from; failing that, none of
        those whose lesions it was made from; failing that, not its host; failing that, all. A
        real lesion of the training is judged by the net that held it out.
        """
        if view.host is None:
            own = tuple(k for k, fold in enumerate(self.folds) if view.id in fold.held_out)
            if own:
                return own
        for patients in (set(view.patients), set(view.lineage), {view.patient}):
            unseen = tuple(
                k for k, fold in enumerate(self.folds) if not patients.intersection(fold.trained_on)
            )
            if unseen and patients:
                return unseen
        return tuple(range(len(self.nets)))

    def save(self, path: Path) -> None:
        """Write it to a file.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        facts = {
            "grid": asdict(self.grid),
            "folds": [asdict(fold) for fold in self.folds],
            "held_out": [asdict(item) for item in self.held_out],
            "patients": self.patients,
            "donors": [item.id for item in self.held_out],
            "by_patient": self.by_patient,
            "spacing": self.spacing,
            "settings": self.settings,
        }
        if self.limits is not None:
            facts["limits"] = self.limits.model_dump(mode="json")
        tensors = {
            f"{k}.{name}": tensor
            for k, net in enumerate(self.nets)
            for name, tensor in net.state_dict().items()
        }
        save_checkpoint(path, KIND, _VERSION, facts, tensors)

    @classmethod
    def load(cls, path: str | Path) -> AutoEncoder:
        """Read one that `train_autoencoder` made.

        Raises
        ------
        CheckpointError
            If the file is missing, damaged, or holds something else.
        """
        found = load_checkpoint(Path(path), KIND, _VERSION, {})
        try:
            return cls._of(found.facts, found.tensors, found.sha256)
        except (KeyError, TypeError, ValueError, RuntimeError) as cause:
            reason = f"its description is incomplete: {cause}"
            if isinstance(cause, RuntimeError):
                reason = "the weights do not fit its nets"
            raise CheckpointError(
                f"the auto-encoder's file is damaged ({reason})",
                where=path,
                remedy="Train the auto-encoder again",
            ) from cause

    @classmethod
    def _of(cls, facts: dict[str, Any], tensors: dict[str, Tensor], sha256: str) -> AutoEncoder:
        grid, settings = CropGrid(**facts["grid"]), facts["settings"]
        nets = []
        for k in range(len(facts["folds"])):
            own = {n.removeprefix(f"{k}."): t for n, t in tensors.items() if n.startswith(f"{k}.")}
            nets.append(finished_net(grid, settings["width"], settings["latent"], own))
        low, high = facts["spacing"]
        return cls(
            grid,
            tuple(nets),
            tuple(
                Fold(tuple(f["trained_on"]), tuple(f["held_out"]), float(f["factor"]))
                for f in facts["folds"]
            ),
            tuple(HeldOut(**{**item, "zone": Zone(item["zone"])}) for item in facts["held_out"]),
            bool(facts["by_patient"]),
            ((low[0], low[1], low[2]), (high[0], high[1], high[2])),
            settings,
            CheckLimits(**facts["limits"]) if "limits" in facts else None,
            sha256,
        )


def finished_net(grid: CropGrid, width: int, latent: int, weights: Mapping[str, Tensor]) -> CropNet:
    """A net with these weights, on the CPU, for judging only."""
    with torch.device("meta"):  # no first weights are drawn
        net = CropNet(grid, width=width, latent=latent)
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
    net.load_state_dict(plain, assign=True)
    net.requires_grad_(False)
    net.eval()
    return net


def error_hu(net: nn.Module, crop: Crop, grid: CropGrid) -> float:
    """Root of a crop's weighted mean squared error, over its four mirror images, HU."""
    channels = flips(torch.from_numpy(crop.channels))
    weight = flips(torch.from_numpy(crop.weight)[None])
    with torch.inference_mode():
        error = squared_error(net, channels, weight).mean()
    return math.sqrt(max(float(error), 1e-12)) * grid.scale_hu


def spacing_range(views: Sequence[LesionView]) -> tuple[Triple, Triple]:
    """Smallest and largest voxel size along each axis."""
    sizes = np.array([view.spacing for view in views])
    low, high = sizes.min(axis=0).tolist(), sizes.max(axis=0).tolist()
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
