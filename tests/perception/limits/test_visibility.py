from __future__ import annotations

import json

import numpy as np
import pytest

from napari_lesion_synth.errors import InputError, ParameterError
from napari_lesion_synth.perception.limits.psychometric import level_at
from napari_lesion_synth.perception.limits.reader_limit import (
    READER_CSV,
    READER_JSON,
    ReaderLimit,
    read_reader_limit,
)
from napari_lesion_synth.perception.limits.visibility import VisibilityRun
from napari_lesion_synth.perception.limits.visibility_settings import (
    LesionPictures,
    VisibilitySettings,
    VisibilityTrial,
)
from napari_lesion_synth.perception.observers.thresholds import ThresholdObserver

SIZES = (5.0, 10.0, 20.0)
SHORT = VisibilitySettings(diameters_mm=SIZES, trials_each=40)


def threshold(diameter_mm: float) -> float:
    """Of the simulated reader, in HU: the larger a lesion, the fainter it may be."""
    return 120 / diameter_mm


def answer(trial: VisibilityTrial, task: str, rng: np.random.Generator) -> int:
    """A reader with known thresholds."""
    alarms = 0.15 if task == "yes-no" else 0.0
    reader = ThresholdObserver(
        threshold=threshold(trial.diameter_mm), slope=3, lapse=0.02, task=task, false_alarms=alarms
    )
    told = reader.answer(abs(trial.contrast_hu), rng)
    return int(told) if task == "yes-no" else trial.place if told else 1 - trial.place


def read(settings: VisibilitySettings, seed: int = 0) -> VisibilityRun:
    """All questions answered."""
    run, rng = VisibilityRun(settings), np.random.default_rng(seed)
    while (trial := run.next()) is not None:
        run = run.answered(trial, answer(trial, settings.task, rng))
    return run


def test_the_readers_threshold_is_found_for_each_size():
    held, errors = [], []
    for seed in range(12):
        limit = read(SHORT.model_copy(update={"seed": seed}), seed).limit()
        for k, size in enumerate(SIZES):
            true = float(level_at(0.5, threshold(size), 3.0))
            held.append(limit.low_hu[k] <= true <= limit.high_hu[k])
            errors.append(np.log(limit.contrasts_hu[k] / true))

    assert np.mean(held) >= 0.85
    assert np.sqrt(np.mean(np.square(errors))) < 0.25  # a quarter, with 40 questions


def test_a_reader_who_says_yes_too_often_is_not_better_for_it():
    settings = SHORT.model_copy(update={"task": "yes-no", "trials_each": 80})
    limit = read(settings, 3).limit()

    for k, size in enumerate(SIZES):
        assert limit.contrasts_hu[k] == pytest.approx(
            float(level_at(0.5, threshold(size), 3.0)), rel=0.5
        )
    assert limit.task == "yes-no"


def test_half_seen_beyond_guessing_is_a_d_prime_of_about_one():
    limit = read(SHORT, 4).limit()

    assert limit.d_prime == pytest.approx([0.92] * 3, abs=0.04)


def test_sizes_take_turns_and_places_are_balanced():
    run = read(SHORT)
    trials = [trial for trial, _ in run.answers]

    assert len(trials) == SHORT.trials == 120
    assert {size: len(run.of_size(size)) for size in SIZES} == dict.fromkeys(SIZES, 40)
    for k in range(0, 120, 3):
        assert {trial.diameter_mm for trial in trials[k : k + 3]} == set(SIZES)
    assert 40 <= sum(trial.place for trial in trials) <= 80
    assert len({trial.seed for trial in trials}) == 120
    assert all(-100 <= trial.contrast_hu <= -2 for trial in trials)
    assert all(t.contrast_hu > 0 for t, _ in read(SHORT.model_copy(update={"dark": False})).answers)


def test_some_pictures_are_empty_when_the_answer_is_yes_or_no():
    run = read(SHORT.model_copy(update={"task": "yes-no"}))
    empty = [trial for trial, _ in run.answers if trial.place == 0]

    assert 0.2 < len(empty) / 120 < 0.4
    assert all(trial.contrast_hu == 0 for trial in empty)


def test_a_run_that_was_cut_off_goes_on_with_the_same_question():
    run = read(SHORT)
    kept = [(json.dumps(trial.to_json()), answered) for trial, answered in run.answers[:50]]

    again = VisibilityRun(
        SHORT, tuple((VisibilityTrial.from_json(json.loads(text)), a) for text, a in kept)
    )

    assert again.next() == run.answers[50][0]
    for size in SIZES:
        before = VisibilityRun(SHORT, run.answers[:50]).quests[size]
        assert again.quests[size].weights == pytest.approx(before.weights)


