"""Limits: a map that is looked at, its lesions in napari, and a new one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import QPointF, Qt

from napari_lesion_synth.ct.write import write_mask, write_volume
from napari_lesion_synth.detection.finding import Detection
from napari_lesion_synth.detection.measuring import finding_of
from napari_lesion_synth.evaluation.limits.settings import Cell, LimitSettings
from napari_lesion_synth.events import Progress, StopToken
from napari_lesion_synth.jobs.limit_folder import PLAN
from napari_lesion_synth.jobs.limit_job import LimitJob
from napari_lesion_synth.jobs.limit_map import limit_map
from napari_lesion_synth.jobs.limit_reading import read_limit_map
from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.widgets.canvas.frame import Frame
from napari_lesion_synth.widgets.detect.limit_page import LimitsPage

pytestmark = pytest.mark.gui

PATIENCE_MS = 240_000
GRID = LimitSettings(
    diameters_mm=(5, 9), contrasts_hu=(-20, -60), repeats=2, per_copy=3, gap_mm=6, filled=0.3
)
EASY = Cell("sigmoid", "deep", 9.0, -60.0)


class Dark:
    """Finds every place that has become darker by 40 HU: the more marked half of the grid."""

    id = "dark"
    patients: tuple[str, ...] = ()

    def __init__(self, before):
        self._before = before

    def detect(self, case, token=None, report=None):
        from scipy import ndimage

        changed = case.volume.hu.astype(int) - self._before.volume.hu < -40
        labels, _ = ndimage.label(changed)
        findings = [
            finding_of(case, box, labels[box] == k, number=k, score=0.6 + 0.01 * k)
            for k, box in enumerate(ndimage.find_objects(labels), start=1)
            if (labels[box] == k).sum() > 2
        ]
        shape, spacing = case.volume.shape, case.volume.spacing
        facts = {"threshold": 0.5}
        return Detection(tuple(findings), None, shape, spacing, case.patient, self.id, facts=facts)


@pytest.fixture
def liver(ball_case):
    return ball_case((30, 90, 90), (2.5, 1.0, 1.0))


@pytest.fixture
def files(liver, tmp_path):
    ct = write_volume(tmp_path / "ball.nii.gz", liver.volume)
    organ = write_mask(tmp_path / "ball_liver.nii.gz", liver.organ.mask, liver.volume)
    return CaseFiles(ct=str(ct), organ=str(organ), patient="ball")


@pytest.fixture
def folder(liver, files, tmp_path):
    job = LimitJob(cases=(files,), out=tmp_path / "map", grid=GRID)
    list(limit_map(job, StopToken(), detector=Dark(liver)))
    return job.out


@pytest.fixture
def make_page(make_napari_viewer, qtbot):
    pages = []

    def make(cases=()):
        viewer = make_napari_viewer(show=True)
        faults: list[Exception] = []
        page = LimitsPage(viewer, lambda: cases, faults.append)
        page.faults, page.viewer = faults, viewer
        viewer.window.add_dock_widget(page, name="Limits", area="right")
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close_tab()


@pytest.fixture
def page(make_page, folder, qtbot):
    """A map is looked at."""
    made = make_page()
    made.set_folder(folder)
    qtbot.waitUntil(lambda: made.view is not None and not made.working, timeout=PATIENCE_MS)
    return made


def test_a_map_is_read_with_its_methods_and_depths(page, folder):
    made, _ = read_limit_map(folder)

    assert page.status.text().endswith("in ball")
    assert [page.band.itemText(k) for k in range(page.band.count())] == ["rim", "deep"]
    assert page.threshold.value() == pytest.approx(0.5)
    assert "0 false alarms in this CT" in page.price.text()
    assert [each.found for each in page.view.made.cells] == [each.found for each in made.cells]
    assert page.sentence.text() in page.plot.accessibleDescription()


def test_a_folder_without_a_map_is_told(make_page, tmp_path, qtbot):
    page = make_page()

    page.set_folder(tmp_path)

    qtbot.waitUntil(lambda: "holds no detection-limit map" in page.status.text())
    assert not page.sections["Which lesions are found"].isVisibleTo(page)


def test_a_click_on_a_cell_lists_its_lesions(page, qtbot):
    page.band.setCurrentText("deep")
    heard = []
    page.plot.chosen.connect(heard.append)
    place = place_of(page.plot, EASY)

    qtbot.mouseClick(page.plot, Qt.MouseButton.LeftButton, pos=place.toPoint())

    assert heard == [EASY]
    made = page.view.made.cell(EASY).made
    told = f"9 mm, −60 HU, deep, sigmoid: {made} of {made} found"
    assert page.lesions.heading.text().startswith(told)
    assert len(page.lesions.table.places) == made > 0


def place_of(plot, cell):
    """Where a cell lies in the widget; found by looking, so that the click is a person's."""
    for x in range(5, plot.width(), 7):
        for y in range(5, plot.height(), 7):
            at = [plot.cell_at(QPointF(x + dx, y)) for dx in (-3, 0, 3)]
            if at == [cell] * 3:
                return QPointF(x, y)
    raise AssertionError(f"{cell} is not on the plot")


