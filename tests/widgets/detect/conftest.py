from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.widgets.detect.detectors import FakeDetector, loaded

from napari_lesion_synth.training.run_folder import METRICS_JSONL, TRAINING_JSON
from napari_lesion_synth.widgets.detect.widget import DetectWidget
from napari_lesion_synth.widgets.preferences import Preferences

PATIENCE_MS = 240_000


@pytest.fixture(autouse=True)
def results_go_here(monkeypatch, tmp_path) -> Path:
    """Proposed folders lie in the test's own."""
    preferred = Preferences(output=tmp_path / "results")
    for place in ("parts.output_folder", "detect.findings_folder"):
        module = f"napari_lesion_synth.widgets.{place}"
        monkeypatch.setattr(f"{module}.read_preferences", lambda: preferred)
    return preferred.output


@pytest.fixture
def show_ct() -> Callable[..., dict[str, Any]]:
    """Show a case in layers of the user's, as (CT, organ, lesions)."""

    def show(viewer, case, **more):
        placed = {"scale": case.volume.spacing, "units": ("mm",) * 3, **more}
        layers = {
            "ct": viewer.add_image(
                case.volume.hu, name="ct", contrast_limits=(-40, 200),
                metadata={"patient": case.patient}, **placed,
            ),
            "organ": viewer.add_labels(case.organ.mask.astype("uint8"), name="liver", **placed),
        }  # fmt: skip
        layers["organ"].visible = False
        if case.lesions is not None:
            layers["lesions"] = viewer.add_labels(
                case.lesions.astype("uint8"), name="lesions", visible=False, **placed
            )
        viewer.reset_view()
        return layers

    return show


@pytest.fixture
def make_widget(make_napari_viewer, monkeypatch, qtbot):
    """Maker of dock widgets, each in a window of its own; errors land in ``widget.faults``."""
    made: list[DetectWidget] = []

    def make(detector=None, threshold=0.5) -> DetectWidget:
        viewer = make_napari_viewer(show=True)
        open_file = loaded(detector or FakeDetector(), threshold)
        widget = DetectWidget(viewer, open_file)
        viewer.window.add_dock_widget(widget, name="Train & detect", area="right")
        widget.faults = []
        widget.detect._on_error = widget.detect.ct._on_error = widget.faults.append
        widget.tabs.setCurrentIndex(1)
        made.append(widget)
        return widget

    yield make
    for widget in made:
        widget.close_detect()


def choose(combo, text: str) -> None:
    """As a person does."""
    place = combo.findText(text)
    assert place >= 0, [combo.itemText(k) for k in range(combo.count())]
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def write_training(folder: Path, *, last: int = 100, done: bool = False) -> Path:
    """What a training leaves in its folder: two stages, a number at each ten steps."""
    for stage in ("candidates", "verifier"):
        (folder / stage).mkdir(parents=True)
        lines = [
            json.dumps({"name": name, "value": amount / step, "step": step}) + "\n"
            for step in range(10, last + 1, 10)
            for name, amount in (("loss/bce", 1), ("validation/score", 2))
        ]
        (folder / stage / METRICS_JSONL).write_text("".join(lines), encoding="utf-8")
    (folder / TRAINING_JSON).write_text("{}", encoding="utf-8")
    if done:
        (folder / "detector.pt").touch()
    return folder


@pytest.fixture
def ready(make_widget, show_ct, ball_case, qtbot):
    """A CT with its organ and a lesion is chosen, and a detector read."""

    def make(detector=None, *, lesions=True, threshold=0.5):
        widget = make_widget(detector, threshold)
        case = ball_case(lesion_mm=10.0, patient="p-7")
        show_ct(widget.viewer, case)
        qtbot.wait(120)
        ct = widget.detect.ct
        choose(ct.source, "Layers of napari")
        choose(ct.ct, "ct")
        choose(ct.organ, "liver")
        if lesions:
            choose(ct.lesions, "lesions")
        widget.loader.open(Path("detector.pt"))
        qtbot.waitUntil(widget.detect.run.button.isEnabled, timeout=PATIENCE_MS)
        return widget

    return make


@pytest.fixture
def found(ready, qtbot):
    """The same, after a search."""

    def make(detector=None, **more):
        widget = ready(detector, **more)
        with qtbot.waitSignal(widget.detect.run.found, timeout=PATIENCE_MS):
            widget.detect.run.button.click()
        return widget

    return make
