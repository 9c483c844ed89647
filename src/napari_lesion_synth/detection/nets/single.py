"""The baseline: one net in volumes, after nnU-Net, from MONAI."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["SingleStageNet"]

_FACTORS = (1, 2, 4, 6, 8)
_DOWN: tuple[tuple[int, int, int], ...] = ((1, 2, 2), (2, 2, 2), (2, 2, 2), (2, 2, 2))


class SingleStageNet(nn.Module):
    """A `monai.networks.nets.DynUNet` of five levels.

    The first step down leaves the slices alone, since they are thicker than pixels are wide.

    References
    ----------
    .. [1] F. Isensee et al., "nnU-Net: a self-configuring method for deep learning-based
       biomedical image segmentation", Nature Methods 18, 2021.

    Parameters
    ----------
    channels : int
        Of the input.
    width : int
        Of the finest level; up to 8 times it at the others.
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        from monai.networks.nets.dynunet import DynUNet

        self.net = DynUNet(
            spatial_dims=3,
            in_channels=channels,
            out_channels=1,
            kernel_size=[3] * len(_FACTORS),
            strides=[(1, 1, 1), *_DOWN],
            upsample_kernel_size=list(_DOWN),
            filters=[width * factor for factor in _FACTORS],
            norm_name=("INSTANCE", {"affine": True}),
        )

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        """Logits of a lesion in each voxel.

        Parameters
        ----------
        volume : Tensor, shape (n, channels, z, y, x)
            Slices a multiple of 8, sides of 16.

        Returns
        -------
        Tensor, shape (n, 1, z, y, x)
        """
        out: torch.Tensor = self.net(volume)
        return out
