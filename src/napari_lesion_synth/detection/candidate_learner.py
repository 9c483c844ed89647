"""Teaching a net to mark lesions: in slices (candidates) or in volumes (the single stage)."""

from __future__ import annotations

from torch import Tensor

from napari_lesion_synth.detection.losses import lesion_loss
from napari_lesion_synth.detection.net_learner import NetLearner
from napari_lesion_synth.detection.nets.registry import compute_for
from napari_lesion_synth.detection.slice_batch import SliceBatch

__all__ = ["CandidateLearner"]


class CandidateLearner(NetLearner[SliceBatch]):
    """Learns from a source of `SliceBatch`; the net's description says of which rank."""

    def placed(self, batch: SliceBatch) -> dict[str, Tensor]:
        """See `NetLearner`."""
        tensors = {"image": batch.image, "target": batch.target, "weight": batch.weight}
        found = {name: self.compute.place(values) for name, values in tensors.items()}
        total = found["weight"].sum().clamp_min(1e-6)
        return {**found, "total": total.expand(len(batch.image))}

    def losses(self, part: dict[str, Tensor]) -> dict[str, Tensor]:
        """See `NetLearner`."""
        image = part["image"]
        with compute_for(self.spec, self.compute, image.shape[2]).autocast():
            logits = self.net(image)
        return lesion_loss(logits, part["target"], part["weight"], part["total"][0])
