"""The command line: turns arguments into a job and its events into text or JSON."""

from __future__ import annotations

from napari_lesion_synth.cli.app import app, main

__all__ = ["app", "main"]
