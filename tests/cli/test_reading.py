"""The command `reader-limit`: simulated, in a window, and what it says of bad usage."""

from __future__ import annotations

import json

import pytest

from napari_lesion_synth.cli import reading
from napari_lesion_synth.jobs.reader_study import ANSWERS


@pytest.fixture
def run(cli, files):
    def go(*more, out=None):
        return cli(
            *("reader-limit", files["ct"], "--organ", files["organ"]),
            *("--out", out or files["out"], "--diameters", "6,10", "--trials-each", 5),
            *("--field-mm", 40, "--places", 3, *more),
        )

    return go


def test_a_simulated_readers_limit_is_drawn_into_the_map(run, cli, files, tmp_path):
    ended = run("--simulate", "40,20", "--lesions", files["lesions"])

    assert ended.code == 0, ended.err
    assert "Contrasts from which on lesions are seen" in ended.out
    limit = files["out"] / "reader_limit.json"
    content = json.loads(limit.read_text("utf-8"))
    assert (content["name"], content["trials"]) == ("simulated reader", [5, 5])
    found = tmp_path / "found.csv"
    found.write_text("patient,score,x,y,z\nct_untouched,0.9,3,3,3\n", encoding="utf-8")
    mapped = cli(
        *("limit-map", files["ct"], "--organ", files["organ"], "--out", tmp_path / "map"),
        *("--diameters", "6,10", "--contrasts", "-20,-60", "--repeats", 2, "--filled", 0.3),
        *("--gap-mm", 6, "--findings", found, "--reader", limit),
    )
    assert mapped.code == 0, mapped.err
    assert "simulated reader" in (tmp_path / "map" / "limit_map.svg").read_text("utf-8")


def test_a_person_is_asked_in_the_window(run, files, monkeypatch):
    class Window:
        def run_reader(self, study, language, screen):
            assert (language, screen) == ("ja", 1)
            while (trial := study.next()) is not None:
                study.answer(trial, trial.place)

    monkeypatch.setattr(reading, "require_display", lambda *_: None)
    monkeypatch.setattr(reading, "import_module", lambda _: Window())

    ended = run("--lang", "ja", "--screen", 1, "--task", "yes-no", "--json")

    assert ended.code == 0, ended.err
    assert ended.events[-1]["result"]["answers"] == 10
    lines = (files["out"] / ANSWERS).read_text("utf-8").splitlines()
    assert len(lines) == 10


def test_without_a_display_it_says_what_can_be_done(run, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")

    ended = run()

    assert ended.code == 1
    said = " ".join(ended.err.split())
    assert "there is no display" in said
    assert "--simulate 20" in said


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (("--simulate", "forty"), "--simulate 'forty' cannot be understood"),
        (("--simulate", "20", "--diameters", "10"), "--diameters: needs at least 2 values"),
        (("--simulate=-20",), "--simulate: must be more than 0, not -20."),
        (("--simulate", "1,2,3"), "3 simulated limits for 2 sizes"),
        (("--simulate", "20", "--depth", "middle"), "there is no depth 'middle'"),
        (("--simulate", "20", "--contrasts", 50, 20), "lowest contrast must lie below"),
        (("--simulate", "20", "--method", "magic"), "no synthesis method 'magic'"),
    ],
)
def test_bad_usage_is_told(run, more, complaint):
    ended = run(*more)

    assert ended.code == 2
    assert complaint in " ".join(ended.err.split())
