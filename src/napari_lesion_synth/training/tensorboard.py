"""Logs for TensorBoard, where somebody wants them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from napari_lesion_synth.errors import ParameterError

__all__ = ["Board", "board"]


class Board:
    """Takes numbers to TensorBoard, or nowhere."""

    def __init__(self, writer: Any = None) -> None:
        self._writer = writer

    def scalar(self, name: str, value: float, step: int) -> None:
        """One number."""
        if self._writer is not None:
            self._writer.add_scalar(name, value, step)


@contextlib.contextmanager
def board(folder: Path | None) -> Iterator[Board]:
    """A board that writes below `folder`; one that writes nothing where it is None.

    Raises
    ------
    ParameterError
        If TensorBoard is not installed.
    """
    if folder is None:
        yield Board()
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as cause:
        raise ParameterError(
            "logs for TensorBoard were asked for, and it is not installed",
            remedy="pip install tensorboard, or train without them: every number is in "
            "metrics.jsonl too",
        ) from cause
    writer = SummaryWriter(str(folder / "tensorboard"))
    try:
        yield Board(writer)
    finally:
        writer.close()
