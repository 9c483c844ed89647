"""Results on the disk, drawn."""

from __future__ import annotations

import json
from typing import Any

import pytest

from napari_lesion_synth.widgets.study.dial_plot import DialPlot, read_dials
from napari_lesion_synth.widgets.study.dose_plot import DosePlot
from napari_lesion_synth.widgets.study.error_plot import ErrorPlot
from napari_lesion_synth.widgets.study.model_tab import ModelTab

pytestmark = pytest.mark.gui

REGRESSION: dict[str, Any] = {
    "photos": 8,
    "dishes": 2,
    "tested": "2 folds",
    "intervals": "by photo",
    "noise": {"floor": [0.05, 0.03, 0.08], "best_r": [0.9, 0.8, 0.95], "text": "a perfect model"},
    "models": [
        {"model": "mean", "mae": [0.25, 0.2, 0.3], "less_than_mean": None},
        {"model": "ridge", "mae": [0.15, None, None], "less_than_mean": [-0.1, -0.15, -0.05]},
    ],
    "gaze": None,
    "dials": [],
}
LIMITS = {
    "transforms": [
        {
            "transform": "blur",
            "ranges": [{"low": 0.0, "high": 1.5, "words": "blur up to 1.5 px"}],
            "notes": ["few answers"],
            "curves": [
                {
                    "category": None,
                    "magnitude": [0, 1, 2],
                    "change": [0, -0.1, -0.5],
                    "low": [0, -0.2, -0.7],
                    "high": [0, 0.0, -0.3],
                }
            ],
        }
    ]
}


@pytest.fixture
def study_with_results(make_study: Any) -> Any:
    study = make_study()
    results = study.folder / "results"
    results.mkdir(exist_ok=True)
    (results / "regression.json").write_text(json.dumps(REGRESSION), encoding="utf-8")
    (results / "limits.json").write_text(json.dumps(LIMITS), encoding="utf-8")
    return study


def test_floor_and_ceiling_stand_in_the_plot_of_errors(qtbot: Any) -> None:
    plot = ErrorPlot()
    qtbot.addWidget(plot)
    plot.show_errors(REGRESSION)
    import pyqtgraph

    lines = [i for i in plot.graph.getPlotItem().items if isinstance(i, pyqtgraph.InfiniteLine)]
    assert sorted(line.value() for line in lines) == [0.05, 0.25]


def test_a_curve_is_drawn_with_its_safe_range(qtbot: Any) -> None:
    plot = DosePlot()
    qtbot.addWidget(plot)
    plot.show_curve(LIMITS["transforms"][0])
    import pyqtgraph

    lines = [i for i in plot.graph.getPlotItem().items if isinstance(i, pyqtgraph.InfiniteLine)]
    assert {(line.angle, line.value()) for line in lines} == {(0, 0.0), (90, 0.0), (90, 1.5)}


def test_the_tab_tells_what_results_say(qtbot: Any, study_with_results: Any) -> None:
    faults: list[Exception] = []
    tab = ModelTab(faults.append)
    qtbot.addWidget(tab)
    tab.set_study(study_with_results)
    assert "blur up to 1.5 px" in tab.limits.text()
    assert "Floor 0.050 (0.030 to 0.080): a perfect model." in tab.learnt.text()
    cells = [tab.models.item(1, column).text() for column in range(3)]
    assert cells == ["ridge", "0.150", "-0.100 (-0.150 to -0.050)"]
    assert not faults
    tab.close_tab()


def test_a_damaged_result_is_told(qtbot: Any, study_with_results: Any) -> None:
    path = study_with_results.folder / "results" / "regression.json"
    path.write_text("{", encoding="utf-8")
    faults: list[Exception] = []
    tab = ModelTab(faults.append)
    qtbot.addWidget(tab)
    tab.set_study(study_with_results)
    assert "regression.json" in str(faults[0])
    tab.close_tab()


def test_the_dial_shows_predictions_of_the_best_model_by_angle(qtbot: Any, make_study: Any) -> None:
    from tests.widgets.study.conftest import write_photo

    from napari_lesion_synth.perception.design.study import create_study
    from napari_lesion_synth.perception.stimuli.survey import ScanRules

    root = make_study().folder.parent / "turned"
    views = ("az000_el30", "az090_el30", "az180_el30", "az270_el60")
    for k, view in enumerate(views):
        write_photo(root / "stimuli" / "curry" / f"curry_{view}.png", k)
    design = make_study("other").design.model_copy(update={"name": "turned"})
    study = create_study(root, design, ScanRules(min_side=1))
    points = [
        {"photo": f"curry/curry_{view}.png", "value": 0.2 + 0.1 * k} for k, view in enumerate(views)
    ]
    found = {**REGRESSION, "dials": [{"dish": "curry", "words": "Best.", "points": points}]}
    dials = read_dials(study, found)
    assert list(dials) == ["curry"]
    dial = dials["curry"]
    assert dial.azimuth_deg[dial.value.argmax()] == 270
    assert dial.elevation_deg[dial.value.argmax()] == 60
    plot = DialPlot()
    qtbot.addWidget(plot)
    plot.show_dial(dial)
    assert plot.accessibleDescription() == "Best."