def test_only_the_question_that_is_asked_is_answered():
    run = VisibilityRun(SHORT)
    trial = run.next()

    with pytest.raises(ParameterError, match="no answer"):
        run.answered(trial, 2)
    with pytest.raises(ParameterError, match="question 0"):
        run.answered(trial, 1).answered(trial, 1)
    with pytest.raises(ParameterError, match="no question was answered"):
        run.limit()


def test_a_reader_who_sees_nothing_has_a_limit_beyond_the_levels():
    run = VisibilityRun(VisibilitySettings(diameters_mm=(5.0,), trials_each=30))
    rng = np.random.default_rng(1)
    while (trial := run.next()) is not None:
        run = run.answered(trial, int(rng.integers(2)))

    limit = run.limit()

    assert limit.reach == ("beyond the levels",)
    assert limit.high_hu[0] > 80


def test_the_limit_is_kept_in_two_files(tmp_path):
    limit = read(SHORT).limit("reader A", band="rim", pictures={"mm_per_pixel": 0.7})

    limit.write(tmp_path)

    assert read_reader_limit(tmp_path / READER_JSON) == limit
    assert limit.study == SHORT.sha256
    rows = (tmp_path / READER_CSV).read_text(encoding="utf-8").splitlines()
    assert rows[0] == "diameter_mm,contrast_hu,low_hu,high_hu,name,band"
    assert rows[1].startswith("5,")
    assert rows[1].endswith(",reader A,rim")
    assert len(rows) == 4


def test_the_table_is_one_that_a_detection_limit_map_reads(tmp_path):
    from napari_lesion_synth.evaluation.limits.reader_limit import read_reader_limits

    limit = read(SHORT).limit("reader A", band="rim")
    limit.write(tmp_path)

    (curve,) = read_reader_limits(tmp_path / READER_CSV)

    assert (curve.name, curve.band) == ("reader A", "rim")
    assert curve.diameters_mm == limit.diameters_mm
    for name in ("contrasts_hu", "low_hu", "high_hu"):
        assert getattr(curve, name) == pytest.approx(getattr(limit, name), rel=1e-5)


def test_the_limit_says_that_the_reader_knew_the_place():
    run = read(SHORT)

    assert "a detector searches the whole organ" in run.limit().notes[0]
    part = VisibilityRun(SHORT, run.answers[:60]).limit()
    assert "Not all questions were answered." in part.notes
    assert sum(part.trials) == 60
    assert all(right <= n for right, n in zip(part.right, part.trials, strict=True))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"diameters_mm": [10.0, 5.0, 20.0]}, "rise"),
        ({"low_hu": [1.0]}, "low_hu has 1 values for 3"),
        ({"high_hu": [0.1, 0.1, 0.1]}, "lie in their intervals"),
        ({"kind": "other"}, "kind"),
    ],
)
def test_a_file_that_is_no_readers_limit_is_named_with_its_fault(tmp_path, change, why):
    limit = read(SHORT).limit()
    path = tmp_path / READER_JSON
    path.write_text(json.dumps({**limit.model_dump(mode="json"), **change}), encoding="utf-8")

    with pytest.raises(InputError, match="no reader's limit") as error:
        read_reader_limit(path)
    assert why in str(error.value)


def test_a_file_that_is_not_there_is_an_error_for_people(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_reader_limit(tmp_path / READER_JSON)


@pytest.mark.parametrize(
    "values",
    [{"diameters_mm": (8.0, 5.0)}, {"contrasts_hu": (50.0, 20.0)}, {"contrasts_hu": (0.0, 20.0)}],
)
def test_settings_that_contradict_themselves_are_refused(values):
    with pytest.raises(ValueError, match=r"grow|below|greater"):
        VisibilitySettings(**values)


def test_pictures_are_whatever_makes_pairs():
    class Flat:
        """Grey pictures with a square."""

        def pair(self, diameter_mm, contrast_hu, seed):
            without = np.full((32, 32), 128, np.uint8)
            with_lesion = without.copy()
            with_lesion[8:16, 8:16] += np.int8(contrast_hu).astype(np.uint8)
            return with_lesion, without

    pictures: LesionPictures = Flat()
    trial = VisibilityRun(SHORT).next()

    with_lesion, without = pictures.pair(trial.diameter_mm, trial.contrast_hu, trial.seed)

    assert with_lesion.shape == without.shape
    assert isinstance(ReaderLimit.model_json_schema(), dict)
