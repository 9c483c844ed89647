"""Starting the dock widget, and taking it away again, many times."""

from __future__ import annotations

import gc
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROUNDS = 20
WARM_ROUNDS = 5
KINDS = ("SynthesizeWidget", "Stage", "Workbench", "CaseLoader", "LatestOnly", "Case")


def start() -> dict[str, list[float]]:
    """Seconds to make the dock widget and show it: with its imports, and again without."""
    begin = time.perf_counter()
    import napari
    from qtpy.QtTest import QTest
    from qtpy.QtWidgets import QApplication

    viewer = napari.Viewer()
    viewer.window.resize(1400, 900)
    QTest.qWait(500)
    window = time.perf_counter() - begin - 0.5
    cold, imports, warm = [], [], []
    for number in range(4):
        begin = time.perf_counter()
        from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

        after = time.perf_counter()
        widget = SynthesizeWidget(viewer)
        dock = viewer.window.add_dock_widget(widget, name="Synthesize lesions", area="right")
        QApplication.processEvents()
        took = time.perf_counter() - begin
        if number == 0:
            imports.append(after - begin)
        (warm if number else cold).append(took)
        QTest.qWait(300)
        viewer.window.remove_dock_widget(dock)
        del widget, dock
        QTest.qWait(300)
    viewer.close()
    return {"napari": [window], "imports": imports, "cold": cold, "warm": warm}


def rounds() -> dict[str, Any]:
    """What is left after opening and closing the dock widget, each time with a CT and a lesion."""
    import psutil
    from gui_window import show_viewer, written

    from napari_lesion_synth.anatomy.cases import phantom

    viewer, process = show_viewer(), psutil.Process()
    resident, left = [], []
    with tempfile.TemporaryDirectory() as folder:
        files = written(phantom(seed=0, lesions=3, spacing=(5.0, 2.0, 2.0)), Path(folder))
        _round(viewer, files)
        before = _census(viewer)
        for _ in range(ROUNDS):
            _round(viewer, files)
            resident.append(process.memory_info().rss / 1e6)
            left.append(_census(viewer))
    viewer.close()
    changes = {key: left[-1].get(key, 0) - before.get(key, 0) for key in {**before, **left[-1]}}
    return {"left": changes, "alive": left[-1], "resident_mb": resident}


def _round(viewer: Any, files: dict[str, Any]) -> None:
    from gui_window import Bench, add_dock
    from qtpy.QtCore import QCoreApplication, QEvent
    from qtpy.QtTest import QTest

    from napari_lesion_synth.anatomy.proposal import propose_sites
    from napari_lesion_synth.widgets.synthesize.widget import SynthesizeWidget

    widget = SynthesizeWidget(viewer)
    dock = add_dock(viewer, widget)
    bench = Bench(viewer, widget, dock)
    bench.read(files)
    bench.rest()
    (site,) = propose_sites(widget.bench.case, n=1, diameter_mm=15, seed=0)
    widget.bench.place(site.center, 15.0)
    widget.stage.jump_to(widget.bench.scene.selected)
    bench.rest(400)
    widget.keep.commit()
    bench.rest()
    bench.canvas.close()
    viewer.window.remove_dock_widget(dock)
    del widget, dock, bench
    QTest.qWait(200)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QTest.qWait(50)
    gc.collect()


def _census(viewer: Any) -> dict[str, int]:
    """Callbacks of the viewer, threads, and objects of ours that are alive."""
    alive = Counter(type(one).__name__ for one in gc.get_objects() if _is_ours(one))
    return {
        "callbacks of viewer.layers.events": _callbacks(viewer.layers.events),
        "callbacks of viewer.layers.selection.events": _callbacks(viewer.layers.selection.events),
        "callbacks of viewer.dims.events": _callbacks(viewer.dims.events),
        "callbacks of viewer.events": _callbacks(viewer.events),
        "callbacks of viewer.events.status": len(viewer.events.status.callbacks),
        "viewer.mouse_drag_callbacks": len(viewer.mouse_drag_callbacks),
        "viewer.mouse_wheel_callbacks": len(viewer.mouse_wheel_callbacks),
        "keys of the viewer": len(viewer.keymap),
        "layers": len(viewer.layers),
        "threads": threading.active_count(),
        **{f"{kind} objects alive": alive[kind] for kind in KINDS},
    }


def _is_ours(one: object) -> bool:
    kind = type(one)
    return kind.__name__ in KINDS and kind.__module__.startswith("napari_lesion_synth")


def _callbacks(group: Any) -> int:
    """Of all emitters of a group."""
    emitters = getattr(group, "emitters", None)
    if emitters is None:  # psygnal's
        return sum(len(signal) for signal in group.signals.values())
    return sum(len(emitter.callbacks) for emitter in emitters.values())
