"""Beginning studies, and simulated participants in them; whatever is wrong with the photos."""

from __future__ import annotations

import errno
import shutil

import pytest
import yaml
from tests.jobs.conftest import content_of
from tests.jobs.studies import SMALL, make, result, run, simulate, write_photos

from napari_lesion_synth.errors import InputError, LesionSynthError, ParameterError, StorageError
from napari_lesion_synth.events import Log, Progress, Stopped, StopToken
from napari_lesion_synth.jobs.study_new import NewStudy, freeze_study, new_study
from napari_lesion_synth.jobs.study_observers import Crowd, true_attractiveness
from napari_lesion_synth.jobs.study_simulate import SimulateStudy, simulate_study
from napari_lesion_synth.perception.design.freeze import read_frozen
from napari_lesion_synth.perception.design.layout import (
    DESIGN_YAML,
    LIMITS_YAML,
    gaze_path,
    participant_path,
)
from napari_lesion_synth.perception.design.study import open_study
from napari_lesion_synth.perception.export.people import gather
from napari_lesion_synth.perception.gaze.storage import read_samples
from napari_lesion_synth.perception.ledger.ledger import Ledger, read_records
from napari_lesion_synth.perception.limits.limit_settings import LimitSettings
from napari_lesion_synth.perception.session.gaze_record import PhotosShown
from napari_lesion_synth.perception.stimuli.plates import PlateSettings
from napari_lesion_synth.perception.stimuli.survey import ScanRules


def asked(folder, photos=None, **more):
    given = {"scan": ScanRules(min_side=32), "changes": SMALL, **more}
    return NewStudy(folder=folder, photos=photos, **given)


def begin(settings):
    return run(new_study(settings, StopToken()))


def test_a_study_of_plates_knows_their_attractiveness(tmp_path):
    plates = PlateSettings(dishes=("curry",), azimuths=4, elevations=(45.0,), size=64)
    events = begin(asked(tmp_path / "study", plates=plates))
    study = open_study(tmp_path / "study")
    assert result(events)["photos"] == len(study.stimuli) == 4
    truth = true_attractiveness(study)
    assert set(truth) == set(study.stimuli.ids)


def test_photos_stay_where_they_are_or_are_copied(tmp_path):
    photos = write_photos(tmp_path / "photos")
    begin(asked(tmp_path / "linked", photos))
    begin(asked(tmp_path / "copied", photos, copy_photos=True))
    shutil.rmtree(photos)
    open_study(tmp_path / "copied").stimuli.verify()
    with pytest.raises(InputError, match="cannot be found"):
        open_study(tmp_path / "linked").stimuli.verify()


def test_photos_within_the_study_s_folder_are_named_from_there(tmp_path):
    photos = write_photos(tmp_path / "study" / "pictures")
    begin(asked(tmp_path / "study", photos))
    (tmp_path / "study").rename(tmp_path / "moved")
    open_study(tmp_path / "moved").stimuli.verify()


def test_a_design_from_a_file_is_changed_by_options(tmp_path):
    first = make(tmp_path / "first", {"judgement.kind": "vas"})
    begin(
        asked(
            tmp_path / "second",
            write_photos(tmp_path / "photos"),
            design=first.folder / DESIGN_YAML,
            changes={"counts.trials": 9},
        )
    )
    design = open_study(tmp_path / "second").design
    assert (design.judgement.kind, design.counts.trials, design.counts.practice) == ("vas", 9, 1)


def test_there_are_photos_or_plates_and_not_both(tmp_path):
    photos = write_photos(tmp_path / "photos")
    for given in ({}, {"photos": photos, "plates": PlateSettings()}):
        with pytest.raises(ParameterError, match="either photos or rendered plates"):
            begin(asked(tmp_path / "study", **given))


def test_a_study_is_not_begun_twice(tmp_path):
    make(tmp_path / "study")
    with pytest.raises(InputError, match="there is a study"):
        make(tmp_path / "study")


