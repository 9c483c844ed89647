"""Files of weights: loaded without pickles, upgraded or refused with a reason."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.files import write_atomic

__all__ = [
    "Checkpoint",
    "Upgrade",
    "content_sha256",
    "load_checkpoint",
    "read_torch",
    "save_checkpoint",
    "torch_bytes",
]

_FORMAT = "napari-lesion-synth weights"
_DAMAGE = (
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    UserWarning,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
)

Tensors = dict[str, torch.Tensor]
Upgrade = Callable[[dict[str, Any], Tensors], tuple[dict[str, Any], Tensors]]
"""From one version to the next: facts and tensors in, facts and tensors out."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a file of weights holds.

    Parameters
    ----------
    kind : str
        What the weights are of, as in ``"generator"``.
    version : int
        Of this kind's layout, after upgrading.
    facts : dict
        JSON types: architecture, patients, donors, spacing, normalisation.
    tensors : dict of str to Tensor
        On the CPU.
    sha256 : str
        Of the facts and tensors as they were written, whatever the file's name and packing.
    """

    kind: str
    version: int
    facts: dict[str, Any]
    tensors: Tensors
    sha256: str


def save_checkpoint(
    path: Path,
    kind: str,
    version: int,
    facts: Mapping[str, Any],
    tensors: Mapping[str, torch.Tensor],
) -> str:
    """Write weights, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    kind : str
        What the weights are of.
    version : int
        Of this kind's layout.
    facts : mapping
        JSON types.
    tensors : mapping of str to Tensor
        Weights.

    Returns
    -------
    str
        Their sha256, as `Checkpoint.sha256`.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = _text(facts)
    sha256 = _hash(text, plain)
    content = {
        "format": _FORMAT,
        "kind": kind,
        "version": version,
        "facts": text,
        "tensors": plain,
        "sha256": sha256,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, torch_bytes(content), durable=True)
    return sha256


def load_checkpoint(
    path: Path, kind: str, version: int, upgrades: Mapping[int, Upgrade] | None = None
) -> Checkpoint:
    """Read weights.

    Parameters
    ----------
    path : Path
        A file that `save_checkpoint` wrote.
    kind : str
        The kind that is needed.
    version : int
        The version that is needed.
    upgrades : mapping of int to Upgrade, optional
        How to get from each older version to the next one.

    Returns
    -------
    Checkpoint

    Raises
    ------
    CheckpointError
        If the file is missing or damaged, holds something else or a weight that is no number,
        or its version can neither be used nor upgraded.
    """
    content = read_torch(path)
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise CheckpointError("this file holds no weights of this program", where=path)
    try:
        found, number = str(content["kind"]), int(content["version"])
        text, tensors = str(content["facts"]), dict(content["tensors"])
        facts = json.loads(text)
        sha256 = _hash(text, tensors)
    except (AttributeError, KeyError, TypeError, ValueError) as cause:
        raise _damaged(path, "its parts are not as this program writes them") from cause
    if found != kind:
        raise CheckpointError(
            f"these are the weights of {_article(found)}; {_article(kind)} is needed", where=path
        )
    if content.get("sha256", sha256) != sha256:  # older files have none
        raise _damaged(path, "its content is not what was written")
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise _damaged(path, f"a weight of {name} is no number")
    steps = upgrades or {}
    while number < version and number in steps:
        facts, tensors = steps[number](facts, tensors)
        number += 1
    if number != version:
        newer = number > version
        raise CheckpointError(
            f"these weights have version {number}; this program uses version {version}",
            where=path,
            remedy="Update napari-lesion-synth" if newer else "Train the model again",
        )
    return Checkpoint(kind, version, facts, tensors, sha256)


def content_sha256(facts: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> str:
    """What `save_checkpoint` would give for these facts and tensors, without a file."""
    return _hash(_text(facts), tensors)


def torch_bytes(content: Any) -> bytes:
    """What torch writes of tensors and plain values."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def read_torch(path: Path) -> Any:
    """Tensors and plain values from a file; nothing in it is run.

    torch does not compare what it reads with the checksums in the file, so that is done first.

    Raises
    ------
    CheckpointError
        If it cannot be read, or holds anything else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            spoilt = archive.testzip()
        if spoilt is not None:
            raise _damaged(path, f"the checksum of its part {spoilt} is wrong")
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # torch warns of what others wrote
            return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as cause:
        raise CheckpointError("there is no such file of weights", where=path) from cause
    except _DAMAGE as cause:
        raise _damaged(path, _reason(cause)) from cause


def _text(facts: Mapping[str, Any]) -> str:
    return json.dumps(dict(facts), sort_keys=True, allow_nan=False)


def _hash(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _reason(cause: Exception) -> str:
    """What went wrong in reading, in words; torch's own are for programmers."""
    if isinstance(cause, zipfile.BadZipFile | zlib.error | EOFError):
        return "it was cut short, or is no archive of torch"
    if isinstance(cause, pickle.UnpicklingError):
        return "it holds other things than weights"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "torch cannot read it"


def _damaged(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(
        f"the file of weights is damaged, or was not written by this program ({reason})",
        where=path,
        remedy="Copy it again from where it came, or train the model again",
    )


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
