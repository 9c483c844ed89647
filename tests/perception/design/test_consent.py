from __future__ import annotations

import pytest

from napari_lesion_synth.errors import InputError
from napari_lesion_synth.perception.design.consent import (
    ConsentText,
    consent_text,
    read_consent,
    write_consent,
)
from napari_lesion_synth.perception.design.layout import consent_path
from napari_lesion_synth.perception.design.sections import Texts, TrialCounts, Viewing
from napari_lesion_synth.perception.design.settings import StudyDesign

DESIGN = StudyDesign(
    name="Lunch {2026}",
    counts=TrialCounts(session_minutes=25),
    viewing=Viewing(gaze_source="tracker"),
    texts=Texts(contact="lab@example.org", ethics="No. 12"),
)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["voluntary", "eating disorder", "deleted", "pupils", "personal data", "guardian"]),
        ("ja", ["自由", "摂食障害", "削除", "瞳孔", "個人情報", "保護者"]),
    ],
)
def test_the_text_says_what_a_participant_has_to_know(language, words):
    body = consent_text(DESIGN, language).body
    for word in [*words, "Lunch {2026}", "25", "lab@example.org", "No. 12"]:
        assert word in body


@pytest.mark.parametrize("language", ["en", "ja"])
def test_gaze_is_only_spoken_of_where_it_is_recorded(language):
    def body(source):
        viewing = Viewing(gaze_source=source)
        return consent_text(DESIGN.model_copy(update={"viewing": viewing}), language).body

    none, tracker, mouse = body("none"), body("tracker"), body("mouse_aperture")
    assert len(none) < len(mouse) < len(tracker)
    assert mouse == body("bubble_click")
    assert none == body("simulated")
    for word in ("pupils", "瞳孔"):
        assert word not in none + mouse


def test_the_text_is_known_by_its_hash(tmp_path):
    write_consent(tmp_path, DESIGN)
    text = read_consent(tmp_path, "en")
    assert text == consent_text(DESIGN, "en")
    assert text.record() == {"language": "en", "version": "1", "sha256": text.sha256}
    changed = ConsentText("en", "2", text.body.replace("voluntary", "welcome"))
    consent_path(tmp_path, "en").write_text(changed.text, encoding="utf-8")
    again = read_consent(tmp_path, "en")
    assert again.version == "2"
    assert again.sha256 == changed.sha256 != text.sha256


def test_line_ends_of_other_systems_do_not_change_the_hash(tmp_path):
    write_consent(tmp_path, DESIGN)
    path = consent_path(tmp_path, "ja")
    before = read_consent(tmp_path, "ja").sha256
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_consent(tmp_path, "ja").sha256 == before


def test_a_text_that_is_there_stays(tmp_path):
    path = consent_path(tmp_path, "en")
    path.parent.mkdir(parents=True)
    path.write_text("<!-- version: approved -->\nOurs.\n", encoding="utf-8")
    write_consent(tmp_path, DESIGN)
    assert read_consent(tmp_path, "en") == ConsentText("en", "approved", "Ours.\n")


@pytest.mark.parametrize("content", [b"", b"no version\n", b"<!-- version: 1 -->\n \n", b"\xff"])
def test_a_text_that_cannot_be_shown_is_refused(tmp_path, content):
    path = consent_path(tmp_path, "en")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(InputError, match="consent text"):
        read_consent(tmp_path, "en")