def test_missing_photos_are_told(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        begin(asked(tmp_path / "study", tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no photos"):
        begin(asked(tmp_path / "study", tmp_path / "empty"))


def test_a_photo_that_is_there_twice_is_taken_once_and_told(tmp_path):
    photos = write_photos(tmp_path / "photos")
    shutil.copy(photos / "curry" / "curry_az000_el45.png", photos / "salad" / "again.png")
    events = begin(asked(tmp_path / "study", photos))
    told = [event.text for event in events if isinstance(event, Log) and event.level == "warning"]
    assert any("there twice" in text for text in told)
    assert len(open_study(tmp_path / "study").stimuli) == 8


def test_limits_need_pairs(tmp_path):
    with pytest.raises(ParameterError, match="choices between the original"):
        make(tmp_path / "study", {"judgement.kind": "vas"}, limits=LimitSettings())


def test_what_is_frozen_covers_the_transforms_that_are_tried(tmp_path):
    study = make(tmp_path / "study", limits=LimitSettings(transforms=("blur",)), freeze=True)
    assert set(read_frozen(study.folder).files) == {LIMITS_YAML}
    path = study.folder / LIMITS_YAML
    tried = yaml.safe_load(path.read_text(encoding="utf-8")) | {"transforms": ["rotate"]}
    path.write_text(yaml.safe_dump(tried), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"changed since: limits\.yaml"):
        simulate(study)


def test_freezing_later_finds_changed_photos(tmp_path):
    study = make(tmp_path / "study")
    photo = study.stimuli.by_id("curry/curry_az000_el45.png").path
    photo.write_bytes(photo.read_bytes() + b" ")
    with pytest.raises(InputError, match=r"curry_az000_el45\.png changed"):
        run(freeze_study(study.folder, StopToken()))


def test_a_photo_changed_after_freezing_stops_participants(tmp_path):
    study = make(tmp_path / "study", freeze=True)
    study.stimuli.by_id("salad/salad_az090_el45.png").path.unlink()
    with pytest.raises(InputError, match=r"salad_az090_el45\.png cannot be found"):
        simulate(study)


def test_simulated_participants_answer_everything(tmp_path):
    study = make(tmp_path / "study", freeze=True)
    events = run(simulate_study(SimulateStudy(folder=study.folder, participants=3), StopToken()))
    assert result(events)["answers"] == 3 * 15
    assert [e.done for e in events if isinstance(e, Progress)] == [1, 2, 3]
    cohort = gather(study)
    assert cohort.simulated
    assert all(person.finished for person in cohort)
    assert {person.state.language for person in cohort} == {"ja"}


def test_a_simulated_participant_who_was_not_stopped_sat_down_once(tmp_path):
    study = simulate(make(tmp_path / "study"), 2)
    assert [person.state.sittings for person in gather(study)] == [1, 1]


def test_more_participants_can_come_later(tmp_path):
    study = simulate(make(tmp_path / "study"), 1)
    before = participant_path(study.folder, "sim-01").read_bytes()
    simulate(study, 2)
    assert participant_path(study.folder, "sim-01").read_bytes() == before
    assert study.codes == ("sim-01", "sim-02")


def stopped_after_one(settings):
    token = StopToken()
    for event in simulate_study(settings, token):
        if isinstance(event, Progress):
            token.stop()


def test_stopped_or_torn_a_simulation_goes_on_to_the_same_answers(tmp_path):
    whole = simulate(make(tmp_path / "a" / "study", {"selection.rule": "gain"}))
    other = make(tmp_path / "b" / "study", {"selection.rule": "gain"})
    with pytest.raises(Stopped):
        stopped_after_one(SimulateStudy(folder=other.folder, participants=2))
    path = participant_path(other.folder, "sim-02")
    path.write_bytes(path.read_bytes()[:-9])  # a line that the power cut short
    simulate(other)

    def told(study):
        return [
            ([t.to_json() for t in p.state.trials], [a.response for a in p.state.answers])
            for p in gather(study)
        ]

    assert told(other) == told(whole)
    assert any(record["kind"] == "note" for record in read_records(path))


def test_several_at_the_same_time_give_what_is_repeatable(tmp_path):
    stories = []
    for place in ("a", "b"):
        study = make(tmp_path / place / "study", {"selection.rule": "gain"})
        simulate(study, 2, jobs=2)
        stories.append([[t.stimuli for t in person.state.trials] for person in gather(study)])
    assert stories[0] == stories[1]


def test_a_full_disk_keeps_what_was_answered_and_the_same_call_goes_on(tmp_path, monkeypatch):
    study = make(tmp_path / "study")
    original, room = Ledger._write, iter(range(40))

    def full(self, data):
        if next(room, None) is None:
            raise StorageError("the disk is full", where=self.path) from OSError(errno.ENOSPC, "")
        original(self, data)

    monkeypatch.setattr(Ledger, "_write", full)
    with pytest.raises(StorageError, match="the disk is full"):
        simulate(study)
    kept = len(gather(study).people[-1].state.answers)
    monkeypatch.setattr(Ledger, "_write", original)
    simulate(study)
    people = gather(study).people
    assert kept < 15
    assert [len(person.state.answers) for person in people] == [15, 15]


def test_a_damaged_line_is_named(tmp_path):
    study = simulate(make(tmp_path / "study"), 1)
    path = participant_path(study.folder, "sim-01")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"{torn\n", *lines[5:]]))
    with pytest.raises(InputError, match="line 5 of the ledger is damaged"):
        gather(study)


