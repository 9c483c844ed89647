"""Features kept between runs, by the photo's content and the version of what made them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_lesion_synth.files import npz_bytes, write_atomic, writing

__all__ = ["FeatureCache", "Named"]


@dataclass(frozen=True, eq=False)
class Named:
    """One photo's features.

    Parameters
    ----------
    names : tuple of str
        Of the columns.
    values : ndarray of float64, shape (p,)
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]

    @classmethod
    def of(cls, found: Mapping[str, float]) -> Named:
        """From a mapping, in its order."""
        return cls(tuple(found), np.array(list(found.values()), np.float64))


@dataclass(frozen=True)
class FeatureCache:
    """A folder with one file a photo and kind of features.

    Parameters
    ----------
    folder : Path
        Made where there is none. It may be deleted at any time.
    """

    folder: Path

    def get(
        self,
        sha256: str,
        version: str,
        make: Callable[[], Named],
        mask: NDArray[np.bool_] | None = None,
    ) -> Named:
        """What is kept, or what `make` makes, which is kept then.

        Parameters
        ----------
        sha256 : str
            Hash of the photo's file.
        version : str
            Of what makes the features, its settings included.
        make : callable
            Makes them.
        mask : ndarray of bool, optional
            What they depend on besides.

        Raises
        ------
        StorageError
            If they cannot be written.
        """
        path = self.folder / _name(sha256, version, mask)
        found = _read(path)
        if found is None:
            found = make()
            with writing(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, npz_bytes({"names": np.array(found.names), "values": found.values}))
        return found


def _name(sha256: str, version: str, mask: NDArray[np.bool_] | None) -> str:
    area = "" if mask is None else hashlib.sha256(_bytes(mask)).hexdigest()
    key = hashlib.sha256(f"{sha256}|{version}|{area}".encode()).hexdigest()
    return f"{sha256[:12]}-{key[:20]}.npz"


def _bytes(mask: NDArray[np.bool_]) -> bytes:
    return str(mask.shape).encode() + np.packbits(mask).tobytes()


def _read(path: Path) -> Named | None:
    """None for a file that is not there, or damaged: it is made again."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            names, values = archive["names"], archive["values"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if names.shape != values.shape or not np.isfinite(values).all():
        return None
    return Named(tuple(str(name) for name in names), values)