def test_arrow_keys_move_from_cell_to_cell(page, qtbot):
    page.band.setCurrentText("deep")
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(page.plot, key)

    assert page.plot.cell == EASY


def test_a_lesion_of_an_open_ct_is_shown_where_it_was_put(make_page, folder, liver, qtbot):
    page = make_page([(liver, Frame.of_volume(liver.volume))])
    page.viewer.add_image(liver.volume.hu, scale=liver.volume.spacing, name="ct")
    page.set_folder(folder)
    qtbot.waitUntil(lambda: page.view is not None and not page.working, timeout=PATIENCE_MS)
    page.band.setCurrentText("deep")
    page.plot.choose(EASY)

    page.lesions.table.selectRow(0)

    qtbot.waitUntil(lambda: page.lesions.layer is not None, timeout=PATIENCE_MS)
    row = page.view.rows(EASY)[0]
    assert page.viewer.dims.point[0] == pytest.approx(row.z * liver.volume.spacing[0])
    layer = page.lesions.layer
    box = [round(t / s) for t, s in zip(layer.translate, liver.volume.spacing, strict=True)]
    there = tuple(slice(b, b + n) for b, n in zip(box, layer.data.shape, strict=True))
    change = layer.data.astype(int) - liver.volume.hu[there]
    assert change.min() < -40
    assert page.lesions.canvas.layers.marks.name == "Lesions of the cell"
    assert page.faults == []


def test_a_ct_that_is_not_open_is_read_and_shown(page, qtbot):
    page.band.setCurrentText("deep")
    page.plot.choose(EASY)
    page.lesions.table.selectRow(0)
    assert page.lesions.status.text() == "The CT ball is not open."
    assert page.lesions.open.isVisible()

    page.lesions.open.click()

    qtbot.waitUntil(lambda: page.lesions.layer is not None, timeout=PATIENCE_MS)
    assert "ball" in [layer.name for layer in page.viewer.layers]
    assert page.faults == []


def test_another_threshold_tells_the_map_anew(page, qtbot):
    before = sum(each.found for each in page.view.made.cells)

    page.threshold.box.setValue(0.99)
    qtbot.waitUntil(
        lambda: not page.working and page.view.made.searched.threshold > 0.9, timeout=PATIENCE_MS
    )

    assert before > 0
    assert sum(each.found for each in page.view.made.cells) == 0
    assert "as given" in page.price.text()


def test_the_page_can_be_opened_in_a_browser(page, folder):
    shown = []
    page.show_page = lambda path: shown.append(path) or True

    page.report.click()

    assert shown == [folder / "report.html"]


def test_a_new_map_says_what_is_missing_and_shows_its_command(make_page, files):
    new = make_page().new
    assert new.run.status.text() == "Choose a CT with its organ."

    new.set_cases((files,))

    assert new.run.status.text() == ""
    assert "limit-map" in new.command.view.toPlainText()
    new.lists["diameters_mm"].setText("8, 5")
    assert "must grow" in new.run.status.text()
    new.lists["diameters_mm"].setText("5, many")
    assert "are no numbers" in new.run.status.text()
    new.lists["diameters_mm"].setText("5, 9")
    new.finder.setCurrentText("A command")
    assert new.run.status.text() == "Say which."
    new.source.setText("mydetector {ct} {out}")
    assert "--command 'mydetector {ct} {out}'" in new.command.view.toPlainText()
    for box in new.methods.values():
        box.setChecked(False)
    assert new.run.status.text() == "Choose a method."


def test_the_open_ct_can_be_taken(make_page, liver, files):
    from dataclasses import replace

    opened = replace(liver, inputs=files.inputs())
    page = make_page([(opened, Frame.of_volume(liver.volume))])

    page.new.take.click()

    (case,) = page.new.cases
    assert Path(case.ct).name == "ball.nii.gz"
    nothing = make_page()
    nothing.new.take.click()
    assert "No CT is open that was read from files" in nothing.new.facts.text()


