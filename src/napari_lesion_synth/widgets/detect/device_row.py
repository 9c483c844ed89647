"""Where a detector is trained, with the memory that is free there."""

from __future__ import annotations

import os
from pathlib import Path

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_lesion_synth.detection.detector_settings import DetectorSettings
from napari_lesion_synth.widgets.parts.inputs import Choice
from napari_lesion_synth.widgets.parts.latest import LatestOnly
from napari_lesion_synth.widgets.parts.layout import button, note, row
from napari_lesion_synth.widgets.preferences import read_preferences

__all__ = ["DeviceRow", "devices_here"]

_GIB = 2**30


class DeviceRow(QWidget):
    """A choice, and what the chosen device is.

    Parameters
    ----------
    parent : QWidget, optional
        Owner.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: dict[str, str] = {}
        self.choice = Choice()
        self.choice.addItems(["auto", "cpu"])
        preferred = read_preferences().device
        if self.choice.findText(preferred) < 0:
            self.choice.addItem(preferred)
        self.choice.setCurrentText(preferred)
        self.choice.setAccessibleName("Device")
        self.choice.setToolTip(str(DetectorSettings.model_fields["device"].description))
        self.again = button("↻", "Look again what is free", self.look)
        self.again.setAccessibleName("Look again what is free")
        self.words = note(name="Memory of the device")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(row(self.choice, self.again, stretch=0))
        layout.addWidget(self.words)
        self._worker = LatestOnly("devices", self)
        self._worker.finished.connect(self._on_seen)
        self._worker.failed.connect(self._on_failed)
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.setFocusProxy(self.choice)

    def close_row(self) -> None:
        """End the thread."""
        self._worker.close()

    @property
    def device(self) -> str:
        """As the settings have it."""
        return str(self.choice.currentText())

    def look(self) -> None:
        """See what devices there are, and what is free on them."""
        self.words.setText("Looking for devices…")
        self._worker.submit(devices_here)

    def _on_seen(self, _number: int, found: dict[str, str]) -> None:
        self._known = found
        for name in found:
            if self.choice.findText(name) < 0:
                self.choice.addItem(name)
        self._show()

    def _on_failed(self, _number: int, error: Exception) -> None:
        self.words.setText(f"⚠ {error}")

    def _on_choice(self, *_: object) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        if self._known:
            missing = f"⚠ There is no device {self.device} here."
            self.words.setText(self._known.get(self.device, missing))


def devices_here() -> dict[str, str]:
    """The devices of this machine in words; for a worker thread, since it loads torch."""
    try:
        import torch
    except ImportError:
        return {"cpu": "⚠ PyTorch is missing: pip install 'napari-lesion-synth[learn]'"}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = {"cpu": f"CPU, {cores} cores{_free_memory()}"}
    for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, total = torch.cuda.mem_get_info(number)
        name = torch.cuda.get_device_name(number)
        found[f"cuda:{number}"] = (
            f"{name}, {free / _GIB:.1f} of {total / _GIB:.0f} GiB of memory free"
        )
    if "cuda:0" in found:
        found["cuda"] = found["cuda:0"]
    if torch.backends.mps.is_available():
        found["mps"] = f"Apple GPU{_free_memory()}"
    found["auto"] = found.get("cuda:0", found["cpu"])
    return found


def _free_memory() -> str:
    """Memory that a process can still have; empty where the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        facts = dict(line.split(":", 1) for line in text.splitlines())
        free, total = (int(facts[name].split()[0]) / 2**20 for name in ("MemAvailable", "MemTotal"))
    except (OSError, KeyError, ValueError):
        return ""
    return f", {free:.1f} of {total:.0f} GiB of memory free"
