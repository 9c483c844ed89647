from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from napari_lesion_synth.perception.design.sections import Judgement
from napari_lesion_synth.perception.export.anonymise import by_code
from napari_lesion_synth.perception.export.columns import TABLES, names_of
from napari_lesion_synth.perception.export.dictionary import (
    bids_columns,
    dictionary_csv,
    dictionary_rows,
)
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.export.tidy import TidySettings, tidy_tables, write_tidy
from napari_lesion_synth.perception.stimuli.areas import Areas, write_areas


def tables_of(study, **more):
    cohort = gather(study)
    return tidy_tables(cohort, TidySettings(by_code(cohort.people), **more))


def test_each_answer_is_a_row_of_its_kind_and_of_all(take_parts):
    study = take_parts(2)
    tables = tables_of(study)
    assert set(tables) == {"participants", "photos", "answers", "pair"}
    assert len(tables["answers"]) == len(tables["pair"]) == 2 * 17
    assert len(tables["photos"]) == 8
    for name, rows in tables.items():
        for row in rows:
            assert set(row) <= set(names_of(name)), name


def test_what_was_answered_is_what_is_written(take_parts):
    study = take_parts(1)
    (person,) = gather(study).people
    for row, (trial, answer) in zip(tables_of(study)["pair"], person.answered, strict=True):
        assert (row["left"], row["right"]) == (trial.stimuli[0], trial.stimuli[-1])
        assert row["response"] == answer.response
        assert row["preferred"] == trial.stimuli[0 if answer.response == "left" else -1]
        assert row["counts"] == (not trial.practice and trial.catch is None)
        assert row["chosen_by"] == trial.chosen_by
        assert row["onset_utc"] == answer.onset_utc
    repeats = [row for row in tables_of(study)["pair"] if row["repeat_of"] is not None]
    assert repeats
    for row in repeats:
        before = person.state.trials[row["repeat_of"]].stimuli
        assert row["mirrored"] == ((row["left"], row["right"]) != before)


def test_catch_trials_say_whether_they_were_passed(take_parts):
    rows = tables_of(take_parts(2))["answers"]
    assert {row["catch"] for row in rows} <= {"", "obvious", "instructed"}
    assert any(row["catch"] for row in rows)
    assert all((row["catch_passed"] is None) == (row["catch"] == "") for row in rows)


@pytest.mark.parametrize(
    ("judgement", "table", "columns"),
    [
        (Judgement(kind="vas"), "vas", {"value": (0, 1)}),
        (Judgement(kind="likert", points=5), "likert", {"value": (0, 1), "step": (1, 5)}),
    ],
)
def test_ratings_lie_on_their_scale(take_parts, judgement, table, columns):
    rows = tables_of(take_parts(1, judgement=judgement))[table]
    for name, (low, high) in columns.items():
        values = [row[name] for row in rows]
        assert low <= min(values) < max(values) <= high
    assert {row["category"] for row in rows} == {"curry", "soup"}


def test_pairs_and_ratings_of_one_participant_are_tables_of_their_own(take_parts):
    study = take_parts(1, judgement=Judgement(kind="mixed"))
    tables = tables_of(study)
    assert len(tables["pair"]) + len(tables["vas"]) == len(tables["answers"])
    assert {row["kind"] for row in tables["answers"]} == {"pair", "vas"}


def test_best_and_worst_are_photos_that_were_shown(take_parts):
    from napari_lesion_synth.perception.design.sections import Order

    judgement = Judgement(kind="best-worst", per_screen=3)
    rows = tables_of(take_parts(1, judgement=judgement, order=Order(spacing=0)))["best_worst"]
    for row in rows:
        assert {row["best"], row["worst"]} < set(str(row["photos"]).split(" | "))


def test_fixations_are_on_the_screen_and_on_the_photo(take_parts):
    study = take_parts(1, gaze="tracker")
    rows = tables_of(study)["fixations"]
    on_photos = [row for row in rows if row["place"] is not None]
    assert len(on_photos) > 20
    for row in on_photos:
        photo = study.stimuli.by_id(row["photo"])
        # The middle of where it was drawn is the middle of the photo.
        assert row["photo_x"] == pytest.approx(photo.width / 2, abs=0.1)
        assert row["photo_y"] == pytest.approx(photo.height / 2, abs=0.1)
        assert row["screen_y"] == pytest.approx(170)
        assert row["gaze_source"] == "tracker"
        assert row["maps_allowed"] in (True, False)


def test_fixations_name_the_area_that_they_lie_on(take_parts):
    study = take_parts(1, gaze="mouse_aperture")
    for stimulus in study.stimuli:
        labels = np.ones((stimulus.height, stimulus.width), np.uint8)
        write_areas(stimulus, Areas(labels))
    areas = {row["area"] for row in tables_of(study)["fixations"] if row["place"] is not None}
    assert areas == {"main ingredient"}


def test_without_gaze_there_is_no_table_of_it(take_parts):
    study = take_parts(1, gaze="tracker")
    assert "fixations" not in tables_of(study, gaze=False)
    answers = tables_of(study)["answers"]
    assert answers[0]["accuracy_deg"] == 0.5
    assert (answers[0]["longest_frame_ms"], answers[0]["late_frames"]) == (17.5, 1)


def test_the_files_have_the_columns_that_the_dictionary_describes(take_parts, tmp_path):
    tables = tables_of(take_parts(1, gaze="tracker"))
    paths = write_tidy(tmp_path / "out", tables)
    assert {path.stem for path in paths} == set(tables)
    described = {(row["table"], row["column"]): row for row in dictionary_rows(tables)}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            head = next(csv.reader(file))
        assert head == list(names_of(path.stem))
        for column in head:
            assert described[path.stem, column]["description"].endswith(".")


def test_column_names_are_those_that_were_promised():
    """Whoever reads an export by its columns relies on them: add at the end, never rename."""
    assert names_of("pair")[:9] == (
        "participant", "trial", "block", "left", "right", "response", "preferred",
        "ties_allowed", "counts",
    )  # fmt: skip
    assert names_of("fixations")[:8] == (
        "participant", "trial", "fixation", "photo", "place", "area", "start_s", "duration_s",
    )  # fmt: skip
    assert names_of("participants")[:3] == ("participant", "simulated", "language")


def test_a_column_means_the_same_in_every_table():
    meanings = {}
    for name, columns in TABLES.items():
        for column in columns:
            if column.name in ("response", "photo", "value", "place", "catch_passed", "width"):
                continue
            known = meanings.setdefault(column.name, column.description)
            assert known == column.description, (name, column.name)


def test_the_dictionary_is_a_table_and_json(take_parts):
    data = dictionary_csv(tables_of(take_parts(1))).decode().splitlines()
    assert data[0] == "table,column,kind,unit,description,values"
    content = bids_columns(TABLES["pair"])
    assert content["response"]["Levels"]["tie"]
    assert content["counts"]["Levels"] == {"1": "yes", "0": "no"}
    assert content["response_time_s"]["Units"] == "s"
    json.dumps(content)
