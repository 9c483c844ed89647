"""Review: what a model's prediction rests on, beside where people looked."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.jobs.studies import make, run, simulate
from tests.widgets.study.conftest import Dock

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_attribution import (
    AttributeStudy,
    attribute_study,
    attribution_json,
)
from napari_lesion_synth.jobs.study_files import read_result, write_result
from napari_lesion_synth.jobs.study_regress import RegressStudy, regress_study
from napari_lesion_synth.perception.design.study import Study, open_study
from napari_lesion_synth.perception.regression.attribution import Agreement, Attribution
from napari_lesion_synth.widgets.study.attributed import Attributed
from napari_lesion_synth.widgets.study.attribution_layers import ATTRIBUTION, BESIDE
from napari_lesion_synth.widgets.study.review_layers import HEAT, PHOTO

pytestmark = pytest.mark.gui

CHANGES = {
    "counts.trials": 24, "checks.catch_share": 0.0, "viewing.gaze_source": "mouse_aperture",
}  # fmt: skip
FIRST, SECOND = "curry/curry_az000_el45.png", "curry/curry_az090_el45.png"


@pytest.fixture(scope="module")
def regressed(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Three dishes, two participants with the mouse aperture, ridge compared with the mean."""
    folder = tmp_path_factory.mktemp("attributed") / "study"
    study = simulate(make(folder, CHANGES, categories=("curry", "salad", "soup")), 2)
    asked = RegressStudy(folder=folder, models=("mean", "ridge"), gaze=False)
    run(regress_study(asked, StopToken()))
    run(attribute_study(AttributeStudy(folder=folder, photos=(FIRST,)), StopToken()))
    # So few answers teach ridge next to nothing: what is shown rests on one part.
    name = attribution_json("ridge")
    content = read_result(folder, name)
    assert content is not None
    content["photos"][FIRST]["fall"][2][3] = 0.05
    write_result(folder, name, content)
    return study


@pytest.fixture
def study(regressed: Study, tmp_path: Path) -> Study:
    shutil.copytree(regressed.folder, tmp_path / "study")
    return open_study(tmp_path / "study")


def review(dock: Dock, study: Study, photo: str) -> Any:
    """The tab, with a photo shown."""
    dock.widget.design.open_study(study.folder)
    dock.widget.tabs.setCurrentIndex(2)
    tab = dock.widget.review
    dock.until(lambda: tab.who.count() == 1 + len(study.codes))
    tab.photo.setCurrentText(photo)
    QTest.mouseClick(tab.show_it, Qt.MouseButton.LeftButton)
    dock.until(lambda: tab.looked is not None and tab.looked.photo.id == photo)
    return tab


def edges(layer: Any) -> np.ndarray:
    """Where a layer begins and ends; napari counts from the centres of its cells."""
    half = np.asarray(layer.scale) / 2
    return np.asarray(layer.extent.world + np.stack([-half, half]))


def review_photo(dock: Dock) -> Any:
    return dock.widget.review.layers.layer(PHOTO)


def test_an_attribution_lies_over_a_second_photo_beside_the_heatmap(
    dock: Dock, study: Study
) -> None:
    tab = review(dock, study, FIRST)
    part = tab.attribution
    assert part.model.currentData() == "ridge"  # never the mean
    assert part.model.count() == 1
    beside, parts = part.layers.layer(BESIDE), part.layers.layer(ATTRIBUTION)
    heat, photo = tab.layers.layer(HEAT), review_photo(dock)
    assert heat.visible
    assert beside.visible
    np.testing.assert_array_equal(beside.data, photo.data)
    assert edges(beside)[0, 1] > edges(photo)[1, 1]
    np.testing.assert_allclose(edges(parts), edges(beside))
    np.testing.assert_array_equal(parts.data, part.found.attribution.fall)
    said = part.said.text()
    assert "learnt from other dishes" in said
    assert "CC" in said and "NSS" in said and "centre prior" in said  # noqa: PT018
    assert "shows nothing about others" in said
    assert not dock.faults


def test_a_photo_is_attributed_in_a_process_at_the_press_of_a_button(
    dock: Dock, study: Study
) -> None:
    tab = review(dock, study, SECOND)
    part = tab.attribution
    assert part.layers.layer(ATTRIBUTION) is None
    assert "press Attribute" in part.said.text()
    QTest.mouseClick(part.run.button, Qt.MouseButton.LeftButton)
    dock.until(lambda: not part.run.running and part.found is not None)
    assert part.layers.layer(ATTRIBUTION).data.shape == (6, 8)
    assert "predicts" in part.said.text()


def test_without_gaze_the_attribution_stands_alone(dock: Dock, study: Study) -> None:
    shutil.rmtree(study.folder / "gaze")
    part = review(dock, study, FIRST).attribution
    assert not part.layers.layer(BESIDE).visible
    over = edges(part.layers.layer(ATTRIBUTION))
    np.testing.assert_allclose(over, edges(review_photo(dock)))
    assert "it stands alone" in part.said.text()
    assert "CC" not in part.said.text()


def test_an_attribution_from_other_answers_is_not_shown(dock: Dock, study: Study) -> None:
    simulate(study, 3)
    part = review(dock, study, FIRST).attribution
    assert part.found is None
    assert part.layers.layer(ATTRIBUTION) is None


def test_without_a_regression_there_is_no_model_to_choose(dock: Dock, study: Study) -> None:
    shutil.rmtree(study.folder / "results")
    part = review(dock, study, FIRST).attribution
    assert not part.run.button.isEnabled()
    assert "press Regress" in part.said.text()


AGREES = Attributed(
    "ridge",
    Attribution(np.array([[0.1, -0.2]]), 0.5),
    "from other dishes",
    Agreement(0.5, 1.0, 0.3, 0.8, 7),
    pointed=False,
)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "better than the photo's middle does"),
        ({"nss": 0.1}, "depends on the figure"),
        ({"nss": 0.1, "correlation": 0.1}, "no better than the photo's middle does"),
        ({"correlation": float("nan")}, "the same everywhere"),
    ],
)
def test_the_sentence_claims_what_the_figures_say(changed: dict[str, float], told: str) -> None:
    assert AGREES.agreement is not None
    words = replace(AGREES, agreement=replace(AGREES.agreement, **changed)).words
    assert told in words
    assert "by 0.200 at the most" in words


def test_pointing_is_not_called_gaze() -> None:
    assert "gaze" not in replace(AGREES, pointed=True).words
    assert "no pointing to compare" in replace(AGREES, agreement=None, pointed=True).words


def test_a_prediction_that_rests_on_nothing_is_compared_with_nothing() -> None:
    flat = replace(AGREES, attribution=Attribution(np.array([[1e-6, -2e-6]]), 0.5))
    assert "rests on no part" in flat.words
    assert "CC" not in flat.words