def test_the_careless_fail_the_catch_trials(tmp_path):
    changes = {"counts.trials": 40, "checks.catch_share": 0.3}
    study = simulate(make(tmp_path / "study", changes), 2, careless=1)
    cohort = gather(study)
    assert [person.code for person in cohort.used] == ["sim-01"]
    assert "catch trials" in cohort.left_out["sim-02"]


def test_there_are_not_more_careless_than_participants(tmp_path):
    study = make(tmp_path / "study")
    crowd = SimulateStudy(folder=study.folder, participants=1, crowd=Crowd(careless=2))
    with pytest.raises(ParameterError, match="2 of 1 cannot be careless"):
        run(simulate_study(crowd, StopToken()))


@pytest.mark.parametrize("source", ["mouse_aperture", "tracker"])
def test_gaze_that_is_made_up_is_called_so_and_kept_with_each_answer(tmp_path, source):
    study = make(tmp_path / "study", {"viewing.gaze_source": source, "counts.trials": 4})
    simulate(study, 1)
    (person,) = gather(study).people
    for trial, answer in person.answered:
        assert answer.gaze_source == "simulated"
        samples = read_samples(gaze_path(study.folder, "sim-01", trial.number))
        assert samples.source == "simulated"
        assert samples.seconds == pytest.approx(answer.response_time_s, abs=0.03)
        shown = PhotosShown.of(answer.shown)
        assert len(shown.rects) == len(trial.stimuli)
        assert answer.quality["accuracy_deg"] < 1.5
    kinds = [record["kind"] for record in person.records]
    assert kinds.index("calibrated") < kinds.index("trial")


def test_two_studies_of_one_seed_are_the_same_to_the_byte(tmp_path):
    ledgers = []
    for place in ("a", "b"):
        photos = write_photos(tmp_path / place / "study" / "pictures")
        begin(asked(tmp_path / place / "study", photos))
        study = simulate(open_study(tmp_path / place / "study"))
        ledgers.append(content_of(study.folder / "participants"))
    assert ledgers[0] == ledgers[1]


def test_without_a_study_there_is_nothing_to_simulate(tmp_path):
    with pytest.raises(LesionSynthError, match="there is no design"):
        run(simulate_study(SimulateStudy(folder=tmp_path), StopToken()))
