"""The version of the program, as it is kept with what it writes."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["PROGRAM"]


def _installed() -> str:
    try:
        return version("napari-lesion-synth")
    except PackageNotFoundError:  # run from its sources alone
        return "unknown"


PROGRAM = _installed()
