"""Where nets are computed, and with how many threads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch

from napari_lesion_synth.errors import ParameterError

__all__ = ["Compute", "choose_compute", "deterministic", "inference_threads"]

T = TypeVar("T", torch.Tensor, torch.nn.Module)

_FORMATS = {4: torch.channels_last, 5: torch.channels_last_3d}


@dataclass(frozen=True, slots=True)
class Compute:
    """How nets are computed here.

    Parameters
    ----------
    device : torch.device
        Where.
    amp : torch.dtype or None
        Type of the products inside `autocast`; None: float32 throughout.
    channels_last : bool
        Whether channels lie next to one another in memory.
    threads : int
        Threads of one operation on the CPU.
    """

    device: torch.device
    amp: torch.dtype | None
    channels_last: bool
    threads: int

    def for_depths(self, depths: Collection[int]) -> Compute:
        """The same for nets of volumes whose levels have so many slices.

        On CPUs, torch 2.13 gives wrong gradients, of 1e31 and the like, for the weights of a
        bfloat16 convolution over two slices (oneDNN): such nets are computed in float32.

        Parameters
        ----------
        depths : collection of int
            Slices of each level; 1 for single slices.
        """
        if self.device.type == "cpu" and 2 in depths:
            return replace(self, amp=None)
        return self

    @contextlib.contextmanager
    def autocast(self) -> Iterator[None]:
        """Mixed precision where this machine gains by it."""
        if self.amp is None:
            yield
            return
        with torch.autocast(self.device.type, dtype=self.amp):
            yield

    def place(self, thing: T) -> T:
        """A tensor or a net on the device, in its order of channels."""
        moved: T = thing.to(self.device)
        if not self.channels_last:
            return moved
        if isinstance(moved, torch.Tensor):
            layout = _FORMATS.get(moved.ndim)
            return moved if layout is None else moved.contiguous(memory_format=layout)
        for weight in moved.parameters():
            if weight.ndim in _FORMATS:
                weight.data = weight.data.contiguous(memory_format=_FORMATS[weight.ndim])
        return moved

    @contextlib.contextmanager
    def threaded(self) -> Iterator[None]:
        """Compute with `threads` threads."""
        with _threads(self.threads):
            yield

    @property
    def text(self) -> str:
        """In words, as in "CPU, 2 threads, bfloat16"."""
        kind = str(self.amp or torch.float32).removeprefix("torch.")
        if self.device.type == "cpu":
            plural = "" if self.threads == 1 else "s"
            return f"CPU, {self.threads} thread{plural}, {kind}"
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else ""
        return ", ".join(part for part in (str(self.device), name, kind) if part)


def choose_compute(device: str = "auto", threads: int | None = None) -> Compute:
    """The device asked for, with the settings under which it is fastest.

    On CPUs, channels last takes up to 30 % less time than channels first (with AVX2). On those
    with AVX-512 BF16, bfloat16 takes about half the time of float32; on others it takes longer,
    and is not used.

    Parameters
    ----------
    device : str
        ``"auto"`` (a GPU where there is one, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``
        or ``"mps"`` (Apple's, in float32).
    threads : int, optional
        Default: the cores that this process may use.

    Returns
    -------
    Compute

    Raises
    ------
    ParameterError
        If there is no such device here.
    """
    chosen = _device(device)
    count = threads or _cores()
    if chosen.type == "cuda":
        kind = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return Compute(chosen, kind, True, count)
    on_cpu = chosen.type == "cpu"
    half = torch.bfloat16 if on_cpu and _has_bf16() else None
    return Compute(chosen, half, on_cpu, count)


@contextlib.contextmanager
def deterministic(wanted: bool) -> Iterator[None]:
    """Within it, GPUs compute in the same order every time, where there is a way to.

    CUDA asks for the environment variable ``CUBLAS_WORKSPACE_CONFIG=:4096:8`` besides.
    """
    before = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    if wanted and not before:
        torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warns)


@contextlib.contextmanager
def inference_threads() -> Iterator[None]:
    """Compute with one thread: the same bytes on every run, and room for other processes."""
    with _threads(1):
        yield


def _device(name: str) -> torch.device:
    has_mps = torch.backends.mps.is_available()
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu")
    try:
        chosen = torch.device(name)
    except RuntimeError as error:
        raise ParameterError(
            f"there is no device {name!r}", remedy="Use auto, cpu, cuda or mps"
        ) from error
    if chosen.type == "mps" and not has_mps:
        raise ParameterError(
            "the device 'mps' was asked for, and this machine has none",
            remedy="Use --device cpu, or auto",
        )
    if chosen.type == "cuda":
        found = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (chosen.index or 0) >= found:
            raise ParameterError(
                f"the device {name!r} was asked for, and {found} CUDA devices were found",
                remedy="Use --device cpu, or install torch for CUDA (https://pytorch.org)",
            )
    return chosen


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 itself."""
    ask: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(ask()) if ask is not None else False


@contextlib.contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
