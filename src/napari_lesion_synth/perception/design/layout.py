"""The files of a study's folder: one home for their names."""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CONSENT",
    "DESIGN_YAML",
    "FROZEN_JSON",
    "GAZE",
    "LIMITS_YAML",
    "PARTICIPANTS",
    "RESULTS",
    "STIMULI_JSON",
    "STUDY_JSONL",
    "consent_path",
    "gaze_folder",
    "gaze_path",
    "participant_path",
]

DESIGN_YAML = "design.yaml"
"""The design, for people to read."""

LIMITS_YAML = "limits.yaml"
"""Which transforms are tried, in a study of how strong they may be."""

FROZEN_JSON = "frozen.json"
"""The preregistration: design, hashes of photos and consent texts, and a hash of all that."""

STIMULI_JSON = "stimuli.json"
"""The photos with their hashes."""

STUDY_JSONL = "study.jsonl"
"""What happened to the study as a whole: enrolments by number, changes, deletions."""

CONSENT = "consent"
PARTICIPANTS = "participants"
"""One file a participant, so that deleting it deletes them."""

GAZE = "gaze"
RESULTS = "results"


def consent_path(folder: Path, language: str) -> Path:
    """The consent text in one language."""
    return folder / CONSENT / f"{language}.md"


def participant_path(folder: Path, code: str) -> Path:
    """The ledger of one participant."""
    return folder / PARTICIPANTS / f"{code}.jsonl"


def gaze_folder(folder: Path, code: str) -> Path:
    """Where one participant's gaze is kept."""
    return folder / GAZE / code


def gaze_path(folder: Path, code: str, trial: int) -> Path:
    """The samples of one trial: on the screen, seconds from the photos' first appearance."""
    return gaze_folder(folder, code) / f"trial-{trial:04d}.npz"
