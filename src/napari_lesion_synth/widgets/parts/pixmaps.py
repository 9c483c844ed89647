"""Pictures made without Qt, as pixmaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from qtpy.QtGui import QImage, QPixmap

__all__ = ["pixmap_of"]


def pixmap_of(picture: Image.Image | NDArray[np.uint8], ratio: float = 1.0) -> QPixmap:
    """A picture as a pixmap.

    Parameters
    ----------
    picture : PIL.Image.Image or ndarray of uint8
        An image, or grey values (rows, columns), or RGB (rows, columns, 3).
    ratio : float
        Pixels of the picture to one device-independent pixel of the widget.

    Returns
    -------
    QPixmap
    """
    array = np.asarray(picture.convert("RGB") if isinstance(picture, Image.Image) else picture)
    array = np.ascontiguousarray(array, np.uint8)
    rows, columns = array.shape[:2]
    kind = QImage.Format.Format_Grayscale8 if array.ndim == 2 else QImage.Format.Format_RGB888
    image = QImage(array.data, columns, rows, array.strides[0], kind)
    pixmap = QPixmap.fromImage(image)  # copies: the array may go
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
