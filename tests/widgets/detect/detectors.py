"""Detectors that need no weights: they find what they are told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_lesion_synth.anatomy.case import Case
from napari_lesion_synth.anatomy.zones import Zone
from napari_lesion_synth.detection.detector import Report
from napari_lesion_synth.detection.finding import Detection, Finding, Heat
from napari_lesion_synth.events import StopToken
from napari_lesion_synth.widgets.detect.detector_loader import OpenedDetector

__all__ = ["BALLS", "FakeDetector", "finding_at", "loaded"]

Ball = tuple[tuple[float, float, float], float, float]
"""Centre (z, y, x), diameter in mm, score."""

BALLS: tuple[Ball, ...] = (
    ((11.5, 31.5, 31.5), 10.0, 0.91),
    ((8.0, 20.0, 40.0), 8.0, 0.62),
    ((15.0, 45.0, 25.0), 7.0, 0.34),
)
"""The first lies on the lesion in the middle of `ball_case(lesion_mm=10)`."""


def finding_at(case: Case, number: int, ball: Ball) -> Finding:
    """A ball as a finding."""
    center, diameter, score = ball
    spacing, shape = case.volume.spacing, case.volume.shape
    z, y, x = (
        slice(max(0, int(c - diameter / 2 / s)), min(n, int(c + diameter / 2 / s) + 2))
        for c, s, n in zip(center, spacing, shape, strict=True)
    )
    grid = np.meshgrid(
        *[
            (np.arange(b.start, b.stop) - c) * s
            for b, c, s in zip((z, y, x), center, spacing, strict=True)
        ],
        indexing="ij",
    )
    region = sum(g**2 for g in grid) <= (diameter / 2) ** 2
    position = tuple(c * s for c, s in zip(center, spacing, strict=True))
    zone = Zone.RIM if number % 2 else Zone.INTERIOR
    return Finding(
        number, center, position, diameter, score, zone, 12.5, (z, y, x), region,
        {"candidate": score},
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class FakeDetector:
    """Finds balls, batch by batch.

    `gate` keeps it at work until it is set; `fault` is raised at the end.
    """

    balls: Sequence[Ball] = BALLS
    patients: tuple[str, ...] = ("p-1", "p-2")
    gate: threading.Event | None = None
    fault: Exception | None = None
    id: str = "fake0123456789ab"
    hosts: Mapping[str, str] = field(default_factory=dict)

    def detect(
        self, case: Case, token: StopToken | None = None, report: Report | None = None
    ) -> Detection:
        case.require_organ()
        slices = case.volume.shape[0]
        for done in range(1, slices + 1):
            if report is not None:
                report(done, slices, "slices")
            while self.gate is not None and not self.gate.wait(0.01):
                if token is not None:
                    token.check()
            if token is not None:
                token.check()
        if self.fault is not None:
            raise self.fault
        findings = tuple(finding_at(case, k, ball) for k, ball in enumerate(self.balls, start=1))
        return Detection(
            findings,
            _heat(case, self.balls),
            case.volume.shape,
            case.volume.spacing,
            case.patient,
            self.id,
            {"slices": 0.2},
        )


def _heat(case: Case, balls: Sequence[Ball]) -> Heat:
    """Every second voxel in the plane, from voxel (0, 1, 1) on."""
    step, first = (1.0, 2.0, 2.0), (0.0, 1.0, 1.0)
    axes = [
        (np.arange(n // int(s)) * s + f)
        for n, s, f in zip(case.volume.shape, step, first, strict=True)
    ]
    values = np.zeros([len(axis) for axis in axes], np.float32)
    for center, diameter, score in balls:
        grid = np.meshgrid(
            *[(axis - c) * s for axis, c, s in zip(axes, center, case.volume.spacing, strict=True)],
            indexing="ij",
        )
        near = np.exp(-sum(g**2 for g in grid) / (2 * (diameter / 2.5) ** 2))
        values = np.maximum(values, (score * near).astype(np.float32))
    return Heat(values, step, first)


def loaded(detector: FakeDetector, threshold: float = 0.5):
    """What a window reads in place of a file."""

    def open_file(path: Path) -> OpenedDetector:
        return OpenedDetector(detector, path, "Fake for volumes, trained on 2 patients", threshold)

    return open_file
