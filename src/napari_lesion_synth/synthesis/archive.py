"""Reading arrays back, and names that stand for their content."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "arrays_from_npz",
    "content_id",
    "slug",
]


def arrays_from_npz(data: bytes) -> dict[str, NDArray[Any]]:
    """Inverse of `napari_lesion_synth.files.npz_bytes`.

    Raises
    ------
    ValueError
        If the bytes are not a whole ``.npz`` file, or hold pickles.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, KeyError, zipfile.BadZipFile, AttributeError) as cause:
        raise ValueError(str(cause) or type(cause).__name__) from cause


def slug(text: str) -> str:
    """`text` as part of a file name: letters, digits, dots, dashes and underscores only."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("._") or "unnamed"


def content_id(patient: str, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> str:
    """Patient and a hash of the content, usable as a file name.

    Parameters
    ----------
    patient : str
        Pseudonym.
    arrays : mapping
        Arrays that the id stands for; types and shapes count.
    facts : mapping
        Plain values that it stands for.

    Returns
    -------
    str
        As in ``"patient7-3f2a90c1d4e5"``.
    """
    digest = hashlib.sha256(json.dumps([patient, facts], sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(repr((name, array.dtype.str, array.shape)).encode())
        digest.update(array.data)
    return f"{slug(patient)}-{digest.hexdigest()[:12]}"