def test_a_map_is_shown_while_it_is_made(make_page, folder, qtbot):
    page = make_page()
    page.new._out = folder

    page.new._on_event(Progress(3, 10, "copy-0003 of ball"))

    qtbot.waitUntil(lambda: page.view is not None, timeout=PATIENCE_MS)
    assert page.folder == folder


def test_what_is_not_finished_says_so(make_page, folder, qtbot):
    plan = json.loads((folder / PLAN).read_text(encoding="utf-8"))
    plan["about"]["copies"] += 4
    (folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    page = make_page()

    page.set_folder(folder)

    qtbot.waitUntil(lambda: page.view is not None, timeout=PATIENCE_MS)
    assert "copies so far" in page.status.text()
    assert "the map is not finished" in page.warnings.text()


def test_a_whole_map_can_be_made_from_here(make_page, files, tmp_path, qtbot):
    import sys

    script = tmp_path / "finder.py"
    script.write_text(
        "import sys; open(sys.argv[2], 'w').write('score,x,y,z\\n')\n", encoding="utf-8"
    )
    page = make_page()
    new = page.new
    new.set_cases((files,))
    new.set_settings(GRID)
    new.grid.set_values({"filled": 0.3})
    new.folder.set_folder(tmp_path / "mine")
    new.finder.setCurrentText("A command")
    new.source.setText(f"'{sys.executable}' '{script}' {{ct}} {{out}}")

    new.run.button.click()

    qtbot.waitUntil((tmp_path / "mine" / "report.html").exists, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not new.run.running, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: page.view is not None and not page.working, timeout=PATIENCE_MS)
    assert page.folder == tmp_path / "mine"
    assert sum(each.found for each in page.view.made.cells) == 0
    assert np.sum([each.made for each in page.view.made.cells]) > 0
    assert page.faults == []


def press_through(window, qtbot, questions):
    """Answer so many questions by keys, and close the window."""
    qtbot.waitUntil(window.notice.isVisible, timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    for _ in range(questions):
        qtbot.waitUntil(lambda: window.trial.accepts, timeout=PATIENCE_MS)
        qtbot.keyClick(window, Qt.Key.Key_F)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.mouseClick(window.notice.stop, Qt.MouseButton.LeftButton)


def test_a_reader_is_asked_in_the_open_ct_and_drawn_into_the_map(
    make_page, folder, liver, tmp_path, qtbot
):
    page = make_page([(liver, Frame.of_volume(liver.volume))])
    page.set_folder(folder)
    qtbot.waitUntil(lambda: page.view is not None and not page.working, timeout=PATIENCE_MS)
    reader = page.reader
    assert reader.diameters.text() == "5, 9"  # those of the map
    reader.questions.set_values({"trials_each": 5})
    reader.folder.set_folder(tmp_path / "reader")

    reader.begin.click()
    qtbot.waitUntil(lambda: reader.window_shown is not None, timeout=PATIENCE_MS)
    press_through(reader.window_shown, qtbot, questions=4)

    qtbot.waitUntil(lambda: reader.window_shown is None, timeout=PATIENCE_MS)
    assert (tmp_path / "reader" / "reader_limit.json").exists()
    assert reader.status.text().startswith("Drawn into the map: reader (all depths)")
    assert [curve.name for curve in page.plot._shown.readers] == ["reader"]
    page.band.setCurrentText("deep")
    assert [curve.name for curve in page.plot._shown.readers] == ["reader"]
    assert page.faults == []


def test_a_curve_of_one_depth_is_drawn_at_that_depth(page, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("diameter_mm,contrast_hu,band\n5,40,rim\n9,25,rim\n", encoding="utf-8")

    page.reader.show_curve(path)

    assert [curve.name for curve in page.plot._shown.readers] == ["mine"]
    page.band.setCurrentText("deep")
    assert page.plot._shown.readers == ()
    page.reader.show_curve(tmp_path / "missing.csv")
    assert page.reader.status.text().startswith("⚠")


def test_without_an_open_ct_no_reader_is_asked(make_page):
    page = make_page()

    page.reader.begin.click()

    assert "No CT with its organ is open" in page.reader.status.text()
    assert page.reader.window_shown is None


def test_what_a_reader_cannot_be_asked_is_told(make_page, liver):
    page = make_page([(liver, Frame.of_volume(liver.volume))])
    for text, told in (
        ("9, five", "no numbers"),
        ("9, 5", "must grow"),
        ("10", "Diameters (mm): needs at least 2 values, and 1 is given."),
    ):
        page.reader.diameters.setText(text)
        page.reader.begin.click()
        assert told in page.reader.status.text()
